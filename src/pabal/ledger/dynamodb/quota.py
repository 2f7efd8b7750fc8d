"""The quota of 24 hours, and the rates that all workers share.

Messages are counted by minute, as everywhere (domain/quota.py). One item keeps the sum of
the minutes that count, so that a reservation is one condition and not 1,440 reads; when a
minute ceases to count, whoever reserves next takes it off the sum.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.quota import BUCKET, Quota, oldest_counted
from pabal.domain.rate import Rate, next_turn
from pabal.ledger.dynamodb import keys
from pabal.ledger.dynamodb.schema import EXPIRES
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.instants import LONGEST_WAIT, from_micros, to_micros
from pabal.ledger.port import KEPT

_AHEAD = 1_000  # messages for which workers may have taken turns that have not come


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The sum as it was read, and as it is at this moment.

    seen: None where nothing was ever reserved. oldest: the first minute that counts.
    """

    seen: Item | None
    oldest: int
    used: int

    def room(self, limit: int, reservations: Mapping[int, int]) -> int:
        """Return how many messages may be reserved beside these, which may be given back."""
        pending = sum(n for bucket, n in reservations.items() if bucket >= self.oldest)
        return Quota(limit=limit, used=self.used + pending).remaining


def used(table: Table, *, now: datetime) -> int:
    """Count the messages reserved in the rolling 24 hours."""
    seen = table.read([keys.TOTAL]).get(keys.TOTAL)
    return _counted(table, seen, oldest_counted(now))


def look(work: Work, *, now: datetime | None) -> Allowance:
    """Read the sum. now: None where nothing is reserved, so that it need not be up to date."""
    seen = work.item(keys.TOTAL)
    oldest = oldest_counted(now) if now else (seen["oldest"] if seen else 0)
    return Allowance(seen=seen, oldest=oldest, used=_counted(work.table, seen, oldest))


def reserve(
    work: Work, allowance: Allowance, reservations: Counter[int], *, limit: int | None
) -> None:
    """Write reservations, and what is given back, by minute; and the sum of those that count.

    Where no minute has ceased to count it is enough that there is room at the moment of
    writing: others may have reserved since it was read.
    """
    changes = {bucket: n for bucket, n in reservations.items() if n}
    if not changes:
        return
    for bucket, n in changes.items():
        forget_at = int((bucket * BUCKET + KEPT).total_seconds())
        work.add(keys.minute(bucket), {"n": n}).set(EXPIRES, forget_at)
    counted = sum(n for bucket, n in changes.items() if bucket >= allowance.oldest)
    seen = allowance.seen
    if seen is None or seen["oldest"] != allowance.oldest:
        total = {"n": allowance.used + counted, "oldest": allowance.oldest}
        work.put(keys.TOTAL, total)
        return
    total = work.add(keys.TOTAL, {"n": counted, "v": 1})
    total.where("oldest", "=", allowance.oldest)
    if limit is not None and counted > 0:
        total.where("n", "<=", limit - counted)


def _counted(table: Table, seen: Item | None, oldest: int) -> int:
    """Bring the sum to another oldest minute, in either direction: clocks are set back too."""
    if seen is None:
        return 0
    early, late = sorted((seen["oldest"], oldest))
    if early == late:
        return int(seen["n"])
    between = (keys.minute(early).sk, keys.minute(late - 1).sk)
    moved = sum(minute["n"] for minute in table.query(keys.QUOTA, between=between))
    return int(seen["n"]) + (moved if oldest < seen["oldest"] else -moved)


def take_turn(work: Work, rate: Rate, *, count: int, now: datetime, name: str) -> datetime:
    """Use up the shared rate for `count` messages and return when they may go."""
    key = keys.pace(name)
    paid_until = from_micros((work.item(key) or {}).get("paid_until", 0))
    if paid_until > now + max(LONGEST_WAIT, rate.gap * _AHEAD):
        paid_until = now  # written by a clock that has been set back since
    turn = next_turn(rate, paid_until, count=count, now=now)
    work.put(key, {"paid_until": to_micros(turn.paid_until)})
    return turn.at
