"""A domain's keys: made in pairs, kept sealed, changed over without a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from pabal.configuration.errors import SealBroken
from pabal.configuration.keyring import load_keyring
from pabal.console.adapters import OrmSigningKeys
from pabal.console.campaigns.drafting import add_sender_identity
from pabal.console.domains.adding import Wanted, add_domain, governing, records
from pabal.console.domains.errors import (
    BounceHostUnknown,
    DomainExists,
    DomainRefused,
    NothingReplaced,
    OptionRefused,
    SendersUnknown,
    TermRefused,
    TokensRefused,
    TooEarly,
)
from pabal.console.domains.keys import State, change_over, in_state, make_pair, retire
from pabal.console.domains.models import DkimKey, SendingDomain
from pabal.domain.address import AddressError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SMTP, SES = SendingDomain.Transport.SMTP, SendingDomain.Transport.SES
TOKENS = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture
def keyring():
    return load_keyring(settings.PABAL.home)


def add(keyring, **changes):
    usual = {"name": "shop.example", "transport": SMTP, "spf": ("ip4:192.0.2.10",)}
    return add_domain(Wanted(**(usual | changes)), keyring=keyring, now=NOW)


def selectors(keyring, domain="shop.example"):
    return [key.selector for key in OrmSigningKeys(keyring).keys(domain)]


def test_a_new_domain_signs_with_rsa_and_ed25519(keyring):
    """S15: rsa-sha256 with 2048 bits, and ed25519 beside it."""
    add(keyring)
    keys = OrmSigningKeys(keyring).keys("shop.example")
    assert [key.algorithm for key in keys] == ["rsa-sha256", "ed25519-sha256"]
    assert keys[0].rsa_bits == 2048
    assert [key.selector for key in keys] == ["pabal1", "pabal1-ed25519"]
    assert {row.place: row.record for row in DkimKey.objects.all()} == {
        key.dns_name: key.dns_record for key in keys
    }


def test_private_keys_are_not_readable_in_the_database(keyring):
    add(keyring)
    for row in DkimKey.objects.all():
        assert "PRIVATE" not in row.sealed
        assert row.sealed.startswith(f"{keyring.newest}:")


def test_a_key_that_was_moved_to_another_domain_does_not_sign(keyring):
    add(keyring)
    other = add(keyring, name="other.example")
    stolen = DkimKey.objects.get(domain__name="shop.example", selector="pabal1").sealed
    DkimKey.objects.filter(domain=other, selector="pabal1").update(sealed=stolen)
    with pytest.raises(SealBroken, match=r"pabal1\._domainkey\.other\.example"):
        OrmSigningKeys(keyring).keys("other.example")


def test_a_subdomain_is_signed_for_by_the_nearest_domain_above(keyring):
    """RFC 9989 4.4: relaxed alignment."""
    add(keyring)
    add(keyring, name="news.shop.example", selector="news")
    assert selectors(keyring, "a.news.shop.example") == ["news1", "news1-ed25519"]
    assert selectors(keyring, "other.shop.example") == ["pabal1", "pabal1-ed25519"]
    assert governing("myshop.example") is None
    assert selectors(keyring, "example") == []


def test_rotation_leaves_no_moment_without_a_published_key(keyring):
    """Next, signing, replaced: what signs was published before, and is so for a week after."""
    domain = add(keyring)
    make_pair(domain, State.NEXT, keyring=keyring, now=NOW)
    assert selectors(keyring) == ["pabal1", "pabal1-ed25519"]
    assert len([each for each in records(domain) if each.purpose.value == "dkim"]) == 4

    change_over(domain, now=NOW)
    assert selectors(keyring) == ["pabal2", "pabal2-ed25519"]
    assert len([each for each in records(domain) if each.purpose.value == "dkim"]) == 4
    with pytest.raises(TooEarly, match="on 2026-11-25"):
        retire(domain, now=NOW + timedelta(days=6))

    names = retire(domain, now=NOW + timedelta(days=7))
    assert names == [
        "pabal1._domainkey.shop.example",
        "pabal1-ed25519._domainkey.shop.example",
    ]
    assert not in_state(domain, State.REPLACED).exists()
    with pytest.raises(NothingReplaced):
        retire(domain, now=NOW + timedelta(days=8))


def test_a_selector_is_never_used_twice(keyring):
    domain = add(keyring)
    for _ in range(3):
        make_pair(domain, State.NEXT, keyring=keyring, now=NOW)
        change_over(domain, now=NOW)
        retire(domain, now=NOW, early=True)
    assert selectors(keyring) == ["pabal4", "pabal4-ed25519"]


def test_easy_dkim_is_kept_by_ses(keyring):
    """SES: 3 CNAMEs, custom MAIL FROM with exactly one MX and a TXT, DMARC."""
    domain = add(keyring, transport=SES, region="ap-northeast-2", tokens=TOKENS, spf=())
    assert selectors(keyring) == []
    assert [(each.name, each.kind, each.value) for each in records(domain)] == [
        *(
            (f"{token}._domainkey.shop.example", "CNAME", f"{token}.dkim.amazonses.com")
            for token in TOKENS
        ),
        ("bounce.shop.example", "TXT", "v=spf1 include:amazonses.com ~all"),
        ("bounce.shop.example", "MX", "10 feedback-smtp.ap-northeast-2.amazonses.com"),
        ("_dmarc.shop.example", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@shop.example"),
    ]


def test_names_are_kept_as_the_dns_has_them(keyring):
    domain = add(keyring, name=" 한국상점.Example. ")
    assert domain.name.startswith("xn--")
    assert selectors(keyring, domain.name)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "https://shop.example"}, DomainRefused),
        ({"name": "a@shop.example"}, DomainRefused),
        ({"name": "shop"}, DomainRefused),
        ({"spf": ()}, SendersUnknown),
        ({"spf": ("ip4:192.0.2",)}, TermRefused),
        ({"spf": ("ip4:192.0.2.1", "-all")}, TermRefused),
        ({"reports": "nobody"}, AddressError),
        ({"selector": "a.b"}, OptionRefused),
        ({"bounce_domain": "bounce.shop.example"}, BounceHostUnknown),
        ({"transport": SES, "tokens": TOKENS[:2], "region": "us-east-1"}, TokensRefused),
        ({"transport": SES, "tokens": TOKENS, "region": "Seoul"}, OptionRefused),
        ({"transport": SES, "tokens": (*TOKENS[:2], "x y"), "region": "us-east-1"}, OptionRefused),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(keyring, changes, error):
    with pytest.raises(error):
        add(keyring, **changes)
    assert not SendingDomain.objects.exists()


def test_a_domain_is_added_once(keyring):
    add(keyring)
    with pytest.raises(DomainExists):
        add(keyring)


def test_a_sender_has_its_bounces_go_where_the_domain_has_them(keyring):
    add(keyring, bounce_domain="bounce.shop.example", bounce_host="mail.shop.example")
    fields = {
        "name": "파발상점",
        "address": "news@shop.example",
        "company": "파발상점",
        "postal_address": "서울",
        "phone": "02-1234-5678",
        "contact_email": "help@shop.example",
    }
    assert add_sender_identity(fields).bounce_domain == "bounce.shop.example"
    other = add_sender_identity(fields | {"address": "news@other.example"})
    assert other.bounce_domain == "other.example"
    told = add_sender_identity(fields | {"bounce_domain": "b.shop.example"})
    assert told.bounce_domain == "b.shop.example"
