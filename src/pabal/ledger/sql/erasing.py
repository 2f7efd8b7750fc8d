"""Forgetting an address: the rows stay, since books must balance, and name nobody.

While somebody is erased, nothing begins and nothing is enqueued: whoever is about to has
either begun, or finds the alias and its suppression.
"""

from datetime import datetime

from pabal.domain.delivery import Happening, State
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.rows import ERASED, Changes
from pabal.ledger.sql import hits, suppressions
from pabal.ledger.sql.changes import hold, write
from pabal.ledger.sql.session import Statements


def erase(sql: Statements, address: str, alias: str, *, now: datetime) -> None:
    """Call an address by its alias everywhere, and stop that. Doing it twice changes nothing."""
    sql.lock("change_runs")
    _skip_queued(sql, address, now)
    hits.forget(sql, address)
    names = {"address": address, "alias": alias, "text": ERASED.text}
    for name in ("silence_history", "silence_events", "rename_deliveries", "forget_suppressions"):
        sql.execute(name, names)
    stop = Suppression(address=alias, scope=EVERYTHING, reason=Reason.ERASED, since=now)
    suppressions.add(sql, [stop])


def _skip_queued(sql: Statements, address: str, now: datetime) -> None:
    ids = [delivery for (delivery,) in sql.rows("addressed", {"address": address})]
    changes = Changes()
    for row in hold(sql, ids).values():
        if row.state is State.QUEUED:
            changes.happen(row, Happening.SUPPRESSED, now, ERASED)
    write(sql, changes)
