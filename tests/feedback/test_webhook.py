"""A signed event of any service: who may tell it, and what of it is believed."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.returned import DELIVERY, SEALS, sealed
from pabal.domain.bouncing import Weight, weigh_for
from pabal.domain.engagement import Sign
from pabal.domain.event import EventKind, Proof
from pabal.feedback.errors import MessageForged, MessageUnreadable
from pabal.feedback.webhook import check_signature, read_event, signature_of

DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"
SECRET = "a secret of thirty-two characters"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EVENT = {"id": "evt-1", "event": "bounced", "delivery": DELIVERY, "code": 550, "enhanced": "5.1.1"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def read(told):
    return read_event(json.dumps(told), SEALS, received_at=NOW)


def test_a_signature_is_good_for_five_minutes():
    body = b'{"id": 1}'
    header = signature_of(body, secret=SECRET, at=NOW)
    for minutes in (-5, 0, 5):
        check_signature(body, header, secret=SECRET, now=NOW + timedelta(minutes=minutes))
    for minutes in (-6, 6, 60 * 24):
        with pytest.raises(MessageForged, match="five minutes"):
            check_signature(body, header, secret=SECRET, now=NOW + timedelta(minutes=minutes))


def test_whoever_changes_anything_is_refused():
    header = signature_of(b"body", secret=SECRET, at=NOW)
    later = header.replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 60}")
    for body, forged, secret in [
        (b"bodY", header, SECRET),
        (b"body", header, SECRET + "2"),
        (b"body", later, SECRET),
        (b"body", header[:-1] + ("0" if header[-1] != "0" else "1"), SECRET),
    ]:
        with pytest.raises(MessageForged, match="does not fit"):
            check_signature(body, forged, secret=secret, now=NOW)


@pytest.mark.parametrize("header", ["", "x", "t=1", "v1=00", "t=1,v1=zz", "t=-1,v1=" + "0" * 64])
def test_a_header_of_another_form_is_refused(header):
    with pytest.raises(MessageForged, match="is not t=SECONDS"):
        check_signature(b"body", header, secret=SECRET, now=NOW)


@given(st.binary(), st.text())
def test_nobody_guesses(body, header):
    with pytest.raises(MessageForged):
        check_signature(body, header, secret=SECRET, now=NOW)


def test_the_example_of_the_page_is_understood():
    page = DOCS.read_text()
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)[1]
    address = sealed(b"@VERP@@bounces.shop.example").decode()
    example = re.sub(r"b\+[^\"]*", address, example)
    event = read_event(example, SEALS, received_at=NOW)
    assert (event.delivery, event.proof) == (DELIVERY, Proof.SEALED)
    assert event.at == datetime(2026, 11, 25, 3, tzinfo=UTC)
    assert weigh_for(event, "minsu@customer.example") is Weight.HARD
    assert all(f"`{kind.value}`" in page for kind in EventKind)


def test_an_id_makes_an_event_and_no_time_is_later_than_now():
    first = read(EVENT)
    assert read(EVENT | {"text": "told again"}).id == first.id
    assert read(EVENT | {"id": "evt-2"}).id != first.id
    assert first.at == NOW
    assert read(EVENT | {"at": "2027-01-01T00:00:00Z"}).at == NOW


def test_a_delivery_that_nobody_named_is_none():
    for wrong in ({"delivery": "x"}, {"delivery": ["y"]}, {"bounce_address": "b+a-b-c@d.example"}):
        event = read({**EVENT, "delivery": "", **wrong})
        assert (event.delivery, event.proof) == (None, Proof.NONE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": 7},
        {"id": "x" * 201},
        {"event": "exploded"},
        {"event": None},
        {"at": "yesterday"},
        {"at": 1_764_072_000},
        {"at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_does_not_follow_the_schema_is_unreadable(wrong):
    with pytest.raises(MessageUnreadable):
        read(EVENT | wrong)


@given(st.dictionaries(st.sampled_from(sorted({*EVENT, "at", "text", "label"})), anything))
def test_whatever_is_written_is_an_event_or_unreadable(told):
    try:
        event = read({**EVENT, **told})
    except MessageUnreadable:
        return
    assert event.at <= NOW
    assert event.reply.code == 0 or 200 <= event.reply.code <= 599


def test_who_opened_is_told_by_the_user_agent():
    opened = EVENT | {"event": "opened"}
    assert read(opened).hit is None, "of whom nothing is said, nothing is known"
    hit = read(opened | {"user_agent": "Mozilla/5.0"}).hit
    assert (hit.kind, hit.sign, hit.delivery) == (EventKind.OPENED, Sign.APPLE, DELIVERY)
    assert read(EVENT | {"user_agent": "Mozilla/5.0"}).hit is None, "a bounce is by nobody"
