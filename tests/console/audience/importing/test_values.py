"""Values are tidied without changing what they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.console.audience.importing.notes import NoteKind
from pabal.console.audience.importing.values import (
    has_control,
    looks_like_formula,
    plain_date,
    plain_number,
    read_time,
    tidy_address,
    tidy_text,
    ungroup,
)

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("text", "tidied", "kind"),
    [
        ("이지호", "이지호", None),
        ("A&B <Studio>", "A&B <Studio>", None),
        ("José Ñúñez 🎁", "José Ñúñez 🎁", None),
        ("  이지호 ", "이지호", NoteKind.SPACES),
        ("줄\r\n바꿈", "줄 바꿈", NoteKind.CONTROL),
        ("탭\t과\x07종", "탭 과 종", NoteKind.CONTROL),
        ("뒤집힌\u202e글", "뒤집힌 글", NoteKind.CONTROL),
        ("\u110b\u1175", "이", NoteKind.COMPOSED),
        ("👩\u200d🎤", "👩\u200d🎤", None),
    ],
)
def test_text_is_tidied_and_says_how(text: str, tidied: str, kind: NoteKind | None):
    assert tidy_text(text) == (tidied, kind)


@given(st.text())
def test_tidied_text_has_nothing_left_to_tidy(text: str):
    tidied, kind = tidy_text(text)
    assert tidy_text(tidied) == (tidied, None)
    assert not has_control(tidied)
    assert (kind is None) == (tidied == text)


@pytest.mark.parametrize(
    ("text", "tidied", "kind"),
    [
        (" a@example.com\n", "a@example.com", NoteKind.SPACES),
        ("ａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "a@example.com", NoteKind.WIDTH),
        ("\ufeffa@example.com\u200b", "a@example.com", NoteKind.SPACES),
        ("고객@고객.example", "고객@고객.example", None),
    ],
)
def test_an_address_is_made_typable(text: str, tidied: str, kind: NoteKind | None):
    assert tidy_address(text) == (tidied, kind)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("202,410", "202410"),
        ("1,234,567.50", "1234567.50"),
        ("12,000원", "12000"),
        ("15%", "15"),
        ("３,０００ P", "3000"),
        ("-5", "-5"),
        ("0", "0"),
        ("12,34", None),
        ("많음", None),
        ("", None),
        ("²", None),
    ],
)
def test_numbers_are_written_plainly(text: str, number: str | None):
    assert plain_number(text) == number


def test_only_thousands_are_ungrouped():
    assert ungroup("1,000") == "1000"
    assert ungroup("서울, 부산") == "서울, 부산"
    assert ungroup("10,20") == "10,20"


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_grouped_number_keeps_its_value(number: int):
    assert plain_number(f"{number:,}") == str(number)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-08-03", "2026-08-03"),
        ("2026. 8. 3.", "2026-08-03"),
        ("2026/8/3", "2026-08-03"),
        ("2026년 8월 3일", "2026-08-03"),
        ("20260803", "2026-08-03"),
        ("2026-02-30", None),
        ("8/3/2026", None),
        ("어제", None),
    ],
)
def test_dates_are_written_plainly_and_never_guessed(text: str, day: str | None):
    assert plain_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05T15:20:00+09:00",
        "2024-01-05T06:20:00Z",
        "2024-01-05 15:20",
        "2024.01.05 15:20:00",
        "2024/1/5 15:20",
        "2024. 1. 5. 오후 3:20",
        "2024-1-5 3:20 PM",
        "2024년 1월 5일 15시 20분",
    ],
)
def test_a_moment_is_read_as_people_and_shops_write_it(text: str):
    assert read_time(text, SEOUL) == datetime(2024, 1, 5, 6, 20, tzinfo=UTC)


def test_a_bare_date_is_its_first_minute_here():
    assert read_time("20240105", SEOUL) == datetime(2024, 1, 4, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["어제", "", "01/05/2024", "2024-13-01", "2024-01-05 25:00", "2024-01-05 오후 13:99", "45306"],
)
def test_an_unreadable_moment_is_none(text: str):
    assert read_time(text, SEOUL) is None


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "@SUM(A1)", "+A1", "-A1", "=1+1"])
def test_what_a_spreadsheet_would_calculate_is_seen(text: str):
    assert looks_like_formula(text)


@pytest.mark.parametrize("text", ["+82 10-1234-5678", "-5", "-1.5", "", "이지호", "a=b", "-"])
def test_phone_numbers_and_negative_numbers_are_no_formulas(text: str):
    assert not looks_like_formula(text)
