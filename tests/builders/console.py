"""Rows of the console's tables for tests: say what matters, the rest is usual."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from builders.campaigns import a_sender, a_source
from pabal.console.accounts.models import Role, User
from pabal.console.audience import conditions
from pabal.console.audience.joining import Joining, join_list
from pabal.console.audience.models import List, Segment, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.drafting import create_campaign
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.domain.address import parse_address
from pabal.domain.campaign import Kind, OnDoubt
from pabal.domain.delivery import Happening
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome, Reply, Scope, Stage, Verdict
from pabal.domain.retry import Decision
from pabal.domain.suppression import EVERYTHING, list_scope
from pabal.ledger.port import Entry, RunState, Settlement
from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import JoinedSession

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
WORKER = "worker-1"

ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, reply=Reply(code=250, enhanced="2.0.0", text="OK"))
NO_MAILBOX = Outcome(
    verdict=Verdict.PERMANENT,
    scope=Scope.ADDRESS,
    stage=Stage.RCPT,
    reply=Reply(code=550, enhanced="5.1.1", text="no such user"),
    text="550 5.1.1 no such user",
    suppress=True,
)
BUSY = Outcome(
    verdict=Verdict.TRANSIENT,
    reply=Reply(code=451, enhanced="4.3.2", text="busy"),
    text="451 4.3.2 busy",
)
SILENCE = Outcome(verdict=Verdict.UNKNOWN, text="the connection was lost behind the final dot")

_DECISIONS = {
    Verdict.ACCEPTED: Decision(happening=Happening.ACCEPTED),
    Verdict.PERMANENT: Decision(happening=Happening.REFUSED),
    Verdict.UNKNOWN: Decision(happening=Happening.LOST_SIGHT),
    Verdict.TRANSIENT: Decision(
        happening=Happening.DEFERRED, not_before=NOW + timedelta(minutes=1)
    ),
}


def a_user(email: str = "alice@shop.example", *, role: Role = Role.OWNER) -> User:
    """Somebody with the password “correct horse”."""
    return User.objects.create_user(email=email, role=role, password="correct horse")


def a_list(name: str = "파발상점 소식", *, identifier: str = "news") -> List:
    return List.objects.create(name=name, identifier=identifier, created_at=NOW)


def a_subscriber(
    email: str = "minji@customer.example",
    *,
    language: str = "ko",
    attributes: Mapping[str, str] | None = None,
) -> Subscriber:
    """A person who is on no list yet."""
    address = parse_address(email)
    return Subscriber.objects.create(
        email=address.original,
        wire=address.wire,
        address=address.identity,
        language=language,
        attributes=dict(attributes or {"name": "김민지", "coupon": "FALL-1"}),
        created_at=NOW,
        updated_at=NOW,
    )


def a_member(
    target: List,
    email: str = "minji@customer.example",
    *,
    consented_at: datetime | None = NOW - timedelta(days=30),
    language: str = "ko",
) -> Subscriber:
    """A subscriber on a list, who has agreed to advertising unless said otherwise."""
    subscriber = a_subscriber(email, language=language)
    joining = Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=consented_at,
        source="sign-up form",
        wording="광고성 정보 수신에 동의합니다",
    )
    join_list(target, [joining], now=NOW - timedelta(days=30))
    return subscriber


def a_buyer(
    target: List, email: str, *, ended_at: datetime, subscriber: Subscriber | None = None
) -> Subscriber:
    """A subscriber on a list who has bought what it advertises, and agreed to nothing."""
    buyer = subscriber or a_subscriber(email)
    joining = Joining(
        subscriber=buyer.pk,
        address=buyer.address,
        consented_at=None,
        transaction_ended_at=ended_at,
        source="order 20260524-17",
        wording="",
    )
    join_list(target, [joining], now=NOW - timedelta(days=30))
    return buyer


def a_sender_row() -> SenderIdentity:
    sender = a_sender()
    return SenderIdentity.objects.create(
        name=sender.name,
        address=sender.address,
        company=sender.company,
        postal_address=sender.postal_address,
        phone=sender.phone,
        contact_email=sender.contact_email,
        bounce_domain=sender.bounce_domain,
    )


def a_campaign(
    target: List, *, name: str = "가을 신상품 안내", kind: Kind = Kind.ADVERTISING
) -> Campaign:
    """A draft to a list."""
    return create_campaign(
        name=name,
        kind=kind,
        source=a_source(),
        sender=SenderIdentity.objects.first() or a_sender_row(),
        audience=target,
        now=NOW,
    )


@transaction.atomic
def started(
    campaign: Campaign, subscribers: Sequence[Subscriber], *, now: datetime = NOW
) -> list[DeliveryId]:
    """Put a campaign into the ledger, with a queued delivery a subscriber."""
    Campaign.objects.filter(pk=campaign.pk).update(
        status=Campaign.Status.STARTED, started_at=now, recipients=len(subscribers)
    )
    ledger = joined_ledger()
    ledger.open(
        campaign.campaign_id,
        scopes=(EVERYTHING, list_scope(campaign.list_id)),
        on_doubt=OnDoubt.ASK,
        now=now,
    )
    entries = [
        Entry(
            delivery=DeliveryId(f"{campaign.pk}-{subscriber.key}"),
            position=position,
            address=subscriber.address,
        )
        for position, subscriber in enumerate(subscribers)
    ]
    ledger.enqueue(campaign.campaign_id, entries, now=now)
    return [entry.delivery for entry in entries]


@transaction.atomic
def settled(
    campaign: Campaign, outcomes: Mapping[DeliveryId, Outcome], *, now: datetime = NOW
) -> None:
    """Attempt deliveries once, each with an outcome; the others stay queued."""
    ledger = _workers_ledger()
    ledger.heartbeat(WORKER, until=now + timedelta(minutes=1))
    ledger.claim(campaign.campaign_id, worker=WORKER, limit=len(outcomes) + 1000, now=now)
    begun = ledger.begin(list(outcomes), worker=WORKER, now=now)
    ledger.settle(
        [
            Settlement(
                attempt=attempt,
                outcome=outcomes[attempt.delivery],
                decision=_DECISIONS[outcomes[attempt.delivery].verdict],
                at=now + timedelta(seconds=1),
            )
            for attempt in begun.attempts
        ]
    )


def finished(campaign: Campaign, *, now: datetime = NOW) -> None:
    """End a campaign's run."""
    with transaction.atomic():
        _workers_ledger().set_state(campaign.campaign_id, RunState.FINISHED, reason="", now=now)


def _workers_ledger() -> SqlLedger:
    connection.ensure_connection()
    dialect = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    return SqlLedger(JoinedSession(connection.connection, dialect), daily_limit=None)


def a_segment(name: str, value: str) -> Segment:
    """Those whose attribute has a value."""
    condition = conditions.Condition(
        about=conditions.About.ATTRIBUTE,
        kind=conditions.Kind.TEXT,
        test=conditions.Test.IS,
        key=name,
        value=value,
    )
    group = conditions.Group(conditions=(condition,))
    asked = conditions.to_json(conditions.Segmentation(groups=(group,)))
    return Segment.objects.create(
        name=f"{name} {value}", condition=asked, created_at=NOW, updated_at=NOW
    )
