"""Consent: an append-only record, chained so that a changed past shows."""

import calendar
import enum
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

# Made once: making it takes longer than writing a record.
_CONTENT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
_KOREA = timezone(timedelta(hours=9))
_TRANSACTION_MONTHS = 6
_CONFIRMATION_MONTHS = 24


class ConsentAction(enum.Enum):
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class Basis(enum.Enum):
    """Why somebody may be sent advertising."""

    CONSENT = "consent"  # they agreed: 정보통신망법 50(1)
    TRANSACTION = "transaction"  # they bought the same kind of goods: 정보통신망법 50(1)1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """Who agreed to what, when and how (정보통신망법 50; GDPR 7(1): be able to show it).

    subscriber: the subscriber's number.
    purpose: the scope of suppression.py that it is about: a list, a topic or all.
    source: how: a form's name, a file's name and row, the one-click link.
    wording: the text that was agreed to, or its version; of a transaction, the kind of goods.
    happened_at: when the person did it, or the transaction ended; may lie before it was recorded.
    origin: the network address that the request came from; "" where there was none.

    Erasing somebody takes `source` and `origin` away, which may name a person; that there was
    consent, when and to what stays as proof (GDPR 17(3)(e)). So that the chain still holds, it
    is made not of these two but of their seal: a digest with a salt that is erased with them,
    so that nobody can find out by trying what it was made of.
    """

    subscriber: int
    action: ConsentAction
    purpose: str
    source: str
    wording: str
    happened_at: datetime
    basis: Basis = Basis.CONSENT
    origin: str = ""

    def seal(self, salt: str) -> str:
        """Return what stands in the chain for the part that can be erased, 64 hex digits."""
        return _digest([salt, self.source, self.origin])

    def digest(self, previous: str, seal: str = "") -> str:
        """Return the link of the hash chain after `previous` ("" for the first), 64 hex digits.

        seal: "" for a record from before there were seals, which keeps what it was made of.
        """
        content = [
            previous,
            self.subscriber,
            self.action.value,
            self.purpose,
            seal or self.source,
            self.wording,
            self.happened_at.timestamp(),
        ]
        origin = "" if seal else self.origin
        # What is as usual is left out: a chain outlives a field that is added to records.
        if self.basis is not Basis.CONSENT or origin:
            content += [self.basis.value, origin]
        return _digest(content)


def _digest(content: Sequence[object]) -> str:
    return hashlib.sha256(_CONTENT.encode(content).encode()).hexdigest()


class Break(enum.Enum):
    """What is wrong with a link of a chain."""

    CHANGED = "changed"  # its content is not what its digest was made of
    MISPLACED = "misplaced"  # it does not follow the link that stands before it


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLink:
    """A record as it stands in a chain.

    number: of the record, over all chains. record: None where what is kept is no record.
    salt: "" where the record's personal part was erased.
    """

    number: int
    subscriber: int
    record: ConsentRecord | None
    previous: str
    salt: str
    seal: str
    digest: str

    @property
    def is_whole(self) -> bool:
        """Whether the content is what the digest was made of, as far as it is still there."""
        record = self.record
        if record is None or record.digest(self.previous, self.seal) != self.digest:
            return False
        if not self.seal:
            return True
        if not self.salt:
            return not record.source and not record.origin
        return record.seal(self.salt) == self.seal


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    link: ConsentLink
    why: Break


@dataclass(slots=True)
class ChainWalk:
    """Follows chains link by link, one subscriber's after the other's, oldest first.

    broken: the first link that does not fit, where the walk stops.
    """

    records: int = 0
    chains: int = 0
    broken: BrokenLink | None = None
    _subscriber: int = 0
    _end: str = ""

    def follow(self, links: Iterable[ConsentLink]) -> bool:
        """Go on; return whether all of these fit."""
        for link in links:
            if link.subscriber != self._subscriber:
                self.chains += 1
                self._subscriber, self._end = link.subscriber, ""
            self.records += 1
            why = self._fault(link)
            if why is not None:
                self.broken = BrokenLink(link=link, why=why)
                return False
            self._end = link.digest
        return True

    def _fault(self, link: ConsentLink) -> Break | None:
        if not link.is_whole:
            return Break.CHANGED
        return None if link.previous == self._end else Break.MISPLACED


class Ground(enum.Enum):
    """What lets us send somebody advertising at a moment, or why nothing does."""

    CONSENT = "consent"
    TRANSACTION = "transaction"
    TRANSACTION_OVER = "transaction over"
    NOTHING = "nothing"


def ground(
    *, consented_at: datetime | None, transaction_ended_at: datetime | None, now: datetime
) -> Ground:
    """Say what lets us advertise: consent, which lasts, before a transaction, which runs out."""
    if consented_at is not None:
        return Ground.CONSENT
    if transaction_ended_at is None:
        return Ground.NOTHING
    is_over = now >= transaction_expiry(transaction_ended_at)
    return Ground.TRANSACTION_OVER if is_over else Ground.TRANSACTION


def transaction_expiry(ended_at: datetime) -> datetime:
    """Return from when on a transaction lets nobody be sent advertising any more.

    Six months after its end (시행령 61(1)), counted in days of Korea: the day of the end is
    not counted, and the last day is whole (민법 157, 159, 160).
    """
    last_day = _months_later(ended_at.astimezone(_KOREA).date(), _TRANSACTION_MONTHS)
    return datetime.combine(last_day + timedelta(days=1), time(), _KOREA)


def expired_before(now: datetime) -> datetime:
    """Return the moment before which a transaction has ended that is over at `now`.

    The other way round of `transaction_expiry`: whoever bought from then on may be advertised to.
    """
    today = now.astimezone(_KOREA).date()
    day = _months_later(today, -_TRANSACTION_MONTHS) - timedelta(days=3)
    while _months_later(day, _TRANSACTION_MONTHS) < today:
        day += timedelta(days=1)
    return datetime.combine(day, time(), _KOREA)


def confirmation_due(consented_at: datetime, now: datetime) -> datetime | None:
    """Return since when the latest confirmation of a consent is due; None before the first.

    Every two years, on the day of the consent in Korea (정보통신망법 50(8), 시행령 62-3); the
    29th of February becomes the 28th. It is a duty to tell: no answer keeps the consent.
    """
    first, today = consented_at.astimezone(_KOREA).date(), now.astimezone(_KOREA).date()
    times = (today.year - first.year) // 2
    while times > 0 and _months_later(first, times * _CONFIRMATION_MONTHS) > today:
        times -= 1
    if times < 1:
        return None
    return datetime.combine(_months_later(first, times * _CONFIRMATION_MONTHS), time(), _KOREA)


def confirmed_since(now: datetime) -> datetime:
    """Return the moment from which on consents are too young to be confirmed."""
    today = now.astimezone(_KOREA).date()
    day = _months_later(today, -_CONFIRMATION_MONTHS) + timedelta(days=1)
    if _months_later(day, _CONFIRMATION_MONTHS) <= today:  # the 29th of February
        day += timedelta(days=1)
    return datetime.combine(day, time(), _KOREA)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last where it has no such day (민법 160(3))."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
