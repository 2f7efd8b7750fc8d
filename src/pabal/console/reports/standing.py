"""Where a campaign stands, of what the marketer decided and what the ledger says."""

import enum
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.ledger_tables import LedgerRun
from pabal.console.campaigns.models import Campaign
from pabal.console.design.components import Tone
from pabal.ledger.port import RunState


class Standing(enum.Enum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    TESTING = "testing"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    REFUSED = "refused"


LABELS: dict[Standing, Promise] = {
    Standing.DRAFT: _("Draft"),
    Standing.SCHEDULED: _("Scheduled"),
    Standing.PREPARING: _("About to send"),
    Standing.SENDING: _("Sending"),
    Standing.TESTING: _("A/B test under way"),
    Standing.PAUSED: _("Paused"),
    Standing.FINISHED: _("Finished"),
    Standing.CANCELLED: _("Cancelled"),
    Standing.REFUSED: _("Refused"),
}

TONES: dict[Standing, Tone] = {
    Standing.DRAFT: Tone.PLAIN,
    Standing.SCHEDULED: Tone.BUSY,
    Standing.PREPARING: Tone.BUSY,
    Standing.SENDING: Tone.BUSY,
    Standing.TESTING: Tone.BUSY,
    Standing.PAUSED: Tone.WARN,
    Standing.FINISHED: Tone.GOOD,
    Standing.CANCELLED: Tone.PLAIN,
    Standing.REFUSED: Tone.BAD,
}

MOVING = frozenset({Standing.PREPARING, Standing.SENDING, Standing.TESTING})
OPEN = MOVING | {Standing.PAUSED, Standing.SCHEDULED}  # it may yet move

_OF_RUN = {
    RunState.RUNNING: Standing.SENDING,
    RunState.PAUSED: Standing.PAUSED,
    RunState.CANCELLED: Standing.CANCELLED,
    RunState.FINISHED: Standing.FINISHED,
}


def standing(campaign: Campaign, run: LedgerRun | None, now: datetime) -> Standing:
    """Say where a campaign stands. The ledger is right where the two differ."""
    if run is not None:
        stands = _OF_RUN[run.run_state]
        is_testing = stands is Standing.SENDING and campaign.is_testing
        return Standing.TESTING if is_testing else stands
    match Campaign.Status(campaign.status):
        case Campaign.Status.DRAFT:
            return Standing.DRAFT
        case Campaign.Status.REFUSED:
            return Standing.REFUSED
        case Campaign.Status.ENDED:
            return Standing.REFUSED if campaign.explanation else Standing.FINISHED
    if campaign.scheduled_at is not None and campaign.scheduled_at > now:
        return Standing.SCHEDULED
    return Standing.PREPARING
