"""Charts as SVG, which needs no script and prints as it is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.console.reports.spread import Timeline

WIDTH, HEIGHT = 600, 120  # of the picture, in its own units
_GAP = 0.2  # of a bar's place
_WIDEST = 40.0


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


def bars(timeline: Timeline) -> BarChart:
    """Draw how many mails were sent in each interval."""
    intervals, most = timeline.intervals, timeline.most
    place = WIDTH / max(1, len(intervals))
    wide = min(place * (1 - _GAP), _WIDEST)
    drawn = [
        Bar(
            x=f"{number * place + (place - wide) / 2:.2f}",
            y=f"{HEIGHT - HEIGHT * each.sent / most:.2f}",
            width=f"{wide:.2f}",
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
