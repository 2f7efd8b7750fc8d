"""Charts as SVG, which needs no script and prints as it is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from pabal.console.design.components import Tone
from pabal.console.reports.spread import Timeline
from pabal.domain.reputation import PROVIDER_LIMITS, Harm, ProviderLimit, Regard, regard_of

WIDTH, HEIGHT = 600, 120  # of the picture, in its own units
_GAP = 0.2  # of a bar's place
_WIDEST = 40.0
_BEHIND_THE_LAST = 1.2  # how far a gauge reaches, of its last limit
_TONES = {Regard.GOOD: Tone.GOOD, Regard.WATCHED: Tone.WARN, Regard.ENDANGERED: Tone.BAD}


class Across(TypedDict):
    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Where a bar stands in the picture, and what it says."""

    x: str
    y: str
    width: str
    height: str
    begins: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """most: what the highest bar stands for; peak: when; 0 and None where there is nothing."""

    bars: Sequence[Bar]
    most: int
    peak: datetime | None
    begins: datetime | None
    ends: datetime | None
    step: timedelta
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where in a gauge a provider's limit is drawn, in percent of its width."""

    x: str
    limit: ProviderLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A share beside the limits of providers. width: of the bar, in percent; full at most."""

    share: float
    width: str
    tone: Tone
    marks: Sequence[Mark]


def gauge(share: float, harm: Harm, *, tells: bool = True) -> Gauge:
    """Draw a share of mails. tells: they were enough to tell anything."""
    limits = PROVIDER_LIMITS[harm]
    whole = limits[-1].share * _BEHIND_THE_LAST
    return Gauge(
        share=share,
        width=f"{100 * min(1.0, share / whole):.2f}%",
        tone=_TONES[regard_of(share, harm)] if tells else Tone.PLAIN,
        marks=[Mark(x=f"{100 * each.share / whole:.2f}%", limit=each) for each in limits],
    )


def across(number: int, count: int) -> Across:
    """Say where a bar of so many stands, and how wide it is."""
    place = WIDTH / count
    wide = min(place * (1 - _GAP), _WIDEST)
    return {"x": f"{number * place + (place - wide) / 2:.2f}", "width": f"{wide:.2f}"}


def bars(timeline: Timeline) -> BarChart:
    """Draw how many mails were sent in each interval."""
    intervals, most = timeline.intervals, timeline.most
    drawn = [
        Bar(
            **across(number, len(intervals)),
            y=f"{HEIGHT - HEIGHT * each.sent / most:.2f}",
            height=f"{HEIGHT * each.sent / most:.2f}",
            begins=each.begins,
            count=each.sent,
        )
        for number, each in enumerate(intervals)
    ]
    peak = next((each.begins for each in intervals if each.sent == most), None)
    return BarChart(
        bars=drawn,
        most=most,
        peak=peak,
        begins=intervals[0].begins if intervals else None,
        ends=intervals[-1].begins + timeline.width if intervals else None,
        step=timeline.width,
    )
