"""The demo's customers and its promotion fit each other: what is imported is what is mailed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from builders.campaigns import BOUNCE_SECRET, a_plan, a_sender, some_links
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.models import List, Subscriber
from pabal.domain.recipient import Recipient
from pabal.message.compile import compile_source
from pabal.message.render import Renderer
from pabal.message.source import Limits, Source

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
DEMO = Path(str(files("pabal.cli"))) / "demo"
SUBJECT = "{{ name }}님, {{ discount }}% 쿠폰과 함께 한 겹 더 따뜻하게"
GMAIL_CLIPS_AT = 102_000


@pytest.fixture
def recipients(db: None) -> list[Recipient]:
    news = List.objects.create(
        name="한빛상점 소식", identifier="news.hanbit.example", created_at=NOW
    )
    import_file(DEMO / "customers.csv", news, now=NOW)
    return list(_recipients())


def _recipients() -> Iterator[Recipient]:
    for position, subscriber in enumerate(Subscriber.objects.order_by("pk")):
        yield Recipient(
            key=subscriber.key,
            position=position,
            address=subscriber.checked_address,
            language=subscriber.language,
            attributes=subscriber.attributes,
        )


@pytest.fixture
def renderer() -> Renderer:
    sender = a_sender(name="한빛상점", company="한빛상점")
    plan = a_plan(sender=sender, list_name="한빛상점 소식")
    source = Source(subject=SUBJECT, body=(DEMO / "promotion.mjml").read_text("utf-8"))
    return Renderer(
        compile_source(source, plan, limits=Limits()),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=Limits(),
    )


@pytest.mark.django_db
def test_the_customers_import_with_nothing_to_say():
    news = List.objects.create(name="소식", identifier="news.hanbit.example", created_at=NOW)
    report = import_file(DEMO / "customers.csv", news, now=NOW)
    assert (report.counts.new, report.entries) == (200, ())
    assert news.memberships.filter(consented_at=None).count() == 0


def test_the_customers_have_addresses_that_nobody_owns(recipients: list[Recipient]):
    for recipient in recipients:
        assert recipient.address.domain.split(".")[-2:] in (
            ["example", "com"],
            ["example", "net"],
            ["example", "org"],
        )


def test_every_mail_weighs_about_100_kb_and_is_not_clipped(
    recipients: list[Recipient], renderer: Renderer
):
    proofs = [renderer.prove(recipient) for recipient in recipients]
    assert all(90_000 < proof.size_bytes < 110_000 for proof in proofs)
    assert all(proof.html_bytes < GMAIL_CLIPS_AT for proof in proofs)


def test_no_two_customers_get_the_same_mail(recipients: list[Recipient], renderer: Renderer):
    assert len({renderer.plain(recipient).html for recipient in recipients}) == 200


@pytest.mark.parametrize(
    ("grade", "benefit"),
    [
        ("WELCOME", "이달 한 번 무료 배송"),
        ("SILVER", "3만 원부터 무료 배송"),
        ("GOLD", "언제나 무료 배송"),
        ("PLATINUM", "전담 스타일리스트"),
    ],
)
def test_the_benefits_follow_the_grade(
    recipients: list[Recipient], renderer: Renderer, grade: str, benefit: str
):
    someone = next(r for r in recipients if r.attributes["grade"] == grade and r.language == "ko")
    mail = renderer.plain(someone)
    assert benefit in mail.html
    assert benefit in mail.text
    assert mail.subject.startswith(f"(광고) {someone.attributes['name']}님")


def test_the_grid_follows_the_favourite_category(recipients: list[Recipient], renderer: Renderer):
    shown = {}
    for recipient in recipients:
        category = recipient.attributes["favorite_category"]
        attributes = {**recipients[0].attributes, "favorite_category": category}
        mail = renderer.plain(replace(recipients[0], attributes=attributes))
        assert f"이번 주의 {category}" in mail.html
        shown[category] = mail.html
    assert len(set(shown.values())) == 8


def test_everybody_is_told_in_both_languages_how_to_leave(
    recipients: list[Recipient], renderer: Renderer
):
    for language in ("ko", "en"):
        someone = next(r for r in recipients if r.language == language)
        mail = renderer.plain(someone)
        for part in (mail.html, mail.text):
            for wanted in ("수신 거부", "unsubscribe here", "02-1234-5678", "help@shop.example"):
                assert wanted in part
            assert part.count("/u/") >= 2


def test_nothing_remote_is_fetched_by_opening_it(recipients: list[Recipient], renderer: Renderer):
    html = renderer.plain(recipients[0]).html
    for remote in ("<img", "<link", "@import", "url(", "src="):
        assert remote not in html
