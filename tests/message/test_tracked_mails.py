"""Tracked mails: which links are, which never are, and that nothing else changes."""

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_source,
    an_html_source,
    some_links,
)
from pabal.domain.target import target_of
from pabal.domain.token import Purpose, TokenInvalid
from pabal.domain.tracking import Tracking
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits, Source

LINKS = some_links()
MINJI = a_recipient()
SEAL = LINKS.seal(MINJI.delivery(a_plan().id))
IMAGE = re.compile(r'<img src="https://mail\.shop\.example/o/[^"]*"[^>]*>')
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _compiled(source: Source, tracking: Tracking = Tracking.ON) -> Compiled:
    return compile_source(source, a_plan(tracking=tracking), limits=Limits())


def _renderer(source: Source, tracking: Tracking = Tracking.ON) -> Renderer:
    plan = a_plan(tracking=tracking)
    compiled = _compiled(source, tracking)
    return Renderer(compiled, plan, links=LINKS, bounce_secret=BOUNCE_SECRET, limits=Limits())


def _mail(body: str, tracking: Tracking = Tracking.CLICKS, text: str = "") -> PlainMail:
    return _renderer(an_html_source(body, text=text), tracking).plain(MINJI)


def _links(body: str) -> tuple[str, ...]:
    tracked = _compiled(an_html_source(body), Tracking.CLICKS).tracked
    assert tracked is not None
    return tracked.links


def test_a_link_becomes_a_number_of_the_mail() -> None:
    """No address of a target is in the tracked one: there is nothing to exchange in it."""
    mail = _mail('<a href="https://shop.example/?a=1&amp;b=2">보기</a>')

    assert f'<a href="https://mail.shop.example/c/{SEAL}/1">보기</a>' in mail.html
    assert _links('<a href="https://shop.example/?a=1&amp;b=2">보기</a>') == (
        "https://shop.example/?a=1&b=2",
    )
    assert f"보기 (https://mail.shop.example/c/{SEAL}/1)" in mail.text


def test_a_target_has_one_number_wherever_it_stands() -> None:
    links = '<a href="https://a.example/">가</a><a href="https://b.example/">나</a>'

    assert _links(links + links) == ("https://a.example/", "https://b.example/")
    mail = _mail(links, text="https://b.example/ https://c.example/.")
    assert mail.text == (
        f"https://mail.shop.example/c/{SEAL}/2 https://mail.shop.example/c/{SEAL}/3."
    )


@pytest.mark.parametrize(
    "href",
    [
        "{{ unsubscribe_url }}",
        "{{ preferences_url }}",
        "https://shop.example/unsubscribe?list=1",
        "mailto:help@shop.example",
        "tel:02-1234-5678",
        "#top",
        "/relative",
        "//shop.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://shop.example/{{ name }}",
        "https://{{ name }}/",
        "https://user:password@shop.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example/" + "x" * 2_000,
        "https://[broken/",
        "",
    ],
)
def test_what_is_never_tracked_stays_as_it_is_written(href: str) -> None:
    body = f'<a href="{href}">보기</a>'

    assert _mail(body) == _mail(body, Tracking.OFF)
    assert _links(body) == ()


@pytest.mark.parametrize(
    "words", ["수신거부", "수신 거부하기", "Unsubscribe", "구독 취소", "opt out"]
)
def test_a_link_that_says_it_is_for_leaving_is_never_tracked(words: str) -> None:
    """Also one that the marketer has made: nobody's leaving is to be watched."""
    words = words.replace("opt out", "opt-out")

    assert _links(f'<a href="https://shop.example/bye"><b>{words}</b></a>') == ()


@pytest.mark.parametrize(
    "shown", ["https://shop.example/autumn", "shop.example", "www.shop.example/a"]
)
def test_a_link_that_shows_an_address_does_not_lie(shown: str) -> None:
    """A reader, and a filter for phishing, sees the address that the link leads to."""
    body = f'<a href="https://shop.example/autumn">{shown}</a>'

    assert _mail(body) == _mail(body, Tracking.OFF)


def test_a_line_end_in_an_address_is_none_in_the_target() -> None:
    """As browsers read it, and as no header can be split by it."""
    assert _links('<a href="https://shop.example/&#13;&#10;Set-Cookie:&#10;a=b">x</a>') == (
        "https://shop.example/Set-Cookie:a=b",
    )


def test_links_in_loops_and_conditions_are_tracked() -> None:
    body = (
        "{% for x in [1, 2] %}<a href='https://a.example/'>{{ x }}</a>{% endfor %}"
        "{% if name %}<a {% if name %}title='{{ name }}'{% endif %} href=https://b.example/>나</a>"
        "{% endif %}"
    )

    found = re.findall(r"/c/[^/]*/(\d)", _mail(body).html)
    assert found == ["1", "1", "2"]


def test_what_looks_like_a_link_and_is_none_stays() -> None:
    body = (
        '<!-- <a href="https://a.example/"> --><style>a[href="https://a.example/"]{}</style>'
        '<a title="see href=https://a.example/">x</a><p>&lt;a href="https://a.example/"&gt;</p>'
    )

    assert _links(body) == ()


def test_an_image_map_is_tracked() -> None:
    assert _links('<map><area href="https://a.example/" alt="가"></map>') == ("https://a.example/",)


def test_the_image_is_the_last_thing_in_the_body_and_says_nothing() -> None:
    mail = _mail("<p>안녕</p>", Tracking.OPENS)

    assert mail.html.endswith(
        f'<img src="https://mail.shop.example/o/{SEAL}" alt="" width="1" height="1"'
        ' style="display:block"></body></html>'
    )
    assert mail.text == _mail("<p>안녕</p>", Tracking.OFF).text


def test_each_is_tracked_alone() -> None:
    body = '<a href="https://shop.example/">보기</a>'

    assert "/o/" not in _mail(body, Tracking.CLICKS).html
    assert "/c/" not in _mail(body, Tracking.OPENS).html
    assert "/c/" not in _mail(body, Tracking.OPENS).text


def test_who_objects_gets_the_mail_as_it_was_written() -> None:
    """To the byte, out of a package in which everybody else is tracked."""
    objecting = a_recipient(objects=True)
    tracked, untracked = _renderer(a_source()), _renderer(a_source(), Tracking.OFF)

    wires = [
        b"".join(renderer.render(objecting, date=NOW).buffers) for renderer in (tracked, untracked)
    ]
    assert wires[0] == wires[1]
    assert tracked.prove(objecting) == untracked.prove(objecting)
    assert tracked.prove(MINJI).html_bytes > untracked.prove(MINJI).html_bytes


def test_the_seal_opens_no_other_door() -> None:
    """A forwarded mail's links neither unsubscribe nor show anybody's preferences."""
    for purpose in Purpose:
        if purpose is not Purpose.TRACKING:
            with pytest.raises(TokenInvalid):
                LINKS.keys.verify(SEAL, purpose)


def test_a_column_cannot_take_the_seals_place() -> None:
    renderer = _renderer(an_html_source('{{ x }}<a href="https://a.example/">가</a>'))
    columns = {"x": "", "name": "", "tracking_seal": "evil", "tracking_clicks": "https://evil/"}

    assert "evil" not in renderer.plain(a_recipient(attributes=columns)).html


anchors = st.sampled_from(
    [
        '<a href="https://shop.example/autumn?a=1&amp;b=2">보기</a>',
        "<a href='https://b.example/'>{{ name }}</a>",
        '<a href="https://b.example/{{ name }}">보기</a>',
        '{% for x in "ab" %}<A HREF="https://c.example/#x" class="{{ x }}">보기</A>{% endfor %}',
        '<p>{{ name }}</p><a href="{{ unsubscribe_url }}">수신거부</a>',
        "<td>\n</td>",
    ]
)


@settings(deadline=None)
@given(st.lists(anchors, max_size=8).map("".join), st.text(max_size=20))
def test_put_back_the_targets_are_the_mail(body: str, name: str) -> None:
    """Nothing of a mail changes but the addresses of its links, and those lead where they led."""
    source = an_html_source(body)
    compiled = _compiled(source)
    assert compiled.tracked is not None
    renderer = _renderer(source)
    recipient = a_recipient(attributes={"name": name})
    tracked, written = renderer.plain(recipient), renderer.plain(recipient, as_written=True)

    targets = compiled.tracked.links
    back = re.compile(rf"https://mail\.shop\.example/c/{SEAL}/(\d+)")
    found = IMAGE.sub("", back.sub(lambda m: targets[int(m[1]) - 1], tracked.html))
    assert html.unescape(re.sub("[\"']|href|HREF", "", found)) == html.unescape(
        re.sub("[\"']|href|HREF", "", written.html)
    )
    assert back.sub(lambda m: targets[int(m[1]) - 1], tracked.text) == written.text


@given(st.text())
def test_no_text_makes_a_target_that_a_header_cannot_hold(text: str) -> None:
    for address in (text, f"https://{text}", f"https://shop.example/{text}"):
        target = target_of(address)
        if target is not None:
            assert target.isascii()
            assert target.isprintable()
            assert " " not in target
            assert target.startswith(("http://", "https://"))
            assert target_of(target) == target
