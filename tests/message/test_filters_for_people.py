"""Numbers, money and dates as Korean readers expect them."""

import pytest

from pabal.message.filters import NotUsable, comma, won, written_date


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1234567", "1,234,567"),
        ("1,234,567", "1,234,567"),
        (" 999 ", "999"),
        (1234567, "1,234,567"),
        ("-1234.50", "-1,234.50"),
        ("0", "0"),
        ("007", "7"),
    ],
)
def test_numbers_get_commas(value: object, written: str) -> None:
    assert comma(value) == written
    assert won(value) == f"{written}원"


@pytest.mark.parametrize("value", ["", "abc", "12a", "1.2.3", "٣", "1e9", "9" * 41])
def test_what_is_no_number_is_said_to_be_none(value: str) -> None:
    with pytest.raises(NotUsable, match="not a number"):
        comma(value)


@pytest.mark.parametrize("value", ["2026-11-24", "2026-11-24T09:00:00+09:00", " 2026-11-24 09:00"])
def test_dates_are_written_out(value: str) -> None:
    assert written_date(value) == "2026년 11월 24일"
    assert written_date(value, "en") == "November 24, 2026"


@pytest.mark.parametrize("value", ["", "24.11.2026", "2026-13-01", "어제"])
def test_what_is_no_date_is_said_to_be_none(value: str) -> None:
    with pytest.raises(NotUsable, match="not a date"):
        written_date(value)
