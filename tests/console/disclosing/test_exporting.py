"""개인정보 보호법 35, GDPR 15 and 20: everything that is known of somebody, in words."""

import json
from datetime import timedelta
from typing import Any

import pytest

from builders.console import ACCEPTED, NOW, a_buyer, a_member, settled, started
from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.audience.leaving import leave_list, leave_topic
from pabal.console.audience.models import List, Subscriber, Topic
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.console.disclosing.exporting import export
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.outcome import Reply

pytestmark = pytest.mark.django_db


def exported(address: str) -> dict[str, Any]:
    """Return it as it comes out of JSON."""
    return json.loads(json.dumps(export(address, now=NOW)))


@pytest.fixture
def known(news: List, campaign: Campaign, minji: Subscriber) -> dict[str, Any]:
    """Somebody who was mailed, of whom something came back, and who left."""
    coupons = Topic.objects.create(name="쿠폰", identifier="coupons")
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    joined_ledger().record_event(
        FeedbackEvent(
            id="1",
            kind=EventKind.CLICKED,
            at=NOW,
            source=Source.SES,
            delivery=delivery,
            proof=Proof.SEALED,
            label="https://shop.example/autumn",
            reply=Reply(code=0, text=""),
        ),
        policy=BouncePolicy(),
        now=NOW,
    )
    leave_topic(minji, coupons, source="preferences page", origin="192.0.2.7", now=NOW)
    leave_list(minji, news, source="one-click", now=NOW + timedelta(minutes=1))
    return exported(minji.address)


def test_the_person_with_all_attributes(known: dict[str, Any], minji: Subscriber) -> None:
    assert known["address"] == "minji@customer.example"
    assert known["subscriber"]["attributes"] == {"name": "김민지", "coupon": "FALL-1"}
    assert known["subscriber"]["number"] == minji.pk


def test_lists_and_topics_by_their_names(known: dict[str, Any]) -> None:
    [membership] = known["lists"]
    assert (membership["list"], membership["status"]) == ("파발상점 소식", "unsubscribed")
    [choice] = known["topics"]
    assert (choice["topic"], choice["wanted"]) == ("쿠폰", False)


def test_consents_with_their_wordings_and_where_they_came_from(known: dict[str, Any]) -> None:
    assert [(each["what"], each["about"]) for each in known["consent"]] == [
        ("granted", "파발상점 소식"),
        ("withdrawn", "쿠폰"),
        ("withdrawn", "파발상점 소식"),
    ]
    assert known["consent"][0]["wording"] == "광고성 정보 수신에 동의합니다"
    assert known["consent"][1]["from_network_address"] == "192.0.2.7"


def test_mails_with_what_became_of_each_and_what_came_back(known: dict[str, Any]) -> None:
    [mail] = known["mails"]
    assert mail["campaign"] == "가을 신상품 안내"
    assert mail["state"] == "sent"
    assert [entry["what"] for entry in mail["history"]] == ["enqueued", "begun", "accepted"]
    assert mail["history"][-1]["reply"] == "250 2.0.0 OK"
    [event] = mail["came_back"]
    assert (event["what"], event["detail"]) == ("clicked", "https://shop.example/autumn")


def test_what_keeps_mails_away(known: dict[str, Any]) -> None:
    assert sorted(stop["why"] for stop in known["not_mailed"]) == ["unsubscribed", "unsubscribed"]


def test_a_transaction_with_its_end(news: List) -> None:
    a_buyer(news, "buyer@customer.example", ended_at=NOW)

    known = exported("buyer@customer.example")
    assert known["lists"][0]["last_transaction_ended_at"] == NOW.isoformat()
    assert known["consent"][0]["ends_at"] is not None


def test_nothing_of_anybody_else(news: List, known: dict[str, Any]) -> None:
    a_member(news, "john@customer.example")

    assert "john" not in json.dumps(exported("minji@customer.example"))


def test_nobody_and_whoever_was_erased_have_nothing(minji: Subscriber) -> None:
    """“erase → gone from contacts, events, exports”."""
    assert export("nobody@customer.example", now=NOW) is None
    erase(minji.address, installed_aliases(), now=NOW)
    assert export("minji@customer.example", now=NOW) is None
