"""A campaign's row as the sending side knows it."""

from datetime import datetime
from zlib import crc32

from django.conf import settings

from pabal.console.campaigns.drafting import asked_tracking
from pabal.console.campaigns.models import Campaign
from pabal.domain.campaign import CampaignPlan, Kind, OnDoubt
from pabal.domain.experiment import PLACES, Experiment
from pabal.domain.local_time import LocalTime
from pabal.domain.suppression import EVERYTHING, OWED, RESTING, list_scope, topic_scope


def plan_of(row: Campaign) -> CampaignPlan:
    sender = row.sender.as_planned()
    return CampaignPlan(
        id=row.campaign_id,
        name=row.name,
        kind=Kind(row.kind),
        sender=sender,
        list_id=f"{row.list.identifier}.{sender.domain}",
        list_name=row.list.name,
        scopes=scopes_of(row),
        on_doubt=OnDoubt(row.on_doubt),
        tracking=asked_tracking(row).within(settings.PABAL.tracking),
        local_time=_local_time_of(row),
        experiment=experiment_of(row),
    )


def experiment_of(row: Campaign) -> Experiment | None:
    """Return who gets which variant; None where there is one mail for all."""
    setup = row.experiment
    if setup is None:
        return None
    return Experiment(
        variants=1 + len(setup.others),
        share=setup.share,
        measure=setup.measure,
        hours=setup.hours,
        start=crc32(row.pk.encode()) % PLACES,
    )


def _local_time_of(row: Campaign) -> LocalTime | None:
    if not row.local_time:
        return None
    wall = datetime.fromisoformat(row.local_time)
    return LocalTime(wall=wall, attribute=row.zone_attribute, fallback=settings.TIME_ZONE)


def scopes_of(row: Campaign) -> tuple[str, ...]:
    """The suppressions that count. A notice and a test go also to who has left."""
    if row.is_automatic or row.trial_of_id:
        return (OWED,)
    topics = (topic_scope(row.topic_id),) if row.topic_id else ()
    resting = (RESTING,) if row.kind == Campaign.Kind.ADVERTISING else ()
    return (EVERYTHING, list_scope(row.list_id), *topics, *resting)
