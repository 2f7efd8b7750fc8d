"""An address is known by the row in which it came first, in little memory."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from pabal.console.audience.importing.first_rows import FirstRows


@given(st.lists(st.text(max_size=3)))
def test_it_answers_as_a_dictionary_would(addresses: list[str]):
    table, dictionary = FirstRows(), {}
    for row, address in enumerate(addresses, start=1):
        assert table.remember(address, row) == dictionary.setdefault(address, row)


def test_it_grows_and_forgets_nothing():
    table = FirstRows()
    for row in range(1, 20_001):
        assert table.remember(f"{row}@example.com", row) == row
    assert all(table.remember(f"{row}@example.com", 99_999) == row for row in range(1, 20_001))


def test_it_takes_tens_of_bytes_an_address():
    tracemalloc.start()
    table = FirstRows()
    for row in range(1, 50_001):
        table.remember(f"{row}@example.com", row)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 50_000 * 40
