"""`pabal why`: why somebody did or did not get a mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from pabal.cli.cloud import ledger_there
from pabal.cli.command import command, open_workshop
from pabal.cli.foreground import with_ledger
from pabal.cli.language import _
from pabal.cli.lookup import find_campaign
from pabal.cli.output import Output
from pabal.cli.words import ACTORS, EVENTS, HAPPENINGS, REASONS, STATES, WEIGHTS
from pabal.domain.address import parse_address
from pabal.domain.consent import Ground, ground, transaction_expiry
from pabal.domain.engagement import Hits, told_apart
from pabal.domain.identity import CampaignId
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.port import Delivery, HistoryEntry, Ledger, ToldEvent
from pabal.pipeline.local.wiring import Workshop, wall_clock

if TYPE_CHECKING:
    from pabal.console.audience.models import Membership

commands = click.Group()

_Stories = list[tuple[Delivery, list[HistoryEntry], list[ToldEvent], list[Hits]]]


@command(commands, "why", _("Tell why an address did or did not get a campaign."))
@click.argument("address")
@click.argument("name_or_id", metavar="[CAMPAIGN]", required=False)
def why(output: Output, address: str, name_or_id: str | None) -> None:
    workshop = open_workshop()
    identity = parse_address(address).identity
    campaign = find_campaign(name_or_id).campaign_id if name_or_id else None
    stories = with_ledger(workshop, lambda ledger: _stories(ledger, identity, campaign))
    stories = [*_stories_there(workshop, identity, campaign), *stories]
    zone = ZoneInfo(workshop.settings.time_zone)
    for delivery, history, events, hits in stories:
        _tell(output, delivery, history, zone)
        if letter := _variant(delivery):
            output.say(_("Variant {letter} of the A/B test").format(letter=letter))
        _tell_events(output, events, zone)
        _tell_hits(output, hits, zone)
    standing = _standing(identity, workshop.aliases.of(identity), zone)
    if not stories:
        output.say(_("{address} was in no campaign.").format(address=identity))
    for line in standing:
        output.say(line)
    output.result(
        {
            "address": identity,
            "deliveries": [_as_json(*story) for story in stories],
            "standing": standing,
        }
    )


def _stories(ledger: Ledger, identity: str, campaign: CampaignId | None) -> _Stories:
    found = ledger.find(identity, campaign)
    return [
        (
            each,
            list(ledger.history(each.id)),
            list(ledger.events(each.id)),
            list(ledger.hits(each.id)),
        )
        for each in found
    ]


def _variant(delivery: Delivery) -> str:
    """Return the letter of what somebody got; "" where there is one mail for all, or not yet."""
    from pabal.console.campaigns.deciding import letter_of
    from pabal.console.campaigns.models import Campaign

    campaign = Campaign.objects.filter(pk=delivery.campaign, has_experiment=True).first()
    return letter_of(campaign, delivery.position) if campaign else ""


def _stories_there(workshop: Workshop, identity: str, campaign: CampaignId | None) -> _Stories:
    """What AWS has sent, where there is a stack to ask."""
    told = ledger_there(workshop.settings)
    return _stories(told, identity, campaign) if told else []


def _tell(output: Output, delivery: Delivery, history: list[HistoryEntry], zone: ZoneInfo) -> None:
    output.heading(f"{delivery.address} · {delivery.campaign}: {STATES[delivery.state]}")
    output.table(
        [_("When"), _("Attempt") + "#", _("What"), _("Reply")],
        [
            (
                f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                entry.attempt or "",
                HAPPENINGS[entry.happening],
                _reply(entry),
            )
            for entry in history
        ],
    )


def _tell_hits(output: Output, hits: list[Hits], zone: ZoneInfo) -> None:
    if hits:
        output.table(
            [_("When"), _("What"), _("Link") + "#", _("By"), _("Times") + "#"],
            [
                (
                    f"{each.first_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                    EVENTS[each.kind],
                    each.link or "",
                    ACTORS[actor],
                    f"{each.times:,}",
                )
                for each, actor in told_apart(hits)
            ],
        )


def _tell_events(output: Output, events: list[ToldEvent], zone: ZoneInfo) -> None:
    if events:
        output.table(
            [_("When"), _("What came back"), _("What it means"), _("Reply")],
            [
                (
                    f"{event.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                    EVENTS[event.kind],
                    WEIGHTS[event.weight],
                    f"{event.label} {_reply(event)}".strip(),
                )
                for event in events
            ],
        )


def _reply(entry: HistoryEntry | ToldEvent) -> str:
    code = str(entry.code) if entry.code else ""
    return " ".join(part for part in (code, entry.enhanced, _(entry.text)) if part)


def _standing(identity: str, aliases: Sequence[str], zone: ZoneInfo) -> list[str]:
    """What keeps the address out, or lets it in, now."""
    from pabal.console.audience.models import Membership
    from pabal.console.campaigns.ledger_tables import LedgerSuppression

    lines = [
        _("Not mailed ({scope}): {reason} {detail}")
        .format(scope=_scope(each.scope), reason=REASONS[each.why], detail=each.detail)
        .strip()
        for each in LedgerSuppression.objects.filter(address__in=[identity, *aliases])
    ]
    members: Any = Membership.objects.filter(subscriber__address=identity).select_related("list")
    lines += [
        _("List {name}: {status}; {ground}").format(
            name=each.list.name, status=each.get_status_display(), ground=_ground(each, zone)
        )
        for each in members
    ]
    return lines or [_("Nobody with this address is on any list.")]


def _scope(scope: str) -> str:
    """Name what an address is kept out of: a list or topic by its name."""
    from pabal.console.audience.showing import scope_names

    return _("everything") if scope == EVERYTHING else scope_names().get(scope, scope)


def _ground(membership: "Membership", zone: ZoneInfo) -> str:
    """What lets us send advertising to somebody at this moment."""
    consented_at, ended_at = membership.consented_at, membership.transaction_ended_at
    found = ground(consented_at=consented_at, transaction_ended_at=ended_at, now=wall_clock())
    texts = {
        Ground.CONSENT: _("agreed to advertising on {day}"),
        Ground.TRANSACTION: _("advertising until {last}, by the transaction that ended on {day}"),
        Ground.TRANSACTION_OVER: _(
            "no advertising since {last} is over, six months after the transaction of {day}"
        ),
        Ground.NOTHING: _("no consent to advertising"),
    }
    since = consented_at or ended_at
    last = transaction_expiry(ended_at) - timedelta(seconds=1) if ended_at else None
    return texts[found].format(day=_day(since, zone), last=_day(last, zone))


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""


def _as_json(
    delivery: Delivery, history: list[HistoryEntry], events: list[ToldEvent], hits: list[Hits]
) -> dict[str, object]:
    return {
        "delivery": delivery.id,
        "campaign": delivery.campaign,
        "state": delivery.state.value,
        "variant": _variant(delivery) or None,
        "attempts": delivery.attempts,
        "last": delivery.last,
        "history": [
            {
                "at": entry.at.isoformat(),
                "happening": entry.happening.value,
                "attempt": entry.attempt,
                "code": entry.code,
                "enhanced": entry.enhanced,
                "text": entry.text,
                "worker": entry.worker,
            }
            for entry in history
        ],
        "events": [
            {
                "at": event.at.isoformat(),
                "event": event.kind.value,
                "weight": event.weight.value,
                "source": event.source.value,
                "label": event.label,
                "code": event.code,
                "enhanced": event.enhanced,
                "text": event.text,
            }
            for event in events
        ],
        "hits": [
            {
                "event": each.kind.value,
                "link": each.link,
                "sign": each.sign.value,
                "actor": actor.value,
                "first_at": each.first_at.isoformat(),
                "last_at": each.last_at.isoformat(),
                "times": each.times,
            }
            for each, actor in told_apart(hits)
        ],
    }
