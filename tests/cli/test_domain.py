"""A domain from the first record to the last change of keys, by commands, against a DNS server."""

from datetime import UTC, datetime
from email import message_from_bytes

import dkim
import pytest
from dnslib import RR

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore
from servers.dns import running_dns


@pytest.fixture
def zone(installation):
    with running_dns() as (zone, (host, port)):
        installation.settings["PABAL_DNS_SERVERS"] = f"{host}:{port}"
        yield zone


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path / "home")


SPF = ("--spf", "ip4:192.0.2.10")


def names(answer, kind="dkim"):
    return [each["name"] for each in answer["records"] if each["purpose"] == kind]


def test_the_records_are_printed_for_people_programs_and_name_servers(installation):
    installation.with_list()
    printed = installation.run("domain", "add", "shop.example", *SPF)
    assert "v=spf1 ip4:192.0.2.10 ~all" in printed
    assert "pabal1-ed25519._domainkey.shop.example" in printed
    answer = installation.ask("domain", "show", "shop.example")
    lines = installation.run("domain", "show", "shop.example", "--zone")
    records = RR.fromZone(lines)
    assert [str(record.rname).rstrip(".") for record in records] == [
        each["name"] for each in answer["records"]
    ]
    for each in answer["records"]:
        assert all(len(part) <= 255 for part in each["strings"])
        assert "".join(each["strings"]) == each["value"]
    [listed] = installation.ask("domain", "list")
    assert listed == answer
    assert "PRIVATE" not in str(answer) + printed


def test_keys_are_changed_over_only_when_the_next_ones_are_seen(installation, zone):
    installation.with_list()
    added = installation.ask("domain", "add", "shop.example", *SPF)
    made = installation.ask("domain", "rotate", "shop.example")
    assert {key["state"] for key in made["keys"]} == {"signing", "next"}
    refused = installation.ask("domain", "rotate", "shop.example", status=1)
    assert refused["error"]["code"] == "keys-not-published"
    assert "pabal2-ed25519._domainkey.shop.example" in refused["error"]["message"]

    zone.zone_file(installation.run("domain", "show", "shop.example", "--zone"))
    rotated = installation.ask("domain", "rotate", "shop.example")
    states = {key["selector"]: key["state"] for key in rotated["keys"]}
    assert states["pabal2"] == "signing"
    assert states["pabal1"] == "replaced"

    assert (
        installation.ask("domain", "retire", "shop.example", status=1)["error"]["code"]
        == "too-early"
    )
    retired = installation.ask("domain", "retire", "shop.example", "--now")
    assert retired["retired"] == names(added)


def test_mails_are_signed_with_the_domains_keys(installation, zone, tmp_path):
    """S15: signed twice; by the keys of the database, published as they were printed."""
    campaign = installation.with_campaign(2)
    installation.run("domain", "add", "shop.example", *SPF)
    zone.zone_file(installation.run("domain", "show", "shop.example", "--zone"))
    store = MailboxStore(tmp_path / "mailbox")
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        installation.settings["PABAL_SMTP_URL"] = f"smtp://{server.address}?tls=none"
        installation.run("campaign", "send", campaign)
    for summary in store.page():
        raw = store.get(summary.id).raw
        assert len(message_from_bytes(raw).get_all("DKIM-Signature")) == 2
        for index in (0, 1):
            assert dkim.DKIM(raw).verify(
                idx=index, dnsfunc=lambda name, timeout=5: said(zone, name)
            )


def said(zone, name):
    [record] = zone.records[name.decode().rstrip("."), "TXT"]
    return b"".join(record.data)


def test_a_domain_that_senders_use_is_not_removed_by_accident(installation):
    installation.with_list()
    installation.run("domain", "add", "shop.example", *SPF)
    refused = installation.ask("domain", "remove", "shop.example", status=1)
    assert refused["error"]["code"] == "domain-in-use"
    installation.run("domain", "remove", "shop.example", "--force")
    assert installation.ask("domain", "list") == []
    unknown = installation.ask("domain", "show", "shop.example", status=1)
    assert unknown["error"]["code"] == "unknown-domain"


def test_the_mail_servers_address_is_taken_for_the_sender_where_it_is_public(installation, zone):
    installation.with_list()
    refused = installation.ask("domain", "add", "shop.example", status=1)
    assert refused["error"]["code"] == "senders-unknown"  # the built-in mailbox sends nothing

    installation.settings["PABAL_SMTP_URL"] = "smtp://mail.hosting.example"
    zone.a("mail.hosting.example", "8.8.4.4")
    assert installation.ask("domain", "add", "shop.example")["spf"] == ["ip4:8.8.4.4"]
    installation.settings["PABAL_SMTP_URL"] = "smtp://smtp.gmail.com"
    added = installation.ask("domain", "add", "other.example")
    assert added["spf"] == ["include:_spf.google.com"]


def test_amazon_ses_has_records_of_its_own(installation):
    installation.with_list()
    tokens = [word for n in "abc" for word in ("--token", n * 32)]
    installation.run(
        "domain", "add", "shop.example", "--transport", "ses", "--region", "ap-northeast-2",
        *tokens, "--bounce-domain", "mail.shop.example",
    )  # fmt: skip
    answer = installation.ask("domain", "show", "shop.example")
    assert [each["type"] for each in answer["records"]] == ["CNAME"] * 3 + ["TXT", "MX", "TXT"]
    assert names(answer, "bounces") == ["mail.shop.example"]
    refused = installation.ask("domain", "rotate", "shop.example", status=1)
    assert refused["error"]["code"] == "keys-elsewhere"


def test_korean_is_spoken(installation):
    installation.with_list()
    installation.settings["PABAL_LANGUAGE"] = "ko"
    printed = installation.run("domain", "add", "shop.example", *SPF)
    assert "레코드" in printed
    assert "[DOMAIN]" not in printed
