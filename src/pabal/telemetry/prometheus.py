"""Readings in the text format of Prometheus."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from pabal.telemetry.metrics import Distribution, Kind, Labels, Metric, Reading

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def write(readings: Iterable[Reading], *, process: str = "") -> bytes:
    """Return the page that Prometheus reads.

    process: with what the names of the process's own figures begin (CPU, memory, open
    files; on Linux); "" leaves them out.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Readings(readings))
    if process:
        ProcessCollector(namespace=process, registry=registry)
    return generate_latest(registry)


def comment(text: str) -> bytes:
    """Return a line for people, which Prometheus passes over."""
    return f"# {' '.join(text.split())}\n".encode()


class _Readings(Collector):
    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Family]:
        for reading in self._readings:
            if reading.distribution is None:
                yield _family(reading.metric, reading.values)
            else:
                yield _histogram(reading.metric, reading.distribution)


def _family(metric: Metric, values: Mapping[Labels, float]) -> Family:
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, distribution: Distribution) -> Family:
    ends = [*(str(float(bound)) for bound in metric.bounds), "+Inf"]
    # A bucket of Prometheus holds what is in those below it as well.
    buckets = list(zip(ends, accumulate(distribution.counts), strict=True))
    return HistogramMetricFamily(
        metric.name, metric.meaning, buckets=buckets, sum_value=distribution.total
    )
