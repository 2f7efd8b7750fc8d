"""A compiled campaign: what is left to do for each recipient. Part of the package."""

import json
from bisect import bisect_right
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Self

from pabal.message.errors import CompiledUnreadable

_FORMAT = 1

# What the templates of tracked mails print: what links begin with, and the mail's seal.
CLICKS, OPENS, SEAL = "tracking_clicks", "tracking_opens", "tracking_seal"

# A line of the template, and the line and column of the source where its tag begins.
Place = tuple[int, int, int]


class TransferEncoding(Enum):
    """How a body part is written in lines of at most 76 ASCII characters (RFC 2045 6)."""

    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A prepared Jinja template.

    name: where the marketer wrote it: subject, body or text.
    places: one for each tag, ascending; they lead errors back to the source.
    """

    name: str
    template: str
    places: tuple[Place, ...] = ()

    def place(self, line: int) -> tuple[int, int]:
        """Return line and column of the source for a line of the template, all from 1."""
        index = bisect_right(self.places, line, key=lambda place: place[0]) - 1
        if index < 0:
            return 1, 1
        begins, source_line, column = self.places[index]
        return (source_line, column) if line == begins else (source_line + line - begins, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """The parts of mails whose opens or clicks are seen.

    links: where the tracked ones lead; their numbers are their places, from 1.
    """

    html: Field
    text: Field
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The prepared fields of a campaign.

    needs: the recipient's attributes that the templates mention, in alphabetical order.
    tracked: what stands in for html and text where a mail is tracked; None where none is.
    """

    subject: Field
    html: Field
    text: Field
    html_encoding: TransferEncoding
    text_encoding: TransferEncoding
    needs: tuple[str, ...]
    tracked: Tracked | None = None

    def to_bytes(self) -> bytes:
        """Write it for the package: JSON, the same bytes every time."""
        values = asdict(self) | {
            "format": _FORMAT,
            "html_encoding": self.html_encoding.value,
            "text_encoding": self.text_encoding.value,
        }
        return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises CompiledUnreadable: it is something else, or of another version.
        """
        try:
            values = json.loads(data)
            if values["format"] != _FORMAT:
                raise CompiledUnreadable
            return cls(
                subject=_field(values["subject"]),
                html=_field(values["html"]),
                text=_field(values["text"]),
                html_encoding=TransferEncoding(values["html_encoding"]),
                text_encoding=TransferEncoding(values["text_encoding"]),
                needs=tuple(map(str, values["needs"])),
                tracked=_tracked(values.get("tracked")),
            )
        except (ValueError, LookupError, TypeError) as error:
            raise CompiledUnreadable from error


def _tracked(values: dict[str, Any] | None) -> Tracked | None:
    if values is None:
        return None
    return Tracked(
        html=_field(values["html"]),
        text=_field(values["text"]),
        links=tuple(map(str, values["links"])),
    )


def _field(values: dict[str, Any]) -> Field:
    places = tuple((int(a), int(b), int(c)) for a, b, c in values["places"])
    return Field(name=str(values["name"]), template=str(values["template"]), places=places)
