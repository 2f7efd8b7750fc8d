"""Dots at the beginning of lines are doubled, wherever the buffers meet."""

from hypothesis import given
from hypothesis import strategies as st

from pabal.transport.smtp.stuffing import stuff

lines = st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n.", b"\n", b"\r", b""]))


def unstuffed(wire: bytes) -> bytes:
    """What a server makes of it (RFC 5321 4.5.2)."""
    content, dot, rest = (b"\r\n" + wire).partition(b"\r\n.\r\n")
    assert dot
    assert rest == b""
    return content.replace(b"\n.", b"\n")[2:] + b"\r\n"


@given(lines)
def test_a_server_reads_back_what_was_given(parts: list[bytes]) -> None:
    mail = [*parts, b"end\r\n"]
    assert unstuffed(b"".join(stuff(mail))) == b"".join(mail)


@given(lines)
def test_the_content_ends_at_the_last_byte_only(parts: list[bytes]) -> None:
    """No server, however lenient about line ends, sees an end before it."""
    wire = b"".join(stuff([*parts, b"end\r\n"]))
    assert wire.find(b"\n.\r\n") == len(wire) - 4
    assert b"\n.\n" not in wire


def test_a_mail_without_a_last_line_end_gets_one() -> None:
    assert b"".join(stuff([b"no end"])) == b"no end\r\n.\r\n"


def test_buffers_without_dots_are_passed_on_as_they_are() -> None:
    """They are the same objects: nothing is copied."""
    mail = [b"Subject: x\r\n\r\n", b"x" * 1000 + b"\r\n", b"a.b\r\n"]
    assert all(given is passed for given, passed in zip(mail, stuff(mail), strict=False))
