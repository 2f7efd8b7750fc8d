"""Dots at the beginning of lines, and the dot that ends a mail (RFC 5321 4.5.2).

A mail is many buffers, mostly the same objects for every recipient. They are passed on
as they are; only a buffer with a line that begins with a dot is cut, without a copy.
"""

import re
from collections.abc import Iterator, Sequence

_LINE_WITH_DOT = re.compile(rb"\n\.")


def stuff(mail: Sequence[bytes]) -> list[bytes | memoryview]:
    """Return the buffers of a mail as they go on the wire, the final dot behind them."""
    wire: list[bytes | memoryview] = []
    before = b""
    for buffer in mail:
        # A search for one byte is 50 times as fast as one for two, and base64 has no dots.
        if b"." in buffer:
            at_line_start = not before or before.endswith(b"\n")
            wire.extend(_stuff_buffer(buffer, at_line_start=at_line_start))
        else:
            wire.append(buffer)
        before = buffer or before
    wire.append(b".\r\n" if before.endswith(b"\r\n") else b"\r\n.\r\n")
    return wire


def _stuff_buffer(buffer: bytes, *, at_line_start: bool) -> Iterator[bytes | memoryview]:
    if at_line_start and buffer.startswith(b"."):
        yield b"."
    start = 0
    for found in _LINE_WITH_DOT.finditer(buffer):
        yield memoryview(buffer)[start : found.end()]
        start = found.end() - 1
    yield memoryview(buffer)[start:] if start else buffer
