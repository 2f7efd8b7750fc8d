"""Tell the ledger on AWS of suppressions that the console has made or lifted.

Changes are noted in the console's own transactions. Here the other ledger is brought to what
stands now, change by change, by one process at a time: so whatever was cut off, repeated or
overtaken, the last decision about an address is what stays.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from pabal.domain.suppression import TRACKING
from pabal.ledger.port import Ledger
from pabal.pipeline.ports import StopChange, StopChanges

_HOLD = timedelta(seconds=90)
_LONGEST_CALL = timedelta(seconds=40)  # of the ledger: reads and writes with their repetitions


def mirror(
    changes: StopChanges, ledger: Ledger, *, holder: str, clock: Callable[[], datetime]
) -> int:
    """Bring a ledger up to date; return how many changes it was told.

    holder: a name of this process's own. Raises Unavailable: repeat it, in order.
    """
    count = 0
    try:
        while told := _tell_some(changes, ledger, holder, clock):
            count += told
    finally:
        if count:
            changes.release(holder=holder)
    return count


def _tell_some(
    changes: StopChanges, ledger: Ledger, holder: str, clock: Callable[[], datetime]
) -> int:
    """Tell as many as the hold on them is sure to last for."""
    now = clock()
    count, until = 0, now + _HOLD
    for change in changes.take(holder=holder, now=now, until=until):
        if clock() > until - _LONGEST_CALL:
            break
        _follow(change, changes, ledger)
        changes.done(change)
        count += 1
    return count


def _follow(change: StopChange, changes: StopChanges, ledger: Ledger) -> None:
    if change.alias:
        ledger.erase(change.address, change.alias, now=change.at)
        return
    stop = changes.standing(change)
    if stop is not None:
        ledger.suppress(stop)
        if stop.scope == TRACKING:
            ledger.forget_hits(stop.address)
        return
    there = ledger.suppressions([change.address], [change.scope]).get(change.address)
    # Whoever has left by a mail's link since is not let in by what was decided before.
    if there is None or there.scope != change.scope or there.since <= change.at:
        ledger.lift(change.address, change.scope)
