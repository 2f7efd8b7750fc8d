"""Whether a domain's mails pass, as far as the DNS tells: never yes or no by a guess."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from pabal.authentication.dkim import ExpectedKey
from pabal.authentication.examination import Passing, Sending, examine
from pabal.authentication.lookups import Lookups
from pabal.message.dkim import DkimKey
from servers.dns import SILENCE


def a_key(selector, private_key):
    return DkimKey(domain="shop.example", selector=selector, private_key=private_key)


KEY = a_key("s1", rsa.generate_private_key(public_exponent=65537, key_size=2048))
ED25519 = a_key("s1-ed25519", ed25519.Ed25519PrivateKey.generate())
EXPECTED = ExpectedKey(name=KEY.dns_name, record=KEY.dns_record)
NEXT = ExpectedKey(name="s2._domainkey.shop.example", record=KEY.dns_record, signs=False)


def sending(**changes):
    usual = {
        "domain": "shop.example",
        "bounce_domain": "bounce.shop.example",
        "keys": (EXPECTED,),
        "spf": ("ip4:192.0.2.10",),
    }
    return Sending(**(usual | changes))


@pytest.fixture
def good(zone):
    """A zone in which all is well."""
    zone.txt(KEY.dns_name, KEY.dns_record)
    zone.txt("_dmarc.shop.example", "v=DMARC1; p=none")
    zone.txt("bounce.shop.example", "v=spf1 ip4:192.0.2.10 ~all")
    zone.mx("bounce.shop.example", "mail.shop.example").a("mail.shop.example", "192.0.2.10")
    return zone.ptr("192.0.2.10", "mail.shop.example")


def test_all_is_well(good, lookups):
    seen = examine(sending(), lookups)
    assert (seen.spf_passes, seen.dkim_passes, seen.passes) == (Passing.YES,) * 3
    assert (seen.spf_aligned, seen.dkim_aligned) == (True, True)
    [server] = seen.servers
    assert (server.names, server.confirmed) == (("mail.shop.example",), True)


@pytest.mark.parametrize(
    ("spf", "record", "passes"),
    [
        ("ip4:192.0.2.10", "v=spf1 ip4:192.0.2.0/24 -all", Passing.YES),
        ("ip4:192.0.2.10", "v=spf1 ip4:192.0.2.99 -all", Passing.NO),
        ("ip4:192.0.2.10", "v=spf1 ip4:192.0.2.10", Passing.YES),
        ("ip4:192.0.2.0/28", "v=spf1 ip4:192.0.2.0/24 -all", Passing.YES),
        ("ip4:192.0.2.10", "v=spf1 exists:%{i}.x.example ~all", Passing.UNSURE),
        ("include:relay.example", "v=spf1 include:relay.example -all", Passing.YES),
        ("include:relay.example", "v=spf1 include:all-of-us.example -all", Passing.YES),
        ("include:relay.example", "v=spf1 ip4:192.0.2.10 -all", Passing.NO),
        ("ip6:2001:DB8::0010", "v=spf1 ip6:2001:db8::/64 -all", Passing.YES),
        ("", "v=spf1 ip4:192.0.2.10 -all", Passing.UNSURE),
        ("ip4:192.0.2.10", "v=spf1 include:gone.example ip4:192.0.2.10 -all", Passing.NO),
    ],
)
def test_spf_passes_if_those_who_send_are_let_in(good, lookups, spf, record, passes):
    good.txt("bounce.shop.example", record).txt("relay.example", "v=spf1 ip4:192.0.2.77 -all")
    good.txt("all-of-us.example", "v=spf1 include:relay.example -all")
    seen = examine(sending(spf=tuple(spf.split())), lookups)
    assert seen.spf_passes is passes


def test_spf_of_another_organization_does_not_help(good, lookups):
    """S18."""
    good.txt("relay.example", "v=spf1 ip4:192.0.2.10 -all")
    seen = examine(sending(bounce_domain="relay.example"), lookups)
    assert (seen.spf_aligned, seen.spf_passes, seen.passes) == (False, Passing.NO, Passing.YES)


def test_a_strict_policy_wants_the_same_domain(good, lookups):
    good.txt("_dmarc.shop.example", "v=DMARC1; p=none; aspf=s; adkim=s")
    seen = examine(sending(domain="news.shop.example"), lookups)
    assert (seen.spf_passes, seen.dkim_passes, seen.passes) == (Passing.NO,) * 3


def test_one_good_signature_is_enough(good, lookups):
    missing = ExpectedKey(name="s9._domainkey.shop.example", record=KEY.dns_record)
    seen = examine(sending(keys=(missing, EXPECTED)), lookups)
    assert seen.dkim_passes is Passing.YES


def test_a_signature_that_many_cannot_verify_is_not_enough(good, lookups):
    """S15: ed25519 beside RSA, not instead of it (RFC 8463 5)."""
    good.txt(ED25519.dns_name, ED25519.dns_record).txt(KEY.dns_name, "v=DKIM1; p=")
    beside = ExpectedKey(name=ED25519.dns_name, record=ED25519.dns_record)
    seen = examine(sending(keys=(EXPECTED, beside)), lookups)
    assert seen.dkim_passes is Passing.NO


def test_a_key_that_does_not_sign_does_not_count(good, lookups):
    good.txt(NEXT.name, NEXT.record).txt(KEY.dns_name, "v=DKIM1; p=")
    seen = examine(sending(keys=(EXPECTED, NEXT)), lookups)
    assert seen.dkim_passes is Passing.NO


def test_without_keys_of_ours_the_mail_server_may_sign(good, lookups):
    assert examine(sending(keys=()), lookups).dkim_passes is Passing.UNSURE


def test_where_nothing_is_published_nothing_passes(zone, lookups):
    zone.a("shop.example", "192.0.2.1")
    seen = examine(sending(), lookups)
    assert (seen.spf_passes, seen.dkim_passes, seen.passes) == (Passing.NO,) * 3
    assert seen.dmarc.policy is None


def test_a_dns_that_is_silent_gives_no_verdict_and_does_not_hang(good, dns_server):
    for name, _kind in list(good.records):
        good.trouble[name] = SILENCE
    good.trouble["_dmarc.bounce.shop.example"] = SILENCE
    started = time.monotonic()
    lookups = Lookups([dns_server[1]], now=time.monotonic, patience=0.4, budget=2)
    seen = examine(sending(), lookups)
    assert seen.passes is Passing.UNSURE
    assert seen.dmarc.unanswered is not None
    assert time.monotonic() - started < 4


def test_a_reverse_name_that_does_not_lead_back_is_not_confirmed(good, lookups):
    """Gmail and Naver want PTR and address to agree."""
    good.ptr("192.0.2.10", "elsewhere.example").a("elsewhere.example", "192.0.2.11")
    [server] = examine(sending(), lookups).servers
    assert (server.names, server.confirmed) == (("elsewhere.example",), False)
