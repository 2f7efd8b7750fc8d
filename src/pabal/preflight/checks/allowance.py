"""Quota, and how long the mailing will take against the promise of five minutes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from pabal.domain.campaign import PROMISE
from pabal.domain.quota import Quota, split_over_days
from pabal.domain.rate import Rate
from pabal.preflight.checks.pacing import Paced
from pabal.preflight.finding import Finding, Severity

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
    if recipients > quota.remaining:
        yield quota_finding(
            recipients,
            quota,
            code="quota-too-small",
            remedy=(
                "Nothing is sent. Split the list over {days} days ({split}), wait, or raise "
                "PABAL_DAILY_LIMIT if your mail server allows more."
            ),
            rule="PABAL_DAILY_LIMIT",
        )


def quota_finding(recipients: int, quota: Quota, *, code: str, remedy: str, rule: str) -> Finding:
    """Say that so many do not fit. remedy: may use {days} and {split}."""
    days = split_over_days(recipients, quota)
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=(
            "{recipients} mails do not fit: {remaining} of {limit} are left in these 24 hours."
        ),
        remedy=remedy,
        rule=rule,
        details={
            "recipients": recipients,
            "remaining": quota.remaining,
            "limit": quota.limit,
            "days": len(days),
            "split": " + ".join(map(str, days[:7])) + (" …" if len(days) > 7 else ""),
        },
    )


_SLOW = Finding(
    code="longer-than-promised",
    severity=Severity.WARNING,
    message="The mailing will take about {minutes} min {seconds} s; five minutes are wanted.",
    remedy="Raise PABAL_RATE or PABAL_SMTP_CONNECTIONS if your mail server allows more.",
)
_SLOW_ACCOUNT = replace(
    _SLOW, remedy="Ask SES for a higher sending rate, or mail fewer people at a time."
)
_SLOW_DOMAINS = replace(
    _SLOW,
    remedy="It is {mails} mails to {domains} that take so long: raise their rate in "
    "PABAL_DOMAIN_RATES if they take more.",
    rule="PABAL_DOMAIN_RATES",
)


def check_duration(
    duration: timedelta, *, by_account: bool = False, paced: Paced | None = None
) -> Iterator[Finding]:
    """by_account: where no domain is slower, the rate of an account at SES makes it long.

    paced: of the domains that have a rate of their own, those that take longest.
    """
    if duration <= PROMISE:
        return
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    details: dict[str, object] = {"minutes": minutes, "seconds": seconds}
    if paced is not None and paced.duration == duration:
        about = {"mails": paced.mails, "domains": paced.rate.name}
        yield replace(_SLOW_DOMAINS, details=details | about)
    else:
        yield replace(_SLOW_ACCOUNT if by_account else _SLOW, details=details)
