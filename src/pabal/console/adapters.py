"""The campaigns and their audiences as the pipeline sees them: pipeline.ports with the ORM.

The worker calls this from threads of its own and lives for weeks, so every call looks
after its connection as a page's request does: a database server forgets.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from pabal.configuration.keyring import Keyring
from pabal.console.audience.leaving import Way, leave_before, leave_list
from pabal.console.audience.models import Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.drafting import mark_started
from pabal.console.campaigns.models import Campaign
from pabal.console.domains.adding import governing
from pabal.console.domains.keys import State, in_state, open_keys
from pabal.console.notices.gathering import gather
from pabal.console.notices.telling import told
from pabal.domain.campaign import CampaignPlan, Kind, OnDoubt
from pabal.domain.consent import Ground, ground
from pabal.domain.identity import CampaignId, DeliveryId, split_delivery_id, subscriber_number
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import (
    EVERYTHING,
    OWED,
    Reason,
    Suppression,
    list_scope,
    topic_scope,
)
from pabal.ledger.errors import LedgerUnavailable
from pabal.message.dkim import DkimKey
from pabal.pipeline.ports import CampaignDraft, Excluded, Exclusion

_CHUNK = 1_000


@contextmanager
def _own_connection() -> Iterator[None]:
    """Raises LedgerUnavailable, as the ledger does, which is in the same database."""
    _close_old_connections()
    try:
        yield
    except (InterfaceError, OperationalError) as error:
        raise LedgerUnavailable(reason=str(error).strip().partition("\n")[0]) from error
    finally:
        _close_old_connections()


def _close_old_connections() -> None:
    """Within a transaction the connection is in use, however old it is."""
    if not connection.in_atomic_block:
        close_old_connections()


class OrmCampaignSource:
    """pipeline.ports.CampaignSource over the console's tables."""

    @_own_connection()
    def due(self, *, now: datetime) -> Sequence[CampaignId]:
        has_come = Q(scheduled_at=None) | Q(scheduled_at__lte=now)
        started = Campaign.objects.filter(has_come, status=Campaign.Status.STARTED)
        in_order = started.order_by("started_at", "pk")
        return [CampaignId(pk) for pk in in_order.values_list("pk", flat=True)]

    @_own_connection()
    def draft(self, campaign: CampaignId) -> CampaignDraft:
        row = _campaign(campaign)
        return CampaignDraft(plan=_plan(row), source=row.as_source())

    def audience(self, campaign: CampaignId, *, now: datetime) -> Iterator[Recipient | Excluded]:
        with _own_connection():
            row = _campaign(campaign)
            if row.is_automatic:
                yield from _told(row)
                return
            position = 0
            for membership, obstacle in _screened(row, now):
                if obstacle is not None:
                    yield obstacle
                else:
                    subscriber = membership.subscriber
                    yield _recipient(subscriber, position, subscriber.attributes)
                    position += 1

    @_own_connection()
    def record_prepared(
        self,
        campaign: CampaignId,
        *,
        digest: str,
        recipients: int,
        excluded: Mapping[Exclusion, int],
        now: datetime,
    ) -> None:
        Campaign.objects.filter(pk=campaign).update(
            prepared_digest=digest,
            recipients=recipients,
            excluded={reason.value: count for reason, count in excluded.items()},
        )

    @_own_connection()
    def prepared_digest(self, campaign: CampaignId) -> str:
        return _campaign(campaign).prepared_digest

    @_own_connection()
    def record_ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """Keep the first end; a second worker that comes to it changes nothing."""
        open_ones = Campaign.objects.filter(pk=campaign).exclude(status=Campaign.Status.ENDED)
        open_ones.update(status=Campaign.Status.ENDED, explanation=explanation, ended_at=now)


class OrmNotices:
    """pipeline.ports.Notices over the console's tables."""

    @_own_connection()
    def gather(self, *, now: datetime) -> Sequence[CampaignId]:
        return gather(now)

    @_own_connection()
    def start(self, campaign: CampaignId, *, digest: str, now: datetime) -> bool:
        return mark_started(_campaign(campaign), digest=digest, now=now)


class OrmSigningKeys:
    """pipeline.ports.SigningKeys over the console's tables."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @_own_connection()
    def keys(self, domain: str) -> Sequence[DkimKey]:
        known = governing(domain)
        if known is None:
            return ()
        return open_keys(list(in_state(known, State.SIGNING)), keyring=self._keyring)


class OrmAudience:
    """pipeline.ports.Audience over the console's tables."""

    @_own_connection()
    def leave(self, delivery: DeliveryId, *, source: str, at: datetime) -> None:
        _campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        if subscriber is not None:
            leave_before(subscriber, source=source, at=at)

    @_own_connection()
    def leave_list(self, delivery: DeliveryId, *, at: datetime) -> None:
        campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        sent = Campaign.objects.select_related("list").filter(pk=campaign).first()
        if subscriber is not None and sent is not None:
            leave_list(subscriber, sent.list, source=Way.MAIL.value, now=at)


def _campaign(campaign: CampaignId) -> Campaign:
    return Campaign.objects.select_related("sender", "list").get(pk=campaign)


def _plan(row: Campaign) -> CampaignPlan:
    sender = row.sender.as_planned()
    return CampaignPlan(
        id=row.campaign_id,
        name=row.name,
        kind=Kind(row.kind),
        sender=sender,
        list_id=f"{row.list.identifier}.{sender.domain}",
        list_name=row.list.name,
        scopes=_scopes(row),
        on_doubt=OnDoubt(row.on_doubt),
    )


def _scopes(row: Campaign) -> tuple[str, ...]:
    if row.is_automatic:
        return (OWED,)
    topics = (topic_scope(row.topic_id),) if row.topic_id else ()
    return (EVERYTHING, list_scope(row.list_id), *topics)


def _screened(row: Campaign, now: datetime) -> Iterator[tuple[Membership, Excluded | None]]:
    """Walk over the list by subscriber number, with what keeps each from being mailed."""
    is_advertising = row.kind == Campaign.Kind.ADVERTISING
    when = max(now, row.scheduled_at or now)
    scopes = _scopes(row)
    for chunk in _chunks(row.list.memberships.select_related("subscriber")):
        addresses = [membership.subscriber.address for membership in chunk]
        stops = joined_ledger().suppressions(addresses, scopes)
        for membership in chunk:
            stop = stops.get(membership.subscriber.address)
            yield membership, _obstacle(membership, stop, when if is_advertising else None)


def _chunks(memberships: QuerySet[Membership]) -> Iterator[Sequence[Membership]]:
    """Read by key and not by a cursor: nothing stays open while the pipeline works."""
    ordered, last = memberships.order_by("subscriber_id"), 0
    while chunk := list(ordered.filter(subscriber_id__gt=last)[:_CHUNK]):
        yield chunk
        last = chunk[-1].subscriber_id


def _obstacle(
    membership: Membership, stop: Suppression | None, advertised_at: datetime | None
) -> Excluded | None:
    """advertised_at: when the mail is sent, if it is advertising."""
    if membership.status == Membership.Status.UNSUBSCRIBED:
        return _excluded(membership, Exclusion.UNSUBSCRIBED, _date(membership.changed_at))
    if stop is not None and stop.reason is Reason.UNSUBSCRIBED:
        return _excluded(membership, Exclusion.UNSUBSCRIBED, _date(stop.since))
    if stop is not None:
        detail = f"{stop.reason.value}: {stop.detail}" if stop.detail else stop.reason.value
        return _excluded(membership, Exclusion.SUPPRESSED, detail)
    return _without_ground(membership, advertised_at) if advertised_at else None


def _without_ground(membership: Membership, now: datetime) -> Excluded | None:
    """정보통신망법 50(1): advertising needs consent, or a transaction that is not long over."""
    ended_at = membership.transaction_ended_at
    found = ground(consented_at=membership.consented_at, transaction_ended_at=ended_at, now=now)
    if found is Ground.NOTHING:
        return _excluded(membership, Exclusion.NO_CONSENT)
    if found is Ground.TRANSACTION_OVER and ended_at is not None:
        return _excluded(membership, Exclusion.TRANSACTION_OVER, _date(ended_at))
    return None


def _excluded(membership: Membership, reason: Exclusion, detail: str = "") -> Excluded:
    return Excluded(address=membership.subscriber.email, reason=reason, detail=detail)


def _date(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


def _told(row: Campaign) -> Iterator[Recipient | Excluded]:
    """Those whom a notice is for: also who has left, but no mailbox that is gone."""
    position = 0
    for chunk in told(row.pk):
        addresses = [each.subscriber.address for each in chunk]
        stops = joined_ledger().suppressions(addresses, [list_scope(row.list_id)])
        for each in chunk:
            stop = stops.get(each.subscriber.address)
            if stop is not None and stop.reason is not Reason.UNSUBSCRIBED:
                detail = stop.reason.value
                address, reason = each.subscriber.email, Exclusion.SUPPRESSED
                yield Excluded(address=address, reason=reason, detail=detail)
                continue
            yield _recipient(each.subscriber, position, each.values)
            position += 1


def _recipient(subscriber: Subscriber, position: int, attributes: Mapping[str, str]) -> Recipient:
    return Recipient(
        key=subscriber.key,
        position=position,
        address=subscriber.checked_address,
        language=subscriber.language,
        attributes=attributes,
    )
