"""An operator's day with Amazon SES: the doctor, the sandbox, a campaign, its events."""

from base64 import b64encode
from email import message_from_bytes, policy

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from builders.installed import Installation
from servers.dns import running_dns
from servers.ses import LOST_ANSWER, THROTTLED, an_account
from servers.ses_wire import aws_environment, running_ses


@pytest.fixture
def ses(tmp_path):
    account = an_account(tmp_path, per_second=50, per_day=200)
    account.verify("shop.example")
    account.configuration_sets.add("events")
    with running_ses(account) as endpoint:
        account.endpoint = endpoint
        yield account


@pytest.fixture
def installation(tmp_path, ses):
    return Installation(
        tmp_path / "home",
        {
            "PABAL_TRANSPORT": "ses",
            "PABAL_AWS_REGION": "ap-northeast-2",
            "PABAL_SES_CONFIGURATION_SET": "events",
            "PABAL_RETRY_WAITS": "0.1,0.2,0.3",
            **aws_environment(sesv2=ses.endpoint),
        },
    )


def test_a_campaign_through_the_sandbox(installation, ses):
    """Three are not verified: they are named and nothing is sent; then all are, and it goes."""
    campaign = installation.with_campaign(20)
    strangers = ["c3@example.com", "c7@example.com", "c19@example.com"]
    people = {f"c{n}@example.com" for n in range(20)}
    ses.verify(*people - set(strangers))
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    (finding,) = [f for f in refused["findings"] if f["code"] == "ses-recipients-not-verified"]
    assert sorted(finding["rows"]) == sorted(strangers)
    assert refused["quota"] == {"limit": 200, "remaining": 200}

    ses.verify(*strangers)
    ses.fail("c1@example.com", THROTTLED)
    ses.fail("c2@example.com", LOST_ANSWER)
    installation.run("campaign", "send", campaign)
    report = installation.ask("campaign", "report", campaign)
    counts = {state: n for state, n in report["counts"].items() if n}
    assert counts == {"sent": 19, "doubtful": 1}
    assert len(ses.mails) == 20
    (mail,) = ses.sent_to("c5@example.com")
    assert mail.tags["campaign"] == campaign
    (raw,) = [
        message_from_bytes(ses.store.get(each.id).raw, policy=policy.default)
        for each in ses.store.page(limit=100)
        if each.recipients == ("c5@example.com",)
    ]
    assert raw["Subject"] == "(광고) 고객5님께"
    assert raw["From"].addresses[0].display_name == "파발상점"
    assert "DKIM-Signature" not in raw
    why = installation.ask("why", "c5@example.com", campaign)
    assert mail.id in why["deliveries"][0]["history"][-1]["text"]


def test_a_quota_that_is_nearly_used_up_refuses_with_a_split(installation, ses):
    ses.in_sandbox = False
    campaign = installation.with_campaign(60)
    ses.sent_before(150)
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    (finding,) = [f for f in refused["findings"] if f["code"] == "ses-quota-too-small"]
    assert "50 + 10" in finding["remedy"]
    installation.run("campaign", "send", campaign, status=1)
    assert ses.mails == []


def test_the_doctor_says_what_the_account_may_send(installation, ses):
    ses.sent_before(12)
    installation.with_list()
    assert "in the sandbox; 50 mails a second; 12 of 200" in installation.run("doctor")
    ses.is_paused = True
    assert "SHUTDOWN" in installation.run("doctor", status=1)


def test_without_credentials_nothing_begins(installation, ses):
    campaign = installation.with_campaign(1)
    del installation.settings["AWS_ACCESS_KEY_ID"]
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    assert "ses-account-not-read" in [each["code"] for each in refused["findings"]]
    assert ses.requests["SendEmail"] == 0


def test_a_domain_that_ses_signs_for_passes_without_being_added(installation, ses):
    """Easy DKIM and MAIL FROM are SES's own: what it says of them is held against the DNS."""
    installation.with_list()
    ses.mail_from["shop.example"] = "bounce.shop.example"
    with running_dns() as (zone, (host, port)):
        installation.settings["PABAL_DNS_SERVERS"] = f"{host}:{port}"
        zone.txt("_dmarc.shop.example", "v=DMARC1; p=none").a("shop.example", "192.0.2.10")
        refused = installation.ask("domain", "check", "shop.example", status=1)
        assert "dmarc-fails" in [each["code"] for each in refused["domains"][0]["findings"]]

        for token in ("aaa", "bbb", "ccc"):
            zone.cname(f"{token}._domainkey.shop.example", f"{token}.dkim.amazonses.com")
            zone.txt(f"{token}.dkim.amazonses.com", f"v=DKIM1; p={a_public_key()}")
        zone.txt("bounce.shop.example", "v=spf1 include:amazonses.com ~all")
        zone.txt("amazonses.com", "v=spf1 ip4:199.255.192.0/22 -all")
        zone.mx("bounce.shop.example", "feedback-smtp.ap-northeast-2.amazonses.com")
        zone.a("feedback-smtp.ap-northeast-2.amazonses.com", "192.0.2.25")
        [seen] = installation.ask("domain", "check", "shop.example")["domains"]
        assert (seen["dkim"]["passes"], seen["spf"]["passes"]) == ("yes", "yes")
        assert {each["code"] for each in seen["findings"]} <= {"dmarc-watches", "dmarc-no-reports"}


def a_public_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()
