"""When it is not the providers that throttle, but the server before them."""

from datetime import UTC, datetime, timedelta

from pabal.sending.suspicion import Suspicion

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


def suspects(*throttles: tuple[str, float]) -> bool:
    """Whether the last of these makes it the server."""
    suspicion = Suspicion()
    found = [suspicion.add(domain, START + timedelta(seconds=at)) for domain, at in throttles]
    return found[-1]


def test_three_domains_in_a_row_are_no_coincidence() -> None:
    assert not suspects(("a.example", 0), ("b.example", 1))
    assert suspects(("a.example", 0), ("b.example", 1), ("c.example", 2))


def test_one_domain_may_throttle_as_often_as_it_likes() -> None:
    assert not suspects(*[("a.example", n / 10) for n in range(50)])


def test_throttles_far_apart_have_nothing_to_do_with_each_other() -> None:
    assert not suspects(("a.example", 0), ("b.example", 8), ("c.example", 16))


def test_an_accepted_mail_between_them_speaks_for_the_server() -> None:
    suspicion = Suspicion()
    suspicion.add("a.example", START)
    suspicion.add("b.example", START)
    suspicion.clear()
    assert not suspicion.add("c.example", START)
