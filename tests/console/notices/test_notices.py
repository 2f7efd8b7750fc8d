"""K10 and K11: results within 14 days and confirmations every two years (50(7), 50(8))."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pytest_django import Settings

from builders.console import NOW, a_buyer, a_list, a_member, a_sender_row, a_subscriber
from pabal.console.adapters import OrmCampaignSource, OrmNotices
from pabal.console.audience.joining import Joining, join_list, return_to_list
from pabal.console.audience.leaving import leave_everything, leave_list, leave_topic
from pabal.console.audience.models import ConsentNotice, List, Subscriber, Topic
from pabal.console.audience.overdue import overdue_confirmations, owe_overdue, settle_overdue
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.domain.links import PublicLinks
from pabal.domain.suppression import EVERYTHING, OWED, Reason, Suppression
from pabal.domain.tracking import Tracking
from pabal.message.compiled import Compiled
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits
from pabal.package.package import Package
from pabal.package.store import DirectoryStore
from pabal.pipeline.steps.notices import tell

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _sender(db: None) -> None:
    a_sender_row()


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "packages")


def tell_all(store: DirectoryStore, now: datetime = NOW) -> int:
    """One visit of the worker; return how many people are told something."""
    limits = Limits()
    return tell(OrmNotices(), source=OrmCampaignSource(), store=store, limits=limits, now=now)


def long_ago(news: List, email: str = "minji@customer.example", language: str = "ko") -> Subscriber:
    """A member whose consent needs no notice any more, and none yet."""
    return a_member(news, email, consented_at=NOW - 60 * DAY, language=language)


def packages(store: DirectoryStore) -> Sequence[Package]:
    started = Campaign.objects.filter(status=Campaign.Status.STARTED).order_by("pk")
    return [Package(store, each.campaign_id, each.prepared_digest) for each in started]


def mails(store: DirectoryStore, links: PublicLinks) -> list[tuple[str, PlainMail]]:
    """What is told, by address, in all campaigns that are started."""
    told: list[tuple[str, PlainMail]] = []
    for package in packages(store):
        renderer = _renderer(package, links)
        for position in range(package.manifest.recipients):
            recipient = package.recipient(position)
            told.append((recipient.address.identity, renderer.plain(recipient)))
    return told


def _renderer(package: Package, links: PublicLinks) -> Renderer:
    return Renderer(
        Compiled.from_bytes(package.compiled()),
        package.manifest.plan,
        links=links,
        bounce_secret=b"s" * 32,
        limits=Limits(),
    )


def test_a_refusal_is_told_once_with_the_three_items(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    """K10: “sender's name, the fact and date of the refusal, the result”, without “(광고)”."""
    minji = long_ago(news)
    leave_list(minji, news, source="one-click", now=NOW)

    assert tell_all(store) == 1
    assert tell_all(store) == 0
    assert tell_all(store, NOW + 13 * DAY) == 0

    [(address, mail)] = mails(store, links)
    assert address == "minji@customer.example"
    assert "광고" not in mail.subject
    assert Campaign.objects.get().archived_at is None
    for item in ("파발상점 주식회사", "2026-11-24", "거부", "수신 거부로 처리했으며", news.name):
        assert item in mail.html
        assert item in mail.text


def test_it_is_told_in_the_language_of_the_person(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    john = long_ago(news, "john@customer.example", language="en")
    leave_list(john, news, source="one-click", now=NOW)
    tell_all(store)

    [(_address, mail)] = mails(store, links)
    assert mail.subject == "Your choice about our mail has been recorded"
    for item in ("Sender: 파발상점 주식회사", "withdrew your consent", "2026-11-24", "no more"):
        assert item in mail.text


def test_who_has_just_refused_everything_is_told_so(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    """K10: also to an address that has refused: no suppression by themselves keeps it out."""
    events = a_list("행사", identifier="events")
    minji = long_ago(news)
    join_list(events, [_joining(minji, NOW - 60 * DAY)], now=NOW - 30 * DAY)
    leave_everything(minji, source="preferences page", now=NOW)

    assert tell_all(store) == 1
    [(_address, mail)] = mails(store, links)
    assert news.name in mail.text
    assert events.name in mail.text
    [package] = packages(store)
    assert package.manifest.plan.scopes == (OWED,)


def test_a_consent_is_told_with_the_way_to_withdraw(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    minji = a_subscriber()
    join_list(news, [_joining(minji, NOW - DAY)], now=NOW)

    assert tell_all(store) == 1
    [(_address, mail)] = mails(store, links)
    assert "2026-11-23" in mail.text
    assert "수신 동의로 처리했습니다" in mail.text
    assert "/u/" in mail.text


def test_the_mail_is_no_advertising_and_fits_the_standards(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    minji = long_ago(news)
    leave_list(minji, news, source="one-click", now=NOW)
    tell_all(store)

    [package] = packages(store)
    wire = _renderer(package, links).render(package.recipient(0), date=NOW)
    parsed = message_from_bytes(b"".join(wire.buffers), policy=policy.default)
    assert not str(parsed["Subject"]).startswith("(광고)")
    assert parsed.get_content_type() == "multipart/alternative"


def test_a_notice_is_never_tracked(news: List, store: DirectoryStore, settings: Settings) -> None:
    """Whatever the organisation does elsewhere: the law wants it sent, not watched."""
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": Tracking.ON})
    leave_list(long_ago(news), news, source="one-click", now=NOW)
    tell_all(store)

    [package] = packages(store)
    assert package.manifest.plan.tracking is Tracking.OFF
    assert Compiled.from_bytes(package.compiled()).tracked is None


def test_two_events_of_one_person_are_two_notices(news: List, store: DirectoryStore) -> None:
    minji = long_ago(news)
    leave_list(minji, news, source="one-click", now=NOW)
    later = NOW + timedelta(minutes=5)
    return_to_list(minji, news, source="confirm page", wording="동의", now=later)

    told = [tell_all(store, later), tell_all(store, later), tell_all(store, later)]
    assert told == [1, 1, 0]
    assert sorted(ConsentNotice.objects.values_list("action", flat=True)) == [
        "granted",
        "withdrawn",
    ]


def test_a_decision_about_a_topic_is_told(
    news: List, store: DirectoryStore, links: PublicLinks
) -> None:
    coupons = Topic.objects.create(name="쿠폰", identifier="coupons")
    leave_topic(long_ago(news), coupons, source="preferences page", now=NOW)

    assert tell_all(store) == 1
    [(_address, mail)] = mails(store, links)
    assert "쿠폰" in mail.text


def test_a_consent_of_long_ago_is_not_told_when_it_is_imported(
    news: List, store: DirectoryStore
) -> None:
    """Who took the consent had 14 days for it."""
    join_list(news, [_joining(a_subscriber(), NOW - 15 * DAY)], now=NOW)

    assert tell_all(store) == 0


def test_a_transaction_is_no_consent_and_is_not_told(news: List, store: DirectoryStore) -> None:
    a_buyer(news, "buyer@customer.example", ended_at=NOW - 31 * DAY)

    assert tell_all(store) == 0


@pytest.mark.parametrize("reason", [Reason.BOUNCE, Reason.COMPLAINT])
def test_a_mailbox_that_is_gone_or_complained_is_not_mailed(
    news: List, store: DirectoryStore, reason: Reason
) -> None:
    minji = long_ago(news)
    joined_ledger().suppress(
        Suppression(address=minji.address, scope=EVERYTHING, reason=reason, since=NOW)
    )
    leave_list(minji, news, source="complained", now=NOW)

    assert tell_all(store) == 0
    record = Campaign.objects.get()
    assert record.excluded == {"suppressed": 1}
    assert record.archived_at is not None


def test_nothing_is_told_where_it_is_switched_off(
    news: List, store: DirectoryStore, settings: Settings
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"notices": False})
    minji = a_member(news, consented_at=NOW - 800 * DAY)
    leave_list(minji, news, source="one-click", now=NOW)

    assert tell_all(store) == 0
    assert not ConsentNotice.objects.exists()


def test_what_was_begun_and_broken_off_is_taken_up_and_not_begun_twice(
    news: List, store: DirectoryStore
) -> None:
    """The worker may end between gathering and starting."""
    leave_list(long_ago(news), news, source="one-click", now=NOW)
    [begun] = OrmNotices().gather(now=NOW)

    assert tell_all(store) == 1
    assert Campaign.objects.get().campaign_id == begun


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (729, 0),
        (730, 1),
        (731, 1),
    ],
)
def test_a_consent_is_confirmed_after_two_years(
    news: List, store: DirectoryStore, links: PublicLinks, days: int, told: int
) -> None:
    """K11: “every 2 years from consent”: the three items, and silence keeps it."""
    minji = a_member(news, consented_at=NOW - days * DAY)

    assert tell_all(store) == told
    assert tell_all(store) == 0
    for _address, mail in mails(store, links):
        assert "광고" not in mail.subject
        day = (NOW - days * DAY).date().isoformat()
        for item in ("파발상점 주식회사", day, "유지하시려면", "철회는 무료", "/u/"):
            assert item in mail.text
    membership = news.memberships.get()
    assert (membership.subscriber, membership.status) == (minji, "subscribed")
    assert membership.consented_at == NOW - days * DAY


def test_it_is_confirmed_again_two_years_later(news: List, store: DirectoryStore) -> None:
    long_ago(news)
    consented_at = NOW - 60 * DAY  # the 25th of September 2026
    days = (60, 730, 731, 900, 1460, 1461, 2192)
    told = {each: tell_all(store, consented_at + each * DAY) for each in days}
    assert told == {60: 0, 730: 0, 731: 1, 900: 0, 1460: 0, 1461: 1, 2192: 1}


def test_what_was_due_before_it_came_here_waits_for_a_person(
    news: List, store: DirectoryStore
) -> None:
    """Whoever had the consent before may have told them: no mail goes out unasked."""
    a_member(news, consented_at=NOW - 800 * DAY)  # came 30 days ago, 40 days after it was due

    assert tell_all(store) == 0
    assert overdue_confirmations().count() == 1
    assert owe_overdue() == 1
    assert tell_all(store) == 1
    assert owe_overdue() == 0
    assert tell_all(store, NOW + 600 * DAY) == 0


def test_what_was_told_elsewhere_is_told_here_two_years_later(
    news: List, store: DirectoryStore
) -> None:
    a_member(news, consented_at=NOW - 800 * DAY)

    assert settle_overdue() == 1
    assert overdue_confirmations().count() == 0
    assert tell_all(store, NOW + 600 * DAY) == 0
    assert tell_all(store, NOW + 661 * DAY) == 1  # the fourth year


def test_nobody_is_asked_about_who_is_gone(news: List, store: DirectoryStore) -> None:
    minji = a_member(news, consented_at=NOW - 800 * DAY)
    leave_list(minji, news, source="one-click", now=NOW)

    assert overdue_confirmations().count() == 0


def test_who_has_left_is_not_asked_to_confirm(news: List, store: DirectoryStore) -> None:
    minji = a_member(news, consented_at=NOW - 800 * DAY)
    leave_list(minji, news, source="one-click", now=NOW - 20 * DAY)
    ConsentNotice.objects.all().delete()

    assert tell_all(store) == 0


def test_without_a_sender_nothing_is_told_and_nothing_forgotten(
    news: List, store: DirectoryStore
) -> None:
    SenderIdentity.objects.all().delete()
    leave_list(long_ago(news), news, source="one-click", now=NOW)
    assert tell_all(store) == 0

    a_sender_row()
    assert tell_all(store) == 1


def _joining(subscriber: Subscriber, consented_at: datetime) -> Joining:
    return Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=consented_at,
        source="form",
        wording="광고성 정보 수신동의",
    )
