"""A changed past shows in the chain of consent records."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, list_scope, topic_scope

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
)


def chain(records: list[ConsentRecord]) -> list[str]:
    links, previous = [], ""
    for record in records:
        previous = record.digest(previous)
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
    link = record.digest("")
    assert len(bytes.fromhex(link)) == 32
    assert link == replace(record).digest("")


@given(records, st.sampled_from(["", "0f" * 32]))
def test_a_link_can_be_recomputed_with_any_json_and_sha_256(
    record: ConsentRecord, previous: str
) -> None:
    content = [
        previous,
        record.subscriber,
        record.action.value,
        record.purpose,
        record.source,
        record.wording,
        record.happened_at.timestamp(),
    ]
    written = json.dumps(content, separators=(",", ":"))
    assert record.digest(previous) == hashlib.sha256(written.encode()).hexdigest()


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
