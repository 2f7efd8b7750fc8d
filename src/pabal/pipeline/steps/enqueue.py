"""Enqueue: a delivery for each recipient of the package. Repeating it adds nothing."""

from collections.abc import Callable
from datetime import datetime

from pabal.domain.erasure import Aliases
from pabal.domain.recipient import Recipient
from pabal.ledger.port import Entry, Ledger
from pabal.package.package import Package


def open_run(package: Package, ledger: Ledger, *, now: datetime) -> bool:
    """Make the campaign known to the ledger; return whether recipients are still missing there.

    Raises LedgerUnavailable: repeat it.
    """
    plan = package.manifest.plan
    ledger.open(plan.id, scopes=plan.scopes, on_doubt=plan.on_doubt, now=now)
    return sum(ledger.counts(plan.id).values()) < package.manifest.recipients


def enqueue_shard(
    package: Package,
    number: int,
    ledger: Ledger,
    *,
    aliases: Aliases,
    now: datetime,
    admits: Callable[[Recipient], bool] = lambda recipient: True,
) -> int:
    """Put one shard's recipients into the ledger; return how many were new.

    admits: whose time has come.
    Raises LedgerUnavailable: repeat it; what is there already stays as it is.
    """
    campaign = package.manifest.plan.id
    entries = [
        Entry(
            delivery=recipient.delivery(campaign),
            position=recipient.position,
            address=recipient.address.identity,
            aliases=aliases.of(recipient.address.identity),
        )
        for recipient in package.shard(number)
        if admits(recipient)
    ]
    return ledger.enqueue(campaign, entries, now=now) if entries else 0
