"""Whether there is anybody who sends and checks."""

from datetime import datetime

from pabal.console.campaigns.ledger_tables import LedgerWorker


def somebody_works(now: datetime) -> bool:
    """Whether a worker's heartbeat holds."""
    return LedgerWorker.objects.filter(alive_until__gt=now).exists()
