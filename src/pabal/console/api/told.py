"""What operations answer. Instants are in UTC, by RFC 3339."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from pabal.console.audience.models import Membership, Subscriber
from pabal.console.campaigns import deciding
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.starting import Readiness
from pabal.console.reports.figures import Counts
from pabal.console.reports.standing import Standing
from pabal.domain.delivery import State


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(_in_utc, return_type=str)]


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class CampaignRow(Told):
    id: str
    name: str
    subject: str
    list: str
    status: Standing
    created_at: Instant
    scheduled_at: Instant | None
    started_at: Instant | None


class CampaignsTold(Told):
    """next: what the next page is asked for with, as `after`; null behind the last."""

    campaigns: list[CampaignRow]
    next: str | None


class CheckTold(Told):
    """digest: of the package that was checked, which is what starts; "" where none was made."""

    passed: bool
    digest: str
    finished_at: Instant


class VariantTold(Told):
    """A variant of an A/B test. letter: A for the mail that the campaign itself shows."""

    letter: str
    subject: str


class CampaignTold(CampaignRow):
    """check: of a draft as it is at this moment; null where that was not checked.

    variants: of its A/B test; none without one. chosen: the letter of what the rest of its
    recipients gets; null while that is open.
    may_start: whether nothing stands between a draft and its start.
    deliveries: how many there are by state. reason: why it stands where it stands.
    """

    check: CheckTold | None
    may_start: bool
    digest: str
    recipients: int | None
    deliveries: dict[State, int]
    variants: list[VariantTold]
    chosen: str | None
    reason: str
    ended_at: Instant | None


class MembershipTold(Told):
    list: str
    name: str
    status: str
    consented_at: Instant | None
    transaction_ended_at: Instant | None
    changed_at: Instant


class StopTold(Told):
    """Why no mail goes there at all, and since when."""

    reason: str
    since: Instant


class SubscriberTold(Told):
    address: str
    language: str
    attributes: dict[str, str]
    lists: list[MembershipTold]
    stopped: StopTold | None
    created_at: Instant
    updated_at: Instant


def campaign_row(campaign: Campaign, stands: Standing) -> CampaignRow:
    return CampaignRow(
        id=campaign.pk,
        name=campaign.name,
        subject=campaign.shown_subject,
        list=campaign.list.identifier,
        status=stands,
        created_at=campaign.created_at,
        scheduled_at=campaign.scheduled_at,
        started_at=campaign.started_at,
    )


def campaign_told(
    campaign: Campaign, stands: Standing, counts: Counts, ready: Readiness | None, reason: str
) -> CampaignTold:
    """ready: of a draft; None for what was started."""
    result = ready.result if ready else None
    check = (
        CheckTold(passed=result.passed, digest=result.digest, finished_at=result.finished_at)
        if result
        else None
    )
    return CampaignTold(
        **dict(campaign_row(campaign, stands)),
        check=check,
        may_start=ready is not None and ready.may_start,
        digest=campaign.prepared_digest,
        recipients=campaign.recipients,
        deliveries={state: counts.of(state) for state in State},
        variants=[VariantTold(letter=letter, subject=text) for letter, text in campaign.subjects()],
        chosen=deciding.chosen_letter(campaign.pk) or None,
        reason=reason,
        ended_at=campaign.ended_at,
    )


def subscriber_told(subscriber: Subscriber, stop: LedgerSuppression | None) -> SubscriberTold:
    memberships = subscriber.memberships.select_related("list").order_by("list__identifier")
    return SubscriberTold(
        address=subscriber.email,
        language=subscriber.language,
        attributes=subscriber.attributes,
        lists=[_membership(each) for each in memberships],
        stopped=StopTold(reason=stop.reason, since=stop.since) if stop else None,
        created_at=subscriber.created_at,
        updated_at=subscriber.updated_at,
    )


def _membership(row: Membership) -> MembershipTold:
    return MembershipTold(
        list=row.list.identifier,
        name=row.list.name,
        status=row.status,
        consented_at=row.consented_at,
        transaction_ended_at=row.transaction_ended_at,
        changed_at=row.changed_at,
    )
