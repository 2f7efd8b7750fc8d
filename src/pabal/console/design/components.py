"""What the components show, as values."""

import enum
from dataclasses import dataclass


class Tone(enum.Enum):
    """How good or bad something is, which the style sheet makes a colour."""

    NONE = "none"
    PLAIN = "plain"
    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """A figure. `href`: where the things it counts are listed."""

    label: str
    figure: int | str
    tone: Tone = Tone.PLAIN
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar."""

    label: str
    count: int
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A link among alternatives. `count` is shown behind the label where there is one."""

    label: str
    href: str
    is_current: bool
    count: int | None = None
