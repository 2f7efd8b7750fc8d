"""However text is cut into static pieces and varying ones: the same octets, in a known size."""

import base64
import quopri
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pabal.message.encode import Base64, Encoder, QuotedPrintable
from pabal.message.statics import KnownText, StaticText

LINE_END = re.compile(r"\r\n|\r|\n")

# Shorter and longer than what gets lines of its own, in every alignment.
plain = st.one_of(
    st.text("ab=. \t\n가", max_size=40),
    st.builds(lambda text, times: text * times, st.sampled_from(["x", "가", "a \n", "=.\n"]),
              st.integers(0, 250)),
)  # fmt: skip
varying = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(
    ["\r", "\n", "\r\n", "", "가" * 200]
)
parts = st.lists(plain | plain.map(KnownText), min_size=1, max_size=5)
cuts = st.lists(parts.map(tuple) | varying, max_size=8)
encoders = st.sampled_from([Base64, QuotedPrintable])

thoroughly = settings(max_examples=300, deadline=None)


def the_pieces(cuts: list[tuple[str, ...] | str], encoder: Encoder) -> list[str]:
    """Pieces as a template yields them; a tuple stands for a static text of such parts."""
    pieces = [StaticText(cut) if isinstance(cut, tuple) else cut for cut in cuts]
    for piece in pieces:
        if isinstance(piece, StaticText):
            encoder.prepare(piece)
    return pieces


def canonical(pieces: list[str]) -> bytes:
    return LINE_END.sub("\r\n", "".join(pieces)).encode()


@thoroughly
@given(cuts, encoders)
@example([("x" * 200,), "가\r", ("\n" * 200,)], Base64)
def test_the_measured_size_is_the_encoded_size(cuts, kind) -> None:
    encoder = kind()
    pieces = the_pieces(cuts, encoder)
    coded = b"".join(encoder.encode(pieces))
    assert encoder.measure(pieces) == (len(coded), len(canonical(pieces)))


@thoroughly
@given(cuts, encoders)
def test_what_is_decoded_is_the_text(cuts, kind) -> None:
    encoder = kind()
    pieces = the_pieces(cuts, encoder)
    coded = b"".join(encoder.encode(pieces))
    decode = base64.b64decode if kind is Base64 else quopri.decodestring
    assert decode(coded) == canonical(pieces)
    assert max(map(len, coded.split(b"\r\n"))) <= 76


@thoroughly
@given(cuts, encoders)
def test_what_is_known_beforehand_is_encoded_as_data_is(cuts, kind) -> None:
    """A mail does not depend on when a value became known, only its cost does."""
    apart = []
    for cut in cuts:
        for part in cut if isinstance(cut, tuple) else (cut,):
            apart.append(str(part) if isinstance(cut, str) or type(part) is KnownText else (part,))
    encoder = kind()
    known = b"".join(encoder.encode(the_pieces(cuts, encoder)))
    assert b"".join(encoder.encode(the_pieces(apart, encoder))) == known
