"""The visual editor's pages change a source that is sent to them, and keep nothing."""

import pytest
from django.test import Client

from builders.console import a_sender_row
from console.visual.test_reading import MAILS
from pabal.console.audience.models import List
from pabal.console.visual.marking import MARK
from pabal.console.visual.pieces import PIECES, Piece

BODY = MAILS["coupon"]
TEXT = 3


def _ask(client: Client, **asked: object) -> dict[str, str]:
    answer = client.post("/content/blocks/", {"body": BODY, "markup": "mjml", **asked})
    assert answer.status_code == 200
    return answer.json()


def test_opening_a_source_gives_its_blocks_and_the_source_itself(as_bob: Client) -> None:
    answer = _ask(as_bob, body=BODY.replace("\n", "\r\n"))
    assert answer["body"] == BODY
    assert "쿠폰 받으러 가기" in answer["outline"]
    assert "<form" not in answer["fields"]


def test_a_chosen_block_has_its_fields(as_bob: Client) -> None:
    fields = _ask(as_bob, block=TEXT)["fields"]
    assert 'data-name="content"' in fields
    assert 'value="24px"' in fields
    assert 'placeholder="#222222"' in fields, "what the head says of all texts"
    assert "font-family" not in fields


def test_a_block_is_filled_in_and_only_by_fields_that_it_has(as_bob: Client) -> None:
    filled = {"do": "fill", "block": TEXT, "field-align": "center", "field-onclick": "alert(1)"}
    made = _ask(as_bob, **filled)["body"]
    assert made == BODY.replace('line-height="1.4">', 'line-height="1.4" align="center">')


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_every_piece_can_be_put_in_and_is_a_mail_then(
    as_bob: Client, news: List, piece: Piece
) -> None:
    a_sender_row()
    asked = {"do": "insert", "piece": piece.name, "target": TEXT, "side": "before"}
    answer = _ask(as_bob, **asked)
    frame = as_bob.post("/content/canvas/", {"body": answer["body"]})
    assert answer["body"] != BODY
    assert "sandbox allow-same-origin" in frame["Content-Security-Policy"]
    assert "script-src" not in frame["Content-Security-Policy"]
    is_for_everybody = piece.name != "coupon"
    assert (f"{MARK}{TEXT}" in frame.content.decode()) == is_for_everybody


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "fill", "block": ""},
        {"do": "fill", "block": "999"},
        {"do": "delete", "block": "0"},
        {"do": "up", "block": "-1"},
        {"do": "move", "block": "3", "target": "x"},
        {"do": "insert", "piece": "nothing"},
        {"do": "fill", "block": "3", "field-content": "{% if %}"},
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    as_bob: Client, asked: dict[str, str]
) -> None:
    answer = _ask(as_bob, **asked)
    assert answer["said"]
    assert not answer["is_closed"]
    assert "body" not in answer


@pytest.mark.parametrize(
    ("body", "markup"), [("<p>", "mjml"), ("", "mjml"), (BODY, "html"), ("{{", "mjml")]
)
def test_a_source_that_it_cannot_hold_is_refused_as_a_whole(
    as_bob: Client, body: str, markup: str
) -> None:
    answer = _ask(as_bob, body=body, markup=markup)
    assert answer["is_closed"]
    assert "비주얼 편집기" in answer["said"]
    assert as_bob.post("/content/canvas/", {"body": body}).status_code == 200


def test_what_stands_in_a_source_never_becomes_markup_of_the_page(as_bob: Client) -> None:
    tag = '{{ "<img src=x onerror=alert(1)>" }}'
    link = """<a href="javascript:alert(1)" title='"><script>alert(1)</script>'>늘</a>"""
    answer = _ask(as_bob, body=BODY.replace("늘", f"{tag}{link}"), block=TEXT + 1)
    page = answer["fields"] + answer["outline"]
    assert answer["fields"].count('data-source="&lt;a href=') == 1
    assert "<img" not in page
    assert "<script" not in page
    assert 'href="javascript' not in page
