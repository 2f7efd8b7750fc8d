"""The quota and the rate that all workers share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.quota import Quota, oldest_counted
from pabal.domain.rate import Rate, next_turn
from pabal.ledger.instants import LONGEST_WAIT, from_micros, to_micros
from pabal.ledger.sql.session import Answer, Statements

_AHEAD = 1_000  # messages for which workers may have taken turns that have not come


def used(sql: Statements, *, now: datetime) -> int:
    """Count the messages reserved in the rolling 24 hours."""
    return _used(sql.ask("quota_used", {"oldest": oldest_counted(now)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The quota, held: nobody else reserves until the transaction ends."""

    limit: int
    oldest: int
    answer: Answer

    def room(self, given_back: Mapping[int, int]) -> int:
        """Return how many messages may be reserved.

        given_back: changes of this transaction, by bucket, that are not written yet.
        """
        pending = sum(n for bucket, n in given_back.items() if bucket >= self.oldest)
        return Quota(limit=self.limit, used=_used(self.answer) + pending).remaining


def ask_for_allowance(sql: Statements, limit: int | None, *, now: datetime) -> Allowance | None:
    """Hold the quota and ask how much of it is used; None where there is no limit."""
    if limit is None:
        return None
    sql.lock("lock_quota")
    oldest = oldest_counted(now)
    return Allowance(limit=limit, oldest=oldest, answer=sql.ask("quota_used", {"oldest": oldest}))


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


def _used(answer: Answer) -> int:
    return int(answer()[0][0])
