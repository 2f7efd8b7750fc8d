"""Who sends is guessed only where the mail server's name tells it."""

import pytest

from pabal.authentication.senders import likely_senders


@pytest.mark.parametrize(
    ("host", "terms"),
    [
        ("email-smtp.ap-northeast-2.amazonaws.com", ("include:amazonses.com",)),
        ("smtp.gmail.com", ("include:_spf.google.com",)),
        ("smtp.office365.com", ("include:spf.protection.outlook.com",)),
        ("notgmail.com", ()),
        ("mail.hosting.example", ("ip4:8.8.4.4", "ip6:2001:4860:4860::8844")),
        ("8.8.8.8", ("ip4:8.8.8.8",)),
        ("127.0.0.1", ()),
        ("inside.example", ()),
        ("nowhere.example", ()),
    ],
)
def test_a_provider_is_included_and_a_public_server_named(zone, lookups, host, terms):
    """An address that only we can reach sends to nobody, and nothing is guessed."""
    zone.a("mail.hosting.example", "8.8.4.4").aaaa("mail.hosting.example", "2001:4860:4860::8844")
    zone.a("inside.example", "10.1.2.3")
    assert likely_senders(host, lookups) == terms
