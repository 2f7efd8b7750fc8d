"""Who opened and who clicked: docs/tracking.md, rule by rule."""

import re
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.engagement import (
    ANY_LINK,
    RULES,
    SCANS,
    Actor,
    Hit,
    Hits,
    Request,
    Sign,
    actors,
    after_sending,
    sign_of,
)
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINE = DeliveryId("0abc1def-1")
OPEN, CLICK = EventKind.OPENED, EventKind.CLICKED
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
CUBOT = "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/120 Mobile"


def _sign(
    agent: str = SAFARI, kind: EventKind = CLICK, method: str = "GET", **purpose: str
) -> Sign:
    return sign_of(kind, Request(method=method, agent=agent, purposes=tuple(purpose.values())))


def _hit(seconds: float = 0, *, link: int = 1, sign: Sign = Sign.BROWSER) -> Hit:
    at = NOON + timedelta(seconds=seconds)
    return Hit(delivery=MINE, kind=CLICK, sign=sign, at=at, link=link)


def _kept(hits: list[Hit]) -> list[Hits]:
    """As the ledger keeps them."""

    def alike(hit: Hit) -> tuple[str, int, str]:
        return hit.kind.value, hit.link, hit.sign.value

    together = (list(group) for _, group in groupby(sorted(hits, key=alike), alike))
    return [
        reduce(lambda kept, hit: kept.with_another(hit.at), rest, Hits.of(first))
        for first, *rest in together
    ]


@pytest.mark.parametrize(
    ("agent", "kind", "sign"),
    [
        (SAFARI, OPEN, Sign.BROWSER),
        (SAFARI, CLICK, Sign.BROWSER),
        (CUBOT, CLICK, Sign.BROWSER),
        ("Mozilla/5.0", OPEN, Sign.APPLE),
        ("Mozilla/5.0", CLICK, Sign.BROWSER),
        (f"{SAFARI} Mozilla/5.0", OPEN, Sign.BROWSER),
        (GMAIL, OPEN, Sign.GMAIL),
        (GMAIL_AHEAD, OPEN, Sign.GMAIL_AHEAD),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy", OPEN, Sign.YAHOO),
        ("Mozilla/5.0 (compatible; Barracuda Sentinel)", CLICK, Sign.SCANNER),
        ("Mimecast-URL-Protect", CLICK, Sign.SCANNER),
        ("Mozilla/5.0 proofpoint urldefense", OPEN, Sign.SCANNER),
        ("python-requests/2.32", CLICK, Sign.SCRIPT),
        ("curl/8.5", CLICK, Sign.SCRIPT),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", CLICK, Sign.SCRIPT),
        ("Slackbot-LinkExpanding 1.0", CLICK, Sign.SCRIPT),
        ("Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)", CLICK, Sign.SCRIPT),
        ("facebookexternalhit/1.1; kakaotalk-scrap/1.0", CLICK, Sign.SCRIPT),
        (f"{SAFARI} KAKAOTALK 10.4.5", CLICK, Sign.BROWSER),
        ("", CLICK, Sign.SCRIPT),
    ],
)
def test_a_request_is_sorted_by_what_it_says(agent: str, kind: EventKind, sign: Sign) -> None:
    assert _sign(agent, kind) is sign


@pytest.mark.parametrize("said", ["prefetch", "prefetch;prerender", "Prefetch", "preview"])
def test_who_fetches_ahead_says_so(said: str) -> None:
    assert _sign(purpose=said) is Sign.PREFETCH


def test_asking_without_fetching_is_neither_open_nor_click() -> None:
    assert _sign(method="HEAD") is Sign.HEAD
    assert actors(_kept([_hit(sign=Sign.HEAD)])) == {}


@pytest.mark.parametrize("seconds", [-60, 0, 4.9])
def test_nobody_reads_as_soon_as_it_is_sent(seconds: float) -> None:
    assert after_sending(_hit(seconds), NOON).sign is Sign.SOON


def test_later_or_where_nobody_knows_it_may_be_a_person() -> None:
    assert after_sending(_hit(5), NOON).sign is Sign.BROWSER
    assert after_sending(_hit(0), None).sign is Sign.BROWSER
    assert after_sending(_hit(0, sign=Sign.APPLE), NOON).sign is Sign.APPLE


def test_three_links_at_once_are_a_scanner_and_two_are_not() -> None:
    two = [_hit(0, link=1), _hit(2, link=2)]

    assert actors(_kept(two))[CLICK, ANY_LINK] is Actor.PERSON
    assert set(actors(_kept([*two, _hit(9, link=3)])).values()) == {Actor.MACHINE}
    assert actors(_kept([*two, _hit(11, link=3)]))[CLICK, 3] is Actor.PERSON


def test_two_links_in_a_second_are_a_scanner() -> None:
    """Many mails have no third."""
    seen = actors(_kept([_hit(0, link=1), _hit(0.8, link=2)]))

    assert set(seen.values()) == {Actor.MACHINE}


def test_one_link_again_and_again_is_an_impatient_person() -> None:
    assert set(actors(_kept([_hit(n / 2) for n in range(9)])).values()) == {Actor.PERSON}


def test_a_person_behind_a_scanner_is_seen() -> None:
    """With the same browser on the same link, as scanners pretend to be one."""
    scan = [_hit(n, link=n) for n in range(1, 8)]
    seen = actors(_kept([*scan, _hit(600, link=2)]))

    assert seen[CLICK, 2] is Actor.PERSON
    assert seen[CLICK, 3] is Actor.MACHINE
    assert seen[CLICK, ANY_LINK] is Actor.PERSON


def test_what_comes_behind_a_question_is_a_scanner() -> None:
    assert actors(_kept([_hit(0, sign=Sign.HEAD), _hit(1)]))[CLICK, 1] is Actor.MACHINE
    assert actors(_kept([_hit(0, sign=Sign.HEAD), _hit(60)]))[CLICK, 1] is Actor.PERSON


def test_the_nearest_to_a_person_counts() -> None:
    def opened(*signs: Sign) -> Actor:
        hits = [Hit(delivery=MINE, kind=OPEN, sign=sign, at=NOON) for sign in signs]
        return actors(_kept(hits))[OPEN, ANY_LINK]

    assert opened(Sign.APPLE) is Actor.MACHINE
    assert opened(Sign.APPLE, Sign.GMAIL) is Actor.PROXY
    assert opened(Sign.GMAIL, Sign.BROWSER, Sign.APPLE) is Actor.PERSON


hits = st.lists(
    st.builds(
        _hit,
        st.integers(0, 40),
        link=st.integers(0, 5),
        sign=st.sampled_from([Sign.BROWSER, Sign.HEAD, Sign.SCANNER]),
    ),
    max_size=12,
)


@given(hits=hits, data=st.data())
def test_the_order_in_which_hits_are_told_is_no_matter(
    hits: list[Hit], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(hits))

    assert sorted(map(str, _kept(hits))) == sorted(map(str, _kept(shuffled)))
    assert actors(_kept(hits)) == actors(reversed(_kept(shuffled)))


@given(hits)
def test_the_mail_is_clicked_by_whoever_is_nearest_on_any_link(hits: list[Hit]) -> None:
    seen = actors(_kept(hits))
    order = list(Actor)
    each = [actor for (_, link), actor in seen.items() if link != ANY_LINK]
    if each and not any(hit.link == ANY_LINK for hit in hits):
        assert seen[CLICK, ANY_LINK] is min(each, key=order.index)


@given(st.text(max_size=3_000), st.sampled_from([OPEN, CLICK]))
def test_any_user_agent_is_sorted(agent: str, kind: EventKind) -> None:
    assert _sign(agent * 50, kind) in Sign


def test_every_rule_is_written_down() -> None:
    """In docs/tracking.md, with how it is counted."""
    page = (Path(__file__).parents[2] / "docs" / "tracking.md").read_text(encoding="utf-8")
    for rule in (*RULES.values(), *SCANS):
        assert re.search(rf"^\| {re.escape(rule.name)} \| {rule.actor.value}", page, re.MULTILINE)


def test_every_sign_has_a_rule() -> None:
    assert set(RULES) == set(Sign)
