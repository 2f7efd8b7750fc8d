"""The campaigns and their audiences as the pipeline sees them: pipeline.ports with the ORM.

The worker calls this from threads of its own and lives for weeks, so every call looks
after its connection as a page's request does: a database server forgets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from pabal.configuration.keyring import Keyring
from pabal.console.audience.attributes import scattered
from pabal.console.audience.importing.jobs import do_next
from pabal.console.audience.leaving import Way, leave_before, leave_list
from pabal.console.audience.models import Erasure, Membership, Subscriber
from pabal.console.audience.objecting import allowed_of
from pabal.console.audience.resting import end_rests, is_weekly_wanted
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import checking, deciding
from pabal.console.campaigns.drafting import mark_started
from pabal.console.campaigns.errors import NotADraft
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import plan_of, scopes_of
from pabal.console.campaigns.trials import tried
from pabal.console.domains.adding import governing
from pabal.console.domains.keys import State, in_state, open_keys
from pabal.console.notices.gathering import gather
from pabal.console.notices.telling import told
from pabal.console.segments.narrowing import Narrowing
from pabal.console.segments.weekly import had_this_week
from pabal.domain.consent import Ground, ground
from pabal.domain.identity import CampaignId, DeliveryId, split_delivery_id, subscriber_number
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import Reason, Suppression, list_scope
from pabal.domain.tracking import Tracking
from pabal.ledger.errors import LedgerUnavailable
from pabal.message.dkim import DkimKey
from pabal.pipeline.ports import Admitted, CampaignDraft, Erased, Excluded, Exclusion
from pabal.preflight.finding import Finding
from pabal.preflight.run import Preflight

_CHUNK = 1_000
_STRETCHES = 10


@contextmanager
def own_connection() -> Iterator[None]:
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

    @own_connection()
    def due(self, *, now: datetime) -> Sequence[CampaignId]:
        has_come = Q(scheduled_at=None) | Q(scheduled_at__lte=now)
        here = Campaign.objects.filter(is_on_aws=False)
        started = here.filter(has_come, status=Campaign.Status.STARTED)
        in_order = started.order_by("started_at", "pk")
        return [CampaignId(pk) for pk in in_order.values_list("pk", flat=True)]

    @own_connection()
    def draft(self, campaign: CampaignId) -> CampaignDraft:
        row = _campaign(campaign)
        return CampaignDraft(plan=plan_of(row), sources=row.sources())

    def audience(self, campaign: CampaignId, *, now: datetime) -> Iterator[Recipient | Excluded]:
        with own_connection():
            row = _campaign(campaign)
            if row.is_automatic or row.trial_of_id:
                yield from tried(row) if row.trial_of_id else _told(row)
                return
            is_advertising, position = row.kind == Campaign.Kind.ADVERTISING, 0
            chunks = _chunks(row.list.memberships.select_related("subscriber"))
            for membership, obstacle in _screened(row, now, chunks):
                if obstacle is not None:
                    yield obstacle
                    continue
                yield (_admitted if is_advertising else _informed)(membership, position)
                position += 1

    @own_connection()
    def record_prepared(
        self,
        campaign: CampaignId,
        *,
        digest: str,
        recipients: int,
        excluded: Mapping[Exclusion, int],
        tracking: Tracking,
        links: Sequence[str],
        now: datetime,
    ) -> None:
        """Raises NotADraft: the package of a campaign that was started stays the one it has."""
        drafts = Campaign.objects.filter(pk=campaign, status=Campaign.Status.DRAFT)
        kept = drafts.update(
            prepared_digest=digest,
            recipients=recipients,
            excluded={reason.value: count for reason, count in excluded.items()},
            tracked=tracking.value,
            links=list(links),
        )
        if not kept:
            raise NotADraft
        if not recipients:
            # A notice that nobody may be mailed: a record, and nothing for a marketer to see.
            drafts.filter(is_automatic=True).update(archived_at=now)

    @own_connection()
    def prepared_digest(self, campaign: CampaignId) -> str:
        return _campaign(campaign).prepared_digest

    @own_connection()
    def choice(self, campaign: CampaignId, *, is_out: bool, now: datetime) -> int | None:
        if is_out:
            deciding.look_at_test(campaign, now=now)
        return deciding.chosen(campaign)

    @own_connection()
    def record_ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """Keep the first end; a second worker that comes to it changes nothing."""
        open_ones = Campaign.objects.filter(pk=campaign).exclude(status=Campaign.Status.ENDED)
        open_ones.update(status=Campaign.Status.ENDED, explanation=explanation, ended_at=now)


class OrmChecks:
    """pipeline.ports.Checks over the console's tables."""

    @own_connection()
    def take(self, *, worker: str, now: datetime, until: datetime) -> CampaignId | None:
        return checking.take(worker=worker, now=now, until=until)

    @own_connection()
    def tell(self, campaign: CampaignId, *, done: int, worker: str, until: datetime) -> None:
        checking.tell(campaign, done=done, worker=worker, until=until)

    @own_connection()
    def record(
        self,
        campaign: CampaignId,
        checked: Preflight,
        *,
        digest: str,
        worker: str,
        now: datetime,
    ) -> None:
        checking.record(campaign, checked, digest=digest, worker=worker, now=now)

    @own_connection()
    def record_trouble(
        self, campaign: CampaignId, finding: Finding, *, worker: str, now: datetime
    ) -> None:
        checking.record_trouble(campaign, finding, worker=worker, now=now)


class OrmNotices:
    """pipeline.ports.Notices over the console's tables."""

    @own_connection()
    def gather(self, *, now: datetime) -> Sequence[CampaignId]:
        return gather(now)

    @own_connection()
    def start(self, campaign: CampaignId, *, digest: str, now: datetime) -> bool:
        return mark_started(_campaign(campaign), digest=digest, now=now)


class OrmErasures:
    """pipeline.ports.Erasures over the console's tables."""

    @own_connection()
    def pending(self) -> Sequence[Erased]:
        return [
            Erased(key=row.subscriber.key, alias=row.alias, erased_at=row.erased_at)
            for row in Erasure.objects.select_related("subscriber").order_by("pk")
        ]

    @own_connection()
    def packages(self) -> Mapping[CampaignId, str]:
        idle = Campaign.objects.exclude(status=Campaign.Status.STARTED).exclude(prepared_digest="")
        return {CampaignId(pk): digest for pk, digest in idle.values_list("pk", "prepared_digest")}

    @own_connection()
    def replace_package(self, campaign: CampaignId, digest: str, by: str) -> bool:
        same = Campaign.objects.filter(pk=campaign, prepared_digest=digest)
        idle = same.exclude(status=Campaign.Status.STARTED)
        # A draft is prepared anew before it is sent; nobody who is gone belongs in its package.
        drafts = idle.exclude(status=Campaign.Status.ENDED)
        return bool(drafts.update(prepared_digest="")) or bool(idle.update(prepared_digest=by))

    @own_connection()
    def all_ended(self) -> bool:
        return not Campaign.objects.filter(status=Campaign.Status.STARTED).exists()

    @own_connection()
    def done(self, erased: Sequence[Erased]) -> None:
        Erasure.objects.filter(alias__in=[each.alias for each in erased]).delete()


class OrmArchive:
    """pipeline.ports.Archive over the console's tables."""

    @own_connection()
    def ended_before(self, moment: datetime) -> Mapping[CampaignId, str]:
        ended = Campaign.objects.filter(status=Campaign.Status.ENDED, ended_at__lt=moment)
        packed = ended.exclude(prepared_digest="").values_list("pk", "prepared_digest")
        return {CampaignId(pk): digest for pk, digest in packed}


class OrmImports:
    """pipeline.ports.Imports over the console's tables and the files beside them."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @own_connection()
    def do_next(self, *, now: datetime, stopped: Callable[[], bool]) -> bool:
        return do_next(self._home, now=now, stopped=stopped)


class OrmSigningKeys:
    """pipeline.ports.SigningKeys over the console's tables."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @own_connection()
    def keys(self, domain: str) -> Sequence[DkimKey]:
        known = governing(domain)
        if known is None:
            return ()
        return open_keys(list(in_state(known, State.SIGNING)), keyring=self._keyring)


class OrmAudience:
    """pipeline.ports.Audience over the console's tables."""

    @own_connection()
    def leave(self, delivery: DeliveryId, *, source: str, at: datetime) -> None:
        _campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        if subscriber is not None:
            leave_before(subscriber, source=source, at=at)

    @own_connection()
    def allows(self, delivery: DeliveryId) -> Tracking:
        return allowed_of(delivery)

    @own_connection()
    def leave_list(self, delivery: DeliveryId, *, at: datetime) -> None:
        campaign, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.filter(pk=subscriber_number(key)).first()
        sent = Campaign.objects.select_related("list").filter(pk=campaign).first()
        if subscriber is not None and sent is not None:
            leave_list(subscriber, sent.list, source=Way.MAIL.value, now=at)


def _campaign(campaign: CampaignId) -> Campaign:
    return Campaign.objects.select_related("sender", "list").get(pk=campaign)


def screened_sample(row: Campaign, now: datetime) -> Iterator[Excluded | None]:
    """Return what keeps some people of a long list from being mailed; None where nothing does.

    They stand in stretches that are scattered over the list.
    """
    people = row.list.memberships.select_related("subscriber")
    for _membership, obstacle in _screened(row, now, _stretches(people)):
        yield obstacle


def _screened(
    row: Campaign, now: datetime, chunks: Iterable[Sequence[Membership]]
) -> Iterator[tuple[Membership, Excluded | None]]:
    """Look at chunks of the list, with what keeps each person from being mailed."""
    is_advertising = row.kind == Campaign.Kind.ADVERTISING
    when = max(now, row.scheduled_at or now)
    scopes = scopes_of(row)
    end_rests(now)
    counts_weeks = is_advertising and is_weekly_wanted()
    narrowing, nobody = Narrowing(row.bounds, when), frozenset[int]()
    for chunk in chunks:
        addresses = [membership.subscriber.address for membership in chunk]
        stops = joined_ledger().suppressions(addresses, scopes)
        people = [membership.subscriber_id for membership in chunk]
        had_one = had_this_week(people, before=when, now=now) if counts_weeks else nobody
        outside = narrowing.outside(people)
        for membership in chunk:
            stop = stops.get(membership.subscriber.address)
            obstacle = _obstacle(membership, stop, when if is_advertising else None)
            if membership.subscriber_id in outside:
                obstacle = _excluded(membership, outside[membership.subscriber_id])
            elif obstacle is None and membership.subscriber_id in had_one:
                obstacle = _excluded(membership, Exclusion.WEEKLY)
            yield membership, obstacle


def _chunks(memberships: QuerySet[Membership]) -> Iterator[Sequence[Membership]]:
    """Read by key and not by a cursor: nothing stays open while the pipeline works."""
    there = memberships.filter(subscriber__erased_at=None)
    ordered, last = there.order_by("subscriber_id"), 0
    while chunk := list(ordered.filter(subscriber_id__gt=last)[:_CHUNK]):
        yield chunk
        last = chunk[-1].subscriber_id


def _stretches(memberships: QuerySet[Membership]) -> Iterator[Sequence[Membership]]:
    there = memberships.filter(subscriber__erased_at=None).order_by("subscriber_id")
    ends = there.aggregate(first=Min("subscriber_id"), last=Max("subscriber_id"))
    if ends["first"] is None:
        return
    last = 0
    for start in scattered(ends["first"], ends["last"], _STRETCHES):
        behind = there.filter(subscriber_id__gte=start, subscriber_id__gt=last)
        if stretch := list(behind[: _CHUNK // 2]):
            yield stretch
            last = stretch[-1].subscriber_id


def _obstacle(
    membership: Membership, stop: Suppression | None, advertised_at: datetime | None
) -> Excluded | None:
    """advertised_at: when the mail is sent, if it is advertising."""
    if membership.status == Membership.Status.UNSUBSCRIBED:
        return _excluded(membership, Exclusion.UNSUBSCRIBED, _date(membership.changed_at))
    if stop is not None and stop.reason is Reason.UNSUBSCRIBED:
        return _excluded(membership, Exclusion.UNSUBSCRIBED, _date(stop.since))
    if stop is not None and stop.reason is Reason.RESTING:
        return _excluded(membership, Exclusion.RESTING, _date(stop.since))
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


def _admitted(membership: Membership, position: int) -> Admitted:
    """A recipient of advertising; consent lasts, so it counts before a transaction."""
    subscriber, consented_at = membership.subscriber, membership.consented_at
    return Admitted(
        key=subscriber.key,
        position=position,
        address=subscriber.checked_address,
        language=subscriber.language,
        attributes=subscriber.attributes,
        objects=subscriber.objected_at is not None,
        ground=Ground.CONSENT if consented_at else Ground.TRANSACTION,
        since=consented_at or membership.transaction_ended_at or membership.changed_at,
    )


def _informed(membership: Membership, position: int) -> Recipient:
    return _recipient(membership.subscriber, position, membership.subscriber.attributes)


def _recipient(subscriber: Subscriber, position: int, attributes: Mapping[str, str]) -> Recipient:
    return Recipient(
        key=subscriber.key,
        position=position,
        address=subscriber.checked_address,
        language=subscriber.language,
        attributes=attributes,
        objects=subscriber.objected_at is not None,
    )
