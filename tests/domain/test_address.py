"""Addresses are checked once, and two spellings of one are recognised."""

import pytest
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pabal.domain.address import AddressError, parse_address, restore_address

locals_ = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9+_-]{0,20}[A-Za-z0-9])?", fullmatch=True)
domains = st.sampled_from(["shop.co.kr", "Example.COM", "한국.kr", "naver.com"])

# What is nearly plain, and what is as long as allowed or a letter longer.
odd_locals = st.one_of(
    st.sampled_from([*CASE_INSENSITIVE_MAILBOX_NAMES, *(name.upper() for name in ("info", "ftp"))]),
    st.text("aZ0._+-", min_size=1, max_size=4),
    st.text("abzAZ019._+-!'\"\\ @<>é", max_size=12),
    st.integers(60, 68).map(lambda length: "l" * length),
)
odd_domains = st.one_of(
    st.text("abzAZ09.-_[] @<>é。", max_size=12),
    st.lists(st.sampled_from("a B-c xn--3e0b707e xx--y d9 co KR com 1 test 한국 ß".split())).map(
        ".".join
    ),
    st.integers(180, 260).map(lambda length: "d." * (length // 2 - 2) + "com"),
    st.integers(61, 65).map(lambda length: "d" * length + ".kr"),
)
PUNYCODE = "xn--" + ("가" * 39).encode("punycode").decode()


@settings(max_examples=500)
@given(odd_locals | locals_, odd_domains | domains)
@example("l" * 64, "d." * 92 + "dd.kr")  # 254 characters
@example("l" * 64, "d." * 93 + "d.kr")  # 255
@example("l" * 60, ".".join(["ｄ" * 39] * 2) + ".kr")  # too long, but not when it is normalised
@example("l" * 60, f"{PUNYCODE}.{PUNYCODE}.kr")  # the other way round
def test_the_short_way_answers_as_the_library_does(local: str, domain: str) -> None:
    text = f"{local}@{domain}".strip()
    assert ours(text) == the_librarys(text)


def ours(text: str) -> tuple[str, ...]:
    try:
        address = parse_address(text)
    except AddressError:
        return ("refused",)
    return address.original, address.local, address.domain


def the_librarys(text: str) -> tuple[str, ...]:
    try:
        checked = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return ("refused",)
    return text, checked.local_part, checked.ascii_domain


@given(locals_, domains)
def test_case_does_not_make_two_people(local: str, domain: str) -> None:
    one = parse_address(f"{local}@{domain}")
    other = parse_address(f"{local.swapcase()}@{domain.upper()}")
    assert one.identity == other.identity


@given(locals_, domains)
def test_a_kept_address_is_restored_as_it_was(local: str, domain: str) -> None:
    address = parse_address(f"{local}@{domain}")
    assert restore_address(address.wire, address.original) == address
    assert parse_address(address.wire).identity == address.identity


@given(st.text(max_size=100))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert address.wire.isprintable()
    assert address.domain.isascii()
    assert " " not in address.wire


def test_the_local_part_stays_as_given_on_the_wire() -> None:
    assert parse_address("  Min.Su+shop@Naver.com ").wire == "Min.Su+shop@naver.com"
    assert parse_address("  Min.Su+shop@Naver.com ").original == "Min.Su+shop@Naver.com"


def test_dots_and_tags_are_not_taken_away() -> None:
    assert parse_address("min.su@x.com").identity != parse_address("minsu@x.com").identity
    assert parse_address("min+a@x.com").identity != parse_address("min@x.com").identity


def test_a_korean_domain_goes_as_ascii() -> None:
    """IDNA 2008; docs/rules.md S5."""
    address = parse_address("a@한국.kr")
    assert address.wire == "a@xn--3e0b707e.kr"
    assert not address.needs_smtputf8


def test_a_korean_local_part_needs_smtputf8() -> None:
    assert parse_address("민수@한국.kr").needs_smtputf8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "minsu",
        "@x.com",
        "minsu@",
        "a b@x.com",
        "a@b@x.com",
        "a@x..com",
        "a@x.com, b@x.com",
        "Minsu <a@x.com>",
        "a@x.com\r\nBcc: b@x.com",
        "a\0@x.com",
        "x" * 65 + "@x.com",
    ],
)
def test_what_is_not_one_address_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(AddressError) as error:
        parse_address(text)
    assert error.value.details["reason"]
    assert "\r" not in str(error.value.details["address"])
