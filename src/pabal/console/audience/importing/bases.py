"""What a row says about why its person may be sent advertising.

Rule: a consent that cannot be shown is no consent (정보통신망법 50(1)), but such a person may
still get notices that are not advertising; whoever says no is not asked what they bought.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from pabal.console.audience.importing import mapping as columns
from pabal.console.audience.importing.cells import Remembering, shown
from pabal.console.audience.importing.errors import GoodsDiffer, GoodsUnsaid, NoTransactionEnd
from pabal.console.audience.importing.mapping import Column, ColumnMapping
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.values import read_time, tidy_text
from pabal.domain.consent import Basis, transaction_expiry

# fmt: off
YES = frozenset([
    "y", "yes", "true", "t", "1", "o", "예", "네", "동의", "동의함", "수신", "수신동의", "허용",
])
NO = frozenset([
    "n", "no", "false", "f", "0", "x", "아니오", "아니요", "거부", "미동의", "동의안함", "비동의",
    "수신거부", "철회",
])
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBasis:
    """What the person who imports can say about all of a file.

    basis: what `given_at` is the date of.
    wording: the text that people agreed to, or its version.
    given_at: for files without such a column: when all of them agreed, or their transaction
    ended; None: unknown.
    source: how they agreed, where the row does not say it.
    goods: the kind of goods that they bought.
    """

    basis: Basis = Basis.CONSENT
    wording: str = ""
    given_at: datetime | None = None
    source: str = ""
    goods: str = ""

    def date_of(self, basis: Basis) -> datetime | None:
        return self.given_at if basis is self.basis else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """A consent that the file shows. source: how it was given, "" where the file is silent."""

    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a row gives. declines: the file says that the person does not consent."""

    consent: GivenConsent | None
    transaction_ended_at: datetime | None
    declines: bool


def check_basis(basis: ConsentBasis, mapping: ColumnMapping, *, goods: str) -> None:
    """See that transactions are a basis at all: goods of the same kind, and an end.

    goods: the kind of goods that the list's mails advertise.

    Raises NoTransactionEnd, and what check_goods does.
    """
    column = mapping.column(columns.TRANSACTION_ENDED_AT)
    if column is None and basis.basis is not Basis.TRANSACTION:
        return
    if column is None and basis.given_at is None:
        raise NoTransactionEnd
    check_goods(bought=basis.goods, advertised=goods)


def check_goods(*, bought: str, advertised: str) -> None:
    """See that a purchase lets a list's mails be sent: 정보통신망법 50(1)1.

    Raises GoodsUnsaid, GoodsDiffer.
    """
    if not (advertised and bought):
        raise GoodsUnsaid
    if _folded(advertised) != _folded(bought):
        raise GoodsDiffer(bought=bought, advertised=advertised)


class GroundsReader:
    """Reads the columns about consent and transactions, of one file."""

    def __init__(
        self, mapping: ColumnMapping, *, basis: ConsentBasis, zone: tzinfo, now: datetime
    ) -> None:
        self._basis, self._zone, self._now = basis, zone, now
        self._due_before = _two_years_before(now)
        self._answer = _Cell(mapping.column(columns.CONSENT))
        self._at = _Cell(mapping.column(columns.CONSENT_AT))
        self._source = _Cell(mapping.column(columns.CONSENT_SOURCE))
        self._ended_at = _Cell(mapping.column(columns.TRANSACTION_ENDED_AT))
        self._tidied = Remembering(tidy_text)

    def read(self, cells: tuple[str, ...], notes: list[Note]) -> Grounds:
        said: list[Note] = []
        consent = self._consent(cells, said)
        kinds = {note.kind for note in said}
        ended_at = None
        if not kinds & {NoteKind.CONSENT_REFUSED, NoteKind.CONSENT_UNCLEAR}:
            ended_at = self._transaction_end(cells, said)
        if ended_at is not None:
            said = [note for note in said if note.kind is not NoteKind.CONSENT_MISSING]
        notes += said
        return Grounds(
            consent=consent,
            transaction_ended_at=ended_at,
            declines=NoteKind.CONSENT_REFUSED in kinds,
        )

    def _consent(self, cells: tuple[str, ...], notes: list[Note]) -> GivenConsent | None:
        if not self._agreed(cells, notes):
            return None
        moment = self._moment(cells, notes)
        if moment is None:
            return None
        if moment > self._now:
            notes.append(self._note(NoteKind.CONSENT_FUTURE, _day_of(moment, self._zone)))
            return None
        if moment < self._due_before:
            notes.append(self._note(NoteKind.CONSENT_OLD, _day_of(moment, self._zone)))
        source, _ = self._tidied[self._source.text(cells)]
        return GivenConsent(at=moment, source=source or self._basis.source)

    def _agreed(self, cells: tuple[str, ...], notes: list[Note]) -> bool:
        answer = self._answer.text(cells)
        folded = answer.casefold().replace(" ", "")
        if self._answer.column is None or folded in YES:
            return True
        if not folded and self._at.text(cells):
            return True
        kind = NoteKind.CONSENT_UNCLEAR
        if folded in NO:
            kind = NoteKind.CONSENT_REFUSED
        elif not folded:
            kind = NoteKind.CONSENT_MISSING
        notes.append(Note(kind=kind, field=self._answer.header, detail=shown(answer)))
        return False

    def _moment(self, cells: tuple[str, ...], notes: list[Note]) -> datetime | None:
        said = self._at.text(cells)
        if not said:
            given = None if self._at.column else self._basis.date_of(Basis.CONSENT)
            if given is None:
                notes.append(self._note(NoteKind.CONSENT_MISSING, ""))
            return given
        moment = read_time(said, self._zone)
        if moment is None:
            notes.append(self._note(NoteKind.CONSENT_UNREADABLE, shown(said)))
        return moment

    def _transaction_end(self, cells: tuple[str, ...], notes: list[Note]) -> datetime | None:
        said, header = self._ended_at.text(cells), self._ended_at.header
        moment = read_time(said, self._zone) if said else None
        if not said and self._ended_at.column is None:
            moment = self._basis.date_of(Basis.TRANSACTION)
        if said and moment is None:
            kind = NoteKind.TRANSACTION_UNREADABLE
            notes.append(Note(kind=kind, field=header, detail=shown(said)))
        if moment is not None and transaction_expiry(moment) <= self._now:
            day = _day_of(moment, self._zone)
            notes.append(Note(kind=NoteKind.TRANSACTION_OVER, field=header, detail=day))
        return moment

    def _note(self, kind: NoteKind, detail: str) -> Note:
        return Note(kind=kind, field=self._at.header, detail=detail)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column that may not be there."""

    column: Column | None

    def text(self, cells: tuple[str, ...]) -> str:
        return cells[self.column.index].strip() if self.column else ""

    @property
    def header(self) -> str:
        return self.column.header if self.column else ""


def _two_years_before(now: datetime) -> datetime:
    """정보통신망법 50(8), Decree 62-3: two years; the 29th of February counts as the 28th."""
    try:
        return now.replace(year=now.year - 2)
    except ValueError:
        return now.replace(year=now.year - 2, day=28)


def _day_of(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _folded(goods: str) -> str:
    return "".join(goods.casefold().split())
