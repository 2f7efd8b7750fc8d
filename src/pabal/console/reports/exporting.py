"""A campaign's recipients as CSV for spreadsheets, streamed."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext

from pabal.console.audience.importing.report import harmless_cell
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.words import STATES
from pabal.console.reports.deliveries import every
from pabal.console.reports.showing import said
from pabal.domain.delivery import State

_AT_ONCE = 2_000
_BOM = "\ufeff"  # by which Excel takes it for UTF-8


def lines(campaign: Campaign, *, state: State | None, search: str) -> Iterator[str]:
    """Return the file, some rows at a time; memory does not grow with the campaign.

    No cell is taken for a formula, whatever an address or a server says.
    """
    titles = (gettext("Recipient"), gettext("State"), gettext("Attempts"))
    yield _BOM + _written([(*titles, gettext("Last attempt"), gettext("Last reply"))])
    rows = every(campaign, state=state, search=search)
    while part := list(islice(rows, _AT_ONCE)):
        yield _written([_row(delivery) for delivery in part])


def _row(delivery: LedgerDelivery) -> tuple[str, ...]:
    begun = delivery.begun_at
    return (
        delivery.address,
        str(STATES[delivery.delivery_state]),
        str(delivery.attempts),
        f"{timezone.localtime(begun):%Y-%m-%d %H:%M:%S}" if begun else "",
        said(delivery.last),
    )


def _written(rows: list[tuple[str, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([harmless_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
