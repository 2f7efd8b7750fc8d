"""What has to be published, so that a DNS server takes it and receivers read it back."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from dnslib import RR
from hypothesis import given
from hypothesis import strategies as st

from pabal.authentication.dkim import ExpectedKey
from pabal.authentication.examination import Passing, Sending, examine
from pabal.authentication.lookups import Lookups
from pabal.authentication.records import (
    DnsRecord,
    Publication,
    Purpose,
    dmarc_records,
    records_of,
    split_text,
)
from pabal.message.dkim import DkimKey


def a_publication(**changes):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ours = DkimKey(domain="shop.example", selector="pabal1", private_key=key)
    usual = {
        "domain": "shop.example",
        "keys": (ExpectedKey(name=ours.dns_name, record=ours.dns_record),),
        "spf": ("ip4:192.0.2.10",),
        "bounce_domain": "bounce.shop.example",
        "bounce_host": "mail.shop.example",
        "reports": "dmarc@shop.example",
    }
    return Publication(**(usual | changes))


def test_what_is_published_as_told_passes(zone, dns_server):
    """The zone file goes into a DNS server, and the check finds nothing missing."""
    publication = a_publication()
    for record in records_of(publication):
        zone.zone_file(record.zone_line())
    sending = Sending(
        domain="shop.example",
        bounce_domain="bounce.shop.example",
        keys=publication.keys,
        spf=publication.spf,
    )
    seen = examine(sending, Lookups([dns_server[1]], now=time.monotonic))
    assert (seen.spf_passes, seen.dkim_passes) == (Passing.YES, Passing.YES)
    assert seen.dmarc.policy.p == "none"
    assert seen.bounces.records == ("mail.shop.example",)


def test_the_records_of_a_mail_server():
    """DKIM, SPF and MX of the bounce domain, DMARC to begin with."""
    dkim, *others = records_of(a_publication())
    assert (dkim.name, dkim.kind) == ("pabal1._domainkey.shop.example", "TXT")
    assert dkim.value.startswith("v=DKIM1; k=rsa; p=MII")
    assert [(each.name, each.kind, each.value) for each in others] == [
        ("bounce.shop.example", "TXT", "v=spf1 ip4:192.0.2.10 ~all"),
        ("bounce.shop.example", "MX", "10 mail.shop.example"),
        ("_dmarc.shop.example", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@shop.example"),
    ]


def test_bounces_to_the_domain_itself_need_no_exchanger():
    kinds = [each.kind for each in records_of(a_publication(bounce_host=""))]
    assert kinds == ["TXT", "TXT", "TXT"]


@pytest.mark.parametrize(
    ("reports", "name"),
    [
        ("dmarc@shop.example", None),
        ("dmarc@mail.shop.example", None),
        ("a@reports.elsewhere.example", "shop.example._report._dmarc.reports.elsewhere.example"),
        ("a@myshop.example", "shop.example._report._dmarc.myshop.example"),
    ],
)
def test_reports_to_another_domain_need_its_leave(reports, name):
    """RFC 9990."""
    allowed = [
        each
        for each in dmarc_records("shop.example", reports)
        if each.name != "_dmarc.shop.example"
    ]
    assert [each.name for each in allowed] == ([name] if name else [])


def test_the_policy_has_no_share():
    """S18: never advise pct=."""
    assert not any("pct" in each.value for each in records_of(a_publication()))


def test_a_long_text_is_split_where_a_string_ends():
    """RFC 1035 3.3: at most 255 octets a string."""
    [dkim, *_] = records_of(a_publication())
    [read] = RR.fromZone(dkim.zone_line())
    assert [len(part) for part in read.rdata.data] == [255, len(dkim.value) - 255]
    assert b"".join(read.rdata.data).decode() == dkim.value


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=700))
def test_any_text_is_split_without_loss(text):
    parts = split_text(text)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= 255 for part in parts)


@given(st.text(st.sampled_from('ab"\\; '), max_size=300))
def test_quotes_survive_the_zone_file(text):
    record = DnsRecord(purpose=Purpose.SPF, name="a.example", kind="TXT", value=text)
    [read] = RR.fromZone(record.zone_line())
    assert b"".join(read.rdata.data).decode() == text
