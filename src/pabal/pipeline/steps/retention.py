"""Retention: what is kept for a while and then forgotten, a little at a time.

개인정보 보호법 21: personal data is destroyed when its purpose has ended. The log of consent is
not touched here: it is the proof for as long as anybody may ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Ledger
from pabal.package.errors import PackageMissing
from pabal.package.manifest import MANIFEST
from pabal.package.store import PackageStore
from pabal.pipeline.ports import Archive
from pabal.transport.mailbox.store import MailboxStore

_AT_ONCE = 1_000  # rows: workers that send wait no longer than that takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is kept; None for ever."""

    packages: timedelta | None
    mails: timedelta | None
    replies: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a round took away. replied_until: the last entry of the history that it saw."""

    packages: int = 0
    mails: int = 0
    events: int = 0
    replied_until: int = 0


def apply_retention(
    retention: Retention,
    *,
    archive: Archive,
    ledger: Ledger,
    store: PackageStore,
    mailbox: MailboxStore | None,
    replied_until: int = 0,
    there: Ledger | None = None,
    now: datetime,
) -> Forgotten:
    """Forget what is too old. Safe to repeat and to cut off.

    there: the ledger of what AWS sends, where anything is sent there.
    replied_until: of the round before; 0: all of the history is gone over again.

    Raises Unavailable: repeat it.
    """
    packages = mails = events = 0
    if retention.packages is not None:
        ledgers = [ledger, there] if there else [ledger]
        packages = _forget_packages(archive, ledgers, store, now - retention.packages)
    if retention.mails is not None and mailbox is not None:
        mails = mailbox.remove_before(now - retention.mails)
    if retention.replies is not None:
        before = now - retention.replies
        replied_until = _forget_replies(ledger, before, replied_until)
        events = _forget_details(ledger, before)
        if there:
            _forget_replies(there, before, 0)
            events += _forget_details(there, before)
    return Forgotten(packages=packages, mails=mails, events=events, replied_until=replied_until)


def _forget_packages(
    archive: Archive, ledgers: Sequence[Ledger], store: PackageStore, before: datetime
) -> int:
    forgotten = 0
    for campaign, digest in archive.ended_before(before).items():
        if _is_there(store, campaign, digest) and not _is_in_doubt(ledgers, campaign):
            store.prune(campaign, keep="")
            forgotten += 1
    return forgotten


def _is_there(store: PackageStore, campaign: CampaignId, digest: str) -> bool:
    try:
        store.read(campaign, digest, MANIFEST)
    except PackageMissing:
        return False
    return True


def _is_in_doubt(ledgers: Sequence[Ledger], campaign: CampaignId) -> bool:
    """Whether a person may still have something of it sent again."""
    return any(_counts(ledger, campaign).get(State.DOUBTFUL) for ledger in ledgers)


def _counts(ledger: Ledger, campaign: CampaignId) -> Mapping[State, int]:
    try:
        ledger.run(campaign)
    except CampaignNotOpen:
        return {}
    return ledger.counts(campaign)


def _forget_replies(ledger: Ledger, before: datetime, behind: int) -> int:
    while True:
        last = ledger.forget_replies(before=before, behind=behind, limit=_AT_ONCE)
        if last is None:
            return behind
        behind = last


def _forget_details(ledger: Ledger, before: datetime) -> int:
    events = 0
    while some := ledger.forget_details(before=before, limit=_AT_ONCE):
        events += some
    return events
