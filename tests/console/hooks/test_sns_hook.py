"""SES tells us of bounces and complaints through SNS, and nobody else can."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from pabal.console.audience.models import Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.feedback.objects import MAX_BYTES
from servers.aws import TOPIC, Sns

Told = Callable[[], list[tuple[str, str]]]


def an_event(delivery: str, kind: str = "Complaint") -> dict[str, Any]:
    """An event of SES about a mail that carries our tag."""
    facts = {
        "Complaint": {
            "complaint": {
                "feedbackId": "0100-f",
                "complainedRecipients": [{"emailAddress": "minji@customer.example"}],
                "complaintFeedbackType": "abuse",
                "timestamp": "2026-11-24T04:00:00.000Z",
            }
        },
        "Bounce": {
            "bounce": {
                "feedbackId": "0100-b",
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": "minji@customer.example",
                        "diagnosticCode": "smtp; 550 5.1.1 no\u0000 such user",
                    }
                ],
                "timestamp": "2026-11-24T04:00:00.000Z",
            }
        },
    }
    mail = {"messageId": "0100-m", "source": "", "tags": {"delivery": [delivery]}}
    return {"eventType": kind, "mail": mail, **facts[kind]}


def post(client: Client, body: object, **headers: str) -> HttpResponse:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    # SNS says text/plain.
    return client.post("/hooks/sns", data, content_type="text/plain; charset=utf-8", **headers)


def reason_of(subscriber: Subscriber) -> Reason | None:
    address = subscriber.address
    stop = joined_ledger().suppressions([address], [EVERYTHING]).get(address)
    return stop.reason if stop else None


@pytest.mark.django_db(transaction=True)
def test_a_complaint_suppresses_and_unsubscribes(
    stranger: Client, sns: Sns, delivery: DeliveryId, minji: Subscriber
) -> None:
    answer = post(stranger, sns.message(an_event(delivery)))
    assert (answer.status_code, answer.content) == (
        200,
        b"1 applied, 0 about no delivery of ours\n",
    )
    assert reason_of(minji) is Reason.COMPLAINT
    joined_ledger().lift(minji.address, EVERYTHING)  # nobody empties the ledger's tables
    assert set(minji.memberships.values_list("status", flat=True)) == {"unsubscribed"}
    assert not answer.cookies


def test_the_same_message_again_is_well_and_changes_nothing(
    stranger: Client, sns: Sns, delivery: DeliveryId, told: Told
) -> None:
    message = sns.message(an_event(delivery, "Bounce"))
    assert [post(stranger, message).status_code for _ in range(3)] == [200] * 3
    assert told() == [("bounced", "hard")]
    again = sns.message(an_event(delivery, "Bounce"), MessageId="another")
    assert post(stranger, again).status_code == 200
    assert told() == [("bounced", "hard")]


def test_a_delivery_that_is_none_of_ours_is_passed_over(
    stranger: Client, sns: Sns, delivery: DeliveryId, told: Told
) -> None:
    for other in ("zzzzzzzz-1", "nonsense"):
        answer = post(stranger, sns.message(an_event(other)))
        assert answer.status_code == 200
        assert b"0 applied, 1 about no delivery of ours" in answer.content
    assert told() == []


def _forged(sns: Sns, delivery: DeliveryId) -> Mapping[str, Mapping[str, Any]]:
    good = sns.message(an_event(delivery))
    return {
        "signature": good | {"Signature": "AAAA"},
        "message": good | {"Message": json.dumps(an_event(delivery, "Bounce"))},
        "topic": sns.message(an_event(delivery), TopicArn=TOPIC + "-of-another"),
        "host": sns.message(an_event(delivery), SigningCertURL="https://evil.example/a.pem"),
        "plain": sns.message(
            an_event(delivery), SigningCertURL="http://sns.us-east-1.amazonaws.com/a.pem"
        ),
    }


@pytest.mark.parametrize("what", ["signature", "message", "topic", "host", "plain"])
def test_what_is_forged_is_refused_with_a_plain_reason(
    stranger: Client,
    sns: Sns,
    delivery: DeliveryId,
    told: Told,
    what: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = post(stranger, _forged(sns, delivery)[what])
    assert answer.status_code == 403
    assert answer.content.startswith(b"The message is refused: ")
    assert answer.content.decode().strip() in caplog.text, "the operator sees it too"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert told() == []


def test_nothing_is_fetched_for_a_topic_that_may_tell_us_nothing(
    stranger: Client, sns: Sns, delivery: DeliveryId
) -> None:
    message = sns.message(an_event(delivery), TopicArn=TOPIC.replace("1234", "9999"))
    assert post(stranger, message).status_code == 403
    assert sns.asked == []


def test_raw_delivery_has_no_signature_and_is_refused(
    stranger: Client, sns: Sns, delivery: DeliveryId, told: Told
) -> None:
    raw = {"HTTP_X_AMZ_SNS_RAWDELIVERY": "true", "HTTP_X_AMZ_SNS_TOPIC_ARN": TOPIC}
    answer = post(stranger, an_event(delivery), **raw)
    assert (answer.status_code, b"turn it off" in answer.content) == (403, True)
    assert post(stranger, an_event(delivery)).status_code == 400
    assert told() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000, b"\xff\xfe", b"null", b"\0"])
def test_garbage_is_no_message(stranger: Client, sns: Sns, body: bytes) -> None:
    answer = post(stranger, body)
    assert answer.status_code == 400
    assert len(answer.content) < 200


def test_a_body_without_end_is_not_read(stranger: Client, sns: Sns) -> None:
    answer = post(stranger, b"x" * 20_000_000)
    assert (answer.status_code, answer.content) == (413, f"more than {MAX_BYTES} bytes\n".encode())


def test_only_a_post_is_heard(stranger: Client, sns: Sns) -> None:
    assert stranger.get("/hooks/sns").status_code == 405


def test_where_no_topic_is_set_nothing_is_there(stranger: Client, db: None) -> None:
    assert post(stranger, "{}").status_code == 404


def test_what_is_no_event_is_taken_once(stranger: Client, sns: Sns, db: None) -> None:
    """SES greets a topic when it is set; nothing would come of repeating that."""
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert post(stranger, sns.message(greeting)).status_code == 200


# Subscriptions


def test_a_subscription_to_a_topic_of_ours_is_confirmed(stranger: Client, sns: Sns) -> None:
    answer = post(stranger, sns.message("confirm", type="SubscriptionConfirmation"))
    assert (answer.status_code, answer.content) == (200, b"confirmed\n")
    assert sns.asked[-1] == "/?Action=ConfirmSubscription&Token=2336"


@pytest.mark.parametrize(
    "changed",
    [{"TopicArn": TOPIC + "2"}, {"SubscribeURL": "https://evil.example/?Token=1"}],
)
def test_no_other_subscription_is_confirmed(
    stranger: Client, sns: Sns, changed: dict[str, str]
) -> None:
    message = sns.message("confirm", type="SubscriptionConfirmation", **changed)
    assert post(stranger, message).status_code == 403
    assert not [path for path in sns.asked if "Confirm" in path or "Token" in path]


def test_a_confirmation_that_fails_is_to_be_repeated(stranger: Client, sns: Sns) -> None:
    sns.status = 500
    message = sns.message("confirm", type="SubscriptionConfirmation")
    assert post(stranger, message).status_code == 503
    sns.status = 200
    assert post(stranger, message).status_code == 200


def test_whoever_unsubscribes_us_is_noted(
    stranger: Client, sns: Sns, caplog: pytest.LogCaptureFixture
) -> None:
    message = sns.message("bye", type="UnsubscribeConfirmation")
    assert post(stranger, message).status_code == 200
    assert not [path for path in sns.asked if "Token" in path]
    assert "somebody unsubscribed us" in caplog.text


# Trouble


def test_a_database_that_is_out_is_to_be_told_again(
    stranger: Client, sns: Sns, delivery: DeliveryId, told: Told, request: pytest.FixtureRequest
) -> None:
    message = sns.message(an_event(delivery))
    request.getfixturevalue("database_out")
    answer = post(stranger, message)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


def test_a_certificate_that_cannot_be_had_now_is_to_be_told_again(
    stranger: Client, sns: Sns, delivery: DeliveryId, settings: Settings
) -> None:
    from pabal.feedback.fetching import Fetcher

    message = sns.message(an_event(delivery))
    settings.HOOKS_FETCH = lambda _url: Fetcher(allow_loopback=True).get("https://127.0.0.1:1/")
    assert post(stranger, message).status_code == 503
