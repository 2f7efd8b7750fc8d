"""Opens and clicks over time as bars: people, image proxies and machines on top of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.design.components import Tone
from pabal.console.reports.charts import HEIGHT, WIDTH, across
from pabal.console.reports.use import ByActor, Uses
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind

TITLES: Mapping[EventKind, Promise] = {
    EventKind.OPENED: _("Opened over time"),
    EventKind.CLICKED: _("Clicked over time"),
}
_TONES = {Actor.PERSON: Tone.GOOD, Actor.PROXY: Tone.BUSY, Actor.MACHINE: Tone.PLAIN}
_LABELS: Mapping[Actor, Promise] = {
    Actor.PERSON: _("People"),
    Actor.PROXY: _("Image proxies"),
    Actor.MACHINE: _("Machines"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a bar: where it stands in the picture, and what it says."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    label: Promise
    begins: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A line of the legend."""

    label: Promise
    tone: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedChart:
    """most: what the highest bar stands for, all its parts together."""

    title: Promise
    blocks: Sequence[Block]
    totals: Sequence[Total]
    most: int
    step: timedelta
    begins: datetime
    ends: datetime
    width: int = WIDTH
    height: int = HEIGHT


def stacked(uses: Uses, kind: EventKind) -> StackedChart | None:
    """Draw what was opened, or clicked; None where nothing was."""
    intervals = uses.over_time(kind)
    most = max((sum(each.values()) for each in intervals), default=0)
    if not most:
        return None
    totals = {actor: sum(each.get(actor, 0) for each in intervals) for actor in Actor}
    return StackedChart(
        title=TITLES[kind],
        blocks=[
            block
            for number, each in enumerate(intervals)
            for block in _bar(uses, number, each, HEIGHT / most)
        ],
        totals=[
            Total(label=_LABELS[actor], tone=_TONES[actor].value, count=count)
            for actor, count in totals.items()
            if count
        ],
        most=most,
        step=uses.width,
        begins=uses.begins,
        ends=uses.begins + uses.count * uses.width,
    )


def _bar(uses: Uses, number: int, counts: ByActor, scale: float) -> Sequence[Block]:
    """One interval's bar, people at its foot."""
    blocks: list[Block] = []
    top = float(HEIGHT)
    for actor in Actor:
        high = counts.get(actor, 0) * scale
        top -= high
        if high:
            block = Block(
                **across(number, uses.count),
                y=f"{max(top, 0):.2f}",
                height=f"{high:.2f}",
                tone=_TONES[actor].value,
                label=_LABELS[actor],
                begins=uses.begins + number * uses.width,
                count=counts[actor],
            )
            blocks.append(block)
    return blocks
