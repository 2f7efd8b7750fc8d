"""A domain from the first record to the last change of keys, by commands, against a DNS server."""

import re
from datetime import UTC, datetime
from email import message_from_bytes

import dkim
import pytest
from dnslib import RR

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore
from servers.dns import SILENCE, running_dns
from servers.smtp import Conduct, make_certificates, running_sink


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
        assert each["value"] in printed
        assert all(len(part) <= 255 for part in each["strings"])
        assert "".join(each["strings"]) == each["value"]
    [listed] = installation.ask("domain", "list")
    assert listed == answer
    assert "PRIVATE" not in str(answer) + printed


def test_nothing_is_cut_on_a_narrow_terminal(installation):
    installation.with_list()
    installation.settings["COLUMNS"] = "60"
    printed = installation.run("domain", "add", "shop.example", *SPF)
    for each in installation.ask("domain", "show", "shop.example")["records"]:
        assert each["value"] in printed


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


# What the DNS says


def published(installation, zone):
    """A campaign whose domain was added, with a zone as it was printed and servers with names."""
    installation.settings["PABAL_DOMAIN_CHECK"] = "strict"
    campaign = installation.with_campaign(1)
    installation.run("domain", "add", "shop.example", *SPF)
    zone.zone_file(installation.run("domain", "show", "shop.example", "--zone"))
    zone.mx("shop.example", "mail.shop.example").a("mail.shop.example", "192.0.2.10")
    zone.ptr("192.0.2.10", "mail.shop.example")
    return campaign


def test_what_was_published_as_printed_is_found_sound(installation, zone):
    published(installation, zone)
    answer = installation.ask("domain", "check", "shop.example")
    [seen] = answer["domains"]
    assert answer["well"]
    assert {each["code"] for each in seen["findings"]} == {"dmarc-watches"}
    assert [key["state"] for key in seen["dkim"]["keys"]] == ["published", "published"]
    assert seen["spf"]["terms"][0]["term"] == "ip4:192.0.2.10"
    printed = installation.run("domain", "check")
    assert "0 of 10 look-ups" in printed
    assert "passes" in printed


def test_how_the_mail_server_is_spoken_to_is_said(installation, zone, tmp_path):
    """TLS, which Gmail asks of all senders; in plain text only on this machine."""
    published(installation, zone)
    certificates = make_certificates(tmp_path)
    with running_sink(Conduct(tls=certificates.good())) as sink:
        installation.settings["PABAL_SMTP_URL"] = f"smtp://localhost:{sink.port}"
        installation.settings["PABAL_SMTP_CA_FILE"] = str(certificates.ca_file)
        answer = installation.ask("domain", "check", "shop.example")
        said = installation.run("domain", "check", "shop.example")
        assert answer["server"]["tls"].startswith("TLSv1.")
        assert re.search(r"TLS +passes +localhost:\d+, TLSv1.\d, certificate valid until \d+", said)
        installation.settings["PABAL_SMTP_URL"] = sink.url
        assert re.search(r"TLS +does not pass +", installation.run("domain", "check"))
    installation.settings["PABAL_SMTP_URL"] = "smtp://127.0.0.1:1"
    assert re.search(r"TLS +not known +", installation.run("domain", "check", status=1))


def test_the_tree_is_printed_with_what_each_term_costs(installation, zone):
    """S17: counted term by term, before the user is told to publish."""
    published(installation, zone)
    zone.txt("shop.example", "v=spf1 include:a.example ip4:192.0.2.10 ~all")
    for n, name in enumerate("abcdefghijkl"):
        following = f"include:{'abcdefghijklm'[n + 1]}.example" if name != "l" else "-all"
        zone.txt(f"{name}.example", f"v=spf1 {following}")
    answer = installation.ask("domain", "check", "shop.example")
    [seen] = answer["domains"]
    assert seen["spf"]["lookups"] == 12
    assert "spf-too-many-lookups" in [each["code"] for each in seen["findings"]]
    printed = installation.run("domain", "check", "shop.example")
    assert "12 of 10 look-ups" in printed
    assert "  include:a.example  (12)\n    include:b.example  (11)\n" in printed


def test_a_campaign_that_would_not_pass_is_refused_with_what_is_missing(installation, zone):
    """S18."""
    campaign = published(installation, zone)
    passed = installation.ask("campaign", "preflight", campaign, status=1)  # the mailbox is closed
    assert [each["code"] for each in passed["findings"]][:1] == ["server-unreachable"]
    zone.records.clear()
    zone.a("shop.example", "192.0.2.10")
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    codes = {each["code"]: each for each in refused["findings"] if each["severity"] == "error"}
    assert {"dmarc-missing", "dmarc-fails"} <= set(codes)
    assert "_dmarc.shop.example" in codes["dmarc-missing"]["remedy"]
    assert "pabal1._domainkey.shop.example" in codes["dmarc-fails"]["remedy"]

    installation.settings["PABAL_DOMAIN_CHECK"] = "off"
    let = installation.ask("campaign", "preflight", campaign, status=1)
    assert "domain-check-off" in [each["code"] for each in let["findings"]]


def test_a_silent_dns_is_said_by_doctor_and_by_check_without_a_traceback(installation, zone):
    published(installation, zone)
    for name, _kind in list(zone.records):
        zone.trouble[name] = SILENCE
    answer = installation.ask("domain", "check", "shop.example")
    assert "dns-silent" in [each["code"] for each in answer["domains"][0]["findings"]]
    checks = installation.ask("doctor", status=1)["checks"]
    [line] = [each for each in checks if each["name"] == "domain shop.example"]
    assert not line["well"]
    assert "does not answer" in line["found"]


def test_a_domain_that_nobody_added_is_checked_too(installation, zone):
    installation.with_list()
    zone.txt("other.example", "v=spf1 -all").txt("_dmarc.other.example", "v=DMARC1; p=none")
    zone.mx("other.example", "mail.other.example")
    answer = installation.ask("domain", "check", "other.example")
    assert "dmarc-unsure" in [each["code"] for each in answer["domains"][0]["findings"]]
    wrong = installation.ask("domain", "check", "no domain", status=1)
    assert wrong["error"]["code"] == "domain-refused"


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
