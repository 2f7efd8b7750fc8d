"""A campaign to 200 through the deployed template, with everything that happens to campaigns."""

import json
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from builders.campaigns import a_recipient
from pabal.domain.delivery import Happening, State
from pabal.ledger.port import RunState
from servers import ses_events
from servers.ses import BROKEN, THROTTLED, Fault

pytestmark = pytest.mark.timeout(600)

PEOPLE = [a_recipient(number=n) for n in range(1, 201)]
THROTTLED_ONES = (PEOPLE[20], PEOPLE[150])
ALWAYS_FAILING = PEOPLE[77]
LEAVING = PEOPLE[3]
FEW = [a_recipient(number=300 + n, position=n) for n in range(10)]
SLOW = FEW[9]


@dataclass(frozen=True)
class Run:
    manifest: object
    execution: dict


@pytest.fixture(scope="module")
def run(stack):
    """Send it, and meanwhile: throttle, fail, and put every second ticket in twice."""
    manifest = stack.prepare(PEOPLE, scopes=("all", "list:1"))
    leaver_leaves_by_an_earlier_mail(stack)
    for person in THROTTLED_ONES:
        stack.ses.fail(person.address.wire, THROTTLED, THROTTLED)
    stack.ses.fail(ALWAYS_FAILING.address.wire, BROKEN, always=True)
    status, told = stack.start(manifest)
    assert status == 202, told
    duplicate_tickets(stack, manifest, PEOPLE[::2])
    return Run(manifest, stack.end_of(manifest.plan.id, patience=300))


# What happens during the run


def leaver_leaves_by_an_earlier_mail(stack):
    """The package is frozen already. The link in the mail is the way out, without any host."""
    earlier = stack.prepare([replace(LEAVING, position=0)], id="0ear11er", scopes=("all", "list:1"))
    assert stack.start(earlier)[0] == 202
    assert stack.end_of("0ear11er")["status"] == "SUCCEEDED"
    mail = parsed(stack.ses.store, stack.ses.sent_to(LEAVING.address.wire)[0])
    link = urlsplit(mail["List-Unsubscribe"].split(",")[0].strip("<> "))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stack.ask("POST", link.path, b"List-Unsubscribe=One-Click", signed=False, headers=form)
    assert answer == (200, "unsubscribed\n")


def duplicate_tickets(stack, manifest, people):
    """Put tickets in twice, as SQS itself may, which delivers at least once."""
    for person in people:
        ticket = {
            "delivery": person.delivery(manifest.plan.id),
            "position": person.position,
            "digest": manifest.digest,
            "allowance": {"per_second": 100.0, "per_day": 500},
        }
        stack.put("SendQueue", json.dumps(ticket))


def kill_the_one_that_waits(stack, campaign):
    """Once SES has the slow mail and its neighbours are settled, kill the function."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        taken = stack.ses.sent_to(SLOW.address.wire)
        if taken and stack.ledger.counts(campaign) == {State.SENT: 9, State.SENDING: 1}:
            return stack.kill_functions("SendFunction")
        time.sleep(0.2)
    raise AssertionError(f"nobody waits for SES: {stack.ledger.counts(campaign)}")


def parsed(store, sent):
    raw = store.get(sent.id.removeprefix("0c00").removesuffix("-000000")).raw
    return message_from_bytes(raw, policy=policy.default)


def content(mail):
    """What the reader sees and what mail programs act on, decoded."""
    names = ("Subject", "From", "To", "Message-ID", "List-Id", "List-Unsubscribe",
             "List-Unsubscribe-Post", "Feedback-ID")  # fmt: skip
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return {name: mail[name] for name in names}, parts


def of_campaign(stack, manifest):
    return [mail for mail in stack.ses.mails if mail.tags["campaign"] == manifest.plan.id]


def test_the_campaign_ends_with_exact_counts(stack, run):
    """Nobody is lost between package, ledger and queue; the report says so."""
    assert run.execution["status"] == "SUCCEEDED", run.execution
    status, told = stack.ask("GET", f"/v1/campaigns/{run.manifest.plan.id}")
    assert status == 200
    assert told["counts"] == {"sent": 198, "failed": 1, "skipped": 1}
    kept = stack.client("s3").get_object(
        Bucket=stack.outputs["Bucket"], Key=f"reports/{run.manifest.plan.id}.json"
    )
    assert json.loads(kept["Body"].read())["state"] == "finished"


def test_nobody_gets_it_twice(stack, run):
    """Half of the tickets were in the queue twice."""
    times = Counter(mail.recipients[0] for mail in of_campaign(stack, run.manifest))
    assert set(times.values()) == {1}
    expected = {person.address.wire for person in PEOPLE}
    assert set(times) == expected - {ALWAYS_FAILING.address.wire, LEAVING.address.wire}


def test_each_mail_is_what_a_host_of_ours_would_send(stack, run):
    renderer = stack.renderer(run.manifest.plan)
    for sent in of_campaign(stack, run.manifest):
        mail = parsed(stack.ses.store, sent)
        person = next(each for each in PEOPLE if each.address.wire == sent.recipients[0])
        date = parsedate_to_datetime(mail["Date"])
        ours = b"".join(renderer.render(person, date=date).buffers)
        assert content(mail) == content(message_from_bytes(ours, policy=policy.default))


def test_the_throttled_are_sent_at_their_third_attempt(stack, run):
    for person in THROTTLED_ONES:
        delivery = stack.ledger.delivery(person.delivery(run.manifest.plan.id))
        assert (delivery.state, delivery.attempts) == (State.SENT, 3)


def test_who_always_fails_is_failed_after_four_attempts_with_the_reason(stack, run):
    delivery = stack.ledger.delivery(ALWAYS_FAILING.delivery(run.manifest.plan.id))
    assert (delivery.state, delivery.attempts) == (State.FAILED, 4)
    assert "InternalFailure" in delivery.last


def test_who_left_between_preparing_and_sending_is_skipped(stack, run):
    delivery = stack.ledger.delivery(LEAVING.delivery(run.manifest.plan.id))
    assert (delivery.state, delivery.attempts) == (State.SKIPPED, 0)


def test_the_console_is_told_who_left_and_what_ended(stack, run):
    told = [json.loads(message["Body"]) for message in stack.messages("ReturnsQueue")]
    left = [each for each in told if each["kind"] == "left"]
    assert [(each["delivery"], each["scope"], each["source"]) for each in left] == [
        (LEAVING.delivery("0ear11er"), "list:1", "one-click")
    ]
    assert run.manifest.plan.id in {
        each.get("campaign") for each in told if each["kind"] == "ended"
    }


def test_logs_name_deliveries_and_no_address(stack, run):
    """What functions log is kept for months, and read by more people than the ledger."""
    logged = stack.logged()
    assert run.manifest.plan.id in logged
    assert ALWAYS_FAILING.delivery(run.manifest.plan.id) in logged
    for person in (ALWAYS_FAILING, LEAVING, *THROTTLED_ONES):
        assert person.address.identity not in logged


def test_a_kill_leaves_one_doubt_that_the_send_event_settles(stack):
    """SES had the mail, and the function died before it could write so."""
    manifest = stack.prepare(FEW, id="0k1ed000")
    stack.ses.fail(SLOW.address.wire, Fault(silent=60, takes=True))
    assert stack.start(manifest)[0] == 202
    assert kill_the_one_that_waits(stack, manifest.plan.id)
    # As the state machine does when the time of the function is over.
    stack.ledger.sweep(now=datetime.now(UTC) + timedelta(minutes=3))
    assert stack.end_of(manifest.plan.id)["status"] == "SUCCEEDED"
    assert stack.ledger.counts(manifest.plan.id) == {State.SENT: 9, State.DOUBTFUL: 1}
    name = SLOW.delivery(manifest.plan.id)
    happened = [entry.happening for entry in stack.ledger.history(name)]
    assert happened == [Happening.ENQUEUED, Happening.BEGUN, Happening.LOST_SIGHT]
    [sent] = stack.ses.sent_to(SLOW.address.wire)
    stack.tell(ses_events.an_event("Send", sent))
    deadline = time.monotonic() + 60
    while stack.ledger.delivery(name).state is State.DOUBTFUL and time.monotonic() < deadline:
        time.sleep(0.3)
    assert stack.ledger.delivery(name).state is State.SENT


def test_a_second_start_is_refused(stack, run):
    """The execution is called as the campaign; its name is taken."""
    status, told = stack.start(run.manifest)
    assert (status, told["error"]) == (409, "campaign-already-launched")


def test_what_is_over_stays_over(stack, run):
    status, told = stack.ask("POST", f"/v1/campaigns/{run.manifest.plan.id}/pause")
    assert (status, told["error"]) == (409, "campaign-over")
    assert stack.ledger.run(run.manifest.plan.id).state is RunState.FINISHED
