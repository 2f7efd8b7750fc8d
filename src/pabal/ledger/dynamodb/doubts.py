"""Doubtful deliveries: found, and settled by hand or evidence."""

from collections.abc import Sequence
from datetime import datetime

from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.dynamodb import deliveries, items, keys, runs, tallies
from pabal.ledger.dynamodb.holding import hold, write
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Desk, Work
from pabal.ledger.errors import CampaignOver
from pabal.ledger.port import RunState
from pabal.ledger.rows import OVER, Changes, Row, Words
from pabal.ledger.settling import RESOLVES, lose_sight, refuse_unless_doubtful

_AT_ONCE = 80


def sweep(desk: Desk, *, now: datetime) -> Sequence[DeliveryId]:
    """Make attempts of dead workers doubtful, where nothing has come back that proves them."""
    found: list[DeliveryId] = []
    for run in desk.table.query(keys.RUNS):
        if not run.get("quiet"):
            adrift = _adrift(desk, CampaignId(run["sk"]), now)
            found += adrift
            if not adrift:
                _hush(desk, run)
    for start in range(0, len(found), _AT_ONCE):
        stretch = found[start : start + _AT_ONCE]
        desk.change(lambda work, stretch=stretch: _lose(work, stretch, now))
    return found


def _adrift(desk: Desk, campaign: CampaignId, now: datetime) -> Sequence[DeliveryId]:
    between = (keys.FRESH, keys.AGAIN)
    seen = list(deliveries.queue(desk.table, campaign, State.SENDING, between))
    living = deliveries.alive(desk.table, (item["worker"] for item in seen), now)
    lost = [items.id_of(item) for item in seen if item["worker"] not in living]
    # The index may be late: an answer that was written a moment ago is an answer.
    there = desk.table.read(map(keys.delivery, lost))
    return sorted(items.id_of(i) for i in there.values() if items.state_of(i) is State.SENDING)


def _hush(desk: Desk, run: Item) -> None:
    """Look no more at a campaign that has ended with nothing on the wire."""
    if RunState(run["state"]) not in OVER:
        return
    campaign = CampaignId(run["sk"])
    if not tallies.states(tallies.read(desk.table, campaign)).get(State.SENDING):
        desk.change(lambda work: work.put(keys.run(campaign), {**_seen(work, run), "quiet": True}))


def _seen(work: Work, run: Item) -> Item:
    return work.item(keys.run(run["sk"])) or run


def _lose(work: Work, adrift: Sequence[DeliveryId], now: datetime) -> None:
    changes = Changes()
    for row in hold(work, adrift).values():
        if row.state is not State.SENDING:
            continue
        there = work.item(keys.delivery(row.id)) or {}
        lose_sight(changes, row, now, is_proven=bool(there.get("proven")))
    write(work, changes)


def resolve(
    work: Work, delivery: DeliveryId, happening: Happening, *, note: str, now: datetime
) -> State:
    """Settle a doubtful delivery; the same again changes nothing.

    A campaign that has finished runs again when something of it is to be sent again.
    Raises IllegalTransition: it is not doubtful. CampaignOver: it was cancelled.
    """
    row = hold(work, [delivery]).get(delivery)
    words = Words.plain(note)
    if row and row.state is not State.DOUBTFUL and _was_said(work, row, happening, words):
        return row.state
    row = refuse_unless_doubtful(row, happening)
    changes = Changes()
    if happening is Happening.RESENT:
        _see_that_it_runs(work, row)
    changes.happen(row, happening, now, words)
    write(work, changes)
    return row.state


def _see_that_it_runs(work: Work, row: Row) -> None:
    if row.run is RunState.CANCELLED:
        raise CampaignOver(campaign=row.campaign)
    if row.run is RunState.FINISHED:
        there = work.item(keys.run(row.campaign)) or {}
        kept = {name: each for name, each in there.items() if name not in ("finished_at", "quiet")}
        running = {**kept, "state": RunState.RUNNING.value}
        runs.put_state(work, CampaignId(row.campaign), running)
        row.run = RunState.RUNNING


def _was_said(work: Work, row: Row, happening: Happening, words: Words) -> bool:
    """Whether this is the repetition of a call whose answer was lost."""
    last = items.history({**(work.item(keys.delivery(row.id)) or {})})[-1]
    said = (happening, words.about(row.address).text)
    return happening in RESOLVES and (last.happening, last.text) == said
