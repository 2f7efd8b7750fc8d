"""What SES allows the account, held against one campaign before its first mail."""

from datetime import datetime

import pytest

from builders.campaigns import a_plan, a_recipient, a_source
from pabal.domain.experiment import Experiment, Measure
from pabal.domain.local_time import LocalTime
from pabal.domain.quota import Quota
from pabal.message.compile import compile_source
from pabal.message.source import Limits
from pabal.package.package import Package, write_package
from pabal.package.store import DirectoryStore
from pabal.pipeline.aws.prepare import prove
from pabal.preflight.finding import Severity
from pabal.transport.ses.account import read_account
from pabal.transport.ses.settings import SesSettings
from servers.ses import an_account
from servers.ses_wire import aws_environment, running_ses


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return a function that proves a campaign to so many against an account of SES."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")

    def prove_against(count, ses, **planned):
        plan, store = a_plan(**planned), DirectoryStore(tmp_path / "packages")
        compiled = compile_source(a_source(), plan, limits=Limits())
        people = (a_recipient(number=n) for n in range(1, count + 1))
        manifest = write_package(store, plan, compiled.to_bytes(), people)
        with running_ses(ses) as url:
            for name, value in aws_environment(sesv2=url).items():
                monkeypatch.setenv(name, value)
            account = read_account(SesSettings())
        quota = account.quota or Quota(limit=10**9, used=0)
        return list(prove(Package(store, plan.id, manifest.digest), account, quota))

    return prove_against


def test_the_sandbox_names_each_recipient_who_is_not_verified(tmp_path, found):
    ses = an_account(tmp_path)
    people = [a_recipient(number=n).address.wire for n in range(1, 201)]
    strangers = {people[4], people[99], people[198]}
    ses.verify("shop.example", *(set(people) - strangers))
    [finding] = found(200, ses)
    assert finding.code == "ses-recipients-not-verified"
    assert finding.severity is Severity.ERROR
    assert set(finding.rows) == strangers
    assert "3 recipients" in finding.explain(str)
    assert "verify these addresses" in finding.advise(str)


def test_one_mail_a_second_is_too_slow_for_five_hundred(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False, per_second=1, per_day=50_000)
    ses.verify("shop.example")
    [finding] = found(500, ses)
    assert (finding.code, finding.severity) == ("ses-rate-too-low", Severity.WARNING)
    assert "8 min 20 s" in finding.explain(str)
    assert "a rate of 2 a second" in finding.advise(str)


def test_a_quota_that_others_have_used_refuses_and_offers_a_split(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False, per_second=14, per_day=200)
    ses.verify("shop.example")
    ses.sent_before(150)
    [finding] = found(200, ses)
    assert (finding.code, finding.severity) == ("quota-too-small", Severity.ERROR)
    assert "50 + 150" in finding.advise(str)


def test_a_stranger_s_domain_and_a_paused_account_are_refused(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False, per_second=14, per_day=200, is_paused=True)
    codes = {finding.code for finding in found(10, ses)}
    assert codes == {"ses-paused", "ses-sender-not-verified"}


def test_outside_the_sandbox_everybody_may_be_mailed(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False, per_second=14, per_day=1_000)
    ses.verify("shop.example")
    assert found(200, ses) == []


def test_what_goes_by_everybodys_own_clock_is_refused(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False)
    ses.verify("shop.example")
    nine = LocalTime(
        wall=datetime.fromisoformat("2026-12-01T09:00"), attribute="zone", fallback="Asia/Seoul"
    )
    [finding] = found(5, ses, local_time=nine)
    assert (finding.code, finding.severity) == ("all-at-once", Severity.ERROR)


def test_an_ab_test_is_refused(tmp_path, found):
    ses = an_account(tmp_path, in_sandbox=False)
    ses.verify("shop.example")
    by_hand = Experiment(variants=1, share=20, measure=Measure.CLICKS, hours=None)
    [finding] = found(5, ses, experiment=by_hand)
    assert (finding.code, finding.severity) == ("experiment-on-aws", Severity.ERROR)
