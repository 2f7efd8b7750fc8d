"""The ledger's tables as pages read them."""

import pytest

from builders.console import ACCEPTED, NOW, settled, started
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns import ledger_tables
from pabal.console.campaigns.ledger_tables import (
    LedgerDelivery,
    LedgerHistory,
    LedgerRow,
    LedgerRun,
    OnlyTheLedgerWrites,
)
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import Happening, State
from pabal.ledger.port import RunState

MODELS = [cls for cls in vars(ledger_tables).values() if isinstance(cls, type)]
ROWS = [cls for cls in MODELS if issubclass(cls, LedgerRow) and cls is not LedgerRow]


def test_they_show_what_the_ledger_wrote(campaign: Campaign, minji: Subscriber) -> None:
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})

    row = LedgerDelivery.objects.get()
    assert (row.delivery_state, row.address, row.attempts) == (State.SENT, minji.address, 1)
    run = LedgerRun.objects.get()
    assert (run.run_state, run.started_at, run.finished_at) == (RunState.RUNNING, NOW, None)
    happenings = [entry.what_happened for entry in LedgerHistory.objects.order_by("pk")]
    assert happenings == [Happening.ENQUEUED, Happening.BEGUN, Happening.ACCEPTED]


def test_instants_can_be_asked_for(campaign: Campaign, minji: Subscriber) -> None:
    started(campaign, [minji])

    assert LedgerHistory.objects.filter(at__lte=NOW).count() == 1
    assert not LedgerHistory.objects.filter(at__lt=NOW).exists()


@pytest.mark.parametrize("model", ROWS)
@pytest.mark.django_db
def test_pages_cannot_write_them(model: type[LedgerRow]) -> None:
    row = model()
    for write in (
        row.save,
        row.delete,
        model.objects.create,
        model.objects.all().delete,
        lambda: model.objects.update(state="sent"),
        lambda: model.objects.bulk_create([row]),
    ):
        with pytest.raises(OnlyTheLedgerWrites):
            write()
