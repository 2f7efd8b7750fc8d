"""개인정보 보호법 21: what is older than the settings say is forgotten; proof of consent is not."""

from datetime import timedelta
from pathlib import Path

import pytest

from builders.campaigns import a_plan, a_recipient
from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    NOW,
    SILENCE,
    a_member,
    finished,
    settled,
    started,
)
from pabal.console.adapters import OrmArchive
from pabal.console.audience.models import Consent, List, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.audience.verifying import verify_consents
from pabal.console.campaigns.models import Campaign
from pabal.domain.outcome import Outcome
from pabal.package.errors import PackageMissing
from pabal.package.package import Package, write_package
from pabal.package.store import DirectoryStore
from pabal.pipeline.steps.retention import Forgotten, Retention, apply_retention
from pabal.transport.mailbox.store import MailboxStore, ReceivedMail

pytestmark = pytest.mark.django_db

YEAR = timedelta(days=365)
USUAL = Retention(packages=timedelta(days=90), mails=timedelta(days=30), replies=YEAR)
FOR_EVER = Retention(packages=None, mails=None, replies=None)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "packages")


def end(campaign: Campaign, store: DirectoryStore, outcome: Outcome, minji: Subscriber) -> None:
    """Let a campaign with one recipient end now."""
    digest = write_package(store, a_plan(id=campaign.pk), b"", [a_recipient()]).digest
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: outcome})
    finished(campaign)
    Campaign.objects.update(status="ended", ended_at=NOW, prepared_digest=digest)


def forget(
    store: DirectoryStore,
    *,
    days: int,
    retention: Retention = USUAL,
    mailbox: MailboxStore | None = None,
) -> Forgotten:
    return apply_retention(
        retention,
        archive=OrmArchive(),
        ledger=joined_ledger(),
        store=store,
        mailbox=mailbox,
        now=NOW + timedelta(days=days),
    )


def has_package(campaign: Campaign, store: DirectoryStore) -> bool:
    campaign.refresh_from_db()
    try:
        Package(store, campaign.campaign_id, campaign.prepared_digest)
    except PackageMissing:
        return False
    return True


def test_recipients_of_an_ended_campaign_are_forgotten_on_their_day(
    campaign: Campaign, store: DirectoryStore, minji: Subscriber
) -> None:
    end(campaign, store, ACCEPTED, minji)

    assert forget(store, days=89).packages == 0
    assert has_package(campaign, store)
    assert forget(store, days=91).packages == 1
    assert not has_package(campaign, store)
    assert forget(store, days=92).packages == 0


def test_a_doubt_keeps_its_package_since_it_may_be_sent_again(
    campaign: Campaign, store: DirectoryStore, minji: Subscriber
) -> None:
    end(campaign, store, SILENCE, minji)

    assert forget(store, days=400).packages == 0
    assert has_package(campaign, store)


def test_a_campaign_that_has_not_ended_keeps_its_package(
    campaign: Campaign, store: DirectoryStore, minji: Subscriber
) -> None:
    end(campaign, store, ACCEPTED, minji)
    Campaign.objects.update(status="started")

    assert forget(store, days=400).packages == 0


def test_old_mails_leave_the_built_in_mailbox(store: DirectoryStore, mailbox: MailboxStore) -> None:
    for days in (0, 5, 10):
        mailbox.add(
            ReceivedMail(
                sender="b@x.example",
                recipients=(f"day{days}@customer.example",),
                received_at=NOW + timedelta(days=days),
                peer="",
                raw=b"x\r\n",
            )
        )

    assert forget(store, days=36, mailbox=mailbox).mails == 2
    assert [mail.recipients for mail in mailbox.page()] == [("day10@customer.example",)]
    assert mailbox.count() == 1


def test_words_of_servers_are_forgotten_and_the_next_round_begins_where_this_ended(
    campaign: Campaign, store: DirectoryStore, minji: Subscriber
) -> None:
    end(campaign, store, NO_MAILBOX, minji)
    delivery = joined_ledger().find(minji.address)[0].id

    assert forget(store, days=364).replied_until == 0
    assert joined_ledger().history(delivery)[-1].text == "no such user"
    round_ = forget(store, days=366)
    assert joined_ledger().history(delivery)[-1].text == ""
    assert round_.replied_until > 0


def test_nothing_is_forgotten_where_everything_is_kept_for_ever(
    campaign: Campaign, store: DirectoryStore, minji: Subscriber, mailbox: MailboxStore
) -> None:
    end(campaign, store, NO_MAILBOX, minji)

    assert forget(store, days=9_999, retention=FOR_EVER, mailbox=mailbox) == Forgotten()
    assert has_package(campaign, store)


def test_the_log_of_consent_is_never_forgotten(news: List, store: DirectoryStore) -> None:
    """K1: “consent record … with time, source, wording version, IP”, as long as it is needed."""
    a_member(news)
    before = list(Consent.objects.values())

    forget(store, days=9_999)

    assert list(Consent.objects.values()) == before
    assert verify_consents().is_whole
