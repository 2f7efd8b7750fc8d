"""Columns are understood by their names, shown, and corrected by a person."""

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.console.audience.importing.errors import (
    ColumnsAmbiguous,
    ColumnTwice,
    ColumnUnnamed,
    NoEmailColumn,
    OverrideRefused,
)
from pabal.console.audience.importing.mapping import (
    LEAVE_OUT,
    How,
    attribute_name,
    map_columns,
    parse_overrides,
)

KOREAN = [
    *("이메일", "이름", "등급", "쿠폰번호", "할인율", "적립금"),
    *("선호브랜드", "수신동의일시", "수신동의경로"),
]


def targets(header, overrides=""):
    mapping = map_columns(header, parse_overrides(overrides))
    return [column.target for column in mapping.columns]


def test_korean_names_are_understood():
    assert targets(KOREAN) == [
        "email",
        "name",
        "grade",
        "coupon_code",
        "discount",
        "points",
        "favorite_brand",
        "consent_at",
        "consent_source",
    ]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("E-Mail", "email"),
        ("Email Address", "email"),
        ("메일 주소", "email"),
        ("전자우편", "email"),
    ],
)
def test_the_address_is_found_under_many_names(header: str, target: str):
    assert targets([header]) == [target]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("성명", "name"),
        ("고객명", "name"),
        ("쿠폰 코드", "coupon_code"),
        ("포인트", "points"),
        ("Favorite Brand", "favorite_brand"),
        ("선호카테고리", "favorite_category"),
        ("최근주문", "last_order"),
        ("locale", "language"),
        ("동의일시", "consent_at"),
        ("수신동의", "consent"),
    ],
)
def test_other_fields_are_found_under_many_names(header: str, target: str):
    assert targets(["email", header]) == ["email", target]


def test_an_unknown_column_becomes_an_attribute_and_keeps_its_name_for_people():
    column = map_columns(["email", "VIP 등급 (2026)"]).columns[1]
    assert (column.target, column.header, column.how) == (
        "vip_등급_2026",
        "VIP 등급 (2026)",
        How.OWN_NAME,
    )


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("2차 등급", "column_2차_등급"),
        ("sender", "sender_"),
        ("Unsubscribe URL", "unsubscribe_url_"),
        ("for", "for_"),
        ("★", "column"),
        ("생일/월", "생일_월"),
    ],
)
def test_a_name_is_made_fit_for_templates(header: str, name: str):
    assert attribute_name(header) == name


@given(st.text(min_size=1))
def test_any_name_of_a_column_works_in_a_template(header: str):
    name = attribute_name(header)
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(
        f"{{{{ {name} }}}}"
    )
    assert template.render({name: "값"}) == "값"


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=8))
def test_no_two_columns_fill_the_same_attribute(header: list[str]):
    try:
        mapping = map_columns(["email", *(name.strip() for name in header)])
    except (ColumnTwice, ColumnUnnamed, ColumnsAmbiguous):
        return
    assert len({column.target for column in mapping.columns}) == len(mapping.columns)


def test_a_second_column_for_a_field_stays_under_its_own_name():
    assert targets(["email", "적립금", "포인트"]) == ["email", "points", "포인트"]


def test_two_columns_for_the_address_are_a_question_not_a_guess():
    with pytest.raises(ColumnsAmbiguous, match="“이메일” and “메일주소”"):
        targets(["이메일", "메일주소"])
    assert targets(["이메일", "메일주소"], "email=메일주소") == ["이메일", "email"]


def test_a_guess_is_overridden():
    header = ["이메일", "등급", "부른 이름"]
    assert targets(header, "name=부른 이름, 등급=-") == ["email", LEAVE_OUT, "name"]
    assert targets(header, "grade=-") == ["email", LEAVE_OUT, "부른_이름"]
    assert map_columns(header, parse_overrides("name=부른 이름")).columns[2].how is How.GIVEN


def test_a_name_with_a_comma_is_overridden_in_quotes():
    assert targets(["mail to, primary"], '"email=mail to, primary"') == ["email"]


@pytest.mark.parametrize(
    "overrides",
    [
        "name=없는열",
        "없는열=-",
        "sender=이름",
        "name",
        "=이름",
        "email=이름,email=이메일",
        "a b=이름",
    ],
)
def test_an_override_that_cannot_be_meant_is_refused(overrides: str):
    with pytest.raises(OverrideRefused):
        targets(["이메일", "이름"], overrides)


def test_a_file_without_addresses_is_refused_and_says_what_it_has():
    with pytest.raises(NoEmailColumn, match="“이름”, “등급”"):
        targets(["이름", "등급"])
    with pytest.raises(NoEmailColumn):
        targets(["이메일", "이름"], "email=-")


def test_a_name_that_occurs_twice_is_refused_with_both_places():
    with pytest.raises(ColumnTwice, match="columns 2 and 3"):
        targets(["email", "Name", "NAME"])


def test_a_column_without_a_name_is_refused():
    with pytest.raises(ColumnUnnamed, match="Column 2"):
        targets(["email", "", "name"])
