"""Puts together what forgets: for the commands, and for whatever keeps running."""

from pabal.cli.cloud import ledger_there
from pabal.ledger.port import Ledger
from pabal.pipeline.local.tidying import Tidying
from pabal.pipeline.local.wiring import Workshop


def make_tidying(workshop: Workshop) -> Tidying:
    from pabal.console.adapters import OrmArchive, OrmErasures

    def there() -> Ledger | None:
        return ledger_there(workshop.settings)

    return Tidying(workshop, OrmErasures(), OrmArchive(), there)
