"""A server that wants no further connection is asked again, more and more seldom."""

from pabal.transport.smtp.hold_off import LONGEST, SHORTEST, HoldOff


def waits(hold_off: HoldOff, times: int, *, now: float = 0.0) -> list[float]:
    """Be turned away as soon as it may be tried again; return how long each wait was."""
    seen = []
    for _ in range(times):
        hold_off.turned_away(now)
        began = now
        while not hold_off.is_over(now):
            now += 0.5
        seen.append(now - began)
    return seen


def test_nobody_waits_before_anybody_was_turned_away() -> None:
    assert HoldOff().is_over(0.0)


def test_the_waits_double_up_to_a_minute() -> None:
    assert waits(HoldOff(), 7) == [2, 4, 8, 16, 32, 60, 60]
    assert (SHORTEST, LONGEST) == (2, 60)


def test_connections_that_are_turned_away_together_count_once() -> None:
    hold_off = HoldOff()
    for _ in range(3):
        hold_off.turned_away(10.0)
    assert not hold_off.is_over(11.9)
    assert hold_off.is_over(12.0)


def test_one_that_is_let_in_makes_the_next_wait_short() -> None:
    hold_off = HoldOff()
    waits(hold_off, 4)
    hold_off.let_in()
    assert waits(hold_off, 1, now=100) == [SHORTEST]
