"""The ledger's tables as pages read them. Only the ledger writes them.

The tables are made by the ledger's own SQL (pabal.ledger.sql), which a migration here
runs.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Never, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.base import ModelBase

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import Happening, State
from pabal.domain.event import EventKind
from pabal.domain.suppression import Reason
from pabal.ledger.port import RunState
from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE
from pabal.ledger.sql.schema import statements

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def create_ledger_tables(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create what is missing of the ledger's tables: what a migration runs."""
    dialect = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements(dialect):
        schema_editor.execute(statement, params=None)


class OnlyTheLedgerWrites(TypeError):
    """A row of the ledger was about to be written past it: a mistake in the program."""


if TYPE_CHECKING:
    BigIntegerField = models.BigIntegerField[Any, Any]
else:
    BigIntegerField = models.BigIntegerField


class InstantField(BigIntegerField):
    """An instant, kept as whole microseconds since the epoch."""

    def from_db_value(
        self, value: int | None, _expression: object, _connection: BaseDatabaseWrapper
    ) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return (value - _EPOCH) // _MICROSECOND
        return super().get_prep_value(value)


Row = TypeVar("Row", bound=models.Model, covariant=True)


class LedgerQuerySet(models.QuerySet[Row]):
    def create(self, **_values: object) -> Never:
        raise OnlyTheLedgerWrites

    def bulk_create(self, *_arguments: object, **_options: object) -> Never:
        raise OnlyTheLedgerWrites

    def update(self, **_values: object) -> Never:
        raise OnlyTheLedgerWrites

    def delete(self) -> Never:
        raise OnlyTheLedgerWrites


class LedgerRow(models.Model):
    objects = LedgerQuerySet.as_manager()

    class Meta:
        abstract = True
        managed = False

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> Never:
        raise OnlyTheLedgerWrites

    def delete(self, using: str | None = None, keep_parents: bool = False) -> Never:
        raise OnlyTheLedgerWrites


class LedgerRun(LedgerRow):
    """A campaign as the ledger knows it: ledger.port.Run."""

    campaign = models.CharField(primary_key=True, max_length=8)
    state = models.CharField(max_length=20)
    reason = models.TextField()
    started_at: "models.Field[datetime, datetime]" = InstantField()
    finished_at: "models.Field[datetime | None, datetime | None]" = InstantField(null=True)

    class Meta(LedgerRow.Meta):
        db_table = "ledger_run"

    @property
    def run_state(self) -> RunState:
        return RunState(self.state)


class LedgerDelivery(LedgerRow):
    """A delivery as it stands: ledger.port.Delivery."""

    id = models.CharField(primary_key=True, max_length=32)
    campaign = models.CharField(max_length=8)
    position = models.IntegerField()
    address = models.CharField(max_length=320)
    state = models.CharField(max_length=20)
    attempts = models.IntegerField()
    failures = models.IntegerField()
    not_before: "models.Field[datetime, datetime]" = InstantField()
    begun_at: "models.Field[datetime | None, datetime | None]" = InstantField(null=True)
    last = models.TextField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_delivery"

    @property
    def delivery_state(self) -> State:
        return State(self.state)

    @property
    def is_deferred(self) -> bool:
        """Whether it waits for a retry."""
        return self.state == State.QUEUED.value and self.failures > 0


class LedgerHistory(LedgerRow):
    """One thing that happened to a delivery: ledger.port.HistoryEntry."""

    id = models.BigIntegerField(primary_key=True)
    delivery = models.CharField(max_length=32)
    at: "models.Field[datetime, datetime]" = InstantField()
    happening = models.CharField(max_length=20)
    attempt = models.IntegerField()
    worker = models.CharField(max_length=100)
    code = models.IntegerField()
    enhanced = models.CharField(max_length=20)
    text = models.TextField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_history"

    @property
    def what_happened(self) -> Happening:
        return Happening(self.happening)


class LedgerEvent(LedgerRow):
    """Something that came back about a delivery: ledger.port.ToldEvent."""

    id = models.CharField(primary_key=True, max_length=32)
    delivery = models.CharField(max_length=32)
    campaign = models.CharField(max_length=8)
    address = models.CharField(max_length=320)
    kind = models.CharField(max_length=20)
    weight = models.CharField(max_length=20)
    at: "models.Field[datetime, datetime]" = InstantField()
    told_at: "models.Field[datetime, datetime]" = InstantField()
    label = models.TextField()
    code = models.IntegerField()
    enhanced = models.CharField(max_length=20)
    text = models.TextField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_event"

    @property
    def event_kind(self) -> EventKind:
        return EventKind(self.kind)

    @property
    def meaning(self) -> Weight:
        return Weight(self.weight)


class LedgerHit(LedgerRow):
    """Hits of a delivery that are alike, and who made them: domain.engagement.told_apart.

    id: made up, of all that tells them apart.
    """

    id = models.CharField(primary_key=True, max_length=80)
    delivery = models.CharField(max_length=32)
    campaign = models.CharField(max_length=8)
    kind = models.CharField(max_length=20)
    link = models.IntegerField()
    sign = models.CharField(max_length=20)
    first_at: "models.Field[datetime, datetime]" = InstantField()
    last_at: "models.Field[datetime, datetime]" = InstantField()
    times = models.BigIntegerField()
    actor = models.CharField(max_length=20)

    class Meta(LedgerRow.Meta):
        db_table = "ledger_hit_told_apart"


class LedgerUse(LedgerRow):
    """A mail that was opened or clicked, by whom, and when first: domain.engagement.actors.

    id: made up, of the delivery and the kind.
    """

    id = models.CharField(primary_key=True, max_length=60)
    campaign = models.CharField(max_length=8)
    delivery = models.ForeignKey(
        LedgerDelivery, models.DO_NOTHING, db_column="delivery", related_name="+"
    )
    kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=20)
    at: "models.Field[datetime, datetime]" = InstantField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_use"


class LedgerTally(LedgerRow):
    """How many deliveries of a campaign are in a state; the sum over the slots counts."""

    pk = models.CompositePrimaryKey("campaign", "state", "slot")
    campaign = models.CharField(max_length=8)
    state = models.CharField(max_length=20)
    slot = models.IntegerField()
    n = models.BigIntegerField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_tally"


class LedgerSuppression(LedgerRow):
    """An address that must not be mailed in a scope: domain.suppression.Suppression."""

    pk = models.CompositePrimaryKey("address", "scope")
    address = models.CharField(max_length=320)
    scope = models.CharField(max_length=50)
    reason = models.CharField(max_length=20)
    since: "models.Field[datetime, datetime]" = InstantField()
    detail = models.TextField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_suppression"

    @property
    def why(self) -> Reason:
        return Reason(self.reason)


class LedgerWorker(LedgerRow):
    """Until when a worker's claims and attempts hold."""

    name = models.CharField(primary_key=True, max_length=100)
    alive_until: "models.Field[datetime, datetime]" = InstantField()

    class Meta(LedgerRow.Meta):
        db_table = "ledger_worker"
