"""Who sends the mails: Postfix's load generator, Pabal in parts and whole, and what people write.

Each runs in a process of its own and prints the seconds between its first and last mail.
"""

import asyncio
import csv
import json
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import jinja2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import template
from bench.sink_of_postfix import tool
from pabal.domain.address import restore_address
from pabal.domain.identity import subscriber_key
from pabal.domain.links import PublicLinks
from pabal.domain.recipient import Recipient
from pabal.domain.token import TokenKeys
from pabal.message.compile import compile_source
from pabal.message.dkim import DkimKey, Signing
from pabal.message.filters import comma, won, written_date
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.transport.port import Envelope
from pabal.transport.smtp.settings import Security, SmtpSettings
from pabal.transport.smtp.transport import SmtpTransport

SIZE = 100_000  # bytes; what the template makes, give or take a name
CONNECTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to send.

    fewer: slow ones send so many times fewer mails.
    at_least: wanted share of smtp-source's rate; 0 where it is only shown.
    """

    name: str
    title: str
    run: Callable[[int, int], float]
    at_least: float = 0.0
    fewer: int = 1


def smtp_source(port: int, count: int) -> float:
    arguments = [tool("smtp-source"), "-s", str(CONNECTIONS), "-m", str(count), "-l", str(SIZE)]
    started = time.perf_counter()
    subprocess.run([*arguments, f"127.0.0.1:{port}"], check=True)
    return time.perf_counter() - started


def message_and_smtp(
    port: int, count: int, *, grid: bool = False, signing: Signing | None = None
) -> float:
    """Render and submit, without a ledger."""
    renderer = a_renderer(grid=grid, signing=signing)
    people = list(recipients(count))
    return asyncio.run(message_over_smtp(renderer, people, port))


async def message_over_smtp(renderer: Renderer, people: list[Recipient], port: int) -> float:
    """Render and submit every mail; return the seconds from the first to the last."""
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=port, security=Security.NONE, connections=CONNECTIONS)
    )
    waiting = iter(people)
    now = datetime.now(UTC)

    async def submit() -> None:
        for person in waiting:
            mail = renderer.render(person, date=now)
            envelope = Envelope(sender=mail.sender, recipient=mail.recipient)
            outcome = await transport.submit(envelope, mail.buffers)
            assert outcome.verdict.value == "accepted", outcome

    started = time.perf_counter()
    await asyncio.gather(*(submit() for _ in range(4 * CONNECTIONS)))
    seconds = time.perf_counter() - started
    await transport.close()
    return seconds


def with_dkim(port: int, count: int) -> float:
    return message_and_smtp(port, count, signing=Signing(keys=(a_dkim_key(),)))


def whole_pipeline(port: int, count: int, **settings: str) -> float:
    """A worker on a prepared campaign: claim, intent, render, submit, outcome; all durable."""
    from bench.first import send, start
    from bench.installation import a_campaign_to, an_installation
    from pabal.domain.identity import CampaignId

    with an_installation(port, **settings) as workshop:
        with tempfile.TemporaryDirectory() as folder:
            customers = Path(folder) / "customers.csv"
            write_customers(customers, count)
            campaign = CampaignId(a_campaign_to(customers, template.source()))
        start(workshop, campaign)
        return send(workshop, campaign)


def on_postgresql(port: int, count: int, **settings: str) -> float:
    with a_postgresql() as url:
        return whole_pipeline(port, count, PABAL_DATABASE_URL=url, **settings)


def signed(run: Callable[..., float]) -> Callable[[int, int], float]:
    """The same with DKIM, by the settings that an operator would use."""

    def run_signed(port: int, count: int) -> float:
        key = a_dkim_key().private_key
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            return run(port, count, PABAL_DKIM_KEY_FILE=file.name)

    return run_signed


@contextmanager
def a_postgresql() -> Iterator[str]:
    """A server of our own that waits for the disk at every commit, beside the sink's core."""
    sys.path.insert(0, "tests")
    from servers.postgres import start_postgres

    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with start_postgres(durable=True) as server:
        os.sched_setaffinity(0, ours)
        yield server.fresh_database()


def plain_loop(port: int, count: int) -> float:
    """What people write: Jinja, EmailMessage and smtplib, one connection."""
    mails = _plain_mails(recipients(count))
    with smtplib.SMTP("127.0.0.1", port) as server:
        started = time.perf_counter()
        for mail in mails:
            server.send_message(mail)
        return time.perf_counter() - started


def django_messages(port: int, count: int) -> float:
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_USE_LOCALTIME=False)
    html, text, subject = _jinja()

    def mails() -> Iterator[EmailMultiAlternatives]:
        for person in recipients(count):
            values = _values(person)
            mail = EmailMultiAlternatives(
                subject.render(values), text.render(values), "news@hanbit.example",
                [person.address.wire],
            )  # fmt: skip
            mail.attach_alternative(html.render(values), "text/html")
            yield mail

    started = time.perf_counter()
    # A list, as its documentation has it: send_messages asks for the length.
    get_connection("django.core.mail.backends.smtp.EmailBackend").send_messages(list(mails()))
    return time.perf_counter() - started


def aiosmtplib_connections(port: int, count: int) -> float:
    import aiosmtplib

    async def run() -> float:
        mails = iter(_plain_mails(recipients(count)))
        clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port) for _ in range(CONNECTIONS)]
        for client in clients:
            await client.connect()

        async def work(client: aiosmtplib.SMTP) -> None:
            for mail in mails:
                await client.send_message(mail)

        started = time.perf_counter()
        await asyncio.gather(*map(work, clients))
        return time.perf_counter() - started

    return asyncio.run(run())


CONTENDERS = (
    Contender(name="smtp-source", title="Postfix's smtp-source, constant mail", run=smtp_source),
    Contender(name="message", title="Pabal: message and SMTP", run=message_and_smtp, at_least=1.0),
    Contender(
        name="grid",
        title="the same with a product grid for each",
        run=lambda port, count: message_and_smtp(port, count, grid=True),
        at_least=0.85,
    ),
    Contender(name="sqlite", title="Pabal whole, SQLite", run=whole_pipeline, at_least=0.85),
    Contender(name="postgresql", title="Pabal whole, PostgreSQL", run=on_postgresql, at_least=0.75),
    Contender(name="dkim", title="Pabal: message, DKIM and SMTP", run=with_dkim, at_least=0.75),
    Contender(
        name="sqlite-dkim",
        title="Pabal whole, SQLite, DKIM",
        run=signed(whole_pipeline),
        at_least=0.65,
    ),
    Contender(
        name="postgresql-dkim",
        title="Pabal whole, PostgreSQL, DKIM",
        run=signed(on_postgresql),
        at_least=0.60,
    ),
    Contender(name="plain", title="Jinja + EmailMessage + smtplib", run=plain_loop, fewer=20),
    Contender(name="django", title="Django send_messages", run=django_messages, fewer=20),
    Contender(
        name="aiosmtplib", title="aiosmtplib, 4 connections", run=aiosmtplib_connections, fewer=20
    ),
)


def recipients(count: int) -> Iterator[Recipient]:
    for number in range(count):
        yield Recipient(
            key=subscriber_key(number + 1),
            position=number,
            address=restore_address(f"c{number}@example.com"),
            language="ko",
            attributes=attributes(number),
        )


def attributes(number: int) -> dict[str, str]:
    return {
        "name": f"김민지{number}",
        "grade": ("WELCOME", "SILVER", "GOLD", "PLATINUM")[number % 4],
        "coupon_code": f"HB26{number:08d}",
        "discount": str(5 + number % 16),
        "points": str(number * 37 % 250_000),
        "favorite_brand": ("하루한벌", "오후세시", "느린바늘")[number % 3],
        "favorite_category": ("가방", "모자", "신발", "니트", "아우터", "셔츠")[number % 6],
        "last_order": f"2026-{number % 10 + 1:02}-15",
    }


def write_customers(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        names = ["email", *attributes(0), "consent_at", "consent_source"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for number in range(count):
            writer.writerow(
                {"email": f"c{number}@example.com"}
                | attributes(number)
                | {"consent_at": "2026-01-15T10:00:00+09:00", "consent_source": "회원가입"}
            )


def a_dkim_key() -> DkimKey:
    return DkimKey(
        domain=template.plan().sender.domain,
        selector="bench",
        private_key=rsa.generate_private_key(public_exponent=65537, key_size=2048),
    )


def a_renderer(*, grid: bool = False, signing: Signing | None = None) -> Renderer:
    plan, limits = template.plan(), Limits()
    return Renderer(
        compile_source(template.source(grid=grid), plan, limits=limits),
        plan,
        links=_LINKS,
        bounce_secret=b"b" * 32,
        limits=limits,
        signing=signing,
    )


_LINKS = PublicLinks(
    base_url="https://mail.hanbit.example", keys=TokenKeys(current=1, secrets={1: b"k" * 32})
)


def _jinja() -> tuple[jinja2.Template, jinja2.Template, jinja2.Template]:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"comma": comma, "won": won, "date": written_date}
    source = template.source()
    html, text, subject = map(environment.from_string, (source.body, source.text, source.subject))
    return html, text, subject


def _plain_mails(people: Iterator[Recipient]) -> Iterator[EmailMessage]:
    html, text, subject = _jinja()
    for person in people:
        values = _values(person)
        mail = EmailMessage()
        mail["From"] = "news@hanbit.example"
        mail["To"] = person.address.wire
        mail["Subject"] = subject.render(values)
        mail.set_content(text.render(values))
        mail.add_alternative(html.render(values), subtype="html")
        yield mail


def _values(person: Recipient) -> dict[str, object]:
    plan = template.plan()
    delivery = person.delivery(plan.id)
    return dict(person.attributes) | {
        "unsubscribe_url": _LINKS.unsubscribe(delivery),
        "preferences_url": _LINKS.preferences(delivery),
        "sender": plan.sender,
    }


if __name__ == "__main__":
    wanted, wanted_port, wanted_count = sys.argv[1:4]
    contender = next(each for each in CONTENDERS if each.name == wanted)
    print(json.dumps({"seconds": contender.run(int(wanted_port), int(wanted_count))}))
