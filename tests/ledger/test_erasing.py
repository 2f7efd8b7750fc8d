"""개인정보 보호법 21, 36: who is erased is named nowhere, and is mailed nothing any more."""

from dataclasses import replace

from ledger.desk import ACCEPTED, BUSY, NO_ANSWER, NO_SUCH_USER, Desk
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import Happening, State
from pabal.domain.erasure import Aliases
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.outcome import Outcome, Reply
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.ledger.port import RunState

ALIASES = Aliases((b"newest" * 6, b"oldest" * 6))


def quoting(desk: Desk, outcome: Outcome, position: int = 0) -> Outcome:
    """Return the same from a server that repeats the address, as many do."""
    reply = outcome.reply or Reply(code=550, text="")
    return replace(outcome, reply=replace(reply, text=f"<{desk.address(position)}>: {reply.text}"))


def erase(desk: Desk, position: int = 0) -> str:
    alias = ALIASES.newest(desk.address(position))
    desk.ledger.erase(desk.address(position), alias, now=desk.now)
    return alias


def a_bounce(desk: Desk, name: str) -> FeedbackEvent:
    return FeedbackEvent(
        id=name,
        kind=EventKind.BOUNCED,
        at=desk.now,
        source=Source.DSN,
        delivery=desk.id(0),
        proof=Proof.SEALED,
        address=desk.address(0),
        label=f"to {desk.address(0)}",
        reply=Reply(code=550, enhanced="5.1.1", text=f"<{desk.address(0)}>: no such user"),
    )


def test_nothing_in_the_ledger_names_them_any_more(desk: Desk) -> None:
    """“erase → gone from contacts, events, exports; only hashed suppression stays.”"""
    desk.start(2)
    attempts = desk.put_on_wire(2)
    desk.settle(attempts[:1], quoting(desk, NO_SUCH_USER))
    desk.ledger.record_event(a_bounce(desk, "first"), policy=BouncePolicy(), now=desk.now)
    assert desk.address(0) in desk.database.everything()

    alias = erase(desk)

    assert desk.address(0) not in desk.database.everything()
    assert desk.address(1) in desk.database.everything()
    [found] = desk.ledger.find(alias)
    assert (found.id, found.state.value) == (desk.id(0), "failed")
    [stop] = desk.ledger.suppressions([alias], ["list:1"]).values()
    assert (stop.scope, stop.reason, stop.detail) == (EVERYTHING, Reason.ERASED, "")


def test_codes_stay_for_the_books_and_words_go(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), quoting(desk, NO_SUCH_USER))
    erase(desk)
    refusal = desk.ledger.history(desk.id(0))[-1]
    assert (refusal.code, refusal.enhanced) == (550, "5.1.1")
    assert refusal.text == "The recipient was erased on request."


def test_what_waits_is_skipped_at_once_in_a_running_campaign(desk: Desk) -> None:
    desk.start(3)
    claimed = desk.claim(2)
    erase(desk, 0)
    erase(desk, 2)
    begun = desk.begin(claimed)
    assert [attempt.delivery for attempt in begun.attempts] == desk.ids(1)
    assert begun.skipped == desk.ids(0)
    assert desk.claim(3) == []
    assert desk.states() == {"sending": 1, "skipped": 2}


def test_what_is_on_the_wire_is_not_sent_again_and_its_answer_is_not_kept(desk: Desk) -> None:
    desk.start(1)
    attempts = desk.put_on_wire(1)
    erase(desk)
    desk.settle(attempts, quoting(desk, BUSY))
    desk.wait(hours=1)
    assert desk.address(0) not in desk.database.everything()
    assert desk.put_on_wire(1) == []
    assert desk.states() == {"skipped": 1}


def test_a_refusal_that_comes_later_names_nobody(desk: Desk) -> None:
    desk.start(1)
    attempts = desk.put_on_wire(1)
    erase(desk)
    desk.settle(attempts, quoting(desk, NO_SUCH_USER))
    assert desk.address(0) not in desk.database.everything()


def test_a_bounce_that_comes_later_names_nobody(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    alias = erase(desk)
    desk.ledger.record_event(a_bounce(desk, "late"), policy=BouncePolicy(), now=desk.now)
    assert [event.label for event in desk.ledger.events(desk.id(0))] == [""]
    assert desk.address(0) not in desk.database.everything()
    assert alias in desk.database.everything()


def test_a_doubt_about_them_is_never_answered_by_sending_again(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), NO_ANSWER)
    erase(desk)
    desk.ledger.resolve(desk.id(0), Happening.RESENT, note="asked", now=desk.now)
    desk.wait(seconds=1)
    assert desk.put_on_wire(1) == []
    assert desk.states() == {"skipped": 1}


def test_who_was_frozen_into_a_package_before_is_not_mailed_from_it(desk: Desk) -> None:
    """The package still has the address; the ledger knows it by either key's alias."""
    desk.start()
    desk.ledger.erase(desk.address(0), ALIASES.of(desk.address(0))[1], now=desk.now)
    erase(desk, 1)
    entries = [replace(each, aliases=ALIASES.of(each.address)) for each in desk.entries(3)]

    desk.ledger.enqueue(desk.campaign, entries, now=desk.now)

    assert [attempt.delivery for attempt in desk.put_on_wire(3)] == desk.ids(2)
    assert desk.address(0) not in desk.database.everything()
    assert desk.states() == {"sending": 1, "skipped": 2}


def test_erasing_twice_changes_nothing(desk: Desk) -> None:
    desk.start(2)
    desk.set_state(RunState.PAUSED)
    erase(desk)
    once = desk.database.everything()
    desk.wait(hours=1)
    erase(desk)
    assert desk.database.everything() == once


def test_a_doubt_about_whom_was_erased_may_be_settled_twice(desk: Desk) -> None:
    """The answer to the first call was lost; the note that it wrote was left out."""
    desk.start(1)
    desk.put_on_wire(1)
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    erase(desk)
    for _ in range(2):
        state = desk.ledger.resolve(
            desk.id(0), Happening.FOUND_SENT, note="she said so", now=desk.now
        )
        assert state is State.SENT
