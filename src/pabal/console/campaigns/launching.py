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
    """Note, in the transaction that starts a campaign, that it is sent on AWS, if it is."""
    if settings.PABAL.sends_on_aws:
        Launch.objects.get_or_create(campaign=campaign)


def is_sent_there(campaign: str) -> bool:
    return Launch.objects.filter(pk=campaign).exists()


def sent_there(campaigns: Iterable[str]) -> frozenset[str]:
    """Return which of some campaigns are sent on AWS."""
    found = Launch.objects.filter(pk__in=list(campaigns))
    return frozenset(found.values_list("pk", flat=True))


def waiting(campaign: str | None = None) -> Sequence[Handover]:
    """Return those that AWS does not have yet, oldest first; or the one that is asked for."""
    rows = _started().filter(execution="")
    if campaign is not None:
        rows = rows.filter(pk=campaign)
    return [
        Handover(
            campaign=CampaignId(row.pk),
            digest=row.campaign.prepared_digest,
            starts_at=row.campaign.scheduled_at,
        )
        for row in rows.select_related("campaign").order_by("campaign__started_at", "pk")
    ]


def record_done(handover: Handover, *, execution: str, now: datetime) -> bool:
    """Keep that AWS has it. Return False where it was taken back meanwhile."""
    same = _started().filter(
        pk=handover.campaign,
        campaign__prepared_digest=handover.digest,
        campaign__scheduled_at=handover.starts_at,
    )
    return bool(same.update(execution=execution, launched_at=now, trouble={}))


def record_trouble(campaign: CampaignId, error: Explained) -> None:
    details = {name: str(value) for name, value in error.details.items()}
    told = {"message": error.message, "remedy": error.remedy, "details": details}
    Launch.objects.filter(pk=campaign, execution="").update(trouble=told)


def trouble_of(campaign: Campaign, translate: Callable[[str], str]) -> str:
    """Return why AWS does not have it yet, in a person's language; "" where nothing is wrong."""
    told = Launch.objects.filter(pk=campaign.pk, execution="").values_list("trouble", flat=True)
    said = next(iter(told), {})
    if not said:
        return ""
    texts = (translate(said["message"]), translate(said["remedy"]))
    return " ".join(text.format(**said["details"]) for text in texts)


def forget(campaign: Campaign) -> None:
    """It is a draft again."""
    Launch.objects.filter(pk=campaign.pk).delete()


def _started() -> QuerySet[Launch]:
    return Launch.objects.filter(campaign__status=Campaign.Status.STARTED.value)
