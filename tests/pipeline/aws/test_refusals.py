"""What cannot be used is refused with its reason, and lost nowhere."""

import json
import time
from datetime import UTC, datetime

import pytest

from builders.aws_stack import eventually
from builders.campaigns import a_recipient
from pabal.domain.delivery import State
from pabal.ledger.port import RunState
from servers import ses_events
from servers.ses_events import SentMail

pytestmark = pytest.mark.timeout(300)

NOWHERE = "0" * 64


def causes(stack, queue):
    found = eventually(lambda: stack.messages(queue))
    return [message["MessageAttributes"]["cause"]["StringValue"] for message in found]


def a_sent_mail(delivery):
    return SentMail(
        id="0c0000-000000",
        source="news@shop.example",
        recipients=("somebody@mail.example",),
        tags={"delivery": delivery},
        configuration_set="pabal-mails",
        at=datetime.now(UTC),
    )


def test_an_unsigned_request_starts_nothing(stack):
    status, _ = stack.ask("GET", "/v1/campaigns/0abc1def", signed=False)
    assert status == 403


@pytest.mark.parametrize(
    ("path", "told", "status", "code"),
    [
        ("/v1/campaigns/0n0where/start", {"digest": NOWHERE}, 404, "package-missing"),
        ("/v1/campaigns/0n0where/start", {"digest": "short"}, 400, "call-unreadable"),
        ("/v1/campaigns/0n0where/start", b"{", 400, "call-unreadable"),
        ("/v1/campaigns/0n0where/start", b" " * 70_000, 413, "body-too-large"),
        ("/v1/campaigns/no-campaign/start", {"digest": NOWHERE}, 400, "call-unreadable"),
        ("/v1/campaigns/0n0where/pause", None, 404, "campaign-not-open"),
        ("/v1/campaigns/0n0where/cancel", None, 404, "campaign-not-open"),
    ],
)
def test_a_request_that_means_nothing_is_told_why(stack, path, told, status, code):
    found, answer = stack.ask("POST", path, told)
    assert (found, answer.get("error")) == (status, code), answer
    assert answer["remedy"]


def test_a_package_that_is_not_what_was_approved_starts_nothing(stack):
    manifest = stack.prepare([a_recipient()], id="0changed")
    bucket, home = stack.outputs["Bucket"], f"packages/0changed/{manifest.digest}/"
    stack.client("s3").put_object(Bucket=bucket, Key=f"{home}manifest.json", Body=b"{}")
    status, told = stack.start(manifest)
    assert (status, told["error"]) == (409, "package-changed")


def test_a_package_that_lacks_a_part_mails_nobody(stack):
    """Whoever stands in it would be left out, and the campaign end as if all were well."""
    manifest = stack.prepare([a_recipient(position=0)], id="01acks00")
    stack.client("s3").delete_object(**shard_of(stack, manifest))
    assert stack.start(manifest)[0] == 202
    ended = stack.end_of("01acks00")
    assert ended["status"] == "FAILED"
    assert "recipients-000000.jsonl" in ended["cause"]


def test_a_part_that_was_changed_holds_the_campaign_and_the_console_is_told_why(stack):
    manifest = stack.prepare([a_recipient(position=0)], id="0chang1d")
    stack.client("s3").put_object(**shard_of(stack, manifest), Body=b"{}\n")
    assert stack.start(manifest)[0] == 202
    assert stack.end_of("0chang1d")["status"] == "FAILED"
    run = stack.ledger.run("0chang1d")
    assert (run.state, "is not what was approved" in run.reason) == (RunState.PAUSED, True)
    told = [json.loads(each["Body"]) for each in stack.messages("ReturnsQueue")]
    assert {"kind": "ended", "campaign": "0chang1d", "explanation": run.reason} in told
    assert not stack.ledger.counts("0chang1d")


def shard_of(stack, manifest):
    key = f"packages/{manifest.plan.id}/{manifest.digest}/recipients-000000.jsonl"
    return {"Bucket": stack.outputs["Bucket"], "Key": key}


def test_a_forged_link_leads_nowhere(stack):
    status, page = stack.ask("GET", "/u/AXUwYWJjMWRlZi0xAAAAAAAAAAAAAAAA", signed=False)
    assert status == 404
    assert "올바르지 않은 링크" in page


def test_events_that_cannot_be_used_wait_for_a_person_with_the_cause(stack):
    """Garbage, a forged signature, a topic of somebody else, a delivery that is not there."""
    event = ses_events.delivery(a_sent_mail("0n0where-1"))
    forged = stack.sns.message(event, TopicArn=stack.outputs["Topic"])
    forged["Message"] = json.dumps(ses_events.delivery(a_sent_mail("0n0where-2")))
    stack.put("FeedbackQueue", "no JSON at all")
    stack.put("FeedbackQueue", json.dumps(forged))
    stack.tell(event, TopicArn="arn:aws:sns:ap-northeast-2:999999999999:theirs")
    stack.tell(event)
    found = []
    eventually(lambda: found.extend(causes(stack, "DeadFeedbackQueue")) or len(found) >= 4)
    told = " / ".join(sorted(found))
    assert len(found) == 4, told
    assert "its signature does not fit" in told
    assert "another topic" in told
    assert "no delivery 0n0where-1" in told
    assert "JSON" in told


def test_what_is_no_ticket_stays_in_the_dead_letter_queue(stack):
    """The function that buries dead tickets looks at it, and leaves it to a person."""
    before = stack.count("DeadSendQueue")
    stack.put("SendQueue", '{"delivery": "x"}')
    assert eventually(lambda: stack.count("DeadSendQueue") == before + 1)
    time.sleep(2)
    assert stack.count("DeadSendQueue") == before + 1


def test_a_refused_campaign_says_why_and_can_be_started_again(stack):
    """SES has gone back into its sandbox; the campaign is started once more when that is mended."""
    manifest = stack.prepare([a_recipient(number=9, position=0)], id="0refvsed")
    stack.ses.in_sandbox = True
    try:
        assert stack.start(manifest)[0] == 202
        ended = stack.end_of("0refvsed")
    finally:
        stack.ses.in_sandbox = False
    assert (ended["status"], ended["error"]) == ("FAILED", "CampaignFailed")
    assert "customer9@mail9.example" in ended["cause"]
    assert stack.start(manifest)[0] == 202
    assert stack.end_of("0refvsed", name="0refvsed-2")["status"] == "SUCCEEDED"
    assert stack.ledger.counts(manifest.plan.id) == {State.SENT: 1}


def test_a_dead_ticket_ends_its_delivery_with_the_reason(stack):
    """A function that fails each time must not leave its mail in a queue that nobody reads."""
    manifest = stack.prepare([a_recipient(number=808, position=0)], id="0dead000", scopes=("all",))
    person = a_recipient(number=808, position=0)
    stack.open(manifest, [person])
    ticket = {
        "delivery": person.delivery(manifest.plan.id),
        "position": person.position,
        "digest": manifest.digest,
        "allowance": {"per_second": 1, "per_day": 0},
    }
    stack.put("DeadSendQueue", json.dumps(ticket))
    name = person.delivery(manifest.plan.id)
    eventually(lambda: stack.ledger.delivery(name).state is State.FAILED)
    delivery = stack.ledger.delivery(name)
    assert delivery.state is State.FAILED
    assert "nothing was submitted" in delivery.last
    assert not stack.ses.sent_to(person.address.wire)
