"""How far ahead of the wire attempts are begun, by how fast they end."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pabal.sending.depth import Depth

START = datetime(2026, 11, 25, 9, tzinfo=UTC)
LEAST, MOST = 8, 48


def depth_at(mails_a_second: float, *, mails: int = 200, depth: Depth | None = None) -> int:
    depth = depth or Depth(LEAST, MOST)
    for n in range(mails):
        depth.end(START + n * timedelta(seconds=1 / mails_a_second))
    return depth.size


def test_a_slow_server_has_no_more_before_it_than_its_connections_need() -> None:
    assert Depth(LEAST, MOST).size == LEAST
    assert depth_at(1) == LEAST
    assert depth_at(200) == LEAST


def test_a_fast_server_has_what_it_takes_in_25_ms() -> None:
    assert depth_at(1000) in (25, 26)
    assert depth_at(1800) in (45, 46)


def test_no_more_are_begun_than_may_be_in_doubt() -> None:
    assert depth_at(1_000_000) == MOST


def test_a_server_that_slows_down_has_few_again() -> None:
    depth = Depth(LEAST, MOST)
    for n in range(100):
        depth.end(START + n * timedelta(milliseconds=0.5))
    assert depth.size == MOST
    depth.end(START + timedelta(seconds=1))
    assert depth.size == LEAST


@given(st.lists(st.floats(0, 0.1), max_size=300))
def test_it_stays_within_its_bounds(waits: list[float]) -> None:
    depth, at = Depth(LEAST, MOST), START
    for wait in waits:
        at += timedelta(seconds=wait)
        depth.end(at)
        assert LEAST <= depth.size <= MOST
