"""Campaigns on AWS that wait, are late, are paused, resumed and cancelled; messages put back."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from builders.aws_stack import eventually
from builders.campaigns import a_recipient
from pabal.cli.aws.command import commands
from pabal.domain.delivery import State
from pabal.ledger.port import RunState
from servers import ses_events
from servers.ses_events import SentMail

pytestmark = pytest.mark.timeout(300)

PEOPLE = [a_recipient(number=400 + n, position=n) for n in range(11)]


@pytest.fixture
def slow(stack):
    """The account may send three mails a second."""
    before, stack.ses.per_second = stack.ses.per_second, 3
    yield
    stack.ses.per_second = before


def in_the_middle(stack, manifest):
    """Start a campaign; return when some mails are sent and others wait."""
    assert stack.start(manifest)[0] == 202
    assert eventually(lambda: mails_of(stack, manifest), between=0.05)
    assert stack.ledger.counts(manifest.plan.id).get(State.QUEUED), "too late"


def mails_of(stack, manifest):
    found = (mail for mail in stack.ses.mails if mail.tags["campaign"] == manifest.plan.id)
    return Counter(mail.recipients[0] for mail in found)


def steer(stack, manifest, how):
    return stack.ask("POST", f"/v1/campaigns/{manifest.plan.id}/{how}")


@pytest.fixture
def ticket_of_others(stack):
    """A ticket that waits in the queue, as those of a large campaign do for hours."""
    waits = {"DelaySeconds": 60, "MessageBody": json.dumps(a_ticket("0thers00-1"))}
    stack.client("sqs").send_message(QueueUrl=stack.outputs["SendQueue"], **waits)


def a_ticket(delivery):
    allowance = {"per_second": 100, "per_day": 0}
    return {"delivery": delivery, "position": 0, "digest": "0" * 64, "allowance": allowance}


def test_what_is_paused_in_the_middle_goes_on_where_it_stood(stack, slow, ticket_of_others):
    """Its tickets find nothing to do and go; the look behind resuming writes others."""
    manifest = stack.prepare(PEOPLE, id="0pavse00")
    in_the_middle(stack, manifest)
    assert steer(stack, manifest, "pause") == (200, {"campaign": "0pavse00", "state": "paused"})
    assert eventually(lambda: State.SENDING not in stack.ledger.counts("0pavse00"))
    assert steer(stack, manifest, "resume")[0] == 200
    assert stack.end_of("0pavse00", patience=20)["status"] == "SUCCEEDED"
    assert stack.ledger.counts("0pavse00") == {State.SENT: len(PEOPLE)}
    assert set(mails_of(stack, manifest).values()) == {1}


def test_whose_ticket_was_lost_is_mailed_while_others_wait(stack, ticket_of_others):
    manifest = stack.prepare(PEOPLE[:1], id="010st000")
    stack.open(manifest, PEOPLE[:1])
    told = {
        "campaign": "010st000",
        "digest": manifest.digest,
        "allowance": {"per_second": 0, "per_day": 0},
        "deadline": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "predicted_seconds": 1,
        "watch": {},
    }
    assert watched(stack, told)["status"] == "SUCCEEDED"
    assert stack.ledger.counts("010st000") == {State.SENT: 1}


def test_what_is_cancelled_in_the_middle_ends_with_what_was_sent(stack, slow):
    manifest = stack.prepare(PEOPLE, id="0cance10")
    in_the_middle(stack, manifest)
    assert steer(stack, manifest, "cancel")[0] == 200
    ended = stack.end_of("0cance10")
    assert (ended["status"], json.loads(ended["output"])["state"]) == ("SUCCEEDED", "cancelled")
    counts = stack.ledger.counts("0cance10")
    assert sum(counts.values()) == len(PEOPLE)
    assert set(counts) == {State.SENT, State.CANCELLED}
    assert sum(mails_of(stack, manifest).values()) == counts[State.SENT]
    assert steer(stack, manifest, "resume")[1]["error"] == "campaign-over"


def test_a_scheduled_campaign_begins_when_its_time_has_come(stack):
    """It is prepared once more then: quota and sandbox may have changed."""
    at = (datetime.now(UTC) + timedelta(seconds=3)).replace(microsecond=0)
    manifest = stack.prepare(PEOPLE[:2], id="0sched00")
    assert stack.start(manifest, starts_at=at.isoformat())[0] == 202
    assert stack.end_of("0sched00")["status"] == "SUCCEEDED"
    assert stack.ledger.counts("0sched00") == {State.SENT: 2}
    sent = [mail.at for mail in stack.ses.mails if mail.tags["campaign"] == "0sched00"]
    assert min(sent) >= at
    assert stack.ledger.run("0sched00").started_at >= at


def test_a_campaign_behind_its_deadline_is_paused_and_reported(stack):
    """By the deployed states from `Watch` on: nobody waits for the hour before that."""
    manifest = stack.prepare(PEOPLE[:3], id="0dead11n")
    stack.open(manifest, PEOPLE[:3])
    told = {
        "campaign": "0dead11n",
        "digest": manifest.digest,
        "allowance": {"per_second": 1, "per_day": 0},
        "deadline": "2026-01-01T00:00:00Z",
        "predicted_seconds": 3,
        "watch": {},
    }
    ended = watched(stack, told)
    assert ended["status"] == "SUCCEEDED", ended
    run = stack.ledger.run("0dead11n")
    assert (run.state, "deadline" in run.reason) == (RunState.PAUSED, True)
    assert stack.ledger.counts("0dead11n") == {State.QUEUED: 3}
    kept = stack.client("s3").get_object(
        Bucket=stack.outputs["Bucket"], Key="reports/0dead11n.json"
    )
    assert "deadline" in json.loads(kept["Body"].read())["reason"]
    ends = [json.loads(each["Body"]) for each in stack.messages("ReturnsQueue")]
    assert {"kind": "ended", "campaign": "0dead11n", "explanation": run.reason} in ends

    assert stack.start(manifest)[0] == 202, "nobody watches it"
    assert steer(stack, manifest, "resume")[0] == 200
    assert stack.end_of("0dead11n")["status"] == "SUCCEEDED"
    assert stack.ledger.counts("0dead11n") == {State.SENT: 3}


def test_resuming_goes_on_also_where_the_execution_has_ended(stack, slow):
    manifest = stack.prepare(PEOPLE[:8], id="0ab0rted")
    in_the_middle(stack, manifest)
    steer(stack, manifest, "pause")
    machine = stack.outputs["StateMachine"].replace(":stateMachine:", ":execution:")
    stack.client("stepfunctions").stop_execution(executionArn=f"{machine}:0ab0rted")
    assert steer(stack, manifest, "resume")[0] == 200
    assert stack.end_of("0ab0rted", name="0ab0rted-2")["status"] == "SUCCEEDED"
    assert stack.ledger.counts("0ab0rted") == {State.SENT: 8}
    assert set(mails_of(stack, manifest).values()) == {1}


def watched(stack, told):
    """Let the deployed state machine's states run from `Watch` on."""
    states = stack.client("stepfunctions")
    there = states.describe_state_machine(stateMachineArn=stack.outputs["StateMachine"])
    definition = json.loads(there["definition"]) | {"StartAt": "Watch"}
    made = states.create_state_machine(
        name=f"from-watch-{time.monotonic_ns()}",
        definition=json.dumps(definition),
        roleArn=there["roleArn"],
    )
    started = states.start_execution(
        stateMachineArn=made["stateMachineArn"], input=json.dumps(told)
    )
    execution = {"executionArn": started["executionArn"]}
    eventually(lambda: states.describe_execution(**execution)["status"] != "RUNNING")
    return states.describe_execution(**execution)


def test_a_message_that_was_put_aside_is_put_back_and_used(stack):
    """What SES told of a delivery, refused once, and again when its reason is mended."""
    person = PEOPLE[5]
    manifest = stack.prepare([person], id="0redr1ve")
    name = person.delivery("0redr1ve")
    mail = SentMail(
        id="0c0000-000000",
        source="news@shop.example",
        recipients=(person.address.wire,),
        tags={"delivery": name},
        configuration_set="pabal-mails",
        at=datetime.now(UTC),
    )
    stack.tell(ses_events.delivery(mail))
    assert eventually(lambda: stack.count("DeadFeedbackQueue"))
    stack.open(manifest, [person])
    with stack.environment():
        done = CliRunner().invoke(commands, ["aws", "redrive", "feedback"])
    assert done.exit_code == 0, done.output
    assert eventually(lambda: stack.ledger.events(name))
    assert not stack.count("DeadFeedbackQueue")
