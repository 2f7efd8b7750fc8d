"""Rates for recipient domains: read strictly, and found for the domains that are meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.address import domain_of, parse_address
from pabal.domain.domain_rate import DomainRates, parse_domain_rates


def rates(text: str) -> DomainRates:
    return DomainRates(parse_domain_rates(text))


def per_second(text: str, domain: str) -> float | None:
    found = rates(text).of(domain)
    return found and found.rate.per_second


def test_several_rates_are_read_from_one_line() -> None:
    read = parse_domain_rates("naver.com=5/s  daum.net,hanmail.net=120/min *.example=1.5/h")
    assert [(each.name, each.rate.per_second) for each in read] == [
        ("naver.com", 5),
        ("daum.net,hanmail.net", 2),
        ("*.example", 1.5 / 3600),
    ]
    assert parse_domain_rates(" ") == []


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("naver.com", "naver.com"),
        ("hanmail.net", "daum.net,hanmail.net"),
        ("mail.naver.com", None),
        ("naver.com.kr", None),
        ("a.shop.example", "*.shop.example"),
        ("a.b.shop.example", "*.shop.example"),
        ("shop.example", "*.example"),
        ("own.shop.example", "own.shop.example"),
        ("example", None),
        ("", None),
    ],
)
def test_the_nearest_rule_is_found(domain: str, found: str | None) -> None:
    rule = rates(
        "naver.com=5/s daum.net,hanmail.net=2/s *.example=1/s *.shop.example=3/s"
        " own.shop.example=4/s"
    ).of(domain)
    assert (rule and rule.name) == found


def test_a_domain_is_recognised_however_it_is_written() -> None:
    address = parse_address("alice@메일.한국")
    assert per_second("메일.한국=5/s", domain_of(address.identity)) == 5
    assert per_second("*.한국=5/s", domain_of(address.identity)) == 5
    assert per_second("NAVER.com=5/s", "naver.com") == 5


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("naver.com", "naver.com"),
        ("naver.com=", "naver.com="),
        ("=5/s", "=5/s"),
        ("naver.com=5", "naver.com=5"),
        ("naver.com=0/s", "naver.com=0/s"),
        ("naver.com=0.0/s", "naver.com=0.0/s"),
        ("naver.com=-1/s", "naver.com=-1/s"),
        ("naver.com=5/day", "naver.com=5/day"),
        ("naver.com=inf/s", "naver.com=inf/s"),
        ("naver.com =5/s", "naver.com"),
        ("gmail.com=1/s naver.com=x/s", "naver.com=x/s"),
        ("naver=5/s", "“naver”"),
        ("naver.com,=5/s", "“”"),
        ("na ver.com=5/s", "na"),
        ("a@naver.com=5/s", "a@naver.com"),
        ("*=5/s", "“*”"),
        ("mail.*.com=5/s", "mail.*.com"),
        ("naver.com=5/s naver.com=6/s", "naver.com is there twice"),
        ("naver.com,NAVER.COM=5/s", "naver.com is there twice"),
    ],
)
def test_what_cannot_be_read_is_refused_and_quoted(text: str, blamed: str) -> None:
    with pytest.raises(ValueError, match=r"is there twice|is not a") as refused:
        parse_domain_rates(text)
    assert blamed in str(refused.value)


labels = st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=4).map(".".join)


@given(labels, st.lists(labels, unique=True, max_size=5))
def test_a_rule_for_what_is_below_is_found_from_everywhere_below(
    domain: str, others: list[str]
) -> None:
    found = rates(" ".join(f"*.{each}=1/s" for each in others)).of(domain)
    above = [each for each in others if domain.endswith(f".{each}")]
    assert (found and found.name) == (f"*.{max(above, key=len)}" if above else None)
