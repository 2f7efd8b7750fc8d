"""The quota and the rate that all workers share."""

from collections.abc import Mapping
from datetime import datetime

from pabal.domain.quota import Quota, oldest_counted
from pabal.domain.rate import Rate, next_turn
from pabal.ledger.sql.instants import LONGEST_WAIT, from_micros, to_micros
from pabal.ledger.sql.session import Statements

_AHEAD = 1_000  # messages for which workers may have taken turns that have not come


def used(sql: Statements, *, now: datetime) -> int:
    """Count the messages reserved in the rolling 24 hours."""
    return int(sql.rows("quota_used", {"oldest": oldest_counted(now)})[0][0])


def room(
    sql: Statements, limit: int | None, given_back: Mapping[int, int], *, now: datetime
) -> int | None:
    """Return how many messages may be reserved; None for any number.

    Nobody else reserves until the transaction ends.
    given_back: changes of this transaction, by bucket, that are not written yet.
    """
    if limit is None:
        return None
    sql.lock("lock_quota")
    oldest = oldest_counted(now)
    pending = sum(n for bucket, n in given_back.items() if bucket >= oldest)
    return Quota(limit=limit, used=used(sql, now=now) + pending).remaining


def reserve(sql: Statements, reservations: Mapping[int, int]) -> None:
    """Write reservations, and what is given back, by bucket."""
    rows = [{"bucket": bucket, "n": n} for bucket, n in sorted(reservations.items()) if n]
    sql.execute_rows("reserve", rows)


def take_turn(sql: Statements, rate: Rate, *, count: int, now: datetime, name: str) -> datetime:
    """Use up the shared rate for `count` messages and return when they may go."""
    sql.execute("start_pace", {"name": name})
    paid_until = from_micros(sql.rows("pace", {"name": name})[0][0])
    if paid_until > now + max(LONGEST_WAIT, rate.gap * _AHEAD):
        paid_until = now  # written by a clock that has been set back since
    turn = next_turn(rate, paid_until, count=count, now=now)
    sql.execute("set_pace", {"name": name, "paid_until": to_micros(turn.paid_until)})
    return turn.at
