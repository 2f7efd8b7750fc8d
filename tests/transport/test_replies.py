"""What a server says is a reply or is not, however the network has cut it (RFC 5321 4.2)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.outcome import Reply
from pabal.transport.smtp.replies import ReplyReader, Unintelligible

SAID = b"250-mx.example.com\r\n250-SIZE 1000\r\n250 HELP\r\n550 5.1.1 no such user\r\n354\r\n"
REPLIES = [
    Reply(code=250, text="mx.example.com\nSIZE 1000\nHELP"),
    Reply(code=550, enhanced="5.1.1", text="no such user"),
    Reply(code=354),
]


def read(*chunks):
    reader, replies = ReplyReader(), []
    for chunk in chunks:
        reader.feed(chunk)
        while reply := reader.next():
            replies.append(reply)
    return replies


@given(st.lists(st.integers(0, len(SAID)), max_size=8).map(sorted))
def test_the_same_octets_are_the_same_replies(cuts):
    places = [0, *cuts, len(SAID)]
    chunks = [SAID[a:b] for a, b in pairwise(places)]
    assert read(*chunks) == REPLIES


@pytest.mark.parametrize(
    "line", [b"3", b"25", b"", b"250x", b"199 ", b"600 ", b"2\xb25 x", b"250\xe2\x80\x93", b"\x00"]
)
def test_a_line_without_a_code_of_three_digits_is_no_reply(line):
    """RFC 5321 4.2: a Reply-code has exactly three digits, and a space or a hyphen behind it."""
    with pytest.raises(Unintelligible):
        read(line + b"\r\n")
