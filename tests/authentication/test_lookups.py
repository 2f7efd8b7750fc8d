"""Every question gets an answer or a reason, in bounded time, whatever the server does."""

import socket
import time

import pytest

from pabal.authentication.lookups import Cache, Kind, Lookups, Trouble
from servers.dns import CUT, GARBAGE, REFUSED, SERVFAIL, SILENCE, WRONG_ID


def test_strings_of_a_text_are_joined(zone, lookups):
    """RFC 1035 3.3: a text of more than 255 octets comes in pieces."""
    zone.txt("long.example", "a" * 400)
    assert lookups.texts("long.example").records == ("a" * 400,)


def test_names_are_asked_for_in_any_case_and_with_a_dot(zone, lookups):
    zone.a("shop.example", "192.0.2.1")
    assert lookups.ask("Shop.Example.", Kind.A).records == ("192.0.2.1",)


def test_mail_exchangers_come_by_preference_and_a_null_one_is_empty(zone, lookups):
    """RFC 7505."""
    zone.mx("shop.example", "One.example", "two.example").mx("null.example", ".")
    assert lookups.ask("shop.example", Kind.MX).records == ("one.example", "two.example")
    assert lookups.ask("null.example", Kind.MX).records == ("",)


def test_nothing_and_no_such_name_are_told_apart(zone, lookups):
    zone.a("shop.example", "192.0.2.1")
    nothing, no_name = lookups.texts("shop.example"), lookups.texts("nowhere.example")
    assert (nothing.void, nothing.exists) == (True, True)
    assert (no_name.void, no_name.exists) == (True, False)


@pytest.mark.parametrize(
    ("what", "trouble"),
    [
        (SERVFAIL, Trouble.FAILED),
        (REFUSED, Trouble.FAILED),
        (GARBAGE, Trouble.SILENT),  # not an answer to what was asked: waited on
        (WRONG_ID, Trouble.SILENT),  # a lie from aside
        (SILENCE, Trouble.SILENT),
        (CUT, Trouble.FAILED),  # hangs up where the whole was to come
    ],
)
def test_trouble_is_told(zone, lookups, what, trouble):
    zone.trouble["shop.example"] = what
    answer = lookups.texts("shop.example")
    assert answer.trouble is trouble
    assert not answer.void


def test_a_circle_of_aliases_ends(zone, lookups):
    zone.cname("a.example", "b.example").cname("b.example", "a.example")
    answer = lookups.texts("a.example")
    assert answer.void or answer.trouble is Trouble.GARBLED


def test_an_alias_is_followed(zone, lookups):
    zone.cname("a.example", "b.example").txt("b.example", "here")
    assert lookups.texts("a.example").records == ("here",)
    assert lookups.ask("a.example", Kind.CNAME).records == ("b.example",)


def test_what_does_not_fit_a_datagram_comes_by_tcp(zone, lookups):
    zone.txt("large.example", *["x" * 250 + str(n) for n in range(60)])
    assert len(lookups.texts("large.example").records) == 60
    assert zone.over_tcp["large.example"] == 1


def test_the_largest_answer_there_can_be_is_read(zone, lookups):
    """64 KB: the length of a DNS message over TCP has two octets."""
    zone.txt("huge.example", "x" * 65_000)
    started = time.monotonic()
    assert lookups.texts("huge.example").records == ("x" * 65_000,)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"v=spf1 \xff -all", "v=spf1 \\xff -all"),
        ("한국".encode(), "한국"),
        (b"\x1b[2Jcleared\x07", "\\x1b[2Jcleared\\x07"),
        (b"line\r\nend", "line\\r\\nend"),
    ],
)
def test_what_a_terminal_could_obey_is_written_out(zone, lookups, octets, shown):
    zone.txt("odd.example", octets)
    assert lookups.texts("odd.example").records == (shown,)


@pytest.mark.parametrize(
    "name", ["a..b", "", "a" * 64 + ".example", "a." * 200 + "b", "\udcff.example", "-\x00.x", "*"]
)
def test_a_name_that_cannot_be_in_the_dns_is_no_traceback(lookups, name):
    answer = lookups.texts(name)
    assert not answer.records


def test_a_server_that_is_not_there_is_told_at_once_or_in_time(zone):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        lookups = Lookups([taken.getsockname()], now=time.monotonic, patience=1)
        started = time.monotonic()
        assert lookups.texts("shop.example").trouble is Trouble.SILENT
        assert time.monotonic() - started < 3


def test_a_second_server_answers_where_the_first_is_silent(zone, dns_server):
    zone.txt("shop.example", "here")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        servers = [silent.getsockname(), dns_server[1]]
        lookups = Lookups(servers, now=time.monotonic)
        assert lookups.texts("shop.example").records == ("here",)


def test_all_questions_together_end_within_the_budget(zone, dns_server):
    for n in range(20):
        zone.trouble[f"n{n}.example"] = SILENCE
    lookups = Lookups([dns_server[1]], now=time.monotonic, budget=1.0)
    assert lookups.texts("answered.example").trouble is None
    started = time.monotonic()
    assert {lookups.texts(f"n{n}.example").trouble for n in range(20)} == {Trouble.SILENT}
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize("answered", [0, 1])
def test_who_never_answers_is_not_asked_for_long(zone, dns_server, answered):
    """A dead DNS is said within seconds; one that has answered is given every chance."""
    for n in range(answered, 5):
        zone.trouble[f"n{n}.example"] = SILENCE
    lookups = Lookups([dns_server[1]], now=time.monotonic, patience=0.1)
    troubles = [lookups.texts(f"n{n}.example").trouble for n in range(5)]
    assert troubles == [None] * answered + [Trouble.SILENT] * (5 - answered)
    assert len(zone.asked) == (5 if answered else 2)


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_answers_are_kept_for_a_while_and_no_longer_than_they_are_good(zone, dns_server):
    clock, cache = Clock(), Cache()

    def ask():
        return Lookups([dns_server[1]], now=clock, cache=cache).texts("shop.example").records

    zone.ttl = 60
    zone.txt("shop.example", "old")
    assert ask() == ("old",)
    zone.txt("shop.example", "new")
    clock.seconds = 59
    assert ask() == ("old",)
    clock.seconds = 61
    assert ask() == ("new",)


def test_a_huge_time_to_live_is_not_believed(zone, dns_server):
    clock, cache = Clock(), Cache()
    zone.ttl = 2**31 - 1
    zone.txt("shop.example", "old")
    assert Lookups([dns_server[1]], now=clock, cache=cache).texts("shop.example").records
    zone.txt("shop.example", "new")
    clock.seconds = 301
    lookups = Lookups([dns_server[1]], now=clock, cache=cache)
    assert lookups.texts("shop.example").records == ("new",)


def test_without_servers_the_system_is_asked():
    lookups = Lookups([], now=time.monotonic, budget=0)
    assert lookups.texts("shop.example").trouble is Trouble.SILENT
