"""Finding mails in the mailbox, which has no index but the order of arrival."""

from collections.abc import Iterator, Sequence

from django.conf import settings

from pabal.console.mailbox.reading import Row, read_row
from pabal.transport.mailbox.store import MailboxStore

PAGE = 50
REACH = 5_000  # a search looks at so many of the newest mails
_CHUNK = 200


def open_store() -> MailboxStore:
    return MailboxStore(settings.MAILBOX_DIRECTORY)


def newest(store: MailboxStore, *, offset: int) -> Sequence[Row]:
    """Return a page of mails, newest first, and one more if there is a next page."""
    return [read_row(summary) for summary in store.page(offset=offset, limit=PAGE + 1)]


def to_recipient(store: MailboxStore, search: str, *, offset: int) -> Sequence[Row]:
    """Return those whose recipient contains `search`; again one more than a page."""
    wanted = search.casefold()
    found: list[Row] = []
    for row in _within_reach(store):
        if any(wanted in recipient.casefold() for recipient in row.recipients):
            found.append(row)
        if len(found) > offset + PAGE:
            break
    return found[offset:]


def of_delivery(store: MailboxStore, delivery: str) -> Row | None:
    """Return the newest mail of a delivery, which names it in its Message-ID."""
    return next((row for row in _within_reach(store) if row.delivery == delivery), None)


def _within_reach(store: MailboxStore) -> Iterator[Row]:
    for offset in range(0, REACH, _CHUNK):
        chunk = store.page(offset=offset, limit=_CHUNK)
        yield from map(read_row, chunk)
        if len(chunk) < _CHUNK:
            return
