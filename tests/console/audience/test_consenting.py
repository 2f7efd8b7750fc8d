"""The consent log: append-only, and a changed past shows."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from builders.console import NOW, a_list, a_member, a_subscriber
from pabal.console.audience.consenting import record
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import Consent, ConsentIsAppendOnly, Subscriber
from pabal.console.audience.verifying import Unrecorded, Verification, verify_consents
from pabal.domain.consent import Break, ConsentAction, ConsentRecord

pytestmark = pytest.mark.django_db


def _record(subscriber: Subscriber, action: ConsentAction = ConsentAction.GRANTED) -> ConsentRecord:
    return ConsentRecord(
        subscriber=subscriber.pk,
        action=action,
        purpose="list:1",
        source="form",
        wording="광고성 정보 수신동의",
        happened_at=NOW,
    )


def _behind_our_back(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def chain() -> list[Consent]:
    """A chain of three, oldest first."""
    minji = a_subscriber()
    for action in (ConsentAction.GRANTED, ConsentAction.WITHDRAWN, ConsentAction.GRANTED):
        record([_record(minji, action)], now=NOW + timedelta(hours=1))
    return list(Consent.objects.order_by("pk"))


def test_each_record_is_chained_to_the_one_before(chain: list[Consent]) -> None:
    assert [link.previous for link in chain] == ["", chain[0].digest, chain[1].digest]
    assert verify_consents() == Verification(records=3, chains=1, broken=None, unrecorded=None)


def test_many_records_at_once_are_chained_too() -> None:
    minji, john = a_subscriber(), a_subscriber("john@customer.example")

    record([_record(minji), _record(john), _record(minji)], now=NOW)

    assert verify_consents() == Verification(records=3, chains=2, broken=None, unrecorded=None)


def test_a_record_cannot_be_changed(chain: list[Consent]) -> None:
    chain[0].wording = "something else"

    with pytest.raises(ConsentIsAppendOnly):
        chain[0].save()
    with pytest.raises(ConsentIsAppendOnly):
        Consent.objects.update(wording="something else")
    with pytest.raises(ConsentIsAppendOnly):
        Consent.objects.bulk_update(chain, ["wording"])


def test_a_record_cannot_be_deleted(chain: list[Consent]) -> None:
    with pytest.raises(ConsentIsAppendOnly):
        chain[0].delete()
    with pytest.raises(ConsentIsAppendOnly):
        Consent.objects.all().delete()


@pytest.mark.parametrize(
    "change",
    [
        "wording = 'forged'",
        "action = 'withdrawn'",
        "action = 'unheard'",
        "basis = 'transaction'",
        "origin = '192.0.2.1'",
        "happened_at = recorded_at",
        "source = 'forged'",
        "purpose = 'all'",
    ],
)
def test_a_past_that_was_changed_behind_our_back_shows(chain: list[Consent], change: str) -> None:
    _behind_our_back(f"update audience_consent set {change} where id = {chain[2].pk}")

    broken = verify_consents().broken
    assert broken is not None
    assert (broken.link.number, broken.why) == (chain[2].pk, Break.CHANGED)


def test_a_removed_record_shows(chain: list[Consent]) -> None:
    _behind_our_back(f"delete from audience_consent where id = {chain[1].pk}")

    broken = verify_consents().broken
    assert broken is not None
    assert (broken.link.number, broken.why) == (chain[2].pk, Break.MISPLACED)


def test_a_chain_whose_first_record_was_removed_shows(chain: list[Consent]) -> None:
    """Though another's chain, whose end might be taken for its beginning, stands before it."""
    minji = chain[0].subscriber
    john = a_subscriber("john@customer.example")
    record([_record(john), _record(john)], now=NOW)
    first = john.consents.order_by("pk")[0]
    _behind_our_back(f"delete from audience_consent where id = {first.pk}")

    verification = verify_consents()
    assert (verification.records, verification.chains) == (4, 2)
    assert verification.broken is not None
    assert verification.broken.link.subscriber == john.pk > minji.pk


@pytest.mark.parametrize("last", ["granted", "withdrawn"])
def test_records_cut_off_at_the_end_show_in_the_membership(last: str) -> None:
    """The rest of the chain is whole; only the membership knows that there was more."""
    news = a_list()
    minji, _john = a_member(news), a_member(news, "john@customer.example")
    if last == "withdrawn":
        leave_list(minji, news, source="one-click", now=NOW)
    assert verify_consents().is_whole

    _behind_our_back(
        f"delete from audience_consent where action = '{last}' and subscriber_id = {minji.pk}"
    )

    verification = verify_consents()
    assert verification.broken is None
    assert verification.unrecorded == Unrecorded(subscriber=minji.pk, list=news.pk)


def test_more_records_than_are_read_at_once_are_followed() -> None:
    minji, john = a_subscriber(), a_subscriber("john@customer.example")
    record([_record(minji)] * 4_001 + [_record(john)] * 10, now=NOW)

    verification = verify_consents()
    assert (verification.records, verification.chains) == (4_011, 2)
    assert verification.is_whole


def test_a_chain_cannot_fork(chain: list[Consent]) -> None:
    rival = Consent(
        subscriber=chain[1].subscriber,
        action="granted",
        purpose="list:1",
        source="rival",
        happened_at=NOW,
        recorded_at=NOW,
        previous=chain[1].previous,
        digest="0" * 64,
    )

    with pytest.raises(IntegrityError):
        rival.save()
