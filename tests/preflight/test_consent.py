"""K1, K2: on what the audience stands, and who is left out, is said before anything is sent."""

import pytest

from pabal.domain.grounds import Age, Grounds
from pabal.pipeline.ports import Exclusion
from pabal.preflight.checks.consent import check_grounds, check_left_out
from pabal.preflight.finding import Severity

OLD = Grounds(
    consents={Age.UNDER_ONE_YEAR: 3, Age.UNDER_TWO_YEARS: 2, Age.TWO_YEARS: 4}, transactions=5
)


def test_consents_by_age_and_transactions_are_counted() -> None:
    """K1: “no record → not in audience”; K2: “basis=transaction”."""
    [finding] = check_grounds(OLD, are_confirmed=True)
    assert finding.severity is Severity.NOTE
    assert finding.explain(str) == (
        "9 recipients agreed to advertising (3 less than a year ago, 2 one to two years, "
        "4 two years and more); 5 bought the same within six months."
    )


def test_old_consents_that_nobody_confirms_are_a_warning() -> None:
    """K11: “a notice duty, not an expiry: silence keeps the consent”."""
    _, finding = check_grounds(OLD, are_confirmed=False)
    assert (finding.code, finding.severity) == ("confirmation-owed", Severity.WARNING)
    assert finding.explain(str).startswith("4 of them agreed two years ago or longer")


@pytest.mark.parametrize("grounds", [Grounds(), Grounds(transactions=0)])
def test_a_notice_stands_on_no_consent_and_nothing_is_said(grounds: Grounds) -> None:
    assert list(check_grounds(grounds, are_confirmed=False)) == []


def test_who_is_left_out_is_counted_by_reason() -> None:
    """K1: “0 sent to it, reason shown”."""
    left_out = {"unsubscribed": 1, "no consent": 2, "transaction over": 3}
    [finding] = check_left_out(left_out)
    assert finding.count == 6
    assert finding.explain(str) == (
        "6 on the list are left out: 1 have left, 0 are suppressed, 2 have not agreed, "
        "3 bought too long ago, 0 want a pause, 0 had one this week, "
        "0 are not in the segment, 0 are left out by the campaign."
    )


def test_every_reason_there_is_is_named() -> None:
    """Each once, so that the parts add up to the count."""
    [finding] = check_left_out({reason.value: 1 for reason in Exclusion})
    named = [n for name, n in finding.details.items() if name != "count"]
    assert named == [1] * len(Exclusion)
    assert finding.count == len(Exclusion)


def test_nothing_is_said_where_nobody_is_left_out() -> None:
    assert list(check_left_out({})) == []
