"""A campaign ends when nothing of it is left to send, whoever was cut off before."""

from collections.abc import Iterator

import pytest

from builders.campaigns import a_plan, a_recipient
from ledger.desk import ACCEPTED, Database, Desk, check_books, fresh_schema
from ledger.saboteur import Saboteur
from pabal.domain.delivery import State
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import RunState
from pabal.package.package import Package, write_package
from pabal.package.store import DirectoryStore
from pabal.pipeline.steps.finish import doubtful, finish, finish_paused


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    database = fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")
    yield database
    check_books(database)


@pytest.fixture
def desk(database) -> Iterator[Desk]:
    desk = Desk(database, database.ledger()).start(3)
    yield desk
    desk.ledger.close()


def ended(desk: Desk) -> bool:
    return finish(desk.ledger, desk.campaign, now=desk.now)


def test_it_ends_when_nothing_is_queued_or_on_the_wire(desk):
    assert not ended(desk)
    attempts = desk.put_on_wire(3)
    assert not ended(desk)
    desk.settle(attempts, ACCEPTED)
    assert ended(desk)
    assert desk.ledger.run(desk.campaign).state is RunState.FINISHED
    assert ended(desk)


def test_a_cancellation_that_was_cut_off_is_carried_to_its_end(desk, database):
    """Killed behind the first commit: nothing begins any more, and nothing is cancelled yet."""
    on_wire = desk.put_on_wire(1)
    cut_off = Saboteur(4, behind=True)
    victim = Desk(database, database.sabotaged_ledger(cut_off.wrap), campaign=desk.campaign)
    with pytest.raises(LedgerUnavailable):
        victim.set_state(RunState.CANCELLED, "a wrong price")
    assert desk.ledger.run(desk.campaign).state is RunState.CANCELLED
    assert desk.states() == {"sending": 1, "queued": 2}

    assert not ended(desk)
    assert desk.states() == {"sending": 1, "cancelled": 2}
    assert desk.ledger.run(desk.campaign).reason == "a wrong price"
    desk.settle(on_wire, ACCEPTED)
    assert ended(desk)


def a_package(desk, tmp_path, recipients=3) -> Package:
    store, plan = DirectoryStore(tmp_path / "packages"), a_plan(id=desk.campaign)
    people = [a_recipient(number=number + 1) for number in range(recipients)]
    return Package(store, plan.id, write_package(store, plan, b"compiled", people).digest)


def test_what_was_paused_behind_its_last_mail_is_over_and_keeps_the_reason(desk, tmp_path):
    package = a_package(desk, tmp_path)
    attempts = desk.put_on_wire(3)
    desk.set_state(RunState.PAUSED, "too many mails bounce")
    assert not finish_paused(desk.ledger, package, now=desk.now)
    desk.settle(attempts, ACCEPTED)
    for _ in range(2):
        assert finish_paused(desk.ledger, package, now=desk.now)
        run = desk.ledger.run(desk.campaign)
        assert (run.state, run.reason) == (RunState.FINISHED, "too many mails bounce")
        assert run.finished_at == desk.now


def test_what_has_mails_left_stays_paused(desk, tmp_path):
    package = a_package(desk, tmp_path)
    desk.settle(desk.put_on_wire(2), ACCEPTED)
    desk.set_state(RunState.PAUSED, "")
    assert not finish_paused(desk.ledger, package, now=desk.now)
    assert desk.ledger.run(desk.campaign).state is RunState.PAUSED


def test_what_was_paused_before_all_recipients_were_known_stays_paused(desk, tmp_path):
    """Killed between two shards: the ledger has sent all that it knows of."""
    desk.settle(desk.put_on_wire(3), ACCEPTED)
    desk.set_state(RunState.PAUSED, "")
    assert not finish_paused(desk.ledger, a_package(desk, tmp_path, 4), now=desk.now)
    assert desk.ledger.run(desk.campaign).state is RunState.PAUSED


def test_all_doubts_are_read_page_by_page(desk):
    desk.ledger.enqueue(desk.campaign, desk.entries(2_500), now=desk.now)
    desk.put_on_wire(2_500)
    desk.wait(hours=1)
    desk.ledger.sweep(now=desk.now)
    read = list(doubtful(desk.ledger, desk.campaign))
    assert [each.position for each in read] == list(range(2_500))
    assert {each.state for each in read} == {State.DOUBTFUL}
