"""The pipeline on AWS as it sees the console: its ports of pipeline.ports with the ORM."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from pabal.console.adapters import OrmCampaignSource, own_connection
from pabal.console.audience import hearing, mirroring
from pabal.console.audience.models import Subscriber
from pabal.console.audience.objecting import objection_of, objectors
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.launching import RequestHandovers
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.domain.errors import Explained
from pabal.domain.identity import CampaignId, DeliveryId, split_delivery_id, subscriber_number
from pabal.domain.suppression import TRACKING, Suppression
from pabal.ledger.port import RunState
from pabal.pipeline.ports import Handover, StopChange


class OrmHandovers(RequestHandovers):
    """pipeline.ports.Handovers over the console's tables."""

    @own_connection()
    def waiting(self) -> Sequence[Handover]:
        return super().waiting()

    @own_connection()
    def record_done(self, handover: Handover, *, execution: str, now: datetime) -> bool:
        return super().record_done(handover, execution=execution, now=now)

    @own_connection()
    def record_trouble(self, campaign: CampaignId, error: Explained, *, now: datetime) -> None:
        super().record_trouble(campaign, error, now=now)


class OrmReturns:
    """pipeline.ports.Returns over the console's tables."""

    @own_connection()
    def left(
        self, delivery: DeliveryId, *, scope: str, source: str, at: datetime, message: str
    ) -> None:
        _campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        if subscriber is not None:
            hearing.hear_leaving(
                subscriber, scope=scope, source=source, at=at, message=message, now=timezone.now()
            )

    @own_connection()
    def objected(self, delivery: DeliveryId, *, at: datetime, message: str) -> None:
        _campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        if subscriber is not None:
            hearing.hear_objection(subscriber, at=at, message=message, now=timezone.now())

    @own_connection()
    def stopped(self, suppression: Suppression, *, message: str) -> None:
        hearing.hear_stop(suppression, message=message, now=timezone.now())

    def ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """What goes on again since it was told has not ended; the ledger there knows."""
        run = elsewhere.run(campaign)
        if run is not None and run.run_state is RunState.RUNNING:
            return
        OrmCampaignSource().record_ended(campaign, explanation=explanation, now=now)

    @own_connection()
    def forget(self, *, before: datetime) -> None:
        hearing.forget_messages(before=before)


class OrmStopChanges:
    """pipeline.ports.StopChanges over the console's tables."""

    @own_connection()
    def take(self, *, holder: str, now: datetime, until: datetime) -> Sequence[StopChange]:
        return mirroring.take(holder=holder, now=now, until=until)

    @own_connection()
    def standing(self, change: StopChange) -> Suppression | None:
        if change.scope == TRACKING:
            return objection_of(change.address)
        row = LedgerSuppression.objects.filter(address=change.address, scope=change.scope).first()
        if row is None:
            return None
        return Suppression(
            address=row.address,
            scope=row.scope,
            reason=row.why,
            since=row.since,
            detail=row.detail,
        )

    @own_connection()
    def done(self, change: StopChange) -> None:
        mirroring.drop(change)

    @own_connection()
    def release(self, *, holder: str) -> None:
        mirroring.release(holder)


@own_connection()
def note_every_stop() -> int:
    """Have the ledger on AWS told of every suppression and objection; return how many."""
    rows = LedgerSuppression.objects.values_list("address", "scope")
    stops = [*rows.order_by("address", "scope"), *((each, TRACKING) for each in objectors())]
    mirroring.note(stops)
    return len(stops)
