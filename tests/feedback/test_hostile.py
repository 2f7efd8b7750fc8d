"""Anybody may write to a bounce address. What comes is read within bounds, or refused."""

import random
import tracemalloc
from base64 import b64encode
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders.returned import CORPUS, FOUND_AT, SEALS, a_letter, a_sample, sealed
from pabal.feedback import mime
from pabal.feedback.errors import MailRefused
from pabal.feedback.letter import Letter, Reading, Sort
from pabal.feedback.reading import read_letter

MEBIBYTE = 1_048_576
DSN_HEAD = (
    b"From: mailer-daemon@example.com\nSubject: failure notice\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
)
STATUS = b"--b\nContent-Type: message/delivery-status\n\n"
GROUP = b"Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n\n"


def nested(depth):
    levels = (
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(depth)
    )
    return b"From: a@example.com\n" + b"".join(levels) + b"x"


BOMBS = {
    "nested multiparts": nested(20_000),
    "nested mails": b"Content-Type: message/rfc822\n\n" * 30_000,
    "digest of nested mails": b'Content-Type: multipart/digest; boundary="d"\n\n'
    + b"--d\n\n\n" * 99_999,
    "parts without end": DSN_HEAD + b"--b\n" * 250_000,
    "header lines": b"X-A: b\n" * 150_000,
    "header lines within": DSN_HEAD + b"--b\n" + b"X-A: b\n" * 140_000,
    "one endless header": b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\n\n",
    "folded without end": b"Content-Type: text/plain;\n" + b" a=b;\n" * 150_000 + b"\n",
    "quotes and semicolons": b'Content-Type: text/plain; a="' + b'";' * 400_000 + b"\n\n",
    "groups without end": DSN_HEAD + STATUS + GROUP * 14_000,
    "empty groups": DSN_HEAD + STATUS + b"a: b\n\n" * 170_000,
    "blank lines": DSN_HEAD + STATUS + b"\n" * MEBIBYTE,
    "addresses": b"To: " + b"b+aaaaaaaa-1-aaaaaaaaaaaa@x," * 40_000 + b"\n\n",
    "tags": DSN_HEAD.replace(b"multipart/report", b"text/html") + b"<style" * 170_000,
    "at signs": b"From: mailer-daemon@x\nSubject: failure notice\n\n" + b"a@" * 500_000,
    "dashes": b"From: mailer-daemon@x\nSubject: failure notice\n\n" + b"-" * MEBIBYTE,
    "digits": b"From: mailer-daemon@x\nSubject: failure notice\n\n" + b"550 5.1." * 130_000,
    "carriage returns": b"\r" * MEBIBYTE,
    "no line end": b"a" * MEBIBYTE,
    "zeros": b"\0" * MEBIBYTE,
    "base64 for ever": DSN_HEAD
    + b"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
    + b"QUFB\n" * 200_000,
    "headers within headers": b"Content-Type: text/rfc822-headers\n"
    b"Content-Transfer-Encoding: base64\n\n"
    + b64encode(b"Content-Type: text/rfc822-headers\n\n" * 20_000),
    "punycode": b"From: mailer-daemon@x\nSubject: failure notice\n"
    b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * MEBIBYTE,
    "uuencoded": b"From: mailer-daemon@x\nSubject: failure notice\n"
    b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + b"M" * MEBIBYTE,
}


def read(raw):
    """Read a mail; a refusal is an answer too."""
    try:
        return read_letter(Letter(raw=raw, found_at=FOUND_AT), SEALS)
    except MailRefused:
        return None


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_and_says_nothing_about_anybody(name):
    """Bounded: some seconds of one processor, and memory for a mail of one mebibyte."""
    raw = BOMBS[name]
    tracemalloc.start()
    began = process_time()
    reading = read(raw)
    used = process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 160 * MEBIBYTE, f"{peak / MEBIBYTE:.0f} MiB"
    assert used < 30, f"{used:.1f} s, tracing included"
    assert reading is None or all(event.delivery is None for event in reading.events)


@pytest.mark.parametrize("name", ["nested multiparts", "nested mails", "header lines"])
def test_what_cannot_be_honest_is_refused_by_name(name):
    with pytest.raises(MailRefused) as refused:
        read_letter(Letter(raw=BOMBS[name], found_at=FOUND_AT), SEALS)
    assert "more than" in refused.value.details["reason"]


def test_a_bounce_that_returns_twenty_megabytes_is_read_by_its_head():
    raw = sealed((CORPUS / "postfix-unknown-user.eml").read_bytes())
    end = raw.index(b"7JWI64WV")  # the body of the returned mail
    huge = raw[:end] + b"QUFBQUFB\n" * 2_300_000 + raw[end:]
    assert len(huge) > 20_000_000
    small = a_sample("postfix-unknown-user").letter
    assert read(huge).events == read_letter(small, SEALS).events


@pytest.mark.parametrize("charset", ["zip", "rot13", "idna", "undefined", "utf-16", "x-none", ""])
def test_a_charset_decides_nothing_but_letters(charset):
    raw = (CORPUS / "exchange-5.5-text.eml").read_bytes()
    raw = raw.replace(b'charset="ks_c_5601-1987"', b'charset="%s"' % charset.encode())
    (event,) = read_letter(a_letter(raw), SEALS).events
    assert "User unknown" in event.reply.text


_PIECES = st.sampled_from(
    [
        line + b"\n"
        for path in sorted(CORPUS.glob("*.eml"))[::9]
        for line in path.read_bytes().split(b"\n")
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=60).map(b"".join))
def test_pieces_of_reports_in_any_order_are_read(raw):
    assert isinstance(read(raw), Reading | None)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CORPUS.glob("*.eml"))), st.randoms(use_true_random=False))
def test_broken_reports_are_read(path, dice: random.Random):
    raw = bytearray(sealed(path.read_bytes()))
    for _ in range(dice.randrange(1, 30)):
        at = dice.randrange(len(raw)) if raw else 0
        match dice.randrange(3):
            case 0:
                raw[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del raw[at : at + dice.randrange(1, 200)]
            case _:
                raw[at:at] = raw[dice.randrange(len(raw) or 1) :][: dice.randrange(200)]
    assert isinstance(read(bytes(raw)), Reading | None)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2_000))
@example(b"")
@example(b"\xff\xfe")
def test_any_octets_are_read(raw):
    reading = read(raw)
    assert reading is None or reading.sort in Sort


@given(st.text(max_size=300), st.sampled_from(["utf-8", "cp949", "euc-kr"]))
def test_a_field_is_one_line_of_text_whatever_it_was(text, charset):
    raw = b"Subject: " + text.encode(charset, "replace").replace(b"\n", b" ") + b"\n\n"
    value = mime.field(mime.parse(raw), "Subject")
    assert "\n" not in value
    value.encode()


def test_a_detector_that_breaks_leaves_no_trace(caplog):
    """Whoever writes to a bounce address would fill the log."""
    raw = b"From: \nReturn-Path: <>\nSubject: delivery failure\n\nno form that anybody knows\n"
    assert read(raw).events[0].address == ""
    assert caplog.records == []
