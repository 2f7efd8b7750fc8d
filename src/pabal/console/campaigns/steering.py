"""Pausing, resuming and cancelling what has been started."""

from datetime import datetime

from django.db.models import QuerySet

from pabal.console.accounts.audit import Deed
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.drafting import reopen
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import plan_of
from pabal.console.campaigns.starting import hand_over
from pabal.ledger.port import Run, RunState

DEEDS = {
    RunState.PAUSED: Deed.CAMPAIGN_PAUSED,
    RunState.RUNNING: Deed.CAMPAIGN_RESUMED,
    RunState.CANCELLED: Deed.CAMPAIGN_CANCELLED,
}


def steerable() -> QuerySet[Campaign]:
    """The campaigns that were started, without tests."""
    rows = Campaign.objects.select_related("sender", "list").filter(trial_of=None)
    return rows.exclude(status__in=[Campaign.Status.DRAFT, Campaign.Status.REFUSED])


def steer(campaign: Campaign, state: RunState, *, now: datetime) -> Run | None:
    """Change the state of a run, and return it; what has ended stays as it is, whoever asks.

    None: its time has not come, and nothing is changed. Raises what `elsewhere` does.
    """
    if campaign.scheduled_at is not None and campaign.scheduled_at > now:
        return None
    if campaign.is_on_aws:
        elsewhere.hand_over(campaign.pk, now=now)  # what is known there already is not started
    plan, ledger = plan_of(campaign), elsewhere.ledger_of(campaign)
    ledger.open(plan.id, scopes=plan.scopes, on_doubt=plan.on_doubt, now=now)
    run = ledger.set_state(plan.id, state, reason="", now=now)
    if campaign.is_on_aws and run.state is RunState.RUNNING:
        reopen(campaign)
        hand_over(campaign, now=now)
    return run
