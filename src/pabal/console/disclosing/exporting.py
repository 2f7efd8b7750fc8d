"""Everything that is known of somebody, for themselves: 개인정보 보호법 35, GDPR 15 and 20.

Plain values with readable names, ready for JSON; instants are ISO 8601 in UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from pabal.console.audience.models import Subscriber
from pabal.console.audience.showing import Dossier, Shown, dossier
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.deciding import variant_of
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.domain.engagement import Hits
from pabal.domain.identity import DeliveryId
from pabal.ledger.port import Delivery, HistoryEntry, Ledger, ToldEvent

Exported = Mapping[str, object]


def export(address: str, *, now: datetime) -> Exported | None:
    """Return all about an address (Address.identity); None where nothing is known of it."""
    known, ledger = dossier(address), joined_ledger()
    mails = _mails(ledger.find(address), ledger, ledger.hits)
    if settings.PABAL.is_stack_named:
        there = elsewhere.ledger()
        mails = [*_mails(there.find(address), there, _no_hits), *mails]
    stops = [_stop(row) for row in LedgerSuppression.objects.filter(address=address)]
    if known is None and not mails and not stops:
        return None
    return {
        "exported_at": now.isoformat(),
        "address": address,
        **(_person(known) if known else {}),
        "mails": mails,
        "not_mailed": stops,
    }


def _person(known: Dossier) -> Exported:
    subscriber = known.subscriber
    return {
        "subscriber": {
            "number": subscriber.pk,
            "address_as_given": subscriber.email,
            "language": subscriber.language,
            "known_since": subscriber.created_at.isoformat(),
            "changed_at": subscriber.updated_at.isoformat(),
            "attributes": subscriber.attributes,
        },
        "lists": [
            {
                "list": each.list.name,
                "status": each.status,
                "agreed_to_advertising_at": _written(each.consented_at),
                "last_transaction_ended_at": _written(each.transaction_ended_at),
                "changed_at": each.changed_at.isoformat(),
            }
            for each in known.memberships
        ],
        "topics": _topics(subscriber),
        "consent": [_consent(shown) for shown in known.records],
        "notices_about_consent": _notices(subscriber),
    }


def _topics(subscriber: Subscriber) -> Sequence[Exported]:
    choices = subscriber.topic_choices.select_related("topic").order_by("topic__name")
    return [
        {
            "topic": each.topic.name,
            "wanted": each.wanted,
            "changed_at": each.changed_at.isoformat(),
        }
        for each in choices
    ]


def _consent(shown: Shown) -> Exported:
    record = shown.record
    return {
        "what": record.action.value,
        "about": shown.about or record.purpose,
        "basis": record.basis.value,
        "wording": record.wording,
        "how": record.source,
        "from_network_address": record.origin,
        "happened_at": record.happened_at.isoformat(),
        "recorded_at": shown.recorded_at.isoformat(),
        "ends_at": _written(shown.expires_at),
    }


def _notices(subscriber: Subscriber) -> Sequence[Exported]:
    return [
        {
            "kind": each.kind,
            "about": each.action,
            "happened_at": each.happened_at.isoformat(),
            "due_at": each.due_at.isoformat(),
            "told": bool(each.campaign),
        }
        for each in subscriber.consent_notices.order_by("pk")
    ]


def _no_hits(_delivery: DeliveryId) -> Sequence[Hits]:
    """AWS records no opens and clicks."""
    return ()


def _mails(
    deliveries: Sequence[Delivery],
    ledger: Ledger,
    hits_of: Callable[[DeliveryId], Sequence[Hits]],
) -> Sequence[Exported]:
    campaigns = Campaign.objects.in_bulk([each.campaign for each in deliveries])
    return [
        {
            "campaign": campaigns[each.campaign].name if each.campaign in campaigns else "",
            "subject": _subject(campaigns.get(each.campaign), each),
            "delivery": each.id,
            "state": each.state.value,
            "history": [_entry(entry) for entry in ledger.history(each.id)],
            "came_back": [_event(event) for event in ledger.events(each.id)],
            "opened_or_clicked": [_hits(hits) for hits in hits_of(each.id)],
        }
        for each in deliveries
    ]


def _subject(campaign: Campaign | None, delivery: Delivery) -> str:
    """What the mail of a delivery says, or will say, if its A/B test is decided."""
    variant = variant_of(campaign, delivery.position) if campaign else None
    if campaign is None or variant is None:
        return ""
    return campaign.as_shown(campaign.sources()[variant].subject)


def _entry(entry: HistoryEntry) -> Exported:
    return {
        "at": entry.at.isoformat(),
        "what": entry.happening.value,
        "attempt": entry.attempt,
        "reply": _reply(entry),
    }


def _event(event: ToldEvent) -> Exported:
    return {
        "at": event.at.isoformat(),
        "what": event.kind.value,
        "meaning": event.weight.value,
        "told_by": event.source.value,
        "detail": event.label,
        "reply": _reply(event),
    }


def _hits(hits: Hits) -> Exported:
    return {
        "what": hits.kind.value,
        "link": hits.link,
        "by": hits.sign.value,
        "first_at": hits.first_at.isoformat(),
        "last_at": hits.last_at.isoformat(),
        "times": hits.times,
    }


def _reply(said: HistoryEntry | ToldEvent) -> str:
    return " ".join(part for part in (str(said.code or ""), said.enhanced, said.text) if part)


def _stop(row: LedgerSuppression) -> Exported:
    return {
        "scope": row.scope,
        "why": row.reason,
        "since": row.since.isoformat(),
        "detail": row.detail,
    }


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
