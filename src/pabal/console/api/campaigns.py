"""Operations on campaigns."""

from django.db import transaction
from django.utils.translation import gettext

from pabal.console.accounts import audit
from pabal.console.accounts.models import organisation
from pabal.console.api.asked import CampaignsAsked, Nothing, StartAsked
from pabal.console.api.calling import Call
from pabal.console.api.errors import AlreadyOver, CampaignUnknown, NotUnderWay
from pabal.console.api.told import CampaignsTold, CampaignTold, campaign_row, campaign_told
from pabal.console.campaigns import starting
from pabal.console.campaigns.errors import NotADraft
from pabal.console.campaigns.listing import newest_first
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Check
from pabal.console.campaigns.steering import DEEDS, steer, steerable
from pabal.console.reports import figures
from pabal.console.reports.standing import standing
from pabal.ledger.port import RunState


def list_campaigns(call: Call[CampaignsAsked]) -> CampaignsTold:
    """List the campaigns, newest first, page by page."""
    after, limit = call.asked.after, call.asked.limit
    before = _campaign(after) if after else None
    found = list(newest_first(before=before)[: limit + 1])
    shown = found[:limit]
    runs = figures.runs_of(shown)
    rows = [campaign_row(each, standing(each, runs.get(each.pk), call.now)) for each in shown]
    return CampaignsTold(campaigns=rows, next=shown[-1].pk if len(found) > limit else None)


def show_campaign(call: Call[Nothing]) -> CampaignTold:
    """Show one campaign: where it stands, and its deliveries by state."""
    return _told(call, _campaign(call.target))


def start_campaign(call: Call[StartAsked]) -> CampaignTold:
    """Start a draft, with exactly the package that was checked. Safe to repeat."""
    draft, digest = _campaign(call.target), call.asked.digest
    try:
        with transaction.atomic():
            starting.start(
                draft,
                digest=digest,
                needs_approval=organisation().needs_approval,
                now=call.now,
            )
            audit.note(str(call.key), audit.Deed.CAMPAIGN_STARTED, draft.name, now=call.now)
    except NotADraft:
        if draft.prepared_digest != digest:
            raise
    else:
        starting.hand_over(draft, now=call.now)
    return _told(call, _campaign(call.target))


def pause_campaign(call: Call[Nothing]) -> CampaignTold:
    """Pause a campaign: no mail of it begins any more until it is resumed. Safe to repeat."""
    return _steered(call, RunState.PAUSED)


def resume_campaign(call: Call[Nothing]) -> CampaignTold:
    """Resume a campaign that was paused. Safe to repeat."""
    return _steered(call, RunState.RUNNING)


def cancel_campaign(call: Call[Nothing]) -> CampaignTold:
    """Cancel what has not been sent, for good. Safe to repeat."""
    return _steered(call, RunState.CANCELLED)


def _steered(call: Call[Nothing], state: RunState) -> CampaignTold:
    """Raises NotUnderWay, AlreadyOver."""
    campaign = _campaign(call.target)
    if not steerable().filter(pk=campaign.pk).exists():
        raise NotUnderWay
    run = steer(campaign, state, now=call.now)
    if run is None:
        raise NotUnderWay
    if run.state is not state:
        raise AlreadyOver
    audit.note(str(call.key), DEEDS[state], campaign.name, now=call.now)
    return _told(call, _campaign(call.target))


def _told(call: Call[Nothing] | Call[StartAsked], campaign: Campaign) -> CampaignTold:
    run = figures.run_of(campaign)
    stands = standing(campaign, run, call.now)
    counts = figures.counts_of([campaign])[campaign.pk]
    ready = None
    if campaign.status == Campaign.Status.DRAFT:
        check = Check.objects.filter(pk=campaign.pk).first()
        needs_approval = organisation().needs_approval
        ready = starting.readiness(campaign, check, needs_approval=needs_approval, now=call.now)
    reason = run.reason if run and run.reason else campaign.explanation
    return campaign_told(campaign, stands, counts, ready, gettext(reason) if reason else "")


def _campaign(campaign: str) -> Campaign:
    rows = Campaign.objects.select_related("sender", "list").filter(trial_of=None)
    found = rows.filter(pk=campaign).first()
    if found is None:
        raise CampaignUnknown(campaign=campaign)
    return found
