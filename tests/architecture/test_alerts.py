"""The example for Prometheus names what there is."""

import re
from pathlib import Path

import pytest
import yaml
from docs.reference import commands_page

from pabal.console.metrics.catalogue import CONSOLE_METRICS
from pabal.domain.bouncing import Weight
from pabal.domain.delivery import Happening, State
from pabal.domain.event import EventKind
from pabal.domain.outcome import Scope, Verdict
from pabal.domain.reputation import Harm
from pabal.ledger.port import RunState
from pabal.sending.measures import WORKER_METRICS
from pabal.telemetry.metrics import Kind

HERE = Path(__file__).parents[2] / "deploy" / "prometheus"
METRICS = {metric.name: metric for metric in (*CONSOLE_METRICS, *WORKER_METRICS)}
RULES = [
    rule
    for group in yaml.safe_load((HERE / "pabal.rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
VALUES = {
    "state": {each.value for each in (*State, *RunState)} | {"draft", "scheduled", "due"},
    "verdict": {each.value for each in Verdict},
    "scope": {each.value for each in Scope},
    "happening": {each.value for each in Happening},
    "harm": {each.value for each in Harm},
    "event": {each.value for each in EventKind},
    "weight": {each.value for each in Weight},
}


def test_names_and_units_are_as_prometheus_wants_them():
    assert len(METRICS) == len(CONSOLE_METRICS) + len(WORKER_METRICS)
    for name, metric in METRICS.items():
        assert re.fullmatch(r"pabal_[a-z]+(_[a-z]+)*", name)
        assert name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert name.endswith("_info") == (metric.unit == "always 1")
        assert name.endswith("_seconds") == (metric.unit == "seconds")
        assert metric.meaning.endswith(".")
        assert list(metric.bounds) == sorted(metric.bounds)
        assert bool(metric.bounds) == (metric.kind is Kind.HISTOGRAM)


def test_what_is_scraped_is_what_docs_metrics_says():
    config = yaml.safe_load((HERE / "prometheus.yml").read_text())
    assert config["rule_files"] == ["pabal.rules.yml"]
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert jobs.keys() == {"pabal", "pabal-workers"}
    for job in jobs.values():
        assert "metrics_path" not in job  # /metrics is what Prometheus asks for by itself
        assert job["authorization"].keys() == {"credentials_file"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_names_metrics_labels_and_values_that_exist(rule):
    named = re.findall(r"\b(pabal_\w+)(?:\{([^}]*)\})?", rule["expr"])
    assert named
    for name, matchers in named:
        assert name in METRICS
        for label, value in re.findall(r'(\w+)="([^"]*)"', matchers):
            assert label in METRICS[name].labels
            assert value in VALUES[label]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do_with_commands_that_exist(rule):
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    commands = re.findall(r"`(pabal [a-z]+(?: [a-z]+)*)", rule["annotations"]["action"])
    assert [each for each in commands if f"## `{each}`" not in commands_page()] == []
    named = re.findall(r"pabal_\w+", rule["annotations"]["action"])
    assert [name for name in named if name not in METRICS] == []
