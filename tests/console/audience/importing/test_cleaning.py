"""A row becomes a subscriber, with a note for all that was changed or is odd, or is refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.cleaning import (
    Cleaner,
    RefusedRow,
    SubscriberRow,
)
from pabal.console.audience.importing.mapping import map_columns
from pabal.console.audience.importing.notes import NoteKind
from pabal.console.audience.importing.reading import Row

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
GOOD = {"email": "jiho@example.com", "name": "이지호", "consent_at": "2026-01-05 16:13"}


def clean(basis: ConsentBasis | None = None, **cells: str) -> SubscriberRow | RefusedRow:
    cells = GOOD | cells
    mapping = map_columns(tuple(cells))
    cleaner = Cleaner(mapping, basis=basis or ConsentBasis(), zone=SEOUL, now=NOW)
    return cleaner.clean(Row(2, 2, tuple(cells.values())))


def taken(basis: ConsentBasis | None = None, **cells: str) -> SubscriberRow:
    row = clean(basis, **cells)
    assert isinstance(row, SubscriberRow)
    return row


def kinds(row: SubscriberRow | RefusedRow) -> list[NoteKind]:
    notes = row.notes if isinstance(row, SubscriberRow) else [row.note]
    assert all(note.explain() for note in notes)
    return [note.kind for note in notes]


def test_a_good_row_is_taken_with_nothing_to_say():
    row = taken(consent_source="회원가입", language="en")
    assert row.notes == ()
    assert row.address.wire == "jiho@example.com"
    assert row.attributes == {"name": "이지호"}
    assert row.language == "en"
    assert row.consent is not None
    assert row.consent.at == datetime(2026, 1, 5, 7, 13, tzinfo=UTC)
    assert row.consent.source == "회원가입"


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("", NoteKind.ADDRESS_MISSING),
        ("  ", NoteKind.ADDRESS_MISSING),
        ("jiho.example.com", NoteKind.ADDRESS_INVALID),
        ("jiho@@example.com", NoteKind.ADDRESS_INVALID),
        ("jiho@example", NoteKind.ADDRESS_INVALID),
        ("jiho@example.com\r\nBcc: v@example.org", NoteKind.ADDRESS_CONTROL),
        ("ji\0ho@example.com", NoteKind.ADDRESS_CONTROL),
        ("jiho@example.com, mina@example.com", NoteKind.ADDRESS_INVALID),
    ],
)
def test_what_is_not_one_address_is_refused(email: str, kind: NoteKind):
    refused = clean(email=email)
    assert kinds(refused) == [kind]
    assert isinstance(refused, RefusedRow)
    assert refused.address.isprintable()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("a@b.kr",), NoteKind.TOO_FEW_CELLS),
        (("a@b.kr", "b", "c", "extra"), NoteKind.TOO_MANY_CELLS),
    ],
)
def test_a_row_that_does_not_fit_the_header_is_refused(cells: tuple[str, ...], kind: NoteKind):
    mapping = map_columns(("email", "name", "grade"))
    cleaner = Cleaner(mapping, basis=ConsentBasis(), zone=SEOUL, now=NOW)
    assert kinds(cleaner.clean(Row(2, 2, cells))) == [kind]


def test_empty_cells_behind_the_last_column_do_no_harm():
    mapping = map_columns(("email", "name"))
    cleaner = Cleaner(mapping, basis=ConsentBasis(), zone=SEOUL, now=NOW)
    assert isinstance(cleaner.clean(Row(2, 2, ("a@b.kr", "c", "", ""))), SubscriberRow)


def test_an_address_beyond_ascii_is_taken_and_says_what_it_needs():
    row = taken(email="고객@고객.example")
    assert row.address.domain == "xn--i49alo.example"
    assert kinds(row) == [NoteKind.SMTPUTF8]
    assert kinds(taken(email="customer@고객.example")) == []


@pytest.mark.parametrize(
    ("column", "value", "kept", "kind"),
    [
        ("name", " 이지호 ", "이지호", NoteKind.SPACES),
        ("name", "줄\n바꿈", "줄 바꿈", NoteKind.CONTROL),
        ("name", '=HYPERLINK("x")', '=HYPERLINK("x")', NoteKind.FORMULA),
        ("points", "202,410", "202410", NoteKind.NUMBER),
        ("points", "12,000원", "12000", NoteKind.NUMBER),
        ("points", "많음", "많음", NoteKind.NOT_A_NUMBER),
        ("discount", "15%", "15", NoteKind.NUMBER),
        ("last_order", "2026. 8. 3.", "2026-08-03", NoteKind.DATE),
        ("구매액", "1,234,000", "1234000", NoteKind.NUMBER),
    ],
)
def test_a_value_is_tidied_and_noted(column: str, value: str, kept: str, kind: NoteKind):
    row = taken(**{column: value})
    assert row.attributes[column] == kept
    assert kinds(row) == [kind]


@pytest.mark.parametrize("column", ["name", "coupon_code", "grade"])
def test_a_word_of_digits_and_commas_stays_a_word(column: str):
    assert taken(**{column: "1,234"}).attributes[column] == "1,234"


@pytest.mark.parametrize("column", ["name", "coupon_code"])
def test_a_missing_value_is_left_to_preflight(column: str):
    row = taken(**{column: " "})
    assert column not in row.attributes
    assert column in row.emptied
    assert NoteKind.MISSING in kinds(row)


@pytest.mark.parametrize(
    ("said", "language"), [("ko-KR", "ko"), ("영어", "en"), ("EN_us", "en"), ("", "")]
)
def test_languages_are_understood(said: str, language: str):
    row = taken(language=said)
    assert (row.language, row.notes) == (language, ())


def test_an_unknown_language_is_noted():
    assert kinds(taken(language="français")) == [NoteKind.LANGUAGE]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("어제", NoteKind.CONSENT_UNREADABLE),
        ("", NoteKind.CONSENT_MISSING),
        ("2026-11-25 09:00", NoteKind.CONSENT_FUTURE),
    ],
)
def test_a_consent_that_cannot_be_shown_is_no_consent(said: str, kind: NoteKind):
    row = taken(consent_at=said)
    assert row.consent is None
    assert not row.declines
    assert kinds(row) == [kind]


def test_an_old_consent_is_valid_and_its_confirmation_is_due():
    row = taken(consent_at="2021-01-05 10:00")
    assert row.consent is not None
    assert kinds(row) == [NoteKind.CONSENT_OLD]
    assert kinds(taken(consent_at="2024-11-24 12:00")) == []
    assert kinds(taken(consent_at="2024-11-24 11:59")) == [NoteKind.CONSENT_OLD]


@pytest.mark.parametrize("answer", ["N", "아니오", "수신 거부", "0", "X"])
def test_a_no_counts_more_than_a_date(answer: str):
    row = taken(수신동의=answer)
    assert row.consent is None
    assert row.declines
    assert kinds(row) == [NoteKind.CONSENT_REFUSED]


def test_an_answer_that_is_neither_yes_nor_no_is_no_consent():
    assert kinds(taken(수신동의="글쎄요")) == [NoteKind.CONSENT_UNCLEAR]
    assert taken(수신동의="동의").consent is not None


def test_a_file_without_dates_takes_the_date_that_the_importer_vouches_for():
    given_at = datetime(2026, 3, 1, tzinfo=UTC)
    basis = ConsentBasis(wording="광고성 정보 수신동의", given_at=given_at, source="매장 신청서")
    mapping = map_columns(("email",))
    cleaner = Cleaner(mapping, basis=basis, zone=SEOUL, now=NOW)
    row = cleaner.clean(Row(2, 2, ("a@example.com",)))
    assert isinstance(row, SubscriberRow)
    assert row.consent is not None
    assert (row.consent.at, row.consent.source) == (given_at, "매장 신청서")


def test_an_empty_date_in_a_file_with_dates_is_not_vouched_for():
    basis = ConsentBasis(given_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert taken(basis, consent_at="").consent is None
