"""How all campaigns stand together, and what each has cost: the tallies, run by run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.dynamodb import deliveries, items, keys, tallies
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.tallies import Tally
from pabal.ledger.instants import beyond, from_micros, to_micros
from pabal.ledger.port import CampaignToll, FinishedRun, Overview, Run, RunState

_OPEN = frozenset({RunState.RUNNING, RunState.PAUSED})


def read(table: Table, *, now: datetime) -> Overview:
    """Ask for the tallies of open campaigns, and of all others together."""
    runs = [items.run(item) for item in table.query(keys.RUNS)]
    running = [run for run in runs if run.state is RunState.RUNNING]
    opened = [tallies.read(table, run.campaign) for run in runs if run.state in _OPEN]
    every = tallies.read_all(table)
    return Overview(
        runs=Counter(run.state for run in runs),
        deliveries=tallies.states(_sum(opened)),
        doubts=every.get(State.DOUBTFUL.value, 0),
        waiting_again=sum(1 for run in running for _ in deliveries.again(table, run.campaign)),
        due_since=_due_since(table, running, now),
        running_since=min((run.started_at for run in running), default=None),
        last_finished=_last_finished(table, runs),
        workers_alive=_workers_alive(table, now),
        returned=tallies.events(every),
    )


def tolls(table: Table, since: datetime) -> Sequence[CampaignToll]:
    runs = [items.run(item) for item in table.query(keys.RUNS)]
    wanted = [run for run in runs if run.started_at >= since]
    return [
        CampaignToll(
            campaign=run.campaign,
            started_at=run.started_at,
            toll=tallies.toll(tallies.read(table, run.campaign)),
        )
        for run in sorted(wanted, key=lambda run: (run.started_at, run.campaign))
    ]


def tolls_by_domain(table: Table, since: datetime) -> Sequence[CampaignToll]:
    """Count the deliveries in the index, which has what came back about each."""
    return [
        CampaignToll(
            campaign=whole.campaign, started_at=whole.started_at, toll=tallies.toll(counted), to=to
        )
        for whole in tolls(table, since)
        for to, counted in sorted(_by_domain(table, whole.campaign).items())
        if counted[State.SENT.value]
    ]


def _by_domain(table: Table, campaign: CampaignId) -> Mapping[str, Counter[str]]:
    domains: dict[str, Counter[str]] = defaultdict(Counter)
    for state in State:
        for item in deliveries.queue(table, campaign, state):
            domains[item["address"].partition("@")[2]].update([state.value, *item.get("told", ())])
    return domains


def _sum(counted: Iterable[Tally]) -> Tally:
    total = Counter[str]()
    for each in counted:
        total.update(each)
    return total


def _due_since(table: Table, running: Sequence[Run], now: datetime) -> datetime | None:
    """What was never begun is due since its campaign was started."""
    moments: list[datetime] = []
    for run in running:
        if next(deliveries.fresh(table, run.campaign, page=1), None):
            moments.append(run.started_at)
        if first := next(deliveries.again(table, run.campaign, page=1), None):
            moments.append(from_micros(first["not_before"]))
    return min((moment for moment in moments if moment <= now), default=None)


def _last_finished(table: Table, runs: Sequence[Run]) -> FinishedRun | None:
    ended = [(run.finished_at, run) for run in runs if run.state is RunState.FINISHED]
    found = [(at, run) for at, run in ended if at is not None]
    if not found:
        return None
    latest = max(at for at, _ in found)
    run = min((run for at, run in found if at == latest), key=lambda run: run.campaign)
    deliveries = tallies.states(tallies.read(table, run.campaign))
    return FinishedRun(deliveries=deliveries, elapsed=latest - run.started_at)


def _workers_alive(table: Table, now: datetime) -> int:
    moment, latest = to_micros(now), beyond(now)
    workers = table.query(keys.WORKERS)
    return sum(moment < worker["alive_until"] <= latest for worker in workers)
