"""Which encoding a text file is in, proved over the whole file before a row is taken.

A Korean spreadsheet saves CSV as CP949 by default. CP949 accepts most bytes, UTF-8 hardly
any by chance, so UTF-8 is tried first and strictly.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pabal.console.audience.importing.errors import EncodingUnknown, NulByte

_CHUNK = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(path: Path) -> str:
    """Return the name of the codec that reads the whole file without an error.

    Reads the file once (CP949: twice) in pieces of 256 KiB.

    Raises EncodingUnknown, NulByte: with line and byte offset.
    """
    with path.open("rb") as file:
        head = file.read(4)
        marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), "")
        failures: list[_Failure] = []
        for codec in [marked] if marked else ["utf-8", "cp949"]:
            failure = _try_codec(file, codec, path.name)
            if failure is None:
                return codec
            failures.append(failure)
        # The codec that got further is the likelier one; its stumbling block helps most.
        worst = max(failures, key=lambda failure: failure.offset)
        raise EncodingUnknown(
            file=path.name,
            encoding=worst.codec.removesuffix("-sig").upper(),
            line=_line_at(file, worst.offset),
            byte=f"0x{worst.byte:02X}",
            offset=worst.offset,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    codec: str
    offset: int
    byte: int


def _try_codec(file: BinaryIO, codec: str, name: str) -> _Failure | None:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = 0
    for chunk in _chunks(file):
        pending = decoder.getstate()[0]
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            at = offset - len(pending) + error.start
            return _Failure(codec=codec, offset=at, byte=error.object[error.start])
        if "\0" in text:
            at = offset + max(chunk.find(b"\0"), 0)
            raise NulByte(file=name, line=_line_at(file, at), offset=at)
        offset += len(chunk)
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in pieces, and an empty piece at the end."""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
    yield b""


def _line_at(file: BinaryIO, offset: int) -> int:
    file.seek(0)
    line, left = 1, offset
    while left and (chunk := file.read(min(_CHUNK, left))):
        line += chunk.count(b"\n")
        left -= len(chunk)
    return line
