"""Korean law on advertising mail, as docs/rules.md quotes it."""

import pytest

from builders.samples import FOOTER, a_sample
from pabal.domain.campaign import Kind
from pabal.preflight.checks.law_kr import check_kind, check_label, check_sender_and_refusal
from pabal.preflight.finding import Severity

TRICKS = [
    "(광/고)",
    "(광.고)",
    "(광 고)",
    "[광고]",
    "【광고】",
    "（광고）",
    "(대출광고)",
    "(廣告)",
    "(AD)",
    "[ad]",
    "(광\u200b고)",
    "(\u2060광\ufeff고)",
    "<광고>",
    "“광고”",
    "*광고*",
    "(광_고)",
    "(광·고)",
    "❨광고❩",
    "⟨광고⟩",
    "〘 광고 〙",
    "«광고»",
    "„광고“",
    "★광고★",
    "|광고|",
    "#광고#",
    "(광\u3164고)",
    "(광\u115f고)",
    "(\u1100\u116a\u11bc\u1100\u1169)",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_label_that_only_looks_like_it_is_refused(trick):
    """K5: forbidden are space, symbol or letter tricks, and “(AD)”."""
    for subject in (f"(광고) {trick} 가을 세일", f"(광고) 가을 세일 {trick}"):
        (finding,) = check_label(a_sample(subject=subject))
        assert (finding.code, finding.severity) == ("label-of-its-own", Severity.ERROR)


@pytest.mark.parametrize("trick", ["(광고)", *TRICKS])
def test_a_notice_with_a_label_is_refused(trick):
    """A label says that it is advertising; then it needs consent and all the rest."""
    (finding,) = check_label(a_sample(subject=f"{trick} 안내", kind=Kind.NOTICE))
    assert (finding.code, finding.severity) == ("notice-with-label", Severity.ERROR)


@pytest.mark.parametrize(
    "subject",
    [
        "(광고) 가을 신상품 (11월 한정)",
        "(광고) [한빛상점] 광고 모델이 입은 코트",
        "(광고) 브랜드 “광고처럼” 입기",
        "(광고) 1+1 (다음 주까지)",
        "(광고) (AB형) 코디",
        "(광고) 가을 “코트” 광고 (한정)",
        '(광고) "코트" 광고 "한정"',
        "(광고) ★★ 광고 모델 ★★",
    ],
)
def test_an_honest_subject_is_left_alone(subject):
    assert list(check_label(a_sample(subject=subject))) == []


def test_a_notice_that_offers_something_is_warned_of():
    """K3: mixed mail (information and advertising) counts as advertising as a whole."""
    sample = a_sample("<p>전 품목 20% 할인 쿠폰을 드립니다</p>", kind=Kind.NOTICE, subject="안내")
    (finding,) = check_kind(sample)
    assert finding.severity is Severity.WARNING
    assert finding.details["offers"] == "할인, 쿠폰"
    assert list(check_kind(a_sample(kind=Kind.NOTICE, subject="배송 안내"))) == []
    assert list(check_kind(a_sample("<p>할인</p>"))) == []


def test_a_sound_advertisement_passes():
    assert list(check_sender_and_refusal(a_sample())) == []


@pytest.mark.parametrize(
    "style", ["display:none", "color:#ffffff", "font-size:0", "visibility:hidden"]
)
def test_a_sender_that_cannot_be_seen_is_not_named(style):
    """K6, K7: the sender's four and the refusal in two languages are shown, not hidden."""
    sample = a_sample(f'<div style="{style}">{FOOTER}</div>', footer="")
    codes = [finding.code for finding in check_sender_and_refusal(sample)]
    assert codes.count("sender-not-named") == 2  # in the text part neither
    html_only = a_sample(
        f'<div style="{style}">{FOOTER}</div>', footer="", text=a_sample().mail.text
    )
    codes = [finding.code for finding in check_sender_and_refusal(html_only)]
    assert codes == ["sender-not-named"]


def test_the_text_part_needs_the_way_out_too():
    codes = [each.code for each in check_sender_and_refusal(a_sample(text=FOOTER))]
    assert codes == ["no-unsubscribe-link"]


def test_a_postal_address_over_two_lines_is_found():
    footer = FOOTER.replace("중구 세종대로", "중구\n        세종대로")
    assert list(check_sender_and_refusal(a_sample(footer=footer))) == []
