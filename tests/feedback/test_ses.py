"""Events of Amazon SES. docs/rules.md, "What comes back"; SES developer guide, event contents."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.returned import DELIVERY, FOUND_AT, SEALS, sealed
from pabal.domain.bouncing import Weight, weigh_for
from pabal.domain.engagement import Sign
from pabal.domain.event import EventKind, Proof
from pabal.domain.links import PublicLinks
from pabal.feedback.errors import EventUnreadable
from pabal.feedback.ses import read_event

MAILED = "minsu@naver.example"
TOLD_AT = "2026-11-25T00:00:09.123Z"


def an_event(type_name, facts, *, by="eventType", tags=None, source="news@shop.example"):
    place = {
        "DeliveryDelay": "deliveryDelay",
        "Rendering Failure": "failure",
    }.get(type_name, type_name.lower())
    return {
        by: type_name,
        "mail": {
            "timestamp": "2026-11-25T00:00:01.000Z",
            "messageId": "0c0c01",
            "source": source,
            "destination": [MAILED],
            "tags": {"delivery": [DELIVERY]} if tags is None else tags,
        },
        place: {"timestamp": TOLD_AT, **facts},
    }


def read(event):
    return read_event(json.dumps(event), SEALS, received_at=FOUND_AT)


def a_bounce(kind="Permanent", sub="NoEmail", *recipients, **said):
    recipients = recipients or ({"emailAddress": MAILED, **said},)
    return {
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": list(recipients),
        "feedbackId": "f1",
    }


@pytest.mark.parametrize("by", ["eventType", "notificationType"])
def test_a_bounce_is_read_from_events_and_notifications(by):
    """4.1: "identity feedback uses notificationType instead"."""
    said = {"status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 no such user"}
    (event,) = read(an_event("Bounce", a_bounce(**said), by=by))
    assert event.kind is EventKind.BOUNCED
    assert (event.delivery, event.proof, event.address) == (DELIVERY, Proof.SEALED, MAILED)
    assert (event.reply.code, event.reply.enhanced) == (550, "5.1.1")
    assert event.label == "Permanent/NoEmail"
    assert event.at == datetime(2026, 11, 25, 0, 0, 9, 123_000, tzinfo=UTC)
    assert weigh_for(event, MAILED) is Weight.HARD


@pytest.mark.parametrize(
    ("type_name", "facts", "kind"),
    [
        ("Complaint", {"complainedRecipients": [{"emailAddress": MAILED}]}, EventKind.COMPLAINED),
        ("Send", {}, EventKind.ACCEPTED),
        ("Delivery", {"recipients": [MAILED]}, EventKind.DELIVERED),
        ("DeliveryDelay", {"delayedRecipients": [{"emailAddress": MAILED}]}, EventKind.DELAYED),
        ("Reject", {"reason": "Bad content"}, EventKind.REJECTED),
        ("Rendering Failure", {"errorMessage": "no name"}, EventKind.REJECTED),
        ("Open", {"userAgent": "Mozilla"}, EventKind.OPENED),
        ("Click", {"link": "https://shop.example/"}, EventKind.CLICKED),
        (
            "Subscription",
            {"newTopicPreferences": {"unsubscribeAll": True}},
            EventKind.UNSUBSCRIBED,
        ),
    ],
)
def test_every_kind_of_event_is_known(type_name, facts, kind):
    """4.1: "eventType in Bounce, Complaint, ... `Rendering Failure` (with a space)"."""
    (event,) = read(an_event(type_name, facts))
    assert (event.kind, event.address, event.delivery) == (kind, MAILED, DELIVERY)


def test_what_says_nothing_is_no_event():
    stays = {"newTopicPreferences": {"unsubscribeAll": False}}
    assert read(an_event("Subscription", stays)) == ()


def test_a_complaint_that_names_many_convicts_none():
    """4.1: "with >1 recipient you may suppress the wrong one"."""
    many = {"complainedRecipients": [{"emailAddress": MAILED}, {"emailAddress": "b@x.example"}]}
    events = read(an_event("Complaint", many))
    assert [event.address for event in events] == [MAILED, "b@x.example"]
    assert {weigh_for(event, MAILED) for event in events} == {Weight.NOTHING}


def test_not_spam_is_no_complaint():
    """4.1: "don't suppress on not-spam"."""
    facts = {"complainedRecipients": [{"emailAddress": MAILED}]}
    (event,) = read(an_event("Complaint", {**facts, "complaintFeedbackType": "not-spam"}))
    assert weigh_for(event, MAILED) is Weight.NOTHING


def test_an_event_is_found_in_what_carried_it():
    """SNS puts it into a text, EventBridge into `detail`."""
    event = an_event("Bounce", a_bounce())
    by_sns = {"Type": "Notification", "TopicArn": "arn:x", "Message": json.dumps(event)}
    by_bridge = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": event}
    assert read(by_sns) == read(by_bridge) == read(event) != ()


def test_a_bounce_address_will_do_where_there_is_no_tag():
    """S26, "SES: only with custom MAIL FROM"."""
    source = sealed(b"@VERP@@bounces.shop.example").decode()
    (event,) = read(an_event("Bounce", a_bounce(), tags={}, source=source))
    assert (event.delivery, event.proof) == (DELIVERY, Proof.SEALED)
    (stranger,) = read(an_event("Bounce", a_bounce(), tags={"delivery": ["nonsense"]}))
    assert (stranger.delivery, stranger.proof) == (None, Proof.NONE)


def test_the_same_event_has_the_same_name_and_another_another():
    """SNS: "delivery at least once, unordered -> idempotent"."""
    first = an_event("Bounce", a_bounce())
    later = an_event("Bounce", {**a_bounce(), "feedbackId": "f2"})
    opened = an_event("Open", {})
    names = [event.id for told in (first, first, later, opened) for event in read(told)]
    assert names[0] == names[1]
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "no json", '{"eventType": "Novelty"}', "[" * 100_000, "{}", '{"Type": 1}'],
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(EventUnreadable):
        read_event(body, SEALS, received_at=FOUND_AT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(
    st.sampled_from(["Bounce", "Complaint", "Delivery", "Open", "Subscription", "Reject"]),
    st.dictionaries(
        st.sampled_from(
            ["bounceType", "bouncedRecipients", "complainedRecipients", "timestamp", "feedbackId"]
        ),
        JSON,
    ),
    st.dictionaries(
        st.sampled_from(["tags", "source", "messageId", "timestamp", "destination"]), JSON
    ),
)
def test_any_json_of_a_known_type_is_read(type_name, facts, mail):
    told = an_event(type_name, facts)
    told["mail"] |= mail
    for event in read(told):
        assert event.at <= FOUND_AT
        assert event.kind in EventKind


APPLE = {"userAgent": "Mozilla/5.0"}


def test_an_open_says_who_and_not_where():
    """Of user agent and address only what they mean is taken over."""
    (event,) = read(an_event("Open", APPLE | {"ipAddress": "203.0.113.77"}))
    assert (event.hit.kind, event.hit.sign, event.hit.link) == (EventKind.OPENED, Sign.APPLE, 0)
    assert (event.hit.delivery, event.hit.at) == (DELIVERY, event.at)
    assert "203.0.113" not in str(event)
    assert "Mozilla" not in str(event)


def test_a_click_on_our_own_tracked_link_counts_itself():
    """SES wraps it; behind SES it comes to us."""
    links = PublicLinks(base_url="https://mail.shop.example", keys=SEALS.links)
    ours = f"{links.clicks}{links.seal(DELIVERY)}/1"
    (event,) = read(an_event("Click", {"link": ours, **APPLE}))
    assert event.hit is None
    (event,) = read(an_event("Click", {"link": ours.replace("/c/", "/c/x"), **APPLE}))
    assert event.hit.kind is EventKind.CLICKED


def test_a_hit_is_nobodys_where_it_is_not_certain_whose_mail_it_was():
    (event,) = read(an_event("Open", APPLE, tags={}))
    assert event.hit is None
