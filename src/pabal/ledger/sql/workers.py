"""Workers' signs of life, and the forgetting of what nobody asks for any more."""

from datetime import datetime

from pabal.domain.quota import bucket_of
from pabal.ledger.instants import to_micros
from pabal.ledger.port import HITS_KEPT, KEPT
from pabal.ledger.sql.session import Statements


def beat(sql: Statements, worker: str, *, until: datetime) -> None:
    """Write that the worker is alive until then, and forget what is long over."""
    sql.execute("heartbeat", {"worker": worker, "until": to_micros(until)})
    sql.execute("forget_workers", {"before": to_micros(until - KEPT)})
    sql.execute("forget_quota", {"before": bucket_of(until - KEPT)})
    sql.execute("forget_old_hits", {"before": to_micros(until - HITS_KEPT)})
