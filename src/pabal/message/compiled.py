"""A compiled campaign: what is left to do for each recipient. Part of the package."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pabal.message.errors import PackageUnreadable

_FORMAT = 1

# Line of the template, then line and column of the source.
Place = tuple[int, int, int]


class TransferEncoding(Enum):
    """How a body part is written in lines of at most 76 ASCII characters (RFC 2045 6)."""

    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A prepared Jinja template.

    name: what the marketer wrote it in: subject, body or text.
    places: one for each tag, ascending; they lead errors back to the source.
    """

    name: str
    template: str
    places: tuple[Place, ...] = ()

    def place(self, line: int) -> tuple[int, int]:
        """Return line and column of the source for a line of the template."""
        index = bisect_right(self.places, (line, line, line)) - 1
        return (line, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The prepared fields of a campaign.

    needs: the recipient's attributes that the templates mention, in alphabetical order.
    """

    subject: Field
    html: Field
    text: Field
    html_encoding: TransferEncoding
    text_encoding: TransferEncoding
    needs: tuple[str, ...]
