"""What the ledger on AWS has to be told of suppressions, noted in the console's transactions.

A campaign that runs there looks its suppressions up there. So every change here leaves a note
in its own transaction, and a worker tells it (pipeline.aws.mirroring).
Who objects to being recorded is told likewise, as stopped in a scope of no campaign.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from pabal.console.audience.exchange import NoteHolder, StopNote
from pabal.domain.suppression import EVERYTHING, TRACKING, Suppression
from pabal.ledger.sql.ledger import SqlLedger
from pabal.pipeline.ports import StopChange

_TOGETHER = 200  # changes; a holder that dies keeps the others waiting until its time is over


class NotedLedger(SqlLedger):
    """The ledger in a transaction of the console's, which leaves notes of what it changes."""

    def suppress(self, suppression: Suppression) -> None:
        super().suppress(suppression)
        note([(suppression.address, suppression.scope)])

    def lift(self, address: str, scope: str) -> None:
        super().lift(address, scope)
        note([(address, scope)])

    def forget_hits(self, address: str) -> None:
        super().forget_hits(address)
        note([(address, TRACKING)])

    def erase(self, address: str, alias: str, *, now: datetime) -> None:
        super().erase(address, alias, now=now)
        at = timezone.now()
        StopNote.objects.create(address=address, scope=EVERYTHING, alias=alias, at=at)


def take(*, holder: str, now: datetime, until: datetime) -> Sequence[StopChange]:
    """Return the oldest notes, where nobody else tells them at this moment."""
    oldest = list(StopNote.objects.order_by("pk")[:_TOGETHER])
    if not oldest or not _holds(holder, now, until):
        return ()
    return [
        StopChange(
            number=note.pk, address=note.address, scope=note.scope, at=note.at, alias=note.alias
        )
        for note in oldest
    ]


def drop(change: StopChange) -> None:
    StopNote.objects.filter(pk=change.number).delete()


def release(holder: str) -> None:
    """Let others tell notes at once."""
    NoteHolder.objects.filter(holder=holder).delete()


def let_in(address: str, scope: str) -> None:
    """Have the ledger there follow what stands here, where nothing changes in the one here."""
    if settings.PABAL.is_stack_named:
        note([(address, scope)])


def note(stops: Sequence[tuple[str, str]]) -> None:
    """Leave a note about each of some addresses and scopes, which are read when it is told."""
    at = timezone.now()
    StopNote.objects.bulk_create(
        StopNote(address=address, scope=scope, at=at) for address, scope in stops
    )


def _holds(holder: str, now: datetime, until: datetime) -> bool:
    """Take the one row, or keep it; whoever loses the race gets nothing."""
    usual = {"holder": holder, "until": until}
    _row, is_new = NoteHolder.objects.get_or_create(pk=1, defaults=usual)
    if is_new:
        return True
    mine = NoteHolder.objects.filter(Q(holder=holder) | Q(until__lt=now), pk=1)
    return bool(mine.update(holder=holder, until=until))
