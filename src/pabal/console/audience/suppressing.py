"""The ledger's suppressions, written in the console's own transactions.

A customer who leaves must not be mailed any more when the page says so. Membership and
suppression are therefore one transaction on one connection.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection

from pabal.console.audience.mirroring import NotedLedger
from pabal.console.audience.models import Subscriber
from pabal.console.audience.statements import current_dialect
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.port import Ledger
from pabal.ledger.sql.ledger import SqlLedger


def joined_ledger() -> Ledger:
    """Return the ledger inside the transaction that is open on Django's connection."""
    connection.ensure_connection()
    # Also while another pipeline is chosen: what AWS was given before may still be sent there.
    kind = NotedLedger if settings.PABAL.is_stack_named else SqlLedger
    return kind.joined(connection.connection, current_dialect())


def suppress_leaver(subscriber: Subscriber, scope: str, *, source: str, now: datetime) -> None:
    """Stop mails of a scope to somebody who asked for it. An earlier reason stays."""
    # Read and locked: of whoever is erased at this moment the address must not come back.
    locked = Subscriber.objects.select_for_update().filter(pk=subscriber.pk)
    joined_ledger().suppress(
        Suppression(
            address=locked.values_list("address", flat=True).get(),
            scope=scope,
            reason=Reason.UNSUBSCRIBED,
            since=now,
            detail=source,
        )
    )


def has_left_everything(subscriber: Subscriber) -> bool:
    """Whether somebody asked for no mail at all, and has not come back."""
    stop = joined_ledger().suppressions([subscriber.address], [EVERYTHING]).get(subscriber.address)
    return stop is not None and stop.reason is Reason.UNSUBSCRIBED


def lift_leavers(addresses: Sequence[str], scope: str) -> None:
    """Undo `suppress_leaver`. A stop of this scope for any other reason stays."""
    ledger = joined_ledger()
    known = ledger.suppressions(addresses, [scope])
    for address in addresses:
        stop = known.get(address)
        if stop is not None and (stop.scope != scope or stop.reason is Reason.UNSUBSCRIBED):
            ledger.lift(address, scope)
