"""Subject, links, images and the text part: what a reader or a filter would mind."""

import pytest

from builders.samples import UNSUBSCRIBE, a_sample
from pabal.preflight.checks.links import check_links, followable
from pabal.preflight.checks.looks import check_accessibility, check_images, check_text_part
from pabal.preflight.checks.subject import check_subject
from pabal.preflight.finding import Severity


def codes(findings):
    return [finding.code for finding in findings]


def a_link(target, text="보러 가기"):
    return a_sample(f'<a href="{target}">{text}</a>')


@pytest.mark.parametrize(
    "target",
    [
        "",
        "shop.example/p",
        "/p",
        "#",
        "javascript:alert(1)",
        "https://",
        "file:///etc/passwd",
        "http://[::1",
        "ftp://a.example",
    ],
)
def test_a_link_that_leads_nowhere_is_an_error(target):
    (finding,) = check_links(a_link(target))
    assert (finding.code, finding.severity) == ("link-broken", Severity.ERROR)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1:8000",
        "192.168.0.3",
        "10.1.2.3",
        "169.254.169.254",
        "0.0.0.0",
        "[::1]",
        "[fd00::1]",
        "shop",
        "shop.local",
    ],
)
def test_a_link_to_a_machine_of_our_own_is_an_error(host):
    (finding,) = check_links(a_link(f"https://{host}/p"))
    assert (finding.code, finding.severity) == ("link-private", Severity.ERROR)


@pytest.mark.parametrize(
    ("target", "text", "code"),
    [
        ("https://evil.example/login", "https://bank.example/login", "link-deceives"),
        ("https://bank.example.evil.example/", "www.bank.example", "link-deceives"),
        ("http://shop.example/p", "보러 가기", "link-not-https"),
        ("https://bit.ly/3xyz", "보러 가기", "link-shortened"),
    ],
)
def test_a_link_that_filters_distrust_is_warned_of(target, text, code):
    (finding,) = check_links(a_link(target, text))
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert finding.rows == (target,)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("https://shop.example/p?a=1", "보러 가기"),
        ("https://shop.example/", "shop.example"),
        ("https://www.shop.example/", "https://shop.example/autumn"),
        ("mailto:help@shop.example", "help@shop.example"),
        ("tel:02-1234-5678", "전화"),
        ("#top", "맨 위로"),
        (UNSUBSCRIBE, "수신거부"),
    ],
)
def test_a_sound_link_is_left_alone(target, text):
    assert codes(check_links(a_link(target, text))) == []


def test_many_links_with_one_trouble_are_one_finding():
    body = "".join(f'<a href="http://shop.example/{n}">상품 {n}</a>' for n in range(50))
    (finding,) = check_links(a_sample(body))
    assert (finding.count, len(finding.rows)) == (50, 20)


def test_our_own_links_are_not_visited():
    """A visit to the unsubscribe page would change nothing, but it is not a customer's."""
    sample = a_sample(
        f'<a href="https://shop.example/a">a</a><a href="https://shop.example/a">b</a>'
        f'<a href="{UNSUBSCRIBE}">x</a><img src="http://img.example/1.png" alt="">'
    )
    assert followable(sample) == ("https://shop.example/a", "http://img.example/1.png")


def test_images_say_what_they_show():
    sample = a_sample(
        '<img src="https://shop.example/a.png"><img src="data:image/png;base64,AA" alt="x">'
    )
    assert codes(check_images(sample)) == ["image-without-words", "image-in-the-html"]
    assert codes(check_images(a_sample('<img src="https://shop.example/a.png" alt="">'))) == []


def test_a_mail_of_images_is_warned_of():
    from pabal.domain.campaign import Kind
    from pabal.message.render import PlainMail
    from pabal.preflight.checks.sample import take_sample

    html = '<html lang="ko"><img src="https://shop.example/a.png" alt="전부 그림"></html>'
    mail = PlainMail(subject="그림", html=html, text="전부 그림")
    sample = take_sample(a_sample(kind=Kind.NOTICE).plan, mail, UNSUBSCRIBE)
    assert codes(check_images(sample)) == ["mostly-images"]


def test_a_text_part_that_says_something_else_is_warned_of():
    other = "This is an entirely different message about something nobody mentioned before."
    assert codes(check_text_part(a_sample(text=other))) == ["text-part-differs"]
    assert codes(check_text_part(a_sample(text=" \n"))) == ["no-text-part"]
    assert codes(check_text_part(a_sample())) == []


def test_screen_readers_are_told_the_language_and_where_links_lead():
    sample = a_sample('<a href="https://shop.example/">여기</a>', language="")
    assert codes(check_accessibility(sample)) == ["no-language", "vague-link"]
    assert codes(check_accessibility(a_sample())) == []


@pytest.mark.parametrize(
    ("subject", "code", "severity"),
    [
        ("(광고) ", "no-subject", Severity.ERROR),
        ("(광고) Re: 주문하신 상품", "false-reply", Severity.ERROR),
        ("FW: 안내", "false-reply", Severity.ERROR),
        ("(광고) 답장: 문의하신 건", "false-reply", Severity.ERROR),
        ("(광고) " + "가" * 40, "long-subject", Severity.NOTE),
    ],
)
def test_a_subject_is_there_honest_and_short(subject, code, severity):
    (finding,) = check_subject(a_sample(subject=subject))
    assert (finding.code, finding.severity) == (code, severity)


@pytest.mark.parametrize(
    "subject", ["(광고) 가을 신상품", "(광고) Retro 러너", "답장을 기다립니다"]
)
def test_a_plain_subject_is_left_alone(subject):
    assert codes(check_subject(a_sample(subject=subject))) == []
