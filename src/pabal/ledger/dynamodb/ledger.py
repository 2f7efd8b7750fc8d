"""The ledger on DynamoDB: each method of the port is one change, or as many as it takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TypeVar

from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.engagement import Actor, Hit, Hits
from pabal.domain.event import EventKind, FeedbackEvent
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.rate import Rate
from pabal.domain.reputation import Toll
from pabal.domain.suppression import Suppression
from pabal.ledger.dynamodb import (
    claiming,
    deliveries,
    doubts,
    erasing,
    events,
    forgetting,
    hits,
    holding,
    keys,
    overview,
    quota,
    runs,
    suppressions,
    tallies,
)
from pabal.ledger.dynamodb.schema import EXPIRES
from pabal.ledger.dynamodb.turn import AT_ONCE, turn
from pabal.ledger.dynamodb.work import Desk
from pabal.ledger.instants import to_micros
from pabal.ledger.port import (
    ALL_MAILS,
    KEPT,
    Begun,
    CampaignToll,
    Claimed,
    Delivery,
    Entry,
    HistoryEntry,
    Overview,
    Recorded,
    Run,
    RunState,
    Settlement,
    ToldEvent,
)

T = TypeVar("T")


class DynamoLedger:
    """Implements ledger.port.Ledger; what each method promises is said there.

    Threads may share it. A call that concerns more deliveries than fit into a transaction is
    several, each whole; repeated after it was cut off in between, it does the rest.

    daily_limit: messages in any 24 hours; None for no limit.
    """

    def __init__(self, desk: Desk, *, daily_limit: int | None) -> None:
        self._desk = desk
        self._table = desk.table
        self._daily_limit = daily_limit

    def close(self) -> None:
        self._table.close()

    def open(
        self,
        campaign: CampaignId,
        *,
        scopes: Sequence[str],
        on_doubt: OnDoubt,
        now: datetime,
    ) -> Run:
        self._desk.change(
            lambda work: runs.open_run(work, campaign, scopes=scopes, on_doubt=on_doubt, now=now)
        )
        return self.run(campaign)

    def run(self, campaign: CampaignId) -> Run:
        return runs.read(self._desk, campaign)

    def set_state(
        self, campaign: CampaignId, state: RunState, *, reason: str, now: datetime
    ) -> Run:
        self._desk.change(
            lambda work: runs.set_state(work, campaign, state, reason=reason, now=now)
        )
        run = self.run(campaign)
        if run.state is RunState.CANCELLED:
            runs.cancel_queued(self._desk, campaign, reason=run.reason, now=now)
        return run

    def enqueue(self, campaign: CampaignId, entries: Sequence[Entry], *, now: datetime) -> int:
        if not entries:
            self.run(campaign)  # raises CampaignNotOpen
        return sum(
            self._desk.change(
                lambda work, part=part: deliveries.enqueue(work, campaign, part, now=now)
            )
            for part in _parts(entries, deliveries.ENQUEUED_AT_ONCE)
        )

    def heartbeat(self, worker: str, *, until: datetime) -> None:
        key = keys.worker(worker)
        forget_at = int((until + KEPT).timestamp())
        self._table.put(
            {"pk": key.pk, "sk": key.sk, "alive_until": to_micros(until), EXPIRES: forget_at}
        )

    def claim(
        self,
        campaign: CampaignId,
        *,
        worker: str,
        limit: int,
        now: datetime,
        holding: Sequence[DeliveryId] | None = None,
    ) -> Sequence[Claimed]:
        return claiming.claim(
            self._desk, campaign, worker=worker, limit=limit, now=now, holding=holding
        )

    def claim_named(
        self, deliveries: Sequence[DeliveryId], *, worker: str, now: datetime
    ) -> Sequence[Claimed]:
        """Take deliveries that somebody names, as a message of a queue does.

        Left out are those that are not due, not queued, or claimed by a worker whose
        heartbeat holds; claimed by this worker already, they are returned again.
        """
        return claiming.claim_named(self._desk, deliveries, worker=worker, now=now)

    def release(self, deliveries: Sequence[DeliveryId], *, worker: str) -> None:
        self._give_back(deliveries, worker, {})

    def put_off(self, until: Mapping[DeliveryId, datetime], *, worker: str) -> None:
        self._give_back(list(until), worker, until)

    def _give_back(
        self, named: Sequence[DeliveryId], worker: str, until: Mapping[DeliveryId, datetime]
    ) -> None:
        for part in _parts(list(dict.fromkeys(named)), deliveries.GIVEN_BACK_AT_ONCE):
            self._desk.change(
                lambda work, part=part: deliveries.give_back(work, part, worker=worker, until=until)
            )

    def begin(self, deliveries: Sequence[DeliveryId], *, worker: str, now: datetime) -> Begun:
        return self.turn((), deliveries, worker=worker, now=now)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        if settlements:
            self.turn(settlements, (), worker="", now=settlements[0].at)

    def turn(
        self,
        settlements: Sequence[Settlement],
        deliveries: Sequence[DeliveryId],
        *,
        worker: str,
        now: datetime,
    ) -> Begun:
        if not settlements and not deliveries:
            return Begun(attempts=())
        unique = list(dict.fromkeys(deliveries))
        parts = zip_longest(_parts(settlements, AT_ONCE), _parts(unique, AT_ONCE), fillvalue=())
        begun = [
            self._desk.change(
                lambda work, ended=ended, named=named: turn(
                    work,
                    ended,
                    named,
                    worker=worker,
                    now=now,
                    daily_limit=self._daily_limit,
                )
            )
            for ended, named in parts
        ]
        return Begun(
            attempts=[each for part in begun for each in part.attempts],
            skipped=[each for part in begun for each in part.skipped],
            left=[each for part in begun for each in part.left],
            beyond_quota=[each for part in begun for each in part.beyond_quota],
        )

    def sweep(self, *, now: datetime) -> Sequence[DeliveryId]:
        return doubts.sweep(self._desk, now=now)

    def resolve(
        self, delivery: DeliveryId, happening: Happening, *, note: str, now: datetime
    ) -> State:
        return self._desk.change(
            lambda work: doubts.resolve(work, delivery, happening, note=note, now=now)
        )

    def record_event(
        self, event: FeedbackEvent, *, policy: BouncePolicy, now: datetime
    ) -> Recorded:
        return self._desk.change(lambda work: events.record(work, event, policy=policy, now=now))

    def events(self, delivery: DeliveryId) -> Sequence[ToldEvent]:
        return events.told_about(self._table, delivery)

    def event_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, Weight], int]:
        return tallies.events(tallies.read(self._table, campaign))

    def record_hit(self, hit: Hit, *, policy: BouncePolicy, now: datetime) -> bool:
        return self._desk.change(lambda work: events.record_hit(work, hit, policy=policy, now=now))

    def hits(self, delivery: DeliveryId) -> Sequence[Hits]:
        return hits.of_delivery(self._table, delivery)

    def hit_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, int, Actor], int]:
        return hits.counts(self._table, campaign)

    def toll(self, campaign: CampaignId) -> Toll:
        whole = tallies.toll(tallies.read(self._table, campaign))
        run = self._table.read([keys.run(campaign)]).get(keys.run(campaign), {})
        return whole - tallies.from_item(run.get("pardoned"))

    def tolls(self, since: datetime) -> Sequence[CampaignToll]:
        return overview.tolls(self._table, since)

    def tolls_by_domain(self, since: datetime) -> Sequence[CampaignToll]:
        return overview.tolls_by_domain(self._table, since)

    def counts(self, campaign: CampaignId) -> Mapping[State, int]:
        return tallies.states(tallies.read(self._table, campaign))

    def deferred(self, campaign: CampaignId) -> int:
        return deliveries.deferred(self._table, campaign)

    def next_due(self, campaign: CampaignId, *, now: datetime) -> datetime | None:
        return deliveries.next_due(self._table, campaign, now=now)

    def deliveries(
        self,
        campaign: CampaignId,
        *,
        state: State | None = None,
        after: int = -1,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        return deliveries.page(self._table, campaign, state=state, after=after, limit=limit)

    def delivery(self, delivery: DeliveryId) -> Delivery | None:
        return deliveries.read(self._table, delivery)

    def find(self, address: str, campaign: CampaignId | None = None) -> Sequence[Delivery]:
        return deliveries.find(self._table, address, campaign)

    def history(self, delivery: DeliveryId) -> Sequence[HistoryEntry]:
        return deliveries.history(self._table, delivery)

    def overview(self, *, now: datetime) -> Overview:
        return overview.read(self._table, now=now)

    def quota_used(self, *, now: datetime) -> int:
        return quota.used(self._table, now=now)

    def take_turn(
        self, rate: Rate, *, count: int, now: datetime, name: str = ALL_MAILS
    ) -> datetime:
        return self._desk.change(
            lambda work: quota.take_turn(work, rate, count=count, now=now, name=name)
        )

    def suppress(self, suppression: Suppression) -> None:
        self._desk.change(lambda work: holding.stop(work, [suppression]))

    def lift(self, address: str, scope: str) -> None:
        self._desk.change(lambda work: suppressions.lift(work, address, scope))

    def suppressions(
        self, addresses: Sequence[str], scopes: Sequence[str]
    ) -> Mapping[str, Suppression]:
        return suppressions.look_up(self._table, addresses, scopes)

    def forget_hits(self, address: str) -> None:
        erasing.forget_hits(self._desk, address)

    def erase(self, address: str, alias: str, *, now: datetime) -> None:
        erasing.erase(self._desk, address, alias, now=now)

    def forget_replies(self, *, before: datetime, behind: int, limit: int) -> int | None:
        """What is forgotten is not found again, so each call begins with the oldest."""
        done = forgetting.forget_replies(self._desk, before=before, limit=limit)
        return behind + done if done else None

    def forget_details(self, *, before: datetime, limit: int) -> int:
        return forgetting.forget_details(self._desk, before=before, limit=limit)


def _parts(values: Sequence[T], size: int) -> Sequence[Sequence[T]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
