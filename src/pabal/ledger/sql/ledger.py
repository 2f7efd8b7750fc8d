"""The ledger on SQLite or PostgreSQL: each method of the port is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.engagement import Actor, Hit, Hits
from pabal.domain.event import EventKind, FeedbackEvent
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.rate import Rate
from pabal.domain.reputation import Toll
from pabal.domain.suppression import Suppression
from pabal.ledger.port import (
    ALL_MAILS,
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
from pabal.ledger.sql import deliveries as rows
from pabal.ledger.sql import (
    doubts,
    erasing,
    events,
    forgetting,
    hits,
    overview,
    quota,
    runs,
    suppressions,
    tolls,
    workers,
)
from pabal.ledger.sql.dialect import Connection, Dialect
from pabal.ledger.sql.session import JoinedSession, Session
from pabal.ledger.sql.turn import turn


class SqlLedger:
    """Implements ledger.port.Ledger; what each method promises is said there.

    daily_limit: messages in any 24 hours; None for no limit.
    """

    def __init__(self, session: Session | JoinedSession, *, daily_limit: int | None) -> None:
        self._session = session
        self._daily_limit = daily_limit

    @classmethod
    def joined(cls, connection: Connection, dialect: Dialect) -> "SqlLedger":
        """Return a ledger inside somebody else's open transaction, for suppressions and reading.

        connection: a sqlite3 or psycopg connection. Nothing is committed here; what is
        done is durable when its owner commits. It begins no deliveries: its quota is 0.
        """
        return cls(JoinedSession(connection, dialect), daily_limit=0)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self._session.close()

    def open(
        self,
        campaign: CampaignId,
        *,
        scopes: Sequence[str],
        on_doubt: OnDoubt,
        now: datetime,
    ) -> Run:
        with self._session.writing() as sql:
            return runs.open_run(sql, campaign, scopes=scopes, on_doubt=on_doubt, now=now)

    def run(self, campaign: CampaignId) -> Run:
        with self._session.reading() as sql:
            return runs.read(sql, campaign)

    def set_state(
        self, campaign: CampaignId, state: RunState, *, reason: str, now: datetime
    ) -> Run:
        with self._session.writing() as sql:
            run = runs.set_state(sql, campaign, state, reason=reason, now=now)
        # From here on nothing begins. The queued ones follow in transactions of their
        # own, so that a million of them do not keep every worker waiting.
        position: int | None = -1 if run.state is RunState.CANCELLED else None
        while position is not None:
            with self._session.writing() as sql:
                position = runs.cancel_queued(
                    sql, campaign, behind=position, reason=run.reason, now=now
                )
        return run

    def enqueue(self, campaign: CampaignId, entries: Sequence[Entry], *, now: datetime) -> int:
        with self._session.writing() as sql:
            return rows.enqueue(sql, campaign, entries, now=now)

    def heartbeat(self, worker: str, *, until: datetime) -> None:
        with self._session.writing() as sql:
            workers.beat(sql, worker, until=until)

    def claim(
        self,
        campaign: CampaignId,
        *,
        worker: str,
        limit: int,
        now: datetime,
        holding: Sequence[DeliveryId] | None = None,
    ) -> Sequence[Claimed]:
        with self._session.writing() as sql:
            return rows.claim(sql, campaign, worker=worker, limit=limit, now=now, holding=holding)

    def release(self, deliveries: Sequence[DeliveryId], *, worker: str) -> None:
        with self._session.writing() as sql:
            rows.release(sql, deliveries, worker=worker)

    def put_off(self, until: Mapping[DeliveryId, datetime], *, worker: str) -> None:
        if not until:
            return
        with self._session.writing() as sql:
            rows.put_off(sql, until, worker=worker)

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
        with self._session.writing() as sql:
            return turn(
                sql,
                settlements,
                deliveries,
                worker=worker,
                now=now,
                daily_limit=self._daily_limit,
            )

    def sweep(self, *, now: datetime) -> Sequence[DeliveryId]:
        with self._session.writing() as sql:
            return doubts.sweep(sql, now=now)

    def resolve(
        self, delivery: DeliveryId, happening: Happening, *, note: str, now: datetime
    ) -> State:
        with self._session.writing() as sql:
            return doubts.resolve(sql, delivery, happening, note=note, now=now)

    def record_event(
        self, event: FeedbackEvent, *, policy: BouncePolicy, now: datetime
    ) -> Recorded:
        with self._session.writing() as sql:
            return events.record(sql, event, policy=policy, now=now)

    def events(self, delivery: DeliveryId) -> Sequence[ToldEvent]:
        with self._session.reading() as sql:
            return events.told_about(sql, delivery)

    def event_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, Weight], int]:
        with self._session.reading() as sql:
            return events.counts(sql, campaign)

    def record_hit(self, hit: Hit, *, policy: BouncePolicy, now: datetime) -> bool:
        with self._session.writing() as sql:
            return events.record_hit(sql, hit, policy=policy, now=now)

    def hits(self, delivery: DeliveryId) -> Sequence[Hits]:
        with self._session.reading() as sql:
            return hits.of_delivery(sql, delivery)

    def hit_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, int, Actor], int]:
        with self._session.reading() as sql:
            return hits.counts(sql, campaign)

    def forget_hits(self, address: str) -> None:
        with self._session.writing() as sql:
            hits.forget(sql, address)

    def toll(self, campaign: CampaignId) -> Toll:
        with self._session.reading() as sql:
            return tolls.unpardoned(sql, campaign)

    def tolls(self, since: datetime) -> Sequence[CampaignToll]:
        with self._session.reading() as sql:
            return tolls.since(sql, since)

    def tolls_by_domain(self, since: datetime) -> Sequence[CampaignToll]:
        with self._session.reading() as sql:
            return tolls.by_domain_since(sql, since)

    def counts(self, campaign: CampaignId) -> Mapping[State, int]:
        with self._session.reading() as sql:
            return rows.counts(sql, campaign)

    def deferred(self, campaign: CampaignId) -> int:
        with self._session.reading() as sql:
            return rows.deferred(sql, campaign)

    def next_due(self, campaign: CampaignId, *, now: datetime) -> datetime | None:
        with self._session.reading() as sql:
            return rows.next_due(sql, campaign, now=now)

    def deliveries(
        self,
        campaign: CampaignId,
        *,
        state: State | None = None,
        after: int = -1,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        with self._session.reading() as sql:
            return rows.page(sql, campaign, state=state, after=after, limit=limit)

    def delivery(self, delivery: DeliveryId) -> Delivery | None:
        with self._session.reading() as sql:
            return rows.read(sql, delivery)

    def find(self, address: str, campaign: CampaignId | None = None) -> Sequence[Delivery]:
        with self._session.reading() as sql:
            return rows.find(sql, address, campaign)

    def history(self, delivery: DeliveryId) -> Sequence[HistoryEntry]:
        with self._session.reading() as sql:
            return rows.history(sql, delivery)

    def overview(self, *, now: datetime) -> Overview:
        with self._session.reading() as sql:
            return overview.read(sql, now=now)

    def quota_used(self, *, now: datetime) -> int:
        with self._session.reading() as sql:
            return quota.used(sql, now=now)

    def take_turn(
        self, rate: Rate, *, count: int, now: datetime, name: str = ALL_MAILS
    ) -> datetime:
        with self._session.writing() as sql:
            return quota.take_turn(sql, rate, count=count, now=now, name=name)

    def suppress(self, suppression: Suppression) -> None:
        with self._session.writing() as sql:
            suppressions.add(sql, [suppression])

    def lift(self, address: str, scope: str) -> None:
        with self._session.writing() as sql:
            suppressions.lift(sql, address, scope)

    def erase(self, address: str, alias: str, *, now: datetime) -> None:
        with self._session.writing() as sql:
            erasing.erase(sql, address, alias, now=now)

    def forget_replies(self, *, before: datetime, behind: int, limit: int) -> int | None:
        with self._session.writing() as sql:
            return forgetting.forget_replies(sql, before=before, behind=behind, limit=limit)

    def forget_details(self, *, before: datetime, limit: int) -> int:
        with self._session.writing() as sql:
            return forgetting.forget_details(sql, before=before, limit=limit)

    def suppressions(
        self, addresses: Sequence[str], scopes: Sequence[str]
    ) -> Mapping[str, Suppression]:
        with self._session.reading() as sql:
            return suppressions.look_up(sql, addresses, scopes)
