"""When it is not the providers that throttle, but the server before them."""

from datetime import UTC, datetime, timedelta

from pabal.sending.suspicion import Suspicion

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


def suspects(*complaints: tuple[str, float]) -> set[str]:
    suspicion = Suspicion()
    found: set[str] = set()
    for domain, seconds in complaints:
        found = set(suspicion.add(domain, START + timedelta(seconds=seconds)))
    return found


def test_three_domains_in_a_row_are_no_coincidence() -> None:
    assert suspects(("a.example", 0), ("b.example", 1)) == set()
    everyone = suspects(("a.example", 0), ("b.example", 1), ("c.example", 2))
    assert everyone == {"a.example", "b.example", "c.example"}


def test_one_domain_may_complain_as_often_as_it_likes() -> None:
    assert suspects(*[("a.example", n / 10) for n in range(50)]) == set()


def test_complaints_far_apart_have_nothing_to_do_with_each_other() -> None:
    assert suspects(("a.example", 0), ("b.example", 8), ("c.example", 16)) == set()


def test_an_accepted_mail_between_them_speaks_for_the_server() -> None:
    suspicion = Suspicion()
    suspicion.add("a.example", START)
    suspicion.add("b.example", START)
    suspicion.clear()
    assert suspicion.add("c.example", START) == ()
