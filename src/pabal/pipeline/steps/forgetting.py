"""Forget: whoever was erased from the database is taken out of the files as well.

The database comes first, in one transaction, with a note of who it was; here the files
follow, as often as it takes. Cut off at any point, it is done again from the note.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pabal.domain.address import Address, AddressError, parse_address
from pabal.domain.erasure import Aliases
from pabal.domain.identity import CampaignId
from pabal.package.errors import PackageMissing
from pabal.package.package import Package
from pabal.package.redacting import names_any, redact
from pabal.package.store import PackageStore
from pabal.pipeline.ports import Erased, Erasures
from pabal.transport.mailbox.store import MailboxStore, ReceivedMail

# A draft that was being prepared at the moment of the erasure is there by then.
_LONGEST_PREPARATION = timedelta(hours=1)


def forget_erased(
    erasures: Erasures,
    *,
    store: PackageStore,
    mailbox: MailboxStore | None,
    aliases: Aliases,
    now: datetime,
) -> int:
    """Clean the files of those who were erased; return how many are through with it.

    A campaign that is on its way keeps its package until it has ended; nothing is sent from
    it to them. Raises Unavailable: repeat it.
    """
    pending = erasures.pending()
    if not pending:
        return 0
    is_last_round = erasures.all_ended()
    for campaign, digest in erasures.packages().items():
        _clean_package(erasures, store, campaign, digest, pending)
    if mailbox is not None:
        _clean_mailbox(mailbox, aliases, pending)
    done = [each for each in pending if each.erased_at <= now - _LONGEST_PREPARATION]
    if not is_last_round or not done:
        return 0
    erasures.done(done)
    return len(done)


def _clean_package(
    erasures: Erasures,
    store: PackageStore,
    campaign: CampaignId,
    digest: str,
    pending: Sequence[Erased],
) -> None:
    keys = {each.key for each in pending}
    try:
        package = Package(store, campaign, digest)
        if not names_any(package, keys):
            return
        redacted = redact(store, package, keys).digest
    except PackageMissing:
        return  # pruned already
    is_replaced = erasures.replace_package(campaign, digest, redacted)
    store.prune(campaign, keep=redacted if is_replaced else digest)


def _clean_mailbox(mailbox: MailboxStore, aliases: Aliases, pending: Sequence[Erased]) -> None:
    unwanted = {each.alias for each in pending}

    def is_to_them(mail: ReceivedMail) -> bool:
        addresses = filter(None, map(_address, mail.recipients))
        return any(not unwanted.isdisjoint(aliases.of(each.identity)) for each in addresses)

    mailbox.remove(is_to_them)


def _address(text: str) -> Address | None:
    try:
        return parse_address(text)
    except AddressError:
        return None
