"""Quota, and how long the mailing will take against the promise of five minutes."""

from collections.abc import Iterator
from datetime import timedelta

from pabal.domain.quota import Quota, split_over_days
from pabal.domain.rate import Rate
from pabal.preflight.checks.pacing import Paced
from pabal.preflight.finding import Finding, Severity

PROMISE = timedelta(minutes=5)

# What one connection to a distant server manages when nothing limits it: a mail of 100 KB
# and five round trips of 20 ms each. Deliberately careful; campaigns measure the truth.
_CAREFUL = 10.0  # messages/s


def predicted_duration(
    recipients: int, rate: Rate | None, connections: int, paced: Paced | None = None
) -> timedelta:
    """paced: of the domains that have a rate of their own, those that take longest."""
    per_second = _CAREFUL * connections
    if rate is not None:
        per_second = min(per_second, rate.per_second)
    alone = timedelta(seconds=recipients / per_second)
    return max(alone, paced.duration) if paced else alone


def check_quota(recipients: int, quota: Quota) -> Iterator[Finding]:
    if recipients <= quota.remaining:
        return
    days = split_over_days(recipients, quota)
    yield Finding(
        code="quota-too-small",
        severity=Severity.ERROR,
        message=(
            "{recipients} mails do not fit: {remaining} of {limit} are left in these 24 hours."
        ),
        remedy=(
            "Nothing is sent. Split the list over {days} days ({split}), wait, or raise "
            "PABAL_DAILY_LIMIT if your mail server allows more."
        ),
        rule="PABAL_DAILY_LIMIT",
        details={
            "recipients": recipients,
            "remaining": quota.remaining,
            "limit": quota.limit,
            "days": len(days),
            "split": " + ".join(map(str, days[:7])) + (" …" if len(days) > 7 else ""),
        },
    )


def check_duration(duration: timedelta, paced: Paced | None = None) -> Iterator[Finding]:
    if duration <= PROMISE:
        return
    minutes = round(duration.total_seconds() / 60, 1)
    if paced is not None and paced.duration == duration:
        yield Finding(
            code="longer-than-promised",
            severity=Severity.WARNING,
            message="The mailing will take about {minutes} minutes; five are wanted.",
            remedy="It is {mails} mails to {domains} that take so long: raise their rate in "
            "PABAL_DOMAIN_RATES if they take more.",
            rule="PABAL_DOMAIN_RATES",
            details={"minutes": minutes, "mails": paced.mails, "domains": paced.rate.name},
        )
        return
    yield Finding(
        code="longer-than-promised",
        severity=Severity.WARNING,
        message="The mailing will take about {minutes} minutes; five are wanted.",
        remedy="Raise PABAL_RATE or PABAL_SMTP_CONNECTIONS if your mail server allows more.",
        details={"minutes": minutes},
    )
