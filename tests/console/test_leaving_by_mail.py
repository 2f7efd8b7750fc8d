"""A mail to the address in List-Unsubscribe does what one click would do: RFC 8058, RFC 2369."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from builders.console import NOW, a_list, started
from pabal.configuration.keyring import load_keyring
from pabal.console.adapters import OrmAudience
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.identity import DeliveryId, leaving_local_part
from pabal.domain.links import PublicLinks
from pabal.domain.reputation import Limits
from pabal.feedback.seals import Seals
from pabal.ledger.errors import LedgerUnavailable
from pabal.pipeline.ports import Audience
from pabal.pipeline.steps.feedback import Collected, Reader

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def secret() -> bytes:
    return load_keyring(settings.PABAL.home).derive("bounce addresses")


@pytest.fixture
def delivery(campaign: Campaign, minji: Subscriber) -> DeliveryId:
    (delivery,) = started(campaign, [minji])
    return delivery


def a_request(delivery: DeliveryId, secret: bytes, *marks: str) -> bytes:
    """A mail from somebody's other address to the address that unsubscribes."""
    to = f"{leaving_local_part(delivery, secret)}@bounce.shop.example"
    fields = ("From: somebody@elsewhere.example", f"To: {to}", "Subject: unsubscribe", *marks)
    return "\r\n".join([*fields, "", ""]).encode()


def take(raw: bytes, secret: bytes, audience: Audience | None = None) -> tuple[bool, Collected]:
    """Read a mail as every road has it read; say whether it may be thrown away."""
    keys = load_keyring(settings.PABAL.home).token_keys
    reader = Reader(
        seals=Seals(bounce_secrets=(secret,), links=keys),
        audience=audience or OrmAudience(),
        policy=BouncePolicy(),
        limits=Limits(),
        now=lambda: LATER,
    )
    collected = Collected()
    return reader.take(raw, "", joined_ledger(), collected), collected


def left(subscriber: Subscriber) -> dict[str, str]:
    return dict(subscriber.memberships.values_list("list__identifier", "status"))


def records(subscriber: Subscriber) -> list[tuple[str, str, str, str]]:
    told = Consent.objects.filter(subscriber=subscriber).order_by("pk")
    return list(told.values_list("action", "purpose", "source", "wording"))


def stops(subscriber: Subscriber) -> list[tuple[str, str]]:
    rows = LedgerSuppression.objects.filter(address=subscriber.address)
    return list(rows.values_list("scope", "reason"))


def test_a_mail_leaves_what_one_click_leaves(
    delivery: DeliveryId,
    secret: bytes,
    minji: Subscriber,
    as_charlie: Client,
    links: PublicLinks,
) -> None:
    """The same membership, consent record and suppression; only the way in differs."""
    before = records(minji)
    may_go, collected = take(a_request(delivery, secret), secret)
    assert (may_go, collected.left) == (True, 1)
    by_mail = (left(minji), stops(minji))
    (by_mail_record,) = records(minji)[len(before) :]

    Membership.objects.update(status=Membership.Status.SUBSCRIBED)
    joined_ledger().lift(minji.address, stops(minji)[0][0])
    as_charlie.post(links.unsubscribe(delivery), {"List-Unsubscribe": "One-Click"})
    assert (left(minji), stops(minji)) == by_mail
    (by_click_record,) = records(minji)[len(before) + 1 :]
    assert by_mail_record[2] == "mail"
    assert [*by_mail_record[:2], by_mail_record[3]] == [*by_click_record[:2], by_click_record[3]]


def test_no_other_list_is_left(delivery: DeliveryId, secret: bytes, minji: Subscriber) -> None:
    other = a_list("다른 소식", identifier="other")
    Membership.objects.create(subscriber=minji, list=other, changed_at=NOW)
    take(a_request(delivery, secret), secret)
    assert left(minji) == {"news": "unsubscribed", "other": "subscribed"}


def test_a_second_mail_changes_nothing(
    delivery: DeliveryId, secret: bytes, minji: Subscriber
) -> None:
    take(a_request(delivery, secret), secret)
    told = records(minji)
    assert take(a_request(delivery, secret), secret)[0]
    assert records(minji) == told


@pytest.mark.parametrize("mark", ["Auto-Submitted: auto-replied", "Return-Path: <>"])
def test_an_automatic_answer_is_kept_and_does_nothing(
    delivery: DeliveryId, secret: bytes, minji: Subscriber, mark: str
) -> None:
    may_go, collected = take(a_request(delivery, secret, mark), secret)
    assert (may_go, collected.automatic, collected.left) == (False, 1, 0)
    assert left(minji) == {"news": "subscribed"}


def test_a_forged_address_is_kept_and_does_nothing(
    delivery: DeliveryId, secret: bytes, minji: Subscriber
) -> None:
    may_go, collected = take(a_request(delivery, b"guessed"), secret)
    assert (may_go, collected.other) == (False, 1)
    assert left(minji) == {"news": "subscribed"}


def test_whoever_was_erased_has_nothing_to_leave(
    campaign: Campaign, secret: bytes, news: List
) -> None:
    """The mail has been obeyed: nobody need look at it."""
    assert take(a_request(DeliveryId(f"{campaign.pk}-zz"), secret), secret)[0]
    assert take(a_request(DeliveryId("zzzzzzzz-1"), secret), secret)[0]


class _OutOfReach(OrmAudience):
    def leave_list(self, *_args: object, **_told: object) -> None:
        raise LedgerUnavailable(reason="restarted")


def test_a_database_out_of_reach_leaves_the_mail_where_it_is(
    delivery: DeliveryId, secret: bytes, minji: Subscriber
) -> None:
    with pytest.raises(LedgerUnavailable):
        take(a_request(delivery, secret), secret, _OutOfReach())
    assert take(a_request(delivery, secret), secret)[0]
    assert left(minji) == {"news": "unsubscribed"}
