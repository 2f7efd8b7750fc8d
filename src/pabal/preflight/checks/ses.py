"""What Amazon SES allows our account: the sandbox, who is verified, quota and rate.

Source: docs/rules.md 4.1; SES: request-production-access, quotas.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from pabal.domain.campaign import PROMISE
from pabal.domain.rate import Rate
from pabal.domain.sending_account import SendingAccount
from pabal.preflight.checks.allowance import quota_finding
from pabal.preflight.finding import Finding, Severity

_RULE = "SES: request-production-access"
_NAMED = 200  # more than the sandbox sends in a day


def check_account(account: SendingAccount, sender: str, recipients: int) -> Iterator[Finding]:
    """Look whether the account may send so many mails from this address."""
    yield from check_standing(account)
    yield from check_sender(account, sender)
    if account.quota is not None and recipients > account.quota.remaining:
        yield quota_finding(
            recipients,
            account.quota,
            code="ses-quota-too-small",
            remedy=(
                "Nothing is sent. Split the list over {days} days ({split}), wait, or ask SES for "
                "a higher quota."
            ),
            rule="SES: quotas",
        )


def check_standing(account: SendingAccount) -> Iterator[Finding]:
    """Look whether the account may send at all."""
    if not account.may_send:
        yield Finding(
            code="ses-paused",
            severity=Severity.ERROR,
            message="Amazon SES has stopped sending for this account: {standing}.",
            remedy="Look into the SES console, and at the mails that AWS has sent you.",
            rule="SES: faqs-enforcement",
            details={"standing": account.standing or "?"},
        )


def check_sender(account: SendingAccount, sender: str) -> Iterator[Finding]:
    """Look whether SES knows the From address, or its domain, as ours."""
    if not account.is_verified(sender):
        yield Finding(
            code="ses-sender-not-verified",
            severity=Severity.ERROR,
            message="Amazon SES does not know that {sender} is yours.",
            remedy="Verify its domain in SES: three CNAME records that SES names.",
            rule="SES: creating-identities",
            details={"sender": sender},
        )


def check_sandbox(account: SendingAccount, addresses: Iterable[str]) -> Iterator[Finding]:
    """Name every recipient whom the sandbox refuses; the first 200 of them.

    addresses: of all recipients, as they go on the wire; read only in the sandbox.
    """
    if not account.in_sandbox:
        return
    refused = (each for each in addresses if not account.is_verified(each))
    named = tuple(islice(refused, _NAMED))
    count = len(named) + sum(1 for _ in refused)
    if named:
        yield Finding(
            code="ses-recipients-not-verified",
            severity=Severity.ERROR,
            message="The account is in the sandbox of SES, which refuses {count} recipients.",
            remedy=(
                "Ask SES for production access, or verify these addresses: each gets a mail with "
                "a link."
            ),
            rule=_RULE,
            details={"count": count},
            rows=named,
            count=count,
        )
    else:
        yield Finding(
            code="ses-sandbox",
            severity=Severity.NOTE,
            message="The account is in the sandbox of SES; all recipients are verified.",
            remedy="Ask SES for production access before you mail customers.",
            rule=_RULE,
        )


def duration_at(recipients: int, rate: Rate | None) -> timedelta:
    """Return how long they take at a rate; nothing where it is not limited."""
    return timedelta(seconds=recipients / rate.per_second) if rate else timedelta(0)


def check_rate(recipients: int, rate: Rate | None) -> Iterator[Finding]:
    """Look whether the rate lets them all go within the five minutes that are promised."""
    duration = duration_at(recipients, rate)
    if rate is None or duration <= PROMISE:
        return
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    yield Finding(
        code="ses-rate-too-low",
        severity=Severity.WARNING,
        message=(
            "{recipients} mails take {minutes} min {seconds} s at {rate} a second; "
            "5 minutes are wanted."
        ),
        remedy=(
            "Ask SES for a rate of {needed} a second (Service Quotas, Amazon SES, Sending rate), "
            "or start as much earlier."
        ),
        rule="SES: manage-sending-quotas",
        details={
            "recipients": recipients,
            "minutes": minutes,
            "seconds": seconds,
            "rate": f"{rate.per_second:g}",
            "needed": -(-recipients // int(PROMISE.total_seconds())),
        },
    )
