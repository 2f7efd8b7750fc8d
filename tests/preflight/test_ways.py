"""Each mail is held to the law, though of each way through the template one is read."""

import pytest

from builders.campaigns import a_plan, a_recipient, a_source, an_html_source
from pabal.domain.campaign import Kind
from pabal.message.source import Source
from pabal.preflight.finding import Severity
from pabal.preflight.ways import MOST_READ
from preflight.test_findings import check, codes

__all__ = ["check"]

_FOOTER = (
    "{{ sender.company }} {{ sender.postal_address }} {{ sender.phone }} {{ sender.contact_email }}"
    ' 수신거부 / unsubscribe: <a href="{{ unsubscribe_url }}">수신거부 unsubscribe</a>'
)


def _people(*cities: str, **more: str):
    return [
        a_recipient(number=n + 1, attributes={"name": f"고객{n}", "city": city, **more})
        for n, city in enumerate(cities)
    ]


def _with_footer(condition: str) -> Source:
    return an_html_source(f"<p>안녕하세요, {{{{ name }}}}님.</p>{condition}")


@pytest.mark.parametrize(
    "condition",
    [
        f"{{% if city == '서울' %}}<p>{_FOOTER}</p>{{% endif %}}",
        f"<p>{{% for each in [city] if each == '서울' %}}{_FOOTER}{{% endfor %}}</p>",
        f"{{% if city == '서울' %}}<p>{_FOOTER}</p>"
        f"{{% else %}}<p style='display:none'>{_FOOTER}</p>{{% endif %}}",
    ],
)
def test_whose_mail_leaves_the_footer_out_is_found_and_named(check, condition):
    """K6, K7: in both parts of every mail, not in the first recipient's alone."""
    people = _people(*["서울"] * 40, "부산")
    checked = check(_with_footer(condition), people)
    assert not checked.passed
    missing = [each for each in checked.findings if each.code == "sender-not-named"]
    assert missing
    for finding in missing:
        assert finding.rows == (people[40].address.original,)
        assert finding.count == 1


@pytest.mark.parametrize(
    "said",
    [
        "{{ '수신거부 unsubscribe' if city == '서울' else '여기' }}",
        "{{ city == '서울' and '수신거부 unsubscribe' or '여기' }}",
        "{% if city == '서울' %}{% set said = '수신거부 unsubscribe' %}"
        "{% else %}{% set said = '여기' %}{% endif %}{{ said }}",
    ],
)
def test_what_an_expression_writes_is_told_apart_too(check, said):
    """K7."""
    footer = _FOOTER.replace(" / unsubscribe: ", " ").replace("수신거부 unsubscribe", "link")
    source = _with_footer(f"<p>{footer} {said}</p>")
    people = _people("서울", "부산", "서울")
    checked = check(source, people)
    refused = [each for each in checked.findings if each.code == "no-refusal-wording"]
    assert {each.rows for each in refused} == {(people[1].address.original,)}


@pytest.mark.parametrize("trick", ["(광 고)", "【광고】", "(AD)", "（광\u200b고）"])
def test_a_label_that_comes_out_of_the_data_is_refused(check, trick):
    """K5: “A/B variants and personalised subjects too”."""
    people = [a_recipient(number=n + 1) for n in range(30)]
    people[17] = a_recipient(number=18, attributes={"name": f"{trick} 김민지", "coupon": "x"})
    (finding,) = check(recipients=people).findings
    assert (finding.code, finding.severity) == ("label-of-its-own", Severity.ERROR)
    assert finding.rows == (people[17].address.original,)


def test_one_odd_address_does_not_hide_what_is_wrong_with_the_mail(check):
    """What concerns some recipients stands beside what concerns all."""
    people = [a_recipient(), a_recipient(number=2, address="민수@mail.example")]
    checked = check(an_html_source("<p>{{ name }}</p>"), people)
    assert not checked.passed
    assert {"needs-smtputf8", "sender-not-named", "no-unsubscribe-link"} <= set(codes(checked))


def test_who_lacks_a_value_does_not_hide_it_either(check):
    people = [a_recipient(attributes={"name": "x"}), a_recipient(number=2)]
    source = an_html_source("<p>{{ name }} {{ coupon }}</p>")
    assert {"missing-value", "sender-not-named"} <= set(codes(check(source, people)))


def test_what_concerns_everybody_names_nobody(check):
    checked = check(an_html_source("{% if name == '고객1' %}<p>hello</p>{% endif %}"))
    for finding in checked.findings:
        if finding.code == "no-unsubscribe-link":
            assert finding.rows == ()


def test_a_loop_of_any_length_is_one_way(check):
    """How often a text comes makes no other mail."""
    body = "{% for letter in city %}<b>{{ letter }}</b>{% endfor %}"
    people = _people(*("가" * length for length in range(1, 3 * MOST_READ)))
    checked = check(_with_footer(f"{body}<p>{_FOOTER}</p>"), people)
    assert "ways-not-read" not in codes(checked)


def test_what_was_not_read_is_said(check):
    """Never a silent pass."""
    choices = "".join(f"{{% if city == '{n}' %}}<b>{n}.</b>{{% endif %}}" for n in range(40))
    people = _people(*map(str, range(40)))
    checked = check(_with_footer(f"{choices}<p>{_FOOTER}</p>"), people)
    (finding,) = [each for each in checked.findings if each.code == "ways-not-read"]
    assert finding.severity is Severity.WARNING
    assert finding.count == 40 - MOST_READ
    assert finding.rows == tuple(each.address.original for each in people[MOST_READ:])


def test_one_trouble_of_many_ways_is_one_finding(check):
    links = "".join(
        f"{{% if city == '{n}' %}}<a href='http://a.io/{n}'>{n}</a>{{% endif %}}" for n in "123"
    )
    checked = check(_with_footer(f"{links}<p>{_FOOTER}</p>"), _people("1", "2", "3"))
    (finding,) = [each for each in checked.findings if each.code == "link-not-https"]
    assert finding.count == 3
    assert set(finding.rows) == {f"http://a.io/{n}" for n in "123"}


def test_a_sound_campaign_of_many_ways_has_no_findings(check):
    source = a_source(subject="{% if coupon %}{{ name }}님의 쿠폰{% else %}새 소식{% endif %}")
    assert codes(check(source)) == []


def test_a_notice_is_held_to_its_own_rules(check):
    """K5: a label says that it is advertising."""
    people = [a_recipient(), a_recipient(number=2, attributes={"name": "(광고)", "coupon": "x"})]
    findings = check(recipients=people, plan=a_plan(kind=Kind.NOTICE)).findings
    (finding,) = [each for each in findings if each.severity is Severity.ERROR]
    assert finding.code == "notice-with-label"
    assert finding.rows == (people[1].address.original,)
