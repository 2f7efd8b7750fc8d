"""A throw-away installation with the demo's customers and promotion."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from pabal.domain.campaign import Kind
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import Workshop, wall_clock

DEMO = files("pabal.cli.demo")
SUBJECT = "{{ name }}님, {{ grade }} 회원 전용 {{ discount }}% 쿠폰이 도착했어요"


@contextmanager
def an_installation(smtp_port: int, **settings: str) -> Iterator[Workshop]:
    """Set up Pabal in a temporary directory, sending to a port on loopback."""
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as home:
        os.environ |= {
            "PABAL_HOME": home,
            "PABAL_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?tls=none",
            "PABAL_DAILY_LIMIT": "100000000",
            "DJANGO_SETTINGS_MODULE": "pabal.console.config.settings",
        } | settings
        from pabal.cli.installation import initialise
        from pabal.configuration.settings import load_settings

        workshop = Workshop(load_settings())
        initialise(workshop)
        yield workshop


def a_campaign_to(customers: Path | None = None, source: Source | None = None) -> str:
    """Import customers and make a campaign to them, the demo's by default; return its id."""
    from pabal.cli.importing import import_bundled
    from pabal.console.campaigns.drafting import add_list, add_sender_identity, create_campaign

    now = wall_clock()
    sender = add_sender_identity(
        {
            "name": "한빛상점",
            "address": "news@hanbit.example",
            "company": "주식회사 한빛상점",
            "postal_address": "서울특별시 성동구 연무장길 12, 3층",
            "phone": "02-555-0123",
            "contact_email": "help@hanbit.example",
        }
    )
    audience = add_list("단골 고객", "", now=now)
    with as_file(DEMO / "customers.csv") as bundled:
        import_bundled(customers or bundled, audience, "광고성 정보 수신동의")
    made = create_campaign(
        name="bench",
        kind=Kind.ADVERTISING,
        source=source or demo_source(),
        sender=sender,
        audience=audience,
        now=now,
    )
    return made.pk


def demo_source() -> Source:
    body = (DEMO / "promotion.mjml").read_text(encoding="utf-8")
    return Source(subject=SUBJECT, body=body, markup=Markup.MJML)
