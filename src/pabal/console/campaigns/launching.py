"""Campaigns on their way to AWS: asked for with their start, and handed over as soon as may be."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Launch
from pabal.domain.errors import Explained
from pabal.domain.identity import CampaignId
from pabal.pipeline.ports import Handover


def ask_for(campaign: Campaign) -> None:
    """Note, in the transaction that starts a campaign, that it is sent on AWS, if it is.

    Raises StackNotNamed, SettingsRefused: it could not be handed over.
    """
    if settings.PABAL.sends_on_aws:
        settings.PABAL.stack()
        Campaign.objects.filter(pk=campaign.pk).update(is_on_aws=True)
        Launch.objects.get_or_create(campaign=campaign)


def sent_there(campaigns: Iterable[str]) -> frozenset[str]:
    """Return which of some campaigns are sent on AWS, by their ids."""
    found = Campaign.objects.filter(pk__in=list(campaigns), is_on_aws=True)
    return frozenset(found.values_list("pk", flat=True))


class RequestHandovers:
    """pipeline.ports.Handovers on the connection that is open."""

    def waiting(self) -> Sequence[Handover]:
        return [_handover(row) for row in _in_order(_started().filter(execution=""))]

    def record_done(self, handover: Handover, *, execution: str, now: datetime) -> bool:
        same = Launch.objects.filter(  # gone where it is a draft again
            pk=handover.campaign,
            campaign__prepared_digest=handover.digest,
            campaign__scheduled_at=handover.starts_at,
        )
        return bool(same.update(execution=execution, launched_at=now, trouble={}))

    def record_trouble(self, campaign: CampaignId, error: Explained, *, now: datetime) -> None:
        details = {name: str(value) for name, value in error.details.items()}
        told = {"message": error.message, "remedy": error.remedy, "details": details}
        Launch.objects.filter(pk=campaign, execution="").update(trouble=told)


def waiting_one(campaign: str) -> Handover | None:
    """Return what is to be handed over of one campaign; None where AWS has it."""
    row = _in_order(_started().filter(pk=campaign, execution="")).first()
    return _handover(row) if row else None


def trouble_of(campaign: Campaign, translate: Callable[[str], str]) -> str:
    """Return why AWS does not have it yet, in a person's language; "" where nothing is wrong."""
    told = Launch.objects.filter(pk=campaign.pk, execution="").values_list("trouble", flat=True)
    said = next(iter(told), {})
    if not said:
        return ""
    texts = (translate(said["message"]), translate(said["remedy"]))
    return " ".join(text.format(**said["details"]) for text in texts)


def ask_again(campaign: Campaign) -> None:
    """Have AWS go on with a campaign of which it may watch no more what becomes of it."""
    Launch.objects.filter(pk=campaign.pk).update(execution="", trouble={})


def forget(campaign: Campaign) -> None:
    """It is a draft again."""
    Campaign.objects.filter(pk=campaign.pk).update(is_on_aws=False)
    Launch.objects.filter(pk=campaign.pk).delete()


def _started() -> QuerySet[Launch]:
    return Launch.objects.filter(campaign__status=Campaign.Status.STARTED.value)


def _in_order(rows: QuerySet[Launch]) -> QuerySet[Launch]:
    return rows.select_related("campaign").order_by("campaign__started_at", "pk")


def _handover(row: Launch) -> Handover:
    return Handover(
        campaign=row.campaign.campaign_id,
        digest=row.campaign.prepared_digest,
        starts_at=row.campaign.scheduled_at,
    )
