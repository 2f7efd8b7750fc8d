"""`pabal fill`: as many subscribers and campaigns as wanted, to see how pages bear them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.demo.shop import SENDER
from pabal.cli.errors import NotEmpty
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.domain.address import Address, restore_address
from pabal.domain.campaign import Kind, OnDoubt
from pabal.domain.delivery import Happening
from pabal.domain.identity import delivery_id, subscriber_key
from pabal.domain.outcome import Outcome, Reply, Scope, Verdict
from pabal.domain.retry import Decision
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope
from pabal.ledger.port import Entry, Ledger, RunState, Settlement
from pabal.ledger.sql.connect import open_ledger
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import wall_clock

if TYPE_CHECKING:
    from pabal.console.audience.models import List
    from pabal.console.audience.subscribers import Profile
    from pabal.console.campaigns.models import Campaign

commands = click.Group()

_AT_ONCE = 5_000
_WORKER = "fill"
_WORDING = "광고성 정보 수신에 동의합니다"
_NAMES = (
    "김민지",
    "이서준",
    "박지우",
    "최도윤",
    "정하은",
    "강시우",
    "조수아",
    "윤주원",
    "Grace Kim",
)
_GRADES = ("WELCOME", "SILVER", "GOLD", "PLATINUM")
_BRANDS = ("하루한벌", "오후세시", "느린바늘")
_LISTS = (("전체 고객", 1), ("단골 고객", 10), ("매장 방문", 100))  # one subscriber in so many
_STOPPED = 997  # one subscriber in so many
_FAILED = 50  # one delivery in so many

_SAID = "550 5.1.1 no such user"
_ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, reply=Reply(code=250, enhanced="2.0.0", text="OK"))
_REFUSED = Outcome(
    verdict=Verdict.PERMANENT,
    scope=Scope.ADDRESS,
    reply=Reply(code=550, enhanced="5.1.1", text="no such user"),
    text=_SAID,
)


@command(commands, "fill", _("Make subscribers and campaigns for trials, in an empty database."))
@click.option("--subscribers", default=1_000_000, help=_("How many subscribers."))
@click.option("--campaigns", default=100, help=_("How many campaigns that were sent."))
@click.option("--recipients", default=1_000, help=_("How many of them each campaign went to."))
def fill(output: Output, subscribers: int, campaigns: int, recipients: int) -> None:
    workshop = open_workshop()
    from pabal.console.audience.models import Subscriber

    if Subscriber.objects.exists():
        raise NotEmpty
    now = wall_clock()
    lists = _make_lists(now)
    numbers = _add_people(subscribers, lists, now)
    ledger = open_ledger(workshop.settings.database, daily_limit=None)
    try:
        _stop_some(ledger, numbers, now)
        for number in range(campaigns):
            _send_one(ledger, number, lists[0], numbers[:recipients], now)
    finally:
        ledger.close()
    _analyse()
    output.say(
        _("{subscribers} subscribers and {campaigns} campaigns are there.").format(
            subscribers=f"{subscribers:,}", campaigns=f"{campaigns:,}"
        )
    )
    output.result({"subscribers": subscribers, "campaigns": campaigns, "recipients": recipients})


def person(number: int, now: datetime) -> "tuple[Address, Profile]":
    """Return somebody with values of their own. An odd factor mixes numbers and doubles none."""
    from pabal.console.audience.subscribers import Profile

    mixed = number * 2_654_435_761 % 2**32
    attributes = {
        "name": _NAMES[mixed % len(_NAMES)],
        "grade": _GRADES[mixed // 7 % 4],
        "points": str(mixed % 250_000),
        "favorite_brand": _BRANDS[mixed // 11 % 3],
        "last_order": (now - timedelta(days=mixed % 600)).date().isoformat(),
        "coupon_code": f"HB26{mixed:08X}",
    }
    language = "en" if mixed % 20 == 0 else "ko"
    profile = Profile(language=language, attributes=attributes)
    return restore_address(f"c{mixed:x}@example.com", f"c{mixed:x}@example.com"), profile


def _make_lists(now: datetime) -> "list[List]":
    from pabal.console.campaigns.drafting import add_list

    return [add_list(name, goods="옷", now=now) for name, _share in _LISTS]


def _add_people(count: int, lists: "list[List]", now: datetime) -> list[tuple[int, str]]:
    """Add them as an import does, consents included; return numbers and addresses."""
    from django.db import transaction

    from pabal.console.audience.subscribers import add_subscribers

    people = (person(number, now) for number in range(count))
    added: list[tuple[int, str]] = []
    while batch := list(islice(people, _AT_ONCE)):
        with transaction.atomic():
            numbers = add_subscribers(batch, now=now)
            arrived = [(number, address) for address, number in numbers.items()]
            for target, (_name, share) in zip(lists, _LISTS, strict=True):
                _join(target, [each for each in arrived if each[0] % share == 0], now)
            added += arrived
    return added


def _join(target: "List", people: list[tuple[int, str]], now: datetime) -> None:
    from pabal.console.audience.joining import Joining, join_list

    joinings = [
        Joining(
            subscriber=number,
            address=address,
            consented_at=now - timedelta(minutes=number % 1_000_000) if number % 13 else None,
            source="fill",
            wording=_WORDING,
            is_newcomer=target.name == _LISTS[0][0],
        )
        for number, address in people
    ]
    join_list(target, joinings, now=now)


def _stop_some(ledger: Ledger, people: list[tuple[int, str]], now: datetime) -> None:
    for _number, address in people[::_STOPPED]:
        ledger.suppress(
            Suppression(address=address, scope=EVERYTHING, reason=Reason.BOUNCE, since=now)
        )


def _send_one(
    ledger: Ledger, number: int, audience: "List", people: list[tuple[int, str]], now: datetime
) -> None:
    """Put a campaign of a day in the past into the ledger, sent to all but a few."""
    day = now - timedelta(days=number + 1)
    campaign = _make_campaign(number, audience, len(people), day)
    entries = [
        Entry(
            delivery=delivery_id(campaign.campaign_id, subscriber_key(subscriber)),
            position=position,
            address=address,
        )
        for position, (subscriber, address) in enumerate(people)
    ]
    scopes = (EVERYTHING, list_scope(audience.pk))
    ledger.open(campaign.campaign_id, scopes=scopes, on_doubt=OnDoubt.ASK, now=day)
    ledger.enqueue(campaign.campaign_id, entries, now=day)
    for batch in _batches(entries):
        _settle(ledger, campaign, batch, day)
    ledger.set_state(campaign.campaign_id, RunState.FINISHED, reason="", now=day)


def _batches(entries: list[Entry]) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), _AT_ONCE):
        yield entries[start : start + _AT_ONCE]


def _settle(ledger: Ledger, campaign: "Campaign", entries: list[Entry], day: datetime) -> None:
    ledger.heartbeat(_WORKER, until=day + timedelta(minutes=5))
    ledger.claim(campaign.campaign_id, worker=_WORKER, limit=len(entries), now=day)
    begun = ledger.begin([each.delivery for each in entries], worker=_WORKER, now=day)
    ledger.settle(
        [
            Settlement(
                attempt=attempt,
                outcome=_REFUSED if attempt.position % _FAILED == 0 else _ACCEPTED,
                decision=Decision(
                    happening=Happening.ACCEPTED
                    if attempt.position % _FAILED
                    else Happening.REFUSED
                ),
                at=day + timedelta(seconds=1),
            )
            for attempt in begun.attempts
        ]
    )


def _make_campaign(number: int, audience: "List", recipients: int, day: datetime) -> "Campaign":
    from pabal.console.campaigns.drafting import add_sender_identity, create_campaign
    from pabal.console.campaigns.models import Campaign, SenderIdentity

    sender = SenderIdentity.objects.first() or add_sender_identity(SENDER)
    campaign = create_campaign(
        name=f"{number + 1}번째 소식",
        kind=Kind.ADVERTISING,
        source=Source(subject="소식", body="<p>{{ name }}</p>", markup=Markup.HTML),
        sender=sender,
        audience=audience,
        now=day,
    )
    Campaign.objects.filter(pk=campaign.pk).update(
        status=Campaign.Status.ENDED, started_at=day, ended_at=day, recipients=recipients
    )
    return campaign


def _analyse() -> None:
    """Let the planner know what is there; a server does it by itself, some time later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze" if connection.vendor == "postgresql" else "analyze")
