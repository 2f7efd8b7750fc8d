"""A customer file goes into the database whole, or leaves it as it was."""

import gc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.files import DATA, HEADER, a_csv_file, a_workbook, csv_lines
from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.errors import (
    ColumnsRefused,
    EmptyFile,
    FileRefused,
    TableBroken,
)
from pabal.console.audience.importing.importing import import_file, preview_columns
from pabal.console.audience.importing.mapping import parse_overrides
from pabal.console.audience.importing.notes import NoteKind
from pabal.console.audience.importing.report import ImportReport, Result
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.audience.verifying import verify_consents
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def news() -> List:
    return List.objects.create(name="소식", identifier="news.shop.example", created_at=NOW)


def a_row(number: int = 1, **cells: str) -> tuple[str, ...]:
    row = {
        "email": f"customer{number}@example.com",
        "name": "이지호",
        "coupon_code": f"HB26{number}",
        "points": "1200",
        "consent_at": "2026-01-05 16:13",
        "consent_source": "회원가입",
    }
    return tuple((row | cells).values())


def put(tmp_path: Path, into: List, *rows: tuple[str, ...], now: datetime = NOW) -> ImportReport:
    return import_file(a_csv_file(tmp_path / "고객.csv", [HEADER, *rows]), into, now=now)


def kinds(report: ImportReport) -> list[NoteKind]:
    return [note.kind for entry in report.entries for note in entry.notes]


def snapshot() -> tuple[int, int, int]:
    return Subscriber.objects.count(), Membership.objects.count(), Consent.objects.count()


def test_a_row_becomes_a_subscriber_a_member_and_a_consent(tmp_path: Path, news: List):
    report = put(tmp_path, news, a_row(email=" Jiho@고객.example", points="1,200"))
    assert report.counts.new == 1
    subscriber = Subscriber.objects.get()
    assert subscriber.email == "Jiho@고객.example"
    assert subscriber.wire == "Jiho@xn--i49alo.example"
    assert subscriber.address == "jiho@xn--i49alo.example"
    assert subscriber.language == "ko"
    assert subscriber.attributes == {"name": "이지호", "coupon_code": "HB261", "points": "1200"}
    membership = news.memberships.get()
    assert membership.status == Membership.Status.SUBSCRIBED
    assert membership.consented_at == datetime(2026, 1, 5, 7, 13, tzinfo=UTC)
    consent = Consent.objects.get()
    assert (consent.purpose, consent.action) == (list_scope(news.pk), "granted")
    assert consent.source == "회원가입 (고객.csv, row 2)"
    assert consent.happened_at == membership.consented_at
    assert consent.recorded_at == NOW


def test_importing_the_same_file_again_changes_nothing(tmp_path: Path, news: List):
    rows = [a_row(number) for number in range(5)]
    put(tmp_path, news, *rows)
    before = snapshot()
    report = put(tmp_path, news, *rows, now=LATER)
    assert report.counts.unchanged == 5
    assert snapshot() == before == (5, 5, 5)
    assert not Subscriber.objects.filter(updated_at=LATER).exists()


def test_the_file_wins_over_what_was_stored_and_nothing_else_is_lost(tmp_path: Path, news: List):
    put(tmp_path, news, a_row())
    Subscriber.objects.update(attributes={"name": "옛 이름", "coupon_code": "OLD", "size": "M"})
    report = put(tmp_path, news, a_row(coupon_code=""), now=LATER)
    assert report.counts.updated == 1
    subscriber = Subscriber.objects.get()
    assert subscriber.attributes == {"name": "이지호", "points": "1200", "size": "M"}
    assert (subscriber.created_at, subscriber.updated_at) == (NOW, LATER)


def test_a_later_consent_is_added_to_the_chain_and_an_earlier_one_is_not(
    tmp_path: Path, news: List
):
    put(tmp_path, news, a_row())
    put(tmp_path, news, a_row(consent_at="2026-06-01 09:00"), now=LATER)
    put(tmp_path, news, a_row(consent_at="2025-06-01 09:00"), now=LATER)
    chain = list(Consent.objects.order_by("pk"))
    assert [link.happened_at.month for link in chain] == [1, 6]
    assert verify_consents().is_whole
    assert news.memberships.get().consented_at == chain[1].happened_at


def test_the_wording_of_the_consent_is_kept(tmp_path: Path, news: List):
    path = a_csv_file(tmp_path / "a.csv", [("email",), ("a@example.com",)])
    basis = ConsentBasis(wording="광고성 정보 수신동의 v2", given_at=NOW, source="매장 신청서")
    import_file(path, news, basis=basis, now=NOW)
    consent = Consent.objects.get()
    assert (consent.wording, consent.source) == (
        "광고성 정보 수신동의 v2",
        "매장 신청서 (a.csv, row 2)",
    )


def test_somebody_on_another_list_is_new_on_this_one(tmp_path: Path, news: List):
    other = List.objects.create(name="행사", identifier="events.shop.example", created_at=NOW)
    put(tmp_path, other, a_row())
    assert put(tmp_path, news, a_row()).counts.new == 1
    assert snapshot() == (1, 2, 2)
    assert verify_consents().is_whole


def test_an_address_that_comes_twice_counts_once(tmp_path: Path, news: List):
    report = put(tmp_path, news, a_row(), a_row(email="CUSTOMER1@Example.COM", name="박하준"))
    assert (report.counts.new, report.counts.refused) == (1, 1)
    [entry] = report.entries
    assert (entry.row, entry.notes[0].kind, entry.notes[0].detail) == (3, NoteKind.DUPLICATE, "2")
    assert Subscriber.objects.get().attributes["name"] == "이지호"


class TestThoseWhoLeft:
    @pytest.fixture(autouse=True)
    def somebody_left(self, tmp_path: Path, news: List) -> None:
        put(tmp_path, news, a_row())
        leave_list(Subscriber.objects.get(), news, source="one-click", now=NOW)

    def test_they_are_kept_out_and_the_report_says_since_when(self, tmp_path: Path, news: List):
        before = snapshot()
        report = put(tmp_path, news, a_row(name="박하준"), now=LATER)
        assert report.counts.kept_out == 1
        [entry] = report.entries
        assert entry.result is Result.KEPT_OUT
        assert [(note.kind, note.detail) for note in entry.notes] == [(NoteKind.LEFT, "2026-11-24")]
        assert news.memberships.get().status == Membership.Status.UNSUBSCRIBED
        assert Subscriber.objects.get().attributes["name"] == "이지호"
        assert snapshot() == before

    def test_a_consent_given_later_brings_them_back(self, tmp_path: Path, news: List):
        report = put(tmp_path, news, a_row(consent_at="2026-11-24 15:00"), now=LATER)
        assert report.counts.new == 1
        assert kinds(report) == [NoteKind.BACK]
        membership = news.memberships.get()
        assert membership.status == Membership.Status.SUBSCRIBED
        assert membership.consented_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
        scopes = [list_scope(news.pk)]
        assert not joined_ledger().suppressions(["customer1@example.com"], scopes)
        assert verify_consents().is_whole

    def test_who_left_everything_comes_back_by_no_file(self, tmp_path: Path, news: List):
        leave_everything(Subscriber.objects.get(), source="preferences", now=NOW)
        report = put(tmp_path, news, a_row(consent_at="2026-11-24 15:00"), now=LATER)
        assert report.counts.kept_out == 1
        assert kinds(report) == [NoteKind.LEFT_EVERYTHING]


def test_a_withdrawal_in_the_file_is_recorded(tmp_path: Path, news: List):
    put(tmp_path, news, a_row())
    path = a_csv_file(tmp_path / "b.csv", [("email", "수신동의"), ("customer1@example.com", "N")])
    report = import_file(path, news, now=LATER)
    assert kinds(report) == [NoteKind.CONSENT_REFUSED, NoteKind.WITHDRAWN]
    assert news.memberships.get().consented_at is None
    assert Consent.objects.order_by("pk").last().action == "withdrawn"
    assert import_file(path, news, now=LATER).counts.unchanged == 1


def test_a_suppressed_address_is_taken_and_named(tmp_path: Path, news: List):
    joined_ledger().suppress(
        Suppression(
            address="customer1@example.com", scope=EVERYTHING, reason=Reason.BOUNCE, since=NOW
        )
    )
    report = put(tmp_path, news, a_row())
    assert report.counts.new == 1
    assert kinds(report) == [NoteKind.SUPPRESSED]


def test_a_dry_run_says_the_same_and_leaves_nothing(tmp_path: Path, news: List):
    path = a_csv_file(tmp_path / "a.csv", [HEADER, a_row(), a_row(2, email="x")])
    dry = import_file(path, news, dry_run=True, now=NOW)
    assert snapshot() == (0, 0, 0)
    real = import_file(path, news, now=NOW)
    assert (dry.counts, dry.entries, dry.dry_run) == (real.counts, real.entries, True)


def test_a_file_that_breaks_far_behind_leaves_nothing(tmp_path: Path, news: List):
    path = a_csv_file(tmp_path / "a.csv", [HEADER, *(a_row(n) for n in range(2_000))])
    path.write_bytes(path.read_bytes() + b'x@example.com,"never closed\n')
    with pytest.raises(TableBroken) as refused:
        import_file(path, news, rows_to=tmp_path / "rows.csv", now=NOW)
    assert refused.value.details["line"] == 2_002
    assert snapshot() == (0, 0, 0)
    assert not (tmp_path / "rows.csv").exists()


def test_the_garbage_collector_is_as_it_was_however_an_import_ends(tmp_path: Path, news: List):
    before = gc.get_freeze_count()
    put(tmp_path, news, a_row())
    path = a_csv_file(tmp_path / "a.csv", [HEADER, a_row()])
    path.write_bytes(path.read_bytes() + b'x@example.com,"never closed\n')
    with pytest.raises(TableBroken):
        import_file(path, news, now=NOW)
    assert gc.get_freeze_count() == before


def test_a_file_with_only_a_header_is_refused(tmp_path: Path, news: List):
    with pytest.raises(EmptyFile):
        put(tmp_path, news)


def test_a_file_without_an_address_column_is_refused(tmp_path: Path, news: List):
    with pytest.raises(ColumnsRefused):
        import_file(a_csv_file(tmp_path / "a.csv", [("이름",), ("이지호",)]), news, now=NOW)


def test_a_picture_is_refused(tmp_path: Path, news: List):
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(FileRefused):
        import_file(tmp_path / "a.csv", news, now=NOW)


def test_columns_are_shown_before_anything_is_imported(tmp_path: Path):
    path = a_workbook(tmp_path / "a.xlsx", [("메일 주소", "등급"), ("a@example.com", "GOLD")])
    mapping = preview_columns(path, overrides=parse_overrides("등급=-"))
    assert [(c.header, c.target) for c in mapping.columns] == [
        ("메일 주소", "email"),
        ("등급", "-"),
    ]


def test_progress_is_told(tmp_path: Path, news: List):
    path = a_csv_file(tmp_path / "a.csv", [HEADER, *(a_row(n) for n in range(1_000))])
    told: list[int] = []
    import_file(path, news, progress=told.append, now=NOW)
    assert told == [900, 1_000]


def test_queries_do_not_grow_with_the_rows_of_a_batch(
    tmp_path: Path, news: List, django_assert_max_num_queries
):
    path = a_csv_file(tmp_path / "a.csv", [HEADER, *(a_row(n) for n in range(900))])
    with django_assert_max_num_queries(60):
        import_file(path, news, now=NOW)


def test_the_customer_file_of_200_imports_whole(news: List):
    report = import_file(DATA / "customers-200.csv", news, now=NOW)
    assert (report.counts.rows, report.counts.new) == (200, 200)
    assert report.format == "CSV, UTF-8"
    assert set(kinds(report)) == {NoteKind.CONSENT_OLD}
    assert news.memberships.exclude(consented_at=None).count() == 200
    assert Subscriber.objects.filter(language="en").count() == 3
    assert Subscriber.objects.get(address="customer001@example.net").attributes == {
        "name": "이지호",
        "grade": "GOLD",
        "coupon_code": "FALL0F8BB8",
        "discount": "7",
        "points": "202410",
        "favorite_brand": "런앤라이드",
        "favorite_category": "아우터",
        "last_order": "2026-08-23",
    }


MESSY_REFUSED = {
    7: NoteKind.DUPLICATE,
    9: NoteKind.ADDRESS_INVALID,
    11: NoteKind.ADDRESS_INVALID,
    13: NoteKind.ADDRESS_MISSING,
    19: NoteKind.ADDRESS_INVALID,
    29: NoteKind.ADDRESS_CONTROL,
    33: NoteKind.TOO_FEW_CELLS,
    35: NoteKind.TOO_MANY_CELLS,
}
MESSY_WARNED = {
    15: NoteKind.MISSING,
    17: NoteKind.MISSING,
    21: NoteKind.SMTPUTF8,
    31: NoteKind.FORMULA,
    37: NoteKind.CONSENT_OLD,
    39: NoteKind.CONSENT_UNREADABLE,
}
MESSY_CHANGED = {5: NoteKind.SPACES, 27: NoteKind.CONTROL, 2: NoteKind.NUMBER}


def test_the_messy_customer_file_imports_with_a_report_to_act_on(tmp_path: Path, news: List):
    rows_file = tmp_path / "rows.csv"
    report = import_file(DATA / "customers-messy-cp949.csv", news, rows_to=rows_file, now=NOW)
    assert report.format == "CSV, CP949"
    assert (report.counts.rows, report.counts.taken, report.counts.refused) == (40, 32, 8)
    said = {entry.row: [note.kind for note in entry.notes] for entry in report.entries}
    refused = {e.row: e.notes[0].kind for e in report.entries if e.result is Result.REFUSED}
    assert refused == MESSY_REFUSED
    for row, kind in (MESSY_WARNED | MESSY_CHANGED).items():
        assert kind in said[row]
    lines = csv_lines(rows_file)
    assert {int(line["row"]) for line in lines if line["result"] == "refused"} == set(MESSY_REFUSED)
    # Row 28 begins one line lower, because the name in row 27 has a line break.
    assert {(line["row"], line["line"]) for line in lines} >= {("27", "27"), ("28", "29")}
    assert news.memberships.filter(consented_at=None).count() == 1
    assert Subscriber.objects.get(address="customer026@example.org").attributes["name"] == "줄 바꿈"
