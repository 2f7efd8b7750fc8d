"""Variants are shared out evenly, to everybody once; chance is told honestly."""

from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pabal.domain.experiment import PLACES, Chance, Experiment, Measure, Tally, judge, likelihood
from pabal.domain.tracking import Tracking

_tallies = st.integers(0, 5_000).flatmap(
    lambda sent: st.builds(Tally, sent=st.just(sent), people=st.integers(0, sent))
)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    return Experiment(
        variants=draw(st.integers(2, 4)),
        share=draw(st.integers(5, 100)),
        measure=Measure.CLICKS,
        hours=None,
        start=draw(st.integers(0, PLACES - 1)),
    )


@given(experiment=experiments(), first=st.integers(0, 10**6), people=st.integers(1, 3_000))
def test_in_any_stretch_of_a_list_the_shares_are_as_they_were_asked_for(
    experiment: Experiment, first: int, people: int
) -> None:
    """Old and young subscribers, who stand at the list's ends, are in each variant alike."""
    got = [experiment.variant(position) for position in range(first, first + people)]

    fair = people * experiment.share / 100 / experiment.variants
    for number in range(experiment.variants):
        assert abs(got.count(number) - fair) < 6
    assert {each for each in got if each is not None} <= set(range(experiment.variants))


@settings(max_examples=15)
@given(experiment=experiments())
def test_of_every_ten_thousand_exactly_the_share_tests_and_nobody_twice(
    experiment: Experiment,
) -> None:
    places = [experiment.place(position) for position in range(PLACES)]
    assert sorted(places) == list(range(PLACES))
    tested = [experiment.variant(position) is not None for position in range(PLACES)]
    assert sum(tested) == PLACES * experiment.share // 100


@given(experiment=experiments(), position=st.integers(0, 10**7))
def test_who_tests_may_get_one_variant_and_the_rest_any(
    experiment: Experiment, position: int
) -> None:
    tested = experiment.variant(position)
    expected = list(range(experiment.variants)) if tested is None else [tested]
    assert list(experiment.possible(position)) == expected


def test_two_campaigns_are_not_always_tested_on_the_same_people() -> None:
    one, other = (
        Experiment(variants=2, share=20, measure=Measure.CLICKS, hours=None, start=start)
        for start in (0, 5_000)
    )
    testing = [{n for n in range(1_000) if each.variant(n) is not None} for each in (one, other)]
    assert not testing[0] & testing[1]


@given(tallies=st.lists(_tallies, min_size=2, max_size=4))
def test_the_best_is_never_behind_another_and_of_equals_the_first(tallies: list[Tally]) -> None:
    found = judge(tallies)

    assert tallies[found.best].rate == max(tally.rate for tally in tallies)
    assert all(tally.rate < tallies[found.best].rate for tally in tallies[: found.best])
    if not any(tally.people for tally in tallies):
        assert (found.best, found.chance) == (0, Chance.NOTHING)


@pytest.mark.parametrize(
    ("a", "b", "chance"),
    [
        ((1000, 100), (1000, 100), Chance.TIE),
        ((1000, 100), (1000, 150), Chance.RULED_OUT),
        ((1000, 100), (1000, 110), Chance.POSSIBLE),
        ((40, 1), (40, 8), Chance.TOO_FEW),
        ((0, 0), (40, 8), Chance.TOO_FEW),
        ((1000, 0), (1000, 0), Chance.NOTHING),
    ],
)
def test_what_is_said_of_chance(a: tuple[int, int], b: tuple[int, int], chance: Chance) -> None:
    one, other = (Tally(sent=sent, people=people) for sent, people in (a, b))
    assert judge([one, other]).chance is chance


def test_what_two_variants_would_prove_may_be_chance_among_four() -> None:
    """Who looks at six pairs finds a difference in one more easily (Bonferroni)."""
    least, most = Tally(sent=1000, people=100), Tally(sent=1000, people=130)

    assert judge([least, most]).chance is Chance.RULED_OUT
    assert judge([least, least, least, most]).chance is Chance.POSSIBLE


@given(sent=st.integers(30, 60), a=st.integers(8, 22), b=st.integers(8, 22))
def test_the_likelihood_is_near_the_exact_one(sent: int, a: int, b: int) -> None:
    """Held against Fisher's exact test, which counts every table, with half of the table seen."""
    assume(a != b)
    one, other = Tally(sent=sent, people=a), Tally(sent=sent, people=b)
    total = a + b
    weights = [comb(sent, k) * comb(sent, total - k) for k in range(total + 1)]
    seen = weights[a]
    exact = sum(w for w in weights if w < seen) + sum(w for w in weights if w == seen) / 2

    assert abs(likelihood(one, other) - exact / sum(weights)) < 0.02


def test_what_is_not_recorded_decides_nothing() -> None:
    assert Measure.CLICKS.is_seen(Tracking.CLICKS)
    assert not Measure.CLICKS.is_seen(Tracking.OPENS)
    assert Measure.OPENS.is_seen(Tracking.ON)
    assert not Measure.OPENS.is_seen(Tracking.OFF)
