"""Metrics as values: defined once, counted where something happens, read by a writer.

The port between those who count and those who write: `Source.read` returns readings, and a
writer (telemetry.prometheus) turns readings into what a monitoring system takes.
"""

import enum
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

PATH = "/metrics"  # where a process shows them

Labels = tuple[str, ...]


class Kind(enum.Enum):
    COUNTER = "counter"  # only grows, from 0 at the start of its process
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What is measured.

    name: as Prometheus wants it: in base units, named at its end; `_total` for counters.
    meaning: one sentence for an operator.
    bounds: upper ends of a histogram's buckets, ascending; behind the last is one without.
    Histograms have no labels.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How often a value lay in each bucket of its metric, and the sum of all values.

    counts: by bucket, one more than the metric has bounds.
    """

    counts: tuple[int, ...]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a metric says at this moment.

    values: by the labels' values. distribution: instead, where it is a histogram.
    """

    metric: Metric
    values: Mapping[Labels, float] = field(default_factory=dict[Labels, float])
    distribution: Distribution | None = None


class Source(Protocol):
    def read(self) -> Sequence[Reading]:
        """Return what is known now; any thread may ask at any time."""
        ...


def reading(metric: Metric, value: float) -> Reading:
    """Return the reading of a metric without labels."""
    return Reading(metric=metric, values={(): value})


class Tally:
    """Counts by labels: one increment of a dictionary each time. One thread adds, any reads.

    known: labels that are shown before they occur, since a growth from nothing to 1 is none
    for Prometheus.
    """

    def __init__(self, metric: Metric, *, known: Iterable[Labels] = ()) -> None:
        self._metric = metric
        self._values: dict[Labels, float] = dict.fromkeys(known, 0.0)

    def add(self, *labels: str) -> None:
        self._values[labels] = self._values.get(labels, 0) + 1

    def read(self) -> Reading:
        return Reading(metric=self._metric, values=self._values.copy())


class Spread:
    """Counts values by bucket. One thread adds, any reads."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._counts = [0] * (len(metric.bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._metric.bounds, value)] += 1
        self._total += value

    def read(self) -> Reading:
        distribution = Distribution(counts=tuple(self._counts), total=self._total)
        return Reading(metric=self._metric, distribution=distribution)
