"""Campaigns that were started, and how they are paused and cancelled."""

from collections.abc import Sequence
from datetime import datetime

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.dynamodb import items, keys, tallies
from pabal.ledger.dynamodb.holding import hold, read_run, write
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Desk, Work
from pabal.ledger.errors import CampaignNotOpen, LedgerUnavailable
from pabal.ledger.instants import to_micros
from pabal.ledger.port import Run, RunState
from pabal.ledger.rows import OVER, SLOTS, Changes, Words

_AT_ONCE = 80  # deliveries that one transaction cancels
_PATIENCE = 12  # rounds in which the index may catch up


def open_run(
    work: Work,
    campaign: CampaignId,
    *,
    scopes: Sequence[str],
    on_doubt: OnDoubt,
    now: datetime,
) -> None:
    """Make a campaign known, with all slots of its tally; one that is there stays."""
    if work.item(keys.run(campaign)) is not None:
        return
    running = RunState.RUNNING.value
    work.put(
        keys.run(campaign),
        {
            "state": running,
            "reason": "",
            "scopes": list(scopes),
            "on_doubt": on_doubt.value,
            "started_at": to_micros(now),
        },
    )
    work.read(keys.slot(campaign, number) for number in range(SLOTS))
    for number in range(SLOTS):
        work.put(keys.slot(campaign, number), {"run": running})


def read(desk: Desk, campaign: CampaignId) -> Run:
    """Raises CampaignNotOpen: it was never opened."""
    found = desk.table.read([keys.run(campaign)])
    if not found:
        raise CampaignNotOpen(campaign=campaign)
    return items.run(found[keys.run(campaign)])


def set_state(
    work: Work, campaign: CampaignId, state: RunState, *, reason: str, now: datetime
) -> None:
    """Change the state; one that the run has already, or an end, stays as it is.

    Every slot of the tally carries it too, so that whoever changes a delivery rests on it
    with the write that counts, and workers do not wait for each other at the run's item.
    """
    run = read_run(work, campaign)
    if run.state in OVER or run.state is state:
        return
    there = work.item(keys.run(campaign)) or {}
    told: Item = {"state": state.value, "reason": reason}
    if state in OVER:
        told["finished_at"] = to_micros(now)
    if state is RunState.RUNNING:
        told["pardoned"] = tallies.as_item(tallies.toll(tallies.read(work.table, campaign)))
    put_state(work, campaign, {**there, **told})


def put_state(work: Work, campaign: CampaignId, item: Item) -> None:
    work.put(keys.run(campaign), item)
    for number in range(SLOTS):
        work.add(keys.slot(campaign, number), {}).set("run", item["state"])


def cancel_queued(desk: Desk, campaign: CampaignId, *, reason: str, now: datetime) -> None:
    """Cancel every queued delivery; nothing begins meanwhile.

    The index may not know yet of those that were added last. The tally does.

    Raises LedgerUnavailable: the index does not catch up; repeating goes on.
    """
    for turn in range(_PATIENCE):
        queued = desk.table.query(
            keys.queue(campaign, State.QUEUED), index=keys.QUEUE_INDEX, names=("queue", "place")
        )
        stretch: list[DeliveryId] = []
        for item in queued:
            stretch.append(items.id_of(item))
            if len(stretch) == _AT_ONCE:
                _cancel(desk, stretch, reason, now)
                stretch = []
        _cancel(desk, stretch, reason, now)
        if not tallies.states(tallies.read(desk.table, campaign)).get(State.QUEUED):
            return
        desk.wait(turn)
    raise LedgerUnavailable(reason="the index of what is queued does not catch up")


def _cancel(desk: Desk, deliveries: Sequence[DeliveryId], reason: str, now: datetime) -> None:
    def cancel(work: Work) -> None:
        changes = Changes()
        for row in hold(work, deliveries).values():
            if row.state is State.QUEUED:
                changes.happen(row, Happening.CANCELLED, now, Words.plain(reason))
        write(work, changes)

    if deliveries:
        desk.change(cancel)
