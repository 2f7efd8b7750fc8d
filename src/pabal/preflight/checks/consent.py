"""Why these people may be sent advertising, and who is left out: docs/rules.md K1, K2, K11."""

from collections.abc import Iterator, Mapping

from pabal.domain.grounds import Age, Grounds
from pabal.preflight.finding import Finding, Severity


def check_grounds(grounds: Grounds, *, are_confirmed: bool) -> Iterator[Finding]:
    """Say on what the audience stands; nothing of a mailing that is no advertising.

    are_confirmed: Pabal itself tells people of their consent every two years.
    """
    consents, old = sum(grounds.consents.values()), grounds.consents.get(Age.TWO_YEARS, 0)
    if consents or grounds.transactions:
        yield Finding(
            code="consent-grounds",
            severity=Severity.NOTE,
            message=(
                "{consents} recipients agreed to advertising ({young} less than a year ago, "
                "{middle} one to two years, {old} two years and more); {transactions} bought the "
                "same within six months."
            ),
            remedy="`pabal consent show ADDRESS` shows the record of each.",
            rule="정보통신망법 50(1); docs/rules.md K1, K2",
            details={
                "consents": consents,
                "young": grounds.consents.get(Age.UNDER_ONE_YEAR, 0),
                "middle": grounds.consents.get(Age.UNDER_TWO_YEARS, 0),
                "old": old,
                "transactions": grounds.transactions,
            },
        )
    if old and not are_confirmed:
        yield Finding(
            code="confirmation-owed",
            severity=Severity.WARNING,
            message=(
                "{count} of them agreed two years ago or longer, and PABAL_NOTICES is off: nobody "
                "confirms their consent."
            ),
            remedy=(
                "The consent holds, but it has to be confirmed every two years: turn PABAL_NOTICES "
                "on, or tell them by other means."
            ),
            rule="정보통신망법 50(8); docs/rules.md K11",
            details={"count": old},
            count=old,
        )


def check_left_out(left_out: Mapping[str, int]) -> Iterator[Finding]:
    """Say who of the list is not mailed. left_out: by pipeline.ports.Exclusion.value."""
    count = sum(left_out.values())
    if count:
        yield Finding(
            code="left-out",
            severity=Severity.NOTE,
            message=(
                "{count} on the list are left out: {unsubscribed} have left, {suppressed} are "
                "suppressed, {no_consent} have not agreed, {transaction_over} bought too long "
                "ago, {resting} want a pause, {weekly} had one this week, {outside} are not in "
                "the segment, {chosen} are left out by the campaign."
            ),
            remedy="Nothing is to be done; `pabal why ADDRESS` tells it of each.",
            rule="정보통신망법 50(1), 50(2); docs/rules.md K1, K2, K4",
            details={
                "count": count,
                "unsubscribed": left_out.get("unsubscribed", 0),
                "suppressed": left_out.get("suppressed", 0),
                "no_consent": left_out.get("no consent", 0),
                "transaction_over": left_out.get("transaction over", 0),
                "resting": left_out.get("resting", 0),
                "weekly": left_out.get("had one this week", 0),
                "outside": left_out.get("not in the segment", 0),
                "chosen": left_out.get("left out", 0),
            },
            count=count,
        )
