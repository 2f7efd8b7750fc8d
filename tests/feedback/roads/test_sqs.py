"""The road to events of SES through a queue, on an emulated SQS."""

import json
import logging
from itertools import count

import boto3
import pytest

from builders.returned import SEALS
from feedback.roads.contract import BOUNCE, RoadContract
from ledger.desk import ACCEPTED, NO_ANSWER, Desk, fresh_schema
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import State
from pabal.domain.reputation import Limits
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.choosing import road_to
from pabal.feedback.roads.sqs import Sqs, region_of
from pabal.ledger.errors import LedgerUnavailable
from pabal.pipeline.steps.feedback import Collected, Reader
from servers import ses_events
from servers.ministack import start_ministack
from servers.ses_events import SentMail, as_eventbridge, as_sns

_numbers = count(1)
PEOPLE = Limits(bounces=0, complaints=0, mails=100)


@pytest.fixture
def sqs(emulator, monkeypatch):
    for name, value in emulator.environment("sqs").items():
        monkeypatch.setenv(name, value)
    return boto3.client("sqs")


@pytest.fixture
def dead_letters(sqs):
    return sqs.create_queue(QueueName=f"dead-{next(_numbers)}")["QueueUrl"]


@pytest.fixture
def queue(sqs, dead_letters):
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": "5"}
    return sqs.create_queue(
        QueueName=f"events-{next(_numbers)}", Attributes={"RedrivePolicy": json.dumps(policy)}
    )["QueueUrl"]


@pytest.fixture
def put(sqs, queue):
    def put(*bodies):
        for body in bodies:
            sqs.send_message(QueueUrl=queue, MessageBody=body)

    return put


@pytest.fixture
def dead(sqs, dead_letters):
    """Return what is in the dead-letter queue: bodies and reasons."""

    def dead():
        found = sqs.receive_message(
            QueueUrl=dead_letters,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["reason"],
        ).get("Messages", [])
        return [(m["Body"], m["MessageAttributes"]["reason"]["StringValue"]) for m in found]

    return dead


class TestSqs(RoadContract):
    @pytest.fixture
    def road(self, queue):
        return Sqs(queue, long_poll=0)

    @pytest.fixture
    def deliver(self, put):
        return lambda *mails: put(*(mail.decode() for mail in mails))

    @pytest.fixture
    def left(self, dead):
        return lambda: [body.encode() for body, _ in dead()]

    @pytest.fixture
    def nowhere(self, queue):
        return Sqs(f"{queue}-nowhere", long_poll=0)

    def test_a_large_mail_is_read_by_its_head(self, road, deliver):
        """A message of SQS has 1 MiB at most; it comes whole."""
        deliver(BOUNCE + b"x" * 250_000)
        with road.visit() as visit:
            (found,) = visit.waiting()
        assert len(found.raw) == len(BOUNCE) + 250_000

    def test_a_queue_without_dead_letters_is_not_read(self, sqs):
        url = sqs.create_queue(QueueName=f"bare-{next(_numbers)}")["QueueUrl"]
        with pytest.raises(RoadUnavailable, match="no dead-letter queue"), Sqs(url).visit():
            pass


class Leavers:
    def __init__(self):
        self.left = []

    def leave(self, delivery, *, source, at):
        self.left.append(delivery)


@pytest.fixture
def desk(tmp_path):
    database = fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")
    desk = Desk(database, database.ledger()).start(4)
    yield desk
    desk.ledger.close()


@pytest.fixture
def reader(desk):
    return Reader(
        seals=SEALS,
        audience=Leavers(),
        policy=BouncePolicy(),
        limits=PEOPLE,
        now=lambda: desk.now,
    )


def a_mail(desk, position):
    return SentMail(
        id=f"0c00-{position}",
        source="news@shop.example",
        recipients=(desk.address(position),),
        tags={"campaign": desk.campaign, "delivery": desk.id(position)},
        configuration_set="events",
        at=desk.now,
    )


def collect(reader, queue, desk):
    return reader.collect(Sqs(queue, long_poll=0), desk.ledger)


def test_events_are_applied_in_whatever_they_come(desk, reader, queue, put, dead):
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    gone = ses_events.bounce(a_mail(desk, 0), code="smtp; 550 5.1.1 user unknown")
    put(
        json.dumps(gone),
        as_sns(ses_events.complaint(a_mail(desk, 1)), "arn:aws:sns:x"),
        as_eventbridge(ses_events.delivery(a_mail(desk, 2))),
        json.dumps(gone),
    )
    assert collect(reader, queue, desk) == Collected(applied=4)
    stops = desk.ledger.suppressions([desk.address(n) for n in range(4)], [EVERYTHING])
    assert {stop.reason for stop in stops.values()} == {Reason.BOUNCE, Reason.COMPLAINT}
    assert len(desk.ledger.events(desk.id(0))) == 1
    assert reader.audience.left == [desk.id(1)]
    assert collect(reader, queue, desk) == Collected()
    assert dead() == []


@pytest.mark.parametrize("kind", ["Send", "Delivery"])
def test_an_event_of_a_doubtful_delivery_settles_it(desk, reader, queue, put, kind):
    """SES has no idempotency key: its own word that it took the mail is the evidence."""
    desk.settle(desk.put_on_wire(1), NO_ANSWER)
    assert desk.state(0) is State.DOUBTFUL
    put(json.dumps(ses_events.an_event(kind, a_mail(desk, 0))))
    collect(reader, queue, desk)
    assert desk.state(0) is State.SENT


def test_what_is_not_understood_is_put_away_with_its_reason(desk, reader, queue, put, dead):
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    stranger = ses_events.bounce(a_mail(desk, 9))
    mine = ses_events.delivery(a_mail(desk, 2))
    put("no json", json.dumps({"eventType": "Novelty", "mail": {}}), json.dumps(stranger))
    put(json.dumps(mine))
    assert collect(reader, queue, desk) == Collected(applied=1, unproven=1, refused=2)
    reasons = sorted(reason for _, reason in dead())
    assert [reason.partition(":")[0] for reason in reasons] == [
        "It tells nothing about a delivery of ours.",
        "This is no event of Amazon SES",
        "This is no event of Amazon SES",
    ]
    assert collect(reader, queue, desk) == Collected()


def test_nothing_is_deleted_before_it_is_durable(desk, reader, queue, put):
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    put(*(json.dumps(ses_events.delivery(a_mail(desk, n))) for n in range(3)))

    class Fails:
        def record_event(self, *_, **__):
            raise LedgerUnavailable(reason="restarted")

    with pytest.raises(LedgerUnavailable):
        reader.collect(Sqs(queue, long_poll=0), Fails())
    assert collect(reader, queue, desk).applied == 3


def test_a_region_that_is_gone_is_said_and_visited_again_later(monkeypatch, caplog):
    with start_ministack() as emulator:
        for name, value in emulator.environment("sqs").items():
            monkeypatch.setenv(name, value)
        url = boto3.client("sqs").create_queue(QueueName="gone")["QueueUrl"]
        emulator.process.kill()
        emulator.process.wait()
        with caplog.at_level(logging.ERROR), pytest.raises(RoadUnavailable), Sqs(url).visit():
            pass


def test_a_url_leads_to_a_queue(sqs, queue):
    path = queue.partition("://")[2].partition("/")[2]
    road = road_to(f"sqs://sqs.ap-northeast-2.amazonaws.com/{path}")
    with road.visit():
        pass
    assert region_of("https://sqs.eu-west-1.amazonaws.com/1/x") == "eu-west-1"
    assert region_of("http://127.0.0.1:4566/1/x") == ""


def test_a_url_without_a_queue_is_refused():
    with pytest.raises(ValueError, match="names no queue"):
        road_to("sqs://sqs.ap-northeast-2.amazonaws.com/")
