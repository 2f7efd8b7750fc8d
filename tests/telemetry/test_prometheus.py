"""Readings become what Prometheus' own parser reads back."""

from hypothesis import given
from hypothesis import strategies as st

from builders.metrics import Scraped
from pabal.telemetry.metrics import Kind, Metric, Reading, Spread, Tally, reading
from pabal.telemetry.prometheus import comment, write

MAILS = Metric(
    name="x_mails_total", kind=Kind.COUNTER, unit="mails", meaning="Mails.", labels=("domain",)
)
AGE = Metric(name="x_age_seconds", kind=Kind.GAUGE, unit="seconds", meaning="Of \\ a\nqueue.")
TIME = Metric(
    name="x_seconds", kind=Kind.HISTOGRAM, unit="seconds", meaning="Time.", bounds=(0.5, 1, 10)
)


def read(*readings):
    return Scraped(write(readings).decode())


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 2**40)))
def test_any_label_and_any_count_comes_back(counts):
    page = read(Reading(metric=MAILS, values={(name,): n for name, n in counts.items()}))
    assert {s.labels["domain"]: s.value for s in page.samples} == counts


@given(st.lists(st.floats(0, 100)))
def test_a_bucket_holds_what_is_not_above_its_end(values):
    spread = Spread(TIME)
    for value in values:
        spread.add(value)
    page = read(spread.read())
    for end in ("0.5", "1.0", "10.0", "+Inf"):
        wanted = sum(value <= float(end) for value in values)
        assert page.sum("x_seconds_bucket", le=end) == wanted
    assert page.sum("x_seconds_count") == len(values)
    assert abs(page.sum("x_seconds_sum") - sum(values)) < 1e-6


def test_what_is_known_to_come_is_shown_before_it_comes():
    """Prometheus sees no growth from nothing to 1."""
    tally = Tally(MAILS, known=[("a.kr",)])
    assert read(tally.read()).sum("x_mails_total", domain="a.kr") == 0
    tally.add("a.kr")
    assert read(tally.read()).sum("x_mails_total", domain="a.kr") == 1


def test_each_metric_says_its_kind_and_meaning():
    page = read(reading(AGE, 1.5), Tally(MAILS).read(), Spread(TIME).read())
    kinds = {family.name: (family.type, family.documentation) for family in page.families}
    assert kinds == {
        "x_age_seconds": ("gauge", "Of \\ a\nqueue."),
        "x_mails": ("counter", "Mails."),
        "x_seconds": ("histogram", "Time."),
    }


def test_a_comment_is_one_line_whatever_is_said():
    page = Scraped((comment("gone:\nx_age_seconds 7\r\n") + write([reading(AGE, 1)])).decode())
    assert [sample.value for sample in page.samples] == [1]


def test_a_process_shows_its_memory():
    page = Scraped(write([], process="x").decode())
    assert page.sum("x_process_resident_memory_bytes") > 1_000_000
