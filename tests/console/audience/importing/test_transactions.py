"""K2: who bought the same kind of goods may be sent advertising for six months (50(1)1)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.files import a_csv_file
from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.errors import GoodsDiffer, GoodsUnsaid, NoTransactionEnd
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.importing.mapping import parse_overrides
from pabal.console.audience.importing.notes import NoteKind
from pabal.console.audience.importing.report import ImportReport
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.verifying import verify_consents
from pabal.domain.consent import Basis

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ENDED = datetime(2026, 8, 31, 15, tzinfo=UTC)  # the 1st of September in Korea
BOUGHT = ConsentBasis(goods="의류")


@pytest.fixture
def news() -> List:
    return List.objects.create(name="소식", identifier="news", goods="의류", created_at=NOW)


def put(
    tmp_path: Path,
    into: List,
    *rows: tuple[str, ...],
    header: tuple[str, ...] = ("email", "거래종료일"),
    basis: ConsentBasis = BOUGHT,
    mapping: str = "",
    now: datetime = NOW,
) -> ImportReport:
    path = a_csv_file(tmp_path / "orders.csv", [header, *rows])
    return import_file(path, into, basis=basis, overrides=parse_overrides(mapping), now=now)


def kinds(report: ImportReport) -> list[NoteKind]:
    return [note.kind for entry in report.entries for note in entry.notes]


def test_the_end_of_a_transaction_is_a_basis_of_its_own(tmp_path: Path, news: List) -> None:
    report = put(tmp_path, news, ("a@example.com", "2026-09-01"))

    membership = Membership.objects.get()
    assert (membership.consented_at, membership.transaction_ended_at) == (None, ENDED)
    record = Consent.objects.get()
    assert (record.basis, record.wording, record.happened_at) == ("transaction", "의류", ENDED)
    assert record.source == "orders.csv, row 2"
    assert kinds(report) == []
    assert verify_consents().is_whole


def test_importing_it_again_changes_nothing_and_a_later_purchase_counts(
    tmp_path: Path, news: List
) -> None:
    put(tmp_path, news, ("a@example.com", "2026-09-01"))
    assert put(tmp_path, news, ("a@example.com", "2026-09-01")).counts.unchanged == 1
    assert put(tmp_path, news, ("a@example.com", "2026-08-01")).counts.unchanged == 1
    assert put(tmp_path, news, ("a@example.com", "2026-10-01")).counts.updated == 1

    assert Membership.objects.get().transaction_ended_at == datetime(2026, 9, 30, 15, tzinfo=UTC)
    assert Consent.objects.count() == 2
    assert verify_consents().is_whole


def test_one_date_can_be_said_for_the_whole_file(tmp_path: Path, news: List) -> None:
    basis = ConsentBasis(basis=Basis.TRANSACTION, given_at=ENDED, goods="의류")
    report = put(tmp_path, news, ("a@example.com",), header=("email",), basis=basis)

    assert Membership.objects.get().transaction_ended_at == ENDED
    assert Membership.objects.get().consented_at is None
    assert kinds(report) == []


def test_one_date_of_consent_can_be_said_for_the_whole_file(tmp_path: Path, news: List) -> None:
    put(tmp_path, news, ("a@example.com",), header=("email",), basis=ConsentBasis(given_at=ENDED))

    assert Membership.objects.get().consented_at == ENDED
    assert Membership.objects.get().transaction_ended_at is None


def test_an_empty_cell_is_no_transaction_whatever_was_said_of_the_file(
    tmp_path: Path, news: List
) -> None:
    basis = ConsentBasis(basis=Basis.TRANSACTION, given_at=ENDED, goods="의류")
    report = put(tmp_path, news, ("a@example.com", ""), basis=basis)

    assert Membership.objects.get().transaction_ended_at is None
    assert kinds(report) == [NoteKind.CONSENT_MISSING]


@pytest.mark.parametrize(
    ("advertised", "basis", "error"),
    [
        ("", BOUGHT, GoodsUnsaid),
        ("의류", ConsentBasis(), GoodsUnsaid),
        ("의류", ConsentBasis(goods="전자제품"), GoodsDiffer),
    ],
)
def test_only_the_same_kind_of_goods_counts(
    tmp_path: Path, news: List, advertised: str, basis: ConsentBasis, error: type[Exception]
) -> None:
    """K2: “same kind of goods”."""
    news.goods = advertised
    with pytest.raises(error):
        put(tmp_path, news, ("a@example.com", "2026-09-01"), basis=basis)
    assert not Subscriber.objects.exists()


def test_the_same_kind_is_the_same_however_it_is_spaced(tmp_path: Path, news: List) -> None:
    news.goods = "여성 의류"
    put(tmp_path, news, ("a@example.com", "2026-09-01"), basis=ConsentBasis(goods="여성의류 "))
    assert Membership.objects.get().transaction_ended_at == ENDED


def test_a_column_that_is_left_out_is_no_basis(tmp_path: Path, news: List) -> None:
    mapping = "거래종료일=-"
    put(tmp_path, news, ("a@example.com", "2026-09-01"), basis=ConsentBasis(), mapping=mapping)
    assert Membership.objects.get().transaction_ended_at is None


def test_a_transaction_without_an_end_is_no_basis(tmp_path: Path, news: List) -> None:
    basis = ConsentBasis(basis=Basis.TRANSACTION, goods="의류")
    with pytest.raises(NoTransactionEnd):
        put(tmp_path, news, ("a@example.com",), header=("email",), basis=basis)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("2026-05-23", NoteKind.TRANSACTION_OVER),
        ("last spring", NoteKind.TRANSACTION_UNREADABLE),
    ],
)
def test_what_gives_nobody_a_basis_is_said(
    tmp_path: Path, news: List, said: str, kind: NoteKind
) -> None:
    report = put(tmp_path, news, ("a@example.com", said))
    assert kind in kinds(report)


@pytest.mark.parametrize("answer", ["아니오", "perhaps"])
def test_whoever_says_no_in_the_file_is_not_asked_what_they_bought(
    tmp_path: Path, news: List, answer: str
) -> None:
    """A refusal is stronger than a purchase (50(2))."""
    header = ("email", "거래종료일", "수신동의")
    put(tmp_path, news, ("a@example.com", "2026-09-01", answer), header=header)
    assert Membership.objects.get().transaction_ended_at is None


def test_a_file_takes_the_transaction_back_with_the_consent(tmp_path: Path, news: List) -> None:
    put(tmp_path, news, ("a@example.com", "2026-09-01"))
    header = ("email", "수신동의")
    report = put(tmp_path, news, ("a@example.com", "N"), header=header, basis=ConsentBasis())

    assert Membership.objects.get().transaction_ended_at is None
    assert NoteKind.WITHDRAWN in kinds(report)
    assert verify_consents().is_whole


def test_a_purchase_does_not_undo_a_refusal(tmp_path: Path, news: List) -> None:
    """K4: no sending after withdrawal (50(2)), until the person agrees again."""
    put(tmp_path, news, ("a@example.com", "2026-09-01"))
    put(tmp_path, news, ("a@example.com", "N"), header=("email", "수신동의"), basis=ConsentBasis())

    later = NOW + timedelta(days=5)
    report = put(tmp_path, news, ("a@example.com", "2026-11-28"), now=later)
    assert Membership.objects.get().transaction_ended_at is None
    assert NoteKind.REFUSED_BEFORE in kinds(report)

    header = ("email", "consent_at", "거래종료일")
    put(tmp_path, news, ("a@example.com", "2026-11-27", "2026-11-28"), header=header, now=later)
    assert Membership.objects.get().consented_at is not None
    assert verify_consents().is_whole


def test_a_purchase_does_not_bring_back_who_left(tmp_path: Path, news: List) -> None:
    put(tmp_path, news, ("a@example.com", "2026-09-01"))
    leave_list(Subscriber.objects.get(), news, source="one-click", now=NOW)

    later = NOW + timedelta(days=5)
    report = put(tmp_path, news, ("a@example.com", "2026-11-28"), now=later)
    assert report.counts.kept_out == 1
    assert Membership.objects.get().status == Membership.Status.UNSUBSCRIBED
