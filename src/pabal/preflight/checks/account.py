"""What a service that sends for us allows our account, held against one campaign."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from pabal.domain.campaign import PROMISE
from pabal.domain.rate import Rate
from pabal.domain.recipient import Recipient
from pabal.domain.sending_account import SendingAccount
from pabal.preflight.finding import Finding, Severity

_UNVERIFIED = Finding(
    code="recipient-not-verified",
    severity=Severity.ERROR,
    message="SES is in its sandbox, and {count} recipients are not verified.",
    remedy=(
        "Verify each with `pabal aws verify-recipient ADDRESS`, or leave the sandbox: "
        "SES console, Account dashboard, Request production access."
    ),
    rule="SES: request-production-access",
)


def check_account(account: SendingAccount) -> Iterator[Finding]:
    """Whether the account may send at all."""
    if not account.may_send:
        yield Finding(
            code="account-may-not-send",
            severity=Severity.ERROR,
            message="SES does not send for this account at the moment: {standing}.",
            remedy="Look into SES's console, Account dashboard, for what it wants to be done.",
            rule="SES: faqs-enforcement",
            details={"standing": account.standing or "?"},
        )


def check_sender(account: SendingAccount, address: str) -> Iterator[Finding]:
    """Whether SES knows the From address or its domain as ours."""
    if not account.is_verified(address):
        yield Finding(
            code="sender-not-verified",
            severity=Severity.ERROR,
            message="SES does not know that {address} is yours.",
            remedy=(
                "Publish the DNS records that `pabal aws status` shows, and wait until it says "
                "that the domain is verified."
            ),
            rule="SES: creating-identities",
            details={"address": address},
        )


def check_sandbox(account: SendingAccount, recipients: Iterable[Recipient]) -> Iterator[Finding]:
    """Whether everybody may be mailed; outside the sandbox everybody may."""
    if account.in_sandbox:
        addresses = (recipient.address.wire for recipient in recipients)
        yield from _UNVERIFIED.of([each for each in addresses if not account.is_verified(each)])


def duration_at(recipients: int, rate: Rate | None) -> timedelta:
    """How long they take at a rate; nothing where it is not limited."""
    return timedelta(seconds=recipients / rate.per_second) if rate else timedelta(0)


def check_account_rate(recipients: int, rate: Rate | None) -> Iterator[Finding]:
    """Whether the rate lets them all go within the five minutes that are promised."""
    duration = duration_at(recipients, rate)
    if rate is None or duration <= PROMISE:
        return
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    yield Finding(
        code="rate-too-low",
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
