"""A changed past shows in the chain of consent records."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.consent import (
    Basis,
    ConsentAction,
    ConsentLink,
    ConsentRecord,
    confirmation_due,
    confirmed_since,
    expired_before,
    transaction_expiry,
)
from pabal.domain.suppression import EVERYTHING, list_scope, topic_scope

SALT = "0123456789abcdef" * 2


def sha256(content: list[object]) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


moments = st.integers(0, 4 * 10**15).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
records = st.builds(
    ConsentRecord,
    subscriber=st.integers(1, 10**9),
    action=st.sampled_from(ConsentAction),
    purpose=st.sampled_from([EVERYTHING, list_scope(1), topic_scope(1)]),
    source=st.text(max_size=40),
    wording=st.text(max_size=80),
    happened_at=moments,
    basis=st.sampled_from(Basis),
    origin=st.sampled_from(["", "192.0.2.7", "2001:db8::7"]),
)


def chain(records: list[ConsentRecord]) -> list[str]:
    links, previous = [], ""
    for record in records:
        previous = record.digest(previous, record.seal(SALT))
        links.append(previous)
    return links


@given(st.lists(records, min_size=1, max_size=6), st.data(), records)
def test_changing_one_record_changes_every_link_behind_it(
    past: list[ConsentRecord], data: st.DataObject, other: ConsentRecord
) -> None:
    place = data.draw(st.integers(0, len(past) - 1))
    links, forged = chain(past), chain([*past[:place], other, *past[place + 1 :]])
    assert links[:place] == forged[:place]
    if other != past[place]:
        assert all(one != two for one, two in zip(links[place:], forged[place:], strict=True))


@given(records)
def test_a_link_is_64_hex_digits_and_the_same_every_time(record: ConsentRecord) -> None:
    link = record.digest("", record.seal(SALT))
    assert len(bytes.fromhex(link)) == 32
    assert link == replace(record).digest("", record.seal(SALT))


@given(records, st.sampled_from(["", "0f" * 32]))
def test_a_link_can_be_recomputed_with_any_json_and_sha_256(
    record: ConsentRecord, previous: str
) -> None:
    content = [
        previous,
        record.subscriber,
        record.action.value,
        record.purpose,
        sha256([SALT, record.source, record.origin]),
        record.wording,
        record.happened_at.timestamp(),
    ]
    if record.basis is not Basis.CONSENT:
        content += [record.basis.value, ""]
    assert record.digest(previous, record.seal(SALT)) == sha256(content)


@given(records)
def test_an_instant_is_the_same_in_every_time_zone(record: ConsentRecord) -> None:
    """A database may give it back in another zone."""
    seoul = timezone(timedelta(hours=9))
    moved = replace(record, happened_at=record.happened_at.astimezone(seoul))
    assert moved.digest("") == record.digest("")


@pytest.mark.parametrize("microseconds", [1, 999_999])
def test_a_moment_later_is_another_record(microseconds: int) -> None:
    record = ConsentRecord(
        subscriber=1,
        action=ConsentAction.GRANTED,
        purpose=EVERYTHING,
        source="form",
        wording="동의합니다",
        happened_at=datetime(2026, 11, 25, tzinfo=UTC),
    )
    later = replace(record, happened_at=record.happened_at + timedelta(microseconds=microseconds))
    assert later.digest("") != record.digest("")


def link_of(record: ConsentRecord, salt: str) -> ConsentLink:
    seal = record.seal(SALT)
    return ConsentLink(
        number=1,
        subscriber=record.subscriber,
        record=record,
        previous="",
        salt=salt,
        seal=seal,
        digest=record.digest("", seal),
    )


@given(records)
def test_an_erased_record_fits_as_long_as_nothing_else_is_changed(record: ConsentRecord) -> None:
    """Erased is all of what may name a person, and nothing of what was agreed to."""
    whole = link_of(record, SALT)
    erased = replace(whole, salt="", record=replace(record, source="", origin=""))
    assert whole.is_whole
    assert erased.is_whole
    forged = replace(record, source="", origin="", wording=record.wording + "!")
    assert not replace(erased, record=forged).is_whole


@given(records)
def test_a_changed_source_or_origin_shows(record: ConsentRecord) -> None:
    whole = link_of(record, SALT)
    for forged in (
        replace(record, source=record.source + "!"),
        replace(record, origin=record.origin + "1"),
    ):
        assert not replace(whole, record=forged).is_whole
        assert not replace(whole, record=forged, salt="").is_whole


def test_a_usual_record_has_the_digest_that_it_had_before_there_were_bases() -> None:
    """Chains cannot be written again: what is stored must go on to fit."""
    record = ConsentRecord(
        subscriber=7,
        action=ConsentAction.GRANTED,
        purpose="list:1",
        source="form",
        wording="동의",
        happened_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    content = '["",7,"granted","list:1","form","\\ub3d9\\uc758",1767225600.0]'
    assert record.digest("") == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize(
    ("ended_at", "expiry"),
    [
        ("2026-03-15T10:00+09:00", "2026-09-16T00:00+09:00"),
        ("2026-03-15T00:00+09:00", "2026-09-16T00:00+09:00"),
        ("2026-03-14T15:30+00:00", "2026-09-16T00:00+09:00"),  # the 15th in Korea
        ("2026-08-31T10:00+09:00", "2027-03-01T00:00+09:00"),  # no 31st of February
        ("2027-08-31T10:00+09:00", "2028-03-01T00:00+09:00"),  # a leap year: the 29th is whole
        ("2026-12-31T23:59+09:00", "2027-07-01T00:00+09:00"),
    ],
)
def test_a_transaction_lets_us_send_for_six_months(ended_at: str, expiry: str) -> None:
    """K2: “within 6 months of the end of the transaction” (50(1)1; 시행령 61(1); 민법 160)."""
    expires_at = transaction_expiry(datetime.fromisoformat(ended_at))
    assert expires_at == datetime.fromisoformat(expiry)


@given(moments)
def test_six_months_and_a_day_later_it_has_always_ended(ended_at: datetime) -> None:
    passed = transaction_expiry(ended_at) - ended_at
    assert timedelta(days=181) <= passed <= timedelta(days=185)


@pytest.mark.parametrize(
    ("consented", "now", "due"),
    [
        ("2024-03-15", "2026-03-14", None),
        ("2024-03-15", "2026-03-15", "2026-03-15"),
        ("2024-03-15", "2028-03-14", "2026-03-15"),
        ("2024-03-15", "2028-03-15", "2028-03-15"),
        ("2024-02-29", "2026-02-27", None),
        ("2024-02-29", "2026-02-28", "2026-02-28"),
        ("2024-02-29", "2028-02-28", "2026-02-28"),
        ("2024-02-29", "2028-02-29", "2028-02-29"),
    ],
)
def test_a_consent_is_confirmed_every_two_years(consented: str, now: str, due: str | None) -> None:
    """K11: “every 2 years from consent”; 29 February becomes 28 (50(8); 시행령 62-3)."""
    found = confirmation_due(_noon(consented), _noon(now))
    assert found == (datetime.fromisoformat(f"{due}T00:00+09:00") if due else None)


@given(st.dates(date(2010, 1, 1), date(2026, 1, 1)), st.integers(0, 6000))
def test_what_is_due_is_what_is_looked_for(day: date, later: int) -> None:
    consented = _noon(day.isoformat())
    now = consented + timedelta(days=later)
    is_due = confirmation_due(consented, now) is not None
    assert is_due == (consented < confirmed_since(now))


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00+09:00")


@given(ended=st.integers(0, 1_200), now=st.integers(0, 1_200), hours=st.integers(0, 23))
def test_what_has_expired_is_found_from_either_side(ended, now, hours):
    """A database compares each row with one moment; a person is judged by their own."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    ended_at, moment = first + timedelta(days=ended, hours=hours), first + timedelta(days=now)
    assert (ended_at < expired_before(moment)) == (transaction_expiry(ended_at) <= moment)
