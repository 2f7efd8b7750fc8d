"""What stands in the DNS is held against the keys that sign."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from pabal.authentication.dkim import ExpectedKey, KeyState, look_for, read_tags
from pabal.authentication.records import ses_keys
from pabal.message.dkim import DkimKey
from servers.dns import SERVFAIL

NAME = "s1._domainkey.shop.example"


def an_rsa_record(bits=2048):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return DkimKey(domain="shop.example", selector="s1", private_key=key).dns_record


OURS = an_rsa_record()
ED25519 = DkimKey(
    domain="shop.example", selector="s1", private_key=ed25519.Ed25519PrivateKey.generate()
).dns_record


def found(lookups, record=OURS):
    return look_for(ExpectedKey(name=NAME, record=record), lookups)


@pytest.mark.parametrize(
    ("record", "bits"), [(OURS, 2048), (ED25519, None)], ids=["rsa", "ed25519"]
)
def test_our_key_is_found(zone, lookups, record, bits):
    """S15."""
    zone.txt(NAME, record)
    key = found(lookups, record)
    assert (key.state, key.bits, key.testing) == (KeyState.PUBLISHED, bits, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.removeprefix("v=DKIM1; "),
        lambda text: text.replace("k=rsa; ", ""),
        lambda text: text.replace("; ", ";") + ";",
        lambda text: text.replace("p=", "p = ").replace("A", " A", 5),
        lambda text: f"{text}; n=a note; s=email; h=sha256:sha1; t=s",
    ],
)
def test_the_same_key_in_other_words_is_the_same(zone, lookups, change):
    """RFC 6376 3.2, 3.6.1."""
    zone.txt(NAME, change(OURS))
    assert found(lookups).state is KeyState.PUBLISHED


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ([], KeyState.MISSING),
        ([OURS, ED25519], KeyState.SEVERAL),
        (["v=DKIM1; k=rsa; p="], KeyState.REVOKED),
        ([ED25519], KeyState.OTHER),
        ([an_rsa_record()], KeyState.OTHER),
        (["v=spf1 -all"], KeyState.BROKEN),
        (["v=DKIM1; k=rsa; p=!!!"], KeyState.BROKEN),
        ([f"v=DKIM1; k=rsa; p={b64encode(b'no key').decode()}"], KeyState.BROKEN),
        ([OURS.replace("DKIM1", "DKIM2")], KeyState.BROKEN),
        ([OURS.replace("k=rsa", "k=dsa")], KeyState.BROKEN),
        ([f"{OURS}; h=sha1"], KeyState.BROKEN),
        ([f"{OURS}; s=tlsrpt"], KeyState.BROKEN),
        ([f"{OURS}; {OURS}"], KeyState.BROKEN),
        ([f"p=x; {OURS}"], KeyState.BROKEN),
        ([OURS[:200]], KeyState.BROKEN),
        ([OURS.encode() + b"\xff"], KeyState.BROKEN),
    ],
)
def test_what_else_may_stand_there(zone, lookups, texts, state):
    zone.txt("x.shop.example", "so that the domain exists")
    if texts:
        zone.txt(NAME, *texts)
    assert found(lookups).state is state


def test_a_key_that_is_tested_says_so(zone, lookups):
    """RFC 6376 3.6.1: verifiers must not treat t=y mails otherwise than unsigned ones."""
    zone.txt(NAME, f"{OURS}; t=y:s")
    assert found(lookups).testing


def test_the_size_of_a_weak_key_is_told(zone, lookups):
    """S15: key >= 1024 (MUST), >= 2048 SHOULD."""
    weak = an_rsa_record(1024)
    zone.txt(NAME, weak)
    assert found(lookups, weak).bits == 1024


def test_trouble_is_no_verdict(zone, lookups):
    zone.trouble[NAME] = SERVFAIL
    assert found(lookups).state is KeyState.UNANSWERED


@pytest.mark.parametrize(
    ("target", "state"),
    [
        ("Token1.dkim.amazonses.com", KeyState.PUBLISHED),
        ("token1.dkim.elsewhere.example", KeyState.OTHER),
        (None, KeyState.MISSING),
    ],
)
def test_easy_dkim_is_three_aliases(zone, lookups, target, state):
    """SES: <t>._domainkey -> <t>.dkim.amazonses.com."""
    keys = ses_keys("shop.example", ["token1", "token2", "token3"])
    assert keys[2].name == "token3._domainkey.shop.example"
    if target:
        zone.cname(keys[0].name, target)
    assert look_for(keys[0], lookups).state is state


@given(st.text())
def test_any_text_is_read_or_refused(text):
    tags = read_tags(text)
    assert tags is None or all(name.strip() == name for name in tags)
