"""An operator's day with Amazon SES: the doctor, the sandbox, a campaign, its events."""

from email import message_from_bytes, policy

import pytest

from builders.installed import Installation
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
