"""Each fault of a domain's records is named, with its cure; a sound domain has no fault."""

import time
from dataclasses import replace
from zlib import crc32

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.authentication.dkim import ExpectedKey
from pabal.authentication.examination import Passing, Sending, examine
from pabal.authentication.lookups import Answer, Kind, Lookups, Trouble
from pabal.authentication.records import ses_keys
from pabal.message.dkim import DkimKey
from pabal.preflight.checks.authentication import (
    Strictness,
    for_campaign,
    is_reserved,
    judge_examination,
    not_asked,
)
from pabal.preflight.finding import Severity
from servers.dns import SERVFAIL, SILENCE

NAME = "s1._domainkey.shop.example"
DMARC = "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"


def a_key(bits):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return DkimKey(domain="shop.example", selector="s1", private_key=key)


KEY, WEAK = a_key(2048), a_key(1024)
OURS = ExpectedKey(name=NAME, record=KEY.dns_record)
SENDING = Sending(
    domain="shop.example",
    bounce_domain="bounce.shop.example",
    keys=(OURS,),
    spf=("ip4:192.0.2.10",),
)


@pytest.fixture
def good(zone):
    zone.txt(NAME, KEY.dns_record).txt("_dmarc.shop.example", DMARC)
    zone.txt("bounce.shop.example", "v=spf1 ip4:192.0.2.10 ~all")
    zone.mx("bounce.shop.example", "mail.shop.example").a("mail.shop.example", "192.0.2.10")
    return zone.ptr("192.0.2.10", "mail.shop.example")


@pytest.fixture
def judge(lookups):
    return lambda sending=SENDING: judge_examination(examine(sending, lookups))


def codes(findings):
    return sorted(finding.code for finding in findings)


def errors(findings):
    return codes(each for each in findings if each.severity is Severity.ERROR)


def test_a_sound_domain_has_no_fault(good, judge):
    assert judge() == []


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["v=spf1 ip4:192.0.2.10 -all", "v=spf1 -all"], "spf-several"),
        (["v=spf1 ip4:192.0.2.10 ip5:1 -all"], "spf-syntax"),
        (["v=spf1 ip4:192.0.2.10 \xff -all".encode("latin-1")], "spf-syntax"),
        (["v=spf1 include:bounce.shop.example ip4:192.0.2.10 -all"], "spf-circle"),
        (["v=spf1 redirect=bounce.shop.example"], "spf-circle"),
        (["v=spf1 include:gone.example ip4:192.0.2.10 -all"], "spf-include-missing"),
        (["v=spf1 ip4:192.0.2.99 -all"], "spf-not-us"),
        (["v=spf1 ip4:192.0.2.10 " + "a:mail.shop.example " * 11 + "-all"], "spf-too-many-lookups"),
        (["v=spf1 a:n1.example a:n2.example a:n3.example ip4:192.0.2.10 -all"], "spf-void-lookups"),
        (["v=spf1 ip4:192.0.2.10 +all"], "spf-open"),
        (["v=spf1 ip4:192.0.2.10 ptr -all"], "spf-ptr"),
        (["v=spf1 ip4:192.0.2.10 " + "ip4:198.51.100.7 " * 30 + "-all"], "spf-long"),
        (["some other text"], "spf-missing"),
    ],
)
def test_faults_of_spf_are_named(good, judge, texts, code):
    """S17. DKIM carries DMARC meanwhile, so none of them is an error."""
    good.txt("bounce.shop.example", *texts)
    findings = judge()
    assert codes(findings) == [code]
    assert errors(findings) == []
    assert all("docs/rules.md S17" in each.rule or "7208" in each.rule for each in findings)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "dkim-missing"),
        ([KEY.dns_record, WEAK.dns_record], "dkim-several"),
        ([WEAK.dns_record], "dkim-other-key"),
        (["v=DKIM1; k=rsa; p="], "dkim-revoked"),
        ([KEY.dns_record[:255]], "dkim-broken"),
        ([f"{KEY.dns_record}; t=y"], "dkim-testing"),
    ],
)
def test_faults_of_keys_are_named(good, judge, texts, code):
    """S15. SPF carries DMARC meanwhile."""
    del good.records[NAME, "TXT"]
    if texts:
        good.txt(NAME, *texts)
    findings = judge()
    assert codes(findings) == [code]
    assert findings[0].severity is Severity.WARNING
    assert NAME in findings[0].explain(str)


def test_a_weak_key_is_warned_of(good, judge):
    """S15: warn < 2048."""
    good.txt(NAME, WEAK.dns_record)
    sending = replace(SENDING, keys=(ExpectedKey(name=NAME, record=WEAK.dns_record),))
    [finding] = judge(sending)
    assert (finding.code, finding.details["bits"]) == ("dkim-weak", 1024)


def test_ed25519_alone_is_warned_of(good, judge):
    """S15: sign twice, RSA too."""
    alone = DkimKey(
        domain="shop.example", selector="s1", private_key=ed25519.Ed25519PrivateKey.generate()
    )
    good.txt(NAME, alone.dns_record)
    sending = replace(SENDING, keys=(ExpectedKey(name=NAME, record=alone.dns_record),))
    assert codes(judge(sending)) == ["dkim-without-rsa"]


def test_a_missing_key_that_does_not_sign_is_only_noted(good, judge):
    coming = ExpectedKey(name="s2._domainkey.shop.example", record=WEAK.dns_record, signs=False)
    [finding] = judge(replace(SENDING, keys=(OURS, coming)))
    assert (finding.code, finding.severity) == ("dkim-missing", Severity.NOTE)


def test_a_missing_alias_of_easy_dkim_is_named_as_one(good, judge):
    findings = judge(replace(SENDING, keys=ses_keys("shop.example", ["a1", "b2", "c3"])))
    assert codes(findings) == ["dkim-missing"] * 3
    assert "CNAME" in findings[0].advise(str)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ["dmarc-missing"]),
        ([DMARC, "v=DMARC1; p=none"], ["dmarc-several"]),
        (["v=DMARC1; p=rejekt"], ["dmarc-broken"]),
        ([DMARC + "; pct=50"], ["dmarc-left-behind"]),
        ([DMARC + "; t=y"], ["dmarc-testing"]),
        (["v=DMARC1; p=none"], ["dmarc-no-reports", "dmarc-watches"]),
    ],
)
def test_faults_of_dmarc_are_named(good, judge, texts, expected):
    """S18."""
    del good.records["_dmarc.shop.example", "TXT"]
    if texts:
        good.txt("_dmarc.shop.example", *texts)
    shown = [each for each in judge() if each.code.startswith("dmarc")]
    assert codes(shown) == expected


def test_no_advice_names_a_share(good, judge):
    """S18: never advise pct=."""
    good.txt("_dmarc.shop.example", DMARC + "; pct=50")
    assert not any("pct" in each.advise(str) for each in judge())


def test_what_would_not_pass_names_the_missing_records(good, judge):
    """S18: refuse to send a campaign whose From domain doesn't align."""
    good.txt("bounce.shop.example", "nothing").txt(NAME, "v=DKIM1; p=")
    findings = judge()
    [worst, *_] = findings
    assert worst.code == "dmarc-fails"
    assert f"TXT {NAME}" in worst.advise(str)


def test_what_nobody_knows_is_said(good, judge):
    findings = judge(replace(SENDING, keys=(), spf=()))
    assert codes(findings) == ["dmarc-unsure"]


def test_spf_of_another_organization_is_named(good, judge):
    good.txt("relay.example", "v=spf1 ip4:192.0.2.10 -all").mx("relay.example", "m.relay.example")
    assert codes(judge(replace(SENDING, bounce_domain="relay.example"))) == ["spf-not-aligned"]


@pytest.mark.parametrize("hosts", [None, ["."]])
def test_bounces_that_nobody_takes_are_named(good, judge, hosts):
    """RFC 7505: a null MX says so itself."""
    del good.records["bounce.shop.example", "MX"]
    if hosts:
        good.mx("bounce.shop.example", *hosts)
    assert codes(judge()) == ["bounces-lost"]


@pytest.mark.parametrize("hosts", [["other.example"], ["mail.shop.example", "other.example"]])
def test_bounces_that_go_elsewhere_are_named(good, judge, hosts):
    """SES: exactly one MX."""
    good.mx("bounce.shop.example", *hosts)
    assert judge() == []
    assert codes(judge(replace(SENDING, bounce_host="mail.shop.example"))) == ["bounces-elsewhere"]


def test_servers_without_a_name_or_with_a_wrong_one_are_named(good, judge):
    """Gmail: forward and reverse DNS."""
    good.ptr("192.0.2.10", "other.example").a("other.example", "192.0.2.11")
    assert codes(judge()) == ["reverse-name-not-confirmed"]


def test_servers_without_a_name(good, judge):
    del good.records[next(key for key in good.records if key[1] == "PTR")]
    assert codes(judge()) == ["no-reverse-name"]


@pytest.mark.parametrize(("what", "code"), [(SERVFAIL, "dns-failed"), (SILENCE, "dns-silent")])
def test_a_dns_that_does_not_answer_is_never_a_silent_pass(good, dns_server, what, code):
    for name in {name for name, _kind in good.records} | {"_dmarc.bounce.shop.example"}:
        good.trouble[name] = what
    lookups = Lookups([dns_server[1]], now=time.monotonic, patience=0.3, budget=1.5)
    findings = judge_examination(examine(SENDING, lookups))
    assert codes(findings) == [code]
    assert "could not be checked" in findings[0].message
    assert [each.severity for each in for_campaign(findings, Strictness.ON, trial=False)] == [
        Severity.WARNING
    ]
    assert errors(for_campaign(findings, Strictness.STRICT, trial=False)) == [code]


@pytest.mark.parametrize(
    ("strictness", "trial", "severity"),
    [
        (Strictness.ON, False, Severity.ERROR),
        (Strictness.ON, True, Severity.NOTE),
        (Strictness.STRICT, False, Severity.ERROR),
        (Strictness.STRICT, True, Severity.ERROR),
        (Strictness.WARN, False, Severity.WARNING),
        (Strictness.WARN, True, Severity.NOTE),
    ],
)
def test_the_setting_chooses_how_severe_a_fault_is(good, judge, strictness, trial, severity):
    del good.records["_dmarc.shop.example", "TXT"]
    findings = for_campaign(judge(), strictness, trial=trial)
    assert [(each.code, each.severity) for each in findings] == [("dmarc-missing", severity)]


def test_notes_do_not_hold_a_campaign_up(good, judge):
    good.txt("_dmarc.shop.example", "v=DMARC1; p=none")
    assert for_campaign(judge(), Strictness.ON, trial=False) == []


def test_what_was_not_asked_is_said():
    assert not_asked("shop.example", Strictness.OFF).code == "domain-check-off"
    assert not_asked("shop.example", Strictness.ON).severity is Severity.NOTE


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        ("shop.example", True), ("example.com", True), ("mail.example.org", True), ("a.test", True),
        ("localhost", True), ("shop.co.kr", False), ("myexample.com", False), ("test.kr", False),
    ],
)  # fmt: skip
def test_names_that_nobody_can_have_are_known(domain, reserved):
    """RFC 2606, RFC 6761."""
    assert is_reserved(domain) is reserved


class Anything:
    """A DNS that says whatever is drawn."""

    def __init__(self, answers):
        self.answers = answers
        self.unanswered = []

    def ask(self, name, kind):
        exists, trouble, records = self.answers[
            crc32(f"{name} {kind.value}".encode()) % len(self.answers)
        ]
        usual = {Kind.A: ("192.0.2.10",), Kind.AAAA: ("2001:db8::1",)}
        answer = Answer(
            name=name,
            kind=kind,
            exists=exists,
            trouble=trouble,
            records=() if trouble else usual.get(kind, records),
        )
        self.unanswered += [answer] if trouble else []
        return answer

    def texts(self, name):
        return self.ask(name, Kind.TXT)

    def addresses(self, name):
        return self.ask(name, Kind.A), self.ask(name, Kind.AAAA)


pieces = st.sampled_from(
    "v=spf1 v=DMARC1 v=DKIM1 ; = : / . - ~all include:a.example redirect=b.example mx a ptr"
    " ip4:192.0.2.10 ip6:::1 k=rsa p= p=none psd=y sp=reject rua=mailto:a@b t=y {x} %{i} %".split()
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(pieces, max_size=8).map(" ".join),
    st.sampled_from([DMARC, KEY.dns_record, "v=spf1 include:a.example ~all"]),
)
answers = st.lists(
    st.tuples(
        st.booleans(),
        st.none() | st.sampled_from(Trouble),
        st.lists(texts, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400, deadline=None)
@given(answers)
def test_whatever_the_dns_says_there_is_an_explanation(drawn):
    """No answer makes a traceback, and none of them is passed over in silence."""
    seen = examine(SENDING, Anything(drawn))
    findings = judge_examination(seen)
    for finding in findings:
        assert finding.explain(str)
        assert finding.advise(str)
    if seen.passes is not Passing.YES or seen.dmarc.policy is None:
        assert for_campaign(findings, Strictness.ON, trial=False)


def test_hostile_text_in_a_finding_is_only_text(good, judge):
    """A record with braces and control characters is shown, not obeyed."""
    good.txt("_dmarc.shop.example", b"v=DMARC1; p={__class__}\x1b[2J")
    [finding, *_] = judge()
    assert finding.code == "dmarc-broken"
    assert "{__class__}\\x1b[2J" in finding.explain(str)
