"""What SES does not allow is said before the first mail: docs/rules.md 4.1."""

from datetime import timedelta

import pytest

from builders.campaigns import a_recipient
from domain.test_sending_account import an_account
from pabal.preflight.checks.allowance import check_duration
from pabal.preflight.checks.ses import check_account, check_sandbox
from pabal.preflight.finding import Severity

from .test_findings import check, codes  # noqa: F401

PEOPLE = [f"c{n}@customer.example" for n in range(200)]
SENDER = "news@shop.example"


def verified(*addresses):
    return frozenset({"shop.example", *addresses})


def test_three_of_two_hundred_who_are_not_verified_are_named():
    """ "in the sandbox every unverified recipient named": refused."""
    strangers = [PEOPLE[7], PEOPLE[70], PEOPLE[199]]
    account = an_account(verified=verified(*PEOPLE) - set(strangers))
    (finding,) = check_sandbox(account, PEOPLE)
    assert finding.severity is Severity.ERROR
    assert list(finding.rows) == strangers
    assert finding.details["count"] == finding.count == 3


def test_many_strangers_are_counted_and_the_first_are_named():
    (finding,) = check_sandbox(an_account(), (f"c{n}@x.example" for n in range(5_000)))
    assert (finding.count, len(finding.rows)) == (5_000, 200)


def test_outside_the_sandbox_nobody_is_looked_at():
    def nobody():
        raise AssertionError("it was looked at")
        yield

    assert list(check_sandbox(an_account(in_sandbox=False), nobody())) == []


def test_a_sandbox_where_all_are_verified_is_a_note():
    (finding,) = check_sandbox(an_account(verified=verified(*PEOPLE)), PEOPLE)
    assert (finding.code, finding.severity) == ("ses-sandbox", Severity.NOTE)


def test_a_quota_that_is_nearly_used_up_refuses_with_a_split():
    """Quota of 200, 150 of them sent, 200 recipients."""
    (finding,) = check_account(an_account(sent=150), SENDER, 200)
    assert (finding.code, finding.severity) == ("ses-quota-too-small", Severity.ERROR)
    assert finding.details["split"] == "50 + 150"
    assert finding.details["days"] == 2


def test_a_sender_whom_ses_does_not_know_and_an_account_that_is_paused_are_errors():
    account = an_account(may_send=False, standing="SHUTDOWN")
    found = [each.code for each in check_account(account, "a@other.example", 1)]
    assert found == ["ses-paused", "ses-sender-not-verified"]


def test_five_hundred_at_one_a_second_are_warned_of():
    (finding,) = check_duration(timedelta(seconds=500), by_account=True)
    said = finding.explain(str)
    assert "8 min 20 s" in said
    assert finding.severity is Severity.WARNING
    assert "SES" in finding.remedy


@pytest.mark.parametrize("per_second", [1.0, 14.0])
def test_preflight_holds_a_campaign_against_the_account(check, per_second):  # noqa: F811
    people = [a_recipient(number=n + 1) for n in range(500)]
    account = an_account(in_sandbox=False, per_second=per_second, per_day=50_000)
    checked = check(recipients=people, account=account)
    assert codes(checked) == (["longer-than-promised"] if per_second == 1 else [])
    assert checked.passed
