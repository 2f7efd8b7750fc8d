"""What a column said before is remembered, and no more of it than fits."""

from hypothesis import given
from hypothesis import strategies as st

from pabal.console.audience.importing.cells import Remembering, attribute_reader
from pabal.console.audience.importing.mapping import Column, How


def a_column(target: str) -> Column:
    return Column(index=0, header=target, target=target, how=How.GUESSED)


@given(st.sampled_from(["name", "points", "last_order", "크기"]), st.lists(st.text(max_size=8)))
def test_an_answer_does_not_depend_on_what_was_asked_before(target: str, texts: list[str]):
    reader = attribute_reader(a_column(target))
    for text in [*texts, *texts]:
        assert reader[text] == attribute_reader(a_column(target))[text]


def test_a_million_values_do_not_fill_the_memory():
    lengths = Remembering(len)
    for number in range(10_000):
        text = str(number) * (50 if number % 2 else 1)
        assert lengths[text] == len(text)
    assert len(lengths) <= 1_000
    assert max(map(len, lengths)) <= 100


def test_what_recurs_is_worked_out_once():
    asked: list[str] = []
    reader = Remembering(asked.append)
    for text in ["GOLD", "SILVER", "GOLD"] * 3:
        assert reader[text] is None
    assert asked == ["GOLD", "SILVER"]
