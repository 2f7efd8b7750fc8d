"""Everything that is known of one subscriber, and of every mail that they got or did not get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.choosing import Offer, offered_topics
from pabal.console.audience.editing import LIFTABLE
from pabal.console.audience.models import Membership, Subscriber
from pabal.console.audience.showing import Shown, dossier
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.words import REASONS, STATE_TONES, STATES
from pabal.console.design.components import Tone
from pabal.domain.consent import Basis, ConsentAction, Ground, ground
from pabal.domain.errors import SettingsError, Unavailable
from pabal.domain.suppression import EVERYTHING, Reason

_MAILS = 50

GROUNDS: dict[Ground, Promise] = {
    Ground.CONSENT: _("agreed to advertising"),
    Ground.TRANSACTION: _("may get advertising after a purchase"),
    Ground.TRANSACTION_OVER: _("the purchase is more than six months ago: no advertising"),
    Ground.NOTHING: _("has not agreed to advertising"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """since: when that began to hold. ground: why they may be sent advertising, or why not."""

    membership: Membership
    is_on_it: bool
    ground: str | Promise
    since: datetime | None
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    record: Shown
    what: str | Promise
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What keeps mails from somebody. is_ours: it may be lifted by hand."""

    row: LedgerSuppression
    reason: str | Promise
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """A campaign as it came to somebody. delivery: None where they were no recipient.

    why: what was last said of it, or why they were left out.
    """

    campaign: Campaign | None
    name: str
    delivery: LedgerDelivery | None
    label: str | Promise
    tone: Tone
    why: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    subscriber: Subscriber
    lists: Sequence[ListRow]
    topics: Sequence[Offer]
    consents: Sequence[ConsentRow]
    stop: Stop | None
    mails: Sequence[MailRow]
    trouble: str


def profile_of(subscriber: Subscriber, now: datetime) -> Profile:
    """Return somebody's profile, the newest first; of mails the last fifty.

    trouble: why those that AWS has sent are not among them; "" where they are.
    """
    known = dossier(subscriber.address)
    assert known is not None  # noqa: S101 the subscriber is there
    lists = [_list_row(membership, now) for membership in known.memberships]
    stop = _stop(subscriber)
    there, trouble = _mails_there(subscriber)
    return Profile(
        subscriber=subscriber,
        lists=lists,
        topics=offered_topics(subscriber),
        consents=[_consent_row(record) for record in reversed(known.records)],
        stop=stop,
        mails=_mails(subscriber, lists, stop, there),
        trouble=trouble,
    )


def _list_row(membership: Membership, now: datetime) -> ListRow:
    is_on_it = membership.status == Membership.Status.SUBSCRIBED
    found = ground(
        consented_at=membership.consented_at,
        transaction_ended_at=membership.transaction_ended_at,
        now=now,
    )
    if not is_on_it:
        return ListRow(
            membership=membership,
            is_on_it=False,
            ground="",
            since=membership.changed_at,
            tone=Tone.PLAIN,
        )
    agrees = found in (Ground.CONSENT, Ground.TRANSACTION)
    return ListRow(
        membership=membership,
        is_on_it=True,
        ground=GROUNDS[found],
        since=membership.consented_at or membership.transaction_ended_at,
        tone=Tone.GOOD if agrees else Tone.WARN,
    )


def _consent_row(record: Shown) -> ConsentRow:
    if record.record.action is ConsentAction.WITHDRAWN:
        return ConsentRow(record=record, what=_("withdrawn"), tone=Tone.PLAIN)
    if record.record.basis is Basis.TRANSACTION:
        return ConsentRow(record=record, what=_("a purchase"), tone=Tone.BUSY)
    return ConsentRow(record=record, what=_("agreed"), tone=Tone.GOOD)


def _stop(subscriber: Subscriber) -> Stop | None:
    row = LedgerSuppression.objects.filter(address=subscriber.address, scope=EVERYTHING).first()
    if row is None:
        return None
    return Stop(row=row, reason=REASONS[row.why], is_ours=row.why in LIFTABLE)


def _mails(
    subscriber: Subscriber,
    lists: Sequence[ListRow],
    stop: Stop | None,
    there: Sequence[LedgerDelivery] | None,
) -> Sequence[MailRow]:
    here = LedgerDelivery.objects.filter(address=subscriber.address)
    deliveries = {row.campaign: row for row in [*here, *(there or ())]}
    campaigns = Campaign.objects.defer("body", "text").in_bulk(list(deliveries))
    got = [_mail_row(row, campaigns.get(name)) for name, row in deliveries.items()]
    by_list = {row.membership.list_id: row for row in lists}
    missed = _missed(subscriber, by_list, deliveries, stop, is_all_known=there is not None)
    by_time = sorted(
        [*got, *missed], key=lambda row: (row.at is not None, row.at, row.name), reverse=True
    )
    return by_time[:_MAILS]


def _mails_there(subscriber: Subscriber) -> tuple[Sequence[LedgerDelivery] | None, str]:
    """What was sent on AWS, where there is a stack to ask; or why it cannot be told."""
    if not settings.PABAL.is_stack_named:
        return (), ""
    try:
        return elsewhere.found_by_address(subscriber.address), ""
    except (Unavailable, SettingsError) as error:
        return None, elsewhere.trouble(error)


def _mail_row(delivery: LedgerDelivery, campaign: Campaign | None) -> MailRow:
    state = delivery.delivery_state
    return MailRow(
        campaign=campaign,
        name=campaign.name if campaign else delivery.campaign,
        delivery=delivery,
        label=STATES[state],
        tone=STATE_TONES[state],
        why=gettext(delivery.last) if delivery.last else "",
        at=delivery.begun_at or (campaign.started_at if campaign else None),
    )


def _missed(
    subscriber: Subscriber,
    lists: Mapping[int, ListRow],
    deliveries: Mapping[str, LedgerDelivery],
    stop: Stop | None,
    *,
    is_all_known: bool,
) -> Sequence[MailRow]:
    """Campaigns to their lists that were sent without them.

    is_all_known: otherwise nobody can say it of those that AWS has sent.
    """
    started = (
        Campaign.objects.filter(
            list__in=list(lists), started_at__gte=subscriber.created_at, is_automatic=False
        )
        .exclude(pk__in=list(deliveries))
        .defer("body", "text")
        .order_by("-started_at")
    )
    if not is_all_known:
        started = started.filter(is_on_aws=False)
    return [
        MailRow(
            campaign=campaign,
            name=campaign.name,
            delivery=None,
            label=_("was not a recipient"),
            tone=Tone.PLAIN,
            why=str(_obstacle(campaign, lists[campaign.list_id], stop)),
            at=campaign.started_at,
        )
        for campaign in started[:_MAILS]
    ]


def _obstacle(campaign: Campaign, row: ListRow, stop: Stop | None) -> str | Promise:
    """What stands in the way now, if it stood there then: the package says only who is in it."""
    is_over = row.membership.changed_at > (campaign.started_at or row.membership.changed_at)
    if not row.is_on_it and not is_over:
        return _("had left the list")
    if stop is not None and campaign.started_at and stop.row.since <= campaign.started_at:
        return REASONS[Reason(stop.row.reason)]
    if row.is_on_it and campaign.kind == Campaign.Kind.ADVERTISING and row.tone is Tone.WARN:
        return row.ground
    return ""
