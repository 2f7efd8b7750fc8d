"""Preflight: what it finds, with the rule it comes from, and nothing on a sound campaign."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_source,
    an_html_source,
    some_links,
)
from pabal.domain.campaign import Kind
from pabal.domain.domain_rate import DomainRates, parse_domain_rates
from pabal.domain.quota import Quota, split_over_days
from pabal.domain.rate import Rate
from pabal.domain.tracking import Tracking
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.package.package import Package, write_package
from pabal.package.store import DirectoryStore
from pabal.preflight.checks.sizes import CLIPPED_ABOVE
from pabal.preflight.finding import Severity
from pabal.preflight.run import Terms, run_preflight


@pytest.fixture
def check(tmp_path):
    """Return a function that prepares a campaign and runs preflight over it."""

    def run(
        source=None,
        recipients=None,
        *,
        plan=None,
        quota=None,
        rate=None,
        base_url="https://mail.shop.example",
        limits=None,
        domain_rates="",
        account=None,
    ):
        plan = plan or a_plan()
        limits = limits or Limits()
        compiled = compile_source(source or a_source(), plan, limits=limits).to_bytes()
        people = [a_recipient(number=n + 1) for n in range(5)] if recipients is None else recipients
        store = DirectoryStore(tmp_path)
        digest = write_package(store, plan, compiled, people).digest
        package = Package(store, plan.id, digest)
        links = some_links(base_url=base_url)
        renderer = Renderer(
            Compiled.from_bytes(package.compiled()),
            plan,
            links=links,
            bounce_secret=BOUNCE_SECRET,
            limits=limits,
        )
        terms = Terms(
            quota=quota or Quota(limit=500, used=0),
            rate=rate,
            connections=4,
            domain_rates=DomainRates(parse_domain_rates(domain_rates)),
            account=account,
        )
        return run_preflight(package, renderer, links=links, terms=terms)

    return run


def codes(checked):
    return [finding.code for finding in checked.findings]


def test_a_sound_campaign_has_no_findings(check):
    checked = check()
    assert checked.passed
    assert codes(checked) == []
    assert checked.recipients == checked.sizes.mails == 5
    assert 0 < checked.sizes.smallest <= checked.sizes.mean <= checked.sizes.largest


def test_a_missing_value_is_found_for_every_recipient_who_lacks_it(check):
    """All are rendered, none sampled: the one without a coupon is found among the others."""
    people = [a_recipient(number=n + 1) for n in range(50)]
    people[37] = a_recipient(number=38, attributes={"name": "김민지"})
    checked = check(recipients=people)
    (finding,) = checked.findings
    assert finding.code == "missing-value"
    assert finding.details["name"] == "coupon"
    assert finding.rows == (people[37].address.original,)
    assert not checked.passed


def test_a_warning_about_an_address_does_not_spare_the_content(check):
    """Whoever has an address beyond ASCII on the list still has a law to keep."""
    people = [a_recipient(number=1, address="민지@shop.example"), a_recipient(number=2)]
    source = replace(an_html_source("<p>{{ name }}</p>"), subject="")

    checked = check(source, recipients=people)

    assert {"needs-smtputf8", "no-subject", "no-unsubscribe-link"} <= set(codes(checked))
    assert not checked.passed


def test_many_rows_with_one_trouble_are_one_finding(check):
    people = [a_recipient(number=n + 1, attributes={"name": "x"}) for n in range(200)]
    (finding,) = check(recipients=people).findings
    assert finding.count == 200
    assert len(finding.rows) == 20


def test_a_mail_over_the_limit_is_an_error(check):
    people = [a_recipient(attributes={"name": "x" * 20_000, "coupon": "y"})]
    checked = check(recipients=people, limits=Limits(mail_bytes=20_000))
    assert codes(checked) == ["message-too-large"]


def test_a_line_end_in_a_name_for_the_subject_is_an_error(check):
    people = [a_recipient(attributes={"name": "a\r\nBcc: b@example.com", "coupon": "y"})]
    assert codes(check(recipients=people)) == ["header-injection"]


def test_gmail_clips_large_html_so_preflight_warns(check):
    """Gmail hides what lies behind 102 KB: perhaps the unsubscribe link."""
    plan = a_plan(kind=Kind.NOTICE)
    checked = check(an_html_source("가" * (CLIPPED_ABOVE // 3 + 100)), plan=plan)
    assert codes(checked) == ["clipped"]
    assert checked.passed
    assert codes(check(an_html_source("가" * 33_000), plan=plan)) == ["close-to-clipping"]


def test_an_advertisement_names_its_sender(check):
    """K6: name, e-mail, telephone and postal address of the sender, in both parts."""
    refusal = '<a href="{{ unsubscribe_url }}">수신거부 unsubscribe</a>'
    checked = check(an_html_source(f"<p>{{{{ name }}}}</p>{refusal}"))
    assert codes(checked) == ["sender-not-named"] * 2
    assert "sender.phone" in str(checked.findings[0].details["missing"])


def test_an_advertisement_says_how_to_refuse_in_korean_and_english(check):
    """K7: notice of refusal in both languages, with a working link, in both parts."""
    sender = (
        "{{ sender.company }} {{ sender.postal_address }} {{ sender.phone }}"
        " {{ sender.contact_email }}"
    )
    without = check(an_html_source(f"<p>{sender}</p>"))
    assert codes(without).count("no-unsubscribe-link") == 2
    assert codes(without).count("no-refusal-wording") == 4
    link = '<a href="{{ unsubscribe_url }}">수신거부</a>'
    korean_only = check(an_html_source(f"<p>{sender}</p>{link}"))
    assert codes(korean_only) == ["no-refusal-wording"] * 2
    assert {finding.details["language"] for finding in korean_only.findings} == {"en"}


def test_a_notice_needs_neither(check):
    assert codes(check(an_html_source("<p>배송 안내</p>"), plan=a_plan(kind=Kind.NOTICE))) == []


def test_a_sender_with_an_ampersand_is_found_in_html(check):
    """What Jinja escaped is compared as people read it."""
    from builders.campaigns import a_sender

    plan = a_plan(sender=a_sender(company="A&B <상점>"))
    assert codes(check(plan=plan)) == []


def test_a_quota_that_is_too_small_is_an_error_with_a_split(check):
    people = [a_recipient(number=n + 1) for n in range(25)]
    checked = check(recipients=people, quota=Quota(limit=10, used=4))
    (finding,) = checked.findings
    assert finding.details["split"] == "6 + 10 + 9"
    assert not checked.passed


def test_a_slow_rate_is_warned_of(check):
    """500 at 1/s take 8 min 20 s; five minutes are wanted."""
    people = [a_recipient(number=n + 1) for n in range(500)]
    checked = check(recipients=people, rate=Rate(per_second=1))
    assert codes(checked) == ["longer-than-promised"]
    assert checked.duration == timedelta(seconds=500)


def test_a_domain_that_is_paced_is_waited_for_and_named(check):
    """All rates run beside each other, so the slowest counts; its domains share it."""
    domains = ["naver.com", "a.corp.example", "b.corp.example", "gmail.com"]
    people = [
        a_recipient(number=n + 1, address=f"c{n}@{domains[n % 4]}", position=n) for n in range(400)
    ]
    rates = "naver.com=1/s *.corp.example=30/min"
    checked = check(recipients=people, rate=Rate(per_second=50), domain_rates=rates)
    assert checked.duration == timedelta(seconds=200 / 0.5)
    (finding,) = checked.findings
    assert finding.code == "longer-than-promised"
    assert "200 mails to *.corp.example" in finding.advise(str)
    unpaced = check(recipients=people, rate=Rate(per_second=50), domain_rates="nate.com=1/h")
    assert unpaced.duration == timedelta(seconds=400 / 40)
    assert unpaced.findings == []


@pytest.mark.parametrize(
    ("url", "severity"),
    [("http://127.0.0.1:8025", Severity.NOTE), ("http://shop.example", Severity.ERROR)],
)
def test_unsubscribe_links_are_https(check, url, severity):
    """S8: one-click needs https; only a trial on this machine may do without."""
    (finding,) = check(base_url=url).findings
    assert (finding.code, finding.severity) == ("links-not-https", severity)


def test_an_empty_audience_is_an_error(check):
    assert codes(check(recipients=[])) == ["no-recipients"]


def test_addresses_beyond_ascii_are_named(check):
    """S5: only servers with SMTPUTF8 take them; SES is none."""
    checked = check(recipients=[a_recipient(address="고객@고객.example")])
    assert codes(checked) == ["needs-smtputf8"]
    assert checked.findings[0].rows == ("고객@고객.example",)


@given(st.integers(0, 5000), st.integers(1, 600), st.integers(0, 700))
def test_a_split_sends_everybody_within_every_days_limit(recipients, limit, used):
    days = split_over_days(recipients, Quota(limit=limit, used=used))
    assert sum(days) == recipients
    assert days[0] <= max(0, limit - used)
    assert all(day <= limit for day in days)


_LINKS = """
<p><a href="https://shop.example/">보기</a> <a href="https://shop.example/{{ name }}">보기</a>
<a href="https://shop.example/a">shop.example</a> <a href="{{ unsubscribe_url }}">수신거부</a></p>
"""


def test_links_that_are_not_tracked_are_named(check):
    """Our own are not: nobody expects them to be."""
    source = an_html_source(_LINKS)
    (finding,) = [
        each
        for each in check(source, plan=a_plan(tracking=Tracking.CLICKS)).findings
        if each.code == "link-not-tracked"
    ]
    assert (finding.count, finding.severity) == (2, Severity.NOTE)
    assert finding.rows == ("https://shop.example/고객1", "https://shop.example/a")
    for tracking in (Tracking.OFF, Tracking.OPENS):
        assert "link-not-tracked" not in codes(check(source, plan=a_plan(tracking=tracking)))


def test_a_tracked_mail_is_judged_as_it_is_written_and_measured_as_it_is_sent(check):
    """Its links are not ours to visit, nor do they lie about where they lead."""
    written, sent = check(), check(plan=a_plan(tracking=Tracking.ON))
    assert codes(sent) == codes(written)
    assert sent.sizes.largest_html > written.sizes.largest_html
