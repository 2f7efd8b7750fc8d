"""What Amazon SES allows our account: the sandbox, who is verified, the quota.

Source: docs/rules.md 4.1; SES: request-production-access, quotas.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from pabal.domain.sending_account import SendingAccount
from pabal.preflight.checks.allowance import quota_finding
from pabal.preflight.finding import Finding, Severity

_RULE = "SES: request-production-access"
_NAMED = 200  # more than the sandbox sends in a day


def check_account(account: SendingAccount, sender: str, recipients: int) -> Iterator[Finding]:
    """Look whether the account may send so many mails from this address."""
    yield from check_standing(account)
    if not account.is_verified(sender):
        yield Finding(
            code="ses-sender-not-verified",
            severity=Severity.ERROR,
            message="Amazon SES does not know that {sender} is yours.",
            remedy="Verify its domain in SES: three CNAME records that SES names.",
            rule="SES: creating-identities",
            details={"sender": sender},
        )
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
