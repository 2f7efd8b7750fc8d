"""What is decided here about an address is what stands on AWS in the end, whatever came between."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from builders.console import NOW, a_member
from ledger.desk import fresh_schema
from pabal.console.audience.erasing import erase, installed_aliases, welcome_back
from pabal.console.audience.exchange import StopNote
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.resting import rest, wake
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.cloud import OrmStopChanges, note_every_stop
from pabal.domain.suppression import EVERYTHING, RESTING, Reason, Suppression, list_scope
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import Ledger
from pabal.ledger.sql.connect import open_ledger
from pabal.pipeline.aws.mirroring import mirror
from pabal.pipeline.ports import StopChange

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("named_stack")]


class Clock:
    """Passes a second with every look."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Dying(OrmStopChanges):
    """Its process dies behind so many changes, before it could write that they are told."""

    def __init__(self, after: int) -> None:
        self._left = after

    def done(self, change: StopChange) -> None:
        if not self._left:
            raise LedgerUnavailable(reason="killed")
        self._left -= 1
        super().done(change)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Ledger]:
    """Another ledger; the contract that DynamoDB keeps is this one's too (tests/ledger)."""
    url = fresh_schema(f"sqlite:///{tmp_path}/there.sqlite3").url
    with closing(open_ledger(url, daily_limit=None)) as ledger:
        yield ledger


def tell(there: Ledger, *, holder: str = "worker-1", clock: Callable[[], datetime] | None = None):
    return mirror(OrmStopChanges(), there, holder=holder, clock=clock or Clock(NOW))


def test_a_change_is_noted_in_its_own_transaction(news: List, minji: Subscriber) -> None:
    with transaction.atomic():
        leave_list(minji, news, source="전화", now=NOW)
        transaction.set_rollback(True)
    assert not StopNote.objects.exists()
    leave_list(minji, news, source="전화", now=NOW)
    assert StopNote.objects.count() == 1


def test_without_a_stack_nothing_is_noted(
    news: List, minji: Subscriber, settings: Settings
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"aws_table": ""})
    leave_everything(minji, source="전화", now=NOW)
    assert not StopNote.objects.exists()


def test_who_leaves_rests_or_is_erased_is_out_there(
    news: List, minji: Subscriber, there: Ledger
) -> None:
    address, other = minji.address, a_member(news, "sora@customer.example")
    leave_everything(minji, source="전화", now=NOW)
    rest(other, days=30, now=NOW)
    tell(there)
    assert set(there.suppressions([address, other.address], [RESTING])) == {address, other.address}
    wake(other)
    aliases = installed_aliases()
    erase(address, aliases, now=NOW)
    tell(there)
    assert not there.suppressions([other.address], [RESTING])
    alias = aliases.newest(address)
    gone = there.suppressions([alias, address], [EVERYTHING])
    assert {name: stop.reason for name, stop in gone.items()} == {alias: Reason.ERASED}


def test_who_was_erased_and_signs_up_again_is_mailed_again(
    news: List, minji: Subscriber, there: Ledger
) -> None:
    address, aliases = minji.address, installed_aliases()
    erase(address, aliases, now=NOW)
    tell(there)
    assert there.suppressions([aliases.newest(address)], [EVERYTHING])
    welcome_back(address, aliases)
    tell(there)
    assert not there.suppressions([address, aliases.newest(address)], [EVERYTHING])


def test_two_do_not_tell_at_once_and_the_dead_are_replaced(
    news: List, minji: Subscriber, there: Ledger
) -> None:
    leave_list(minji, news, source="전화", now=NOW)
    with pytest.raises(LedgerUnavailable):
        mirror(Dying(0), there, holder="dead", clock=Clock(NOW))
    assert tell(there, holder="next", clock=Clock(NOW)) == 0
    assert tell(there, holder="next", clock=Clock(NOW + timedelta(minutes=2))) == 1
    assert tell(there, holder="third", clock=Clock(NOW + timedelta(minutes=2))) == 0
    leave_everything(minji, source="전화", now=NOW)
    assert tell(there, holder="third", clock=Clock(NOW + timedelta(minutes=2))) > 0


def test_everything_that_stands_can_be_told_anew(
    news: List, minji: Subscriber, there: Ledger
) -> None:
    leave_everything(minji, source="전화", now=NOW)
    StopNote.objects.all().delete()
    assert note_every_stop() == 2
    tell(there)
    assert minji.address in there.suppressions([minji.address], [list_scope(news.pk)])


STEPS = st.lists(
    st.sampled_from(["stop", "lift", "leave there", "tell", "tell and die"]), max_size=12
)


@given(steps=STEPS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_decision_stands_there_however_the_telling_went(
    there: Ledger, steps: list[str]
) -> None:
    """Who leaves by a mail's link there stays out whatever older decision is told then.

    It is heard here in the end, unless they came back since.
    """
    address, scope = f"{secrets.token_hex(8)}@customer.example", "list:1"
    clock = Clock(datetime.now(NOW.tzinfo) - timedelta(hours=1))
    is_out, unheard, fresh = False, False, False
    for step in steps:
        stop = Suppression(
            address=address, scope=scope, reason=Reason.UNSUBSCRIBED, since=datetime.now(NOW.tzinfo)
        )
        match step:
            case "stop":
                joined_ledger().suppress(stop)
                is_out = True
            case "lift":
                joined_ledger().lift(address, scope)
                is_out = unheard = fresh = False
            case "leave there":
                there.suppress(stop)
                is_out = unheard = True
                fresh = stop.since == there.suppressions([address], [scope])[address].since
            case "tell":
                tell(there, holder=secrets.token_hex(4), clock=later(clock))
                assert not fresh or address in there.suppressions([address], [scope])
            case "tell and die":
                die_telling(there, later(clock))
    if unheard:
        joined_ledger().suppress(stop)
    tell(there, holder=secrets.token_hex(4), clock=later(clock))
    assert not StopNote.objects.exists()
    assert (address in there.suppressions([address], [scope])) is is_out


def later(clock: Clock) -> Clock:
    """Whoever died holds the notes no longer."""
    clock.now += timedelta(minutes=3)
    return clock


def die_telling(there: Ledger, clock: Clock) -> None:
    if StopNote.objects.exists():
        with pytest.raises(LedgerUnavailable):
            mirror(Dying(0), there, holder=secrets.token_hex(4), clock=clock)
