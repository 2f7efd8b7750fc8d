"""However many values a label could have, few are named, and a name is for good."""

from collections import Counter
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pabal.telemetry.naming import OTHER, Names


def test_a_value_is_named_when_it_has_occurred_ten_times():
    names = Names()
    assert [names.of("a.kr") for _ in range(12)] == [OTHER] * 9 + ["a.kr"] * 3


@given(st.lists(st.integers(0, 40), max_size=2_000), st.integers(1, 6))
def test_a_name_is_never_taken_back_and_the_room_never_passed(values, room):
    names = Names(room)
    said = {}
    for value in map(str, values):
        said.setdefault(value, []).append(names.of(value))
    for value, given_names in said.items():
        assert set(given_names) <= {value, OTHER}
        changes = [(a, b) for a, b in pairwise(given_names) if a != b]
        assert changes in ([], [(OTHER, value)])
    assert len({value for value in said if value in said[value]}) <= room


def test_the_large_find_room_behind_many_small_ones():
    """A list in the order of its domains begins with whoever is called a.example."""
    names = Names()
    for n in range(500):
        for _ in range(50):
            names.of(f"a{n}.example")
    assert [names.of("naver.com") for _ in range(1_001)][-1] == "naver.com"


def test_a_flood_of_values_hides_no_frequent_one_and_is_not_remembered():
    names, dice = Names(), Random(7)
    stream = [f"{n}.flood.example" for n in range(100_000)] + ["gmail.com"] * 2_000
    dice.shuffle(stream)
    said = Counter(map(names.of, stream))
    assert said.keys() == {"gmail.com", OTHER}
    assert said["gmail.com"] > 1_900
    assert len(names._candidates) <= 1_000
