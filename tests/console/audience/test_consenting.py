"""The consent log: append-only, and a changed past shows."""

import pytest
from django.db import IntegrityError, connection

from builders.console import NOW, a_subscriber
from pabal.console.audience.consenting import first_broken, record
from pabal.console.audience.models import Consent, ConsentIsAppendOnly, Subscriber
from pabal.domain.consent import ConsentAction, ConsentRecord

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


@pytest.fixture
def chain() -> list[Consent]:
    """A chain of three, oldest first."""
    minji = a_subscriber()
    for action in (ConsentAction.GRANTED, ConsentAction.WITHDRAWN, ConsentAction.GRANTED):
        record([_record(minji, action)], now=NOW)
    return list(Consent.objects.order_by("pk"))


def test_each_record_is_chained_to_the_one_before(chain: list[Consent]) -> None:
    assert [link.previous for link in chain] == ["", chain[0].digest, chain[1].digest]
    assert first_broken(chain) is None


def test_many_records_at_once_are_chained_too() -> None:
    minji, john = a_subscriber(), a_subscriber("john@customer.example")

    record([_record(minji), _record(john), _record(minji)], now=NOW)

    assert first_broken(Consent.objects.filter(subscriber=minji).order_by("pk")) is None
    assert first_broken(Consent.objects.filter(subscriber=john).order_by("pk")) is None


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


def test_a_past_that_was_changed_behind_our_back_shows(chain: list[Consent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update audience_consent set wording = 'forged' where id = %s", [chain[1].pk]
        )

    broken = first_broken(Consent.objects.order_by("pk"))
    assert broken is not None
    assert broken.pk == chain[1].pk


def test_a_removed_record_shows(chain: list[Consent]) -> None:
    broken = first_broken([chain[0], chain[2]])

    assert broken is chain[2]


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
