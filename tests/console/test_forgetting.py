"""Whoever was erased is taken out of the files: packages, mails of the built-in mailbox.

개인정보 보호법 21.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from builders.campaigns import a_plan, a_recipient
from builders.console import NOW, a_subscriber
from pabal.console.adapters import OrmErasures
from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.audience.models import Erasure, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.domain.erasure import is_alias
from pabal.domain.identity import delivery_id
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import Reason
from pabal.package.package import Package, write_package
from pabal.package.redacting import redact
from pabal.package.shards import SHARD_SIZE
from pabal.package.store import DirectoryStore
from pabal.pipeline.steps.enqueue import enqueue_shard, open_run
from pabal.pipeline.steps.forgetting import forget_erased
from pabal.transport.mailbox.store import MailboxStore, ReceivedMail

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)
PLACES = (1, SHARD_SIZE + 1)  # in two shards


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "packages")


@pytest.fixture
def gone() -> list[Subscriber]:
    """Two who will ask to be erased."""
    return [a_subscriber(f"gone{place}@customer.example") for place in PLACES]


@pytest.fixture
def recipients(gone: list[Subscriber]) -> list[Recipient]:
    everybody = [a_recipient(number=10_000 + n, position=n) for n in range(SHARD_SIZE + 3)]
    for place, subscriber in zip(PLACES, gone, strict=True):
        everybody[place] = Recipient(
            key=subscriber.key,
            position=place,
            address=subscriber.checked_address,
            language="ko",
            attributes={"name": f"name-of-{place}"},
        )
    return everybody


@pytest.fixture
def digest(campaign: Campaign, store: DirectoryStore, recipients: list[Recipient]) -> str:
    """The package of a campaign that has ended."""
    plan = a_plan(id=campaign.pk)
    digest = write_package(store, plan, b"compiled", recipients).digest
    Campaign.objects.update(status=Campaign.Status.ENDED, prepared_digest=digest)
    return digest


def erase_all(gone: list[Subscriber]) -> None:
    for subscriber in gone:
        erase(subscriber.address, installed_aliases(), now=NOW)


def forget(store: DirectoryStore, mailbox: MailboxStore | None = None) -> int:
    return forget_erased(
        OrmErasures(), store=store, mailbox=mailbox, aliases=installed_aliases(), now=LATER
    )


def the_digest() -> str:
    return Campaign.objects.get().prepared_digest


def on_disk(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_no_file_of_a_package_names_them_any_more(
    store: DirectoryStore, digest: str, gone: list[Subscriber], tmp_path: Path
) -> None:
    assert b"gone1@customer.example" in on_disk(tmp_path)
    erase_all(gone)

    assert forget(store) == 2

    left = on_disk(tmp_path)
    assert b"gone" not in left
    assert b"name-of" not in left
    assert not Erasure.objects.exists()


def test_everybody_else_keeps_place_and_values_under_a_digest_that_holds(
    campaign: Campaign,
    store: DirectoryStore,
    digest: str,
    gone: list[Subscriber],
    recipients: list[Recipient],
) -> None:
    erase_all(gone)
    forget(store)

    package = Package(store, campaign.campaign_id, the_digest())
    assert package.compiled() == b"compiled"
    after = list(package.recipients())
    for place, recipient in enumerate(recipients):
        if place in PLACES:
            assert (after[place].key, after[place].position) == (recipient.key, place)
            assert after[place].address.domain == "nobody.invalid"
        else:
            assert after[place] == recipient


def test_a_package_that_does_not_name_them_is_left_alone(
    store: DirectoryStore, digest: str
) -> None:
    erase_all([a_subscriber("somebody-else@customer.example")])

    assert forget(store) == 1
    assert the_digest() == digest


def test_a_campaign_under_way_keeps_its_package_until_it_has_ended(
    store: DirectoryStore, digest: str, gone: list[Subscriber]
) -> None:
    Campaign.objects.update(status=Campaign.Status.STARTED)
    erase_all(gone)
    assert forget(store) == 0
    assert the_digest() == digest

    Campaign.objects.update(status=Campaign.Status.ENDED)
    assert forget(store) == 2
    assert the_digest() != digest


def test_a_campaign_that_is_sent_again_meanwhile_keeps_its_package(
    campaign: Campaign, digest: str
) -> None:
    """Whether it is idle is decided in the statement that replaces."""
    erasures = OrmErasures()
    assert digest in erasures.packages().values()
    Campaign.objects.update(status=Campaign.Status.STARTED)

    assert not erasures.replace_package(campaign.campaign_id, digest, "0" * 64)
    assert the_digest() == digest


def test_nothing_is_sent_to_them_from_a_package_that_was_frozen_before(
    campaign: Campaign, store: DirectoryStore, digest: str, gone: list[Subscriber]
) -> None:
    """Erased between preflight and enqueueing: the package still has the addresses."""
    erase_all(gone)
    package, ledger = Package(store, campaign.campaign_id, digest), joined_ledger()
    open_run(package, ledger, now=NOW)
    for shard in range(len(package.manifest.shards)):
        enqueue_shard(package, shard, ledger, aliases=installed_aliases(), now=NOW)

    for subscriber in gone:
        delivery = ledger.delivery(delivery_id(campaign.campaign_id, subscriber.key))
        assert delivery is not None
        assert is_alias(delivery.address)
        [stop] = ledger.suppressions([delivery.address], package.manifest.plan.scopes).values()
        assert stop.reason is Reason.ERASED


def test_a_draft_loses_its_package_and_is_prepared_again(
    store: DirectoryStore, digest: str, gone: list[Subscriber], tmp_path: Path
) -> None:
    Campaign.objects.update(status=Campaign.Status.DRAFT)
    erase_all(gone)
    forget(store)

    assert the_digest() == ""
    assert b"gone" not in on_disk(tmp_path)


def test_killed_before_the_old_package_is_pruned_the_next_round_finishes(
    campaign: Campaign, store: DirectoryStore, digest: str, gone: list[Subscriber], tmp_path: Path
) -> None:
    """The redacted package was written, and perhaps stands for the campaign already."""
    erase_all(gone)
    redacted = redact(
        store,
        Package(store, campaign.campaign_id, digest),
        {subscriber.key for subscriber in gone},
    ).digest
    assert forget(store) == 2
    assert the_digest() == redacted
    assert b"gone" not in on_disk(tmp_path)


def test_what_was_erased_a_moment_ago_is_looked_at_again(
    store: DirectoryStore, digest: str, gone: list[Subscriber]
) -> None:
    """A draft may be being prepared at this moment from what was read before."""
    for subscriber in gone:
        erase(subscriber.address, installed_aliases(), now=LATER - timedelta(minutes=1))

    assert forget(store) == 0
    assert the_digest() != digest
    assert Erasure.objects.count() == 2


def test_a_package_that_is_gone_holds_nothing_up(
    campaign: Campaign, store: DirectoryStore, digest: str, gone: list[Subscriber]
) -> None:
    store.prune(campaign.campaign_id, keep="")
    erase_all(gone)

    assert forget(store) == 2


def test_their_mails_leave_the_mailbox_and_the_others_stay(
    store: DirectoryStore, gone: list[Subscriber], mailbox: MailboxStore, tmp_path: Path
) -> None:
    for address in ("Gone1@Customer.example", "minji@customer.example", "not one"):
        mailbox.add(
            ReceivedMail(
                sender="b@x.example", recipients=(address,), received_at=NOW, peer="", raw=b"x\r\n"
            )
        )
    erase_all(gone)

    forget(store, mailbox)

    left = {mail.recipients for mail in mailbox.page()}
    assert left == {("not one",), ("minji@customer.example",)}
    assert mailbox.count() == 2
    assert b"Gone1" not in on_disk(tmp_path)
