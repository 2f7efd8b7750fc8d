"""Doubtful deliveries: found, and settled by hand or evidence."""

from collections.abc import Sequence
from datetime import datetime

from pabal.domain.delivery import Happening, State
from pabal.domain.identity import DeliveryId
from pabal.ledger.errors import CampaignOver
from pabal.ledger.instants import beyond, to_micros
from pabal.ledger.port import RunState
from pabal.ledger.rows import Changes, Row, Words
from pabal.ledger.settling import RESOLVES, lose_sight, refuse_unless_doubtful
from pabal.ledger.sql.changes import hold, write
from pabal.ledger.sql.events import proven_sent
from pabal.ledger.sql.session import Statements


def sweep(sql: Statements, *, now: datetime) -> Sequence[DeliveryId]:
    """Make attempts of dead workers doubtful, where nothing has come back that proves them.

    Those that are resent on doubt are queued again.
    """
    sql.lock("hold_runs")
    moments = {"now": to_micros(now), "beyond": beyond(now)}
    adrift = [delivery for (delivery,) in sql.rows("adrift", moments)]
    changes = Changes()
    held = hold(sql, adrift)
    proven = proven_sent(sql, held)
    for row in held.values():
        lose_sight(changes, row, now, is_proven=row.id in proven)
    write(sql, changes)
    return adrift


def resolve(
    sql: Statements, delivery: DeliveryId, happening: Happening, *, note: str, now: datetime
) -> State:
    """Settle a doubtful delivery; the same again changes nothing.

    A campaign that has finished runs again when something of it is to be sent again.
    Raises IllegalTransition: it is not doubtful. CampaignOver: it was cancelled.
    """
    if happening is Happening.RESENT:
        sql.lock("change_runs")  # first of all: two that hold the runs could not both have it
    row = hold(sql, [delivery]).get(delivery)
    words = Words.plain(note)
    if row and row.state is not State.DOUBTFUL and _was_said(sql, row, happening, words):
        return row.state
    row = refuse_unless_doubtful(row, happening)
    if happening is Happening.RESENT:
        _see_that_it_runs(sql, row)
    changes = Changes()
    changes.happen(row, happening, now, words)
    write(sql, changes)
    return row.state


def _see_that_it_runs(sql: Statements, row: Row) -> None:
    if row.run is RunState.CANCELLED:
        raise CampaignOver(campaign=row.campaign)
    if row.run is RunState.FINISHED:
        sql.execute("reopen_run", {"campaign": row.campaign})
        row.run = RunState.RUNNING


def _was_said(sql: Statements, row: Row, happening: Happening, words: Words) -> bool:
    """Whether this is the repetition of a call whose answer was lost."""
    *_, last = sql.rows("history", {"id": row.id})
    said = (happening.value, words.about(row.address).text)
    return happening in RESOLVES and (last[2], last[7]) == said
