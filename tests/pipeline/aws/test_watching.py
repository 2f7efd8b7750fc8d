"""When tickets are written again: soon for whoever has none, seldom for the others."""

from hypothesis import given
from hypothesis import strategies as st

from pabal.pipeline.aws.watching import Look

LOOKS = 1_440  # in 24 hours; more than an execution has


def a_look(*, sent=0, queued=9, is_running=True, due=True):
    return Look(is_running=is_running, counts={"sent": sent, "queued": queued}, due=due)


def written(looks, *, in_queue=1):
    """At which looks tickets are written, where the queue is never empty."""
    before, found = None, []
    for number, look in enumerate(looks):
        seen = look.after(before)
        if seen.wants_tickets(before, in_queue=in_queue):
            found.append(number)
        before = Look.read(seen.to_json())
    return found


def test_a_campaign_that_stands_still_gets_tickets_and_few_in_vain():
    found = written([a_look()] * LOOKS)
    assert found[0] == 4
    assert len(found) <= 9


def test_whatever_moves_has_its_tickets():
    assert written([a_look(sent=n, queued=9 - n) for n in range(9)]) == []


def test_a_queue_without_any_is_filled_at_once():
    assert written([a_look()], in_queue=0) == [0]


def test_what_goes_on_after_a_pause_gets_them_at_once():
    paused = [a_look(is_running=False)] * 10
    assert written([a_look(), *paused, a_look(), a_look()]) == [11]


def test_nobody_is_due_so_nobody_waits():
    waiting = [a_look(due=False)] * 50
    assert written(waiting, in_queue=0) == []


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_last_ones_without_tickets_wait_four_looks_at_most(moves):
    """Whatever went before: others of the campaign moved, or stood still as well."""
    sent, looks = 0, []
    for moved in moves:
        sent += moved
        looks.append(a_look(sent=sent, queued=99 - sent))
    moved_at = len(looks)
    looks += [a_look(sent=sent + 1, queued=98 - sent)] * 5
    assert moved_at + 4 in written(looks)


def test_a_look_is_read_as_it_was_written():
    look = a_look(sent=3).after(a_look(sent=3))
    assert Look.read(look.to_json()) == look
    assert look.stalled == 1
    assert Look.read({}) is None
