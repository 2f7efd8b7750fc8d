"""Campaigns that AWS sends: handed over, looked at, and what a worker does for them."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from pabal.cli.errors import RefusedOnAws
from pabal.cli.foreground import view_for, with_ledger
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.settings import Settings
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen, LedgerUnavailable
from pabal.ledger.port import Ledger
from pabal.pipeline.local.repeating import Repeating, Stopped
from pabal.pipeline.local.wiring import Workshop, wall_clock, worker_name
from pabal.pipeline.steps.finish import report

if TYPE_CHECKING:
    from pabal.console.campaigns.models import Campaign

T = TypeVar("T")

_SOON = timedelta(seconds=0.5)  # whoever leaves here is out there that much later
_LISTENS = timedelta(seconds=1)  # behind a visit that waits itself
_BETWEEN_LOOKS = 1.0  # seconds


def make_exchange(workshop: Workshop) -> list[Repeating]:
    """Return what goes on between here and AWS; nothing where no stack is named.

    Raises StackNotNamed, SettingsRefused: campaigns are to be sent there, and it cannot be done.
    """
    if workshop.settings.sends_on_aws:
        workshop.settings.stack()
    if not workshop.settings.is_stack_named:
        return []
    from pabal.console.campaigns.elsewhere import remote
    from pabal.console.cloud import OrmHandovers, OrmReturns, OrmStopChanges
    from pabal.pipeline.aws.handing_over import hand_over_waiting
    from pabal.pipeline.aws.hearing import hear
    from pabal.pipeline.aws.mirroring import mirror

    name = worker_name()

    def hand_over(_stopped: Stopped) -> None:
        hand_over_waiting(OrmHandovers(), remote(), now=wall_clock())

    def listen(stopped: Stopped) -> None:
        hear(remote().returns(), OrmReturns(), now=wall_clock(), stopped=stopped)

    def tell(_stopped: Stopped) -> None:
        mirror(OrmStopChanges(), remote().ledger, holder=name, clock=wall_clock)

    return [
        Repeating("campaigns for AWS", hand_over, interval=_SOON),
        Repeating("what AWS tells", listen, interval=_LISTENS),
        Repeating("suppressions for AWS", tell, interval=_SOON),
    ]


def with_ledger_of(workshop: Workshop, campaign: CampaignId, work: Callable[[Ledger], T]) -> T:
    """Do `work` with the ledger that a campaign is kept in, here or on AWS."""
    from pabal.console.campaigns import elsewhere
    from pabal.console.campaigns.launching import sent_there

    if sent_there([campaign]):
        return work(elsewhere.ledger())
    return with_ledger(workshop, work)


def ledger_there(settings: Settings) -> Ledger | None:
    """Return the ledger on AWS, where there is a stack to ask."""
    if not settings.is_stack_named:
        return None
    from pabal.console.campaigns import elsewhere

    return elsewhere.ledger()


def go_on_there(workshop: Workshop, campaign: "Campaign") -> None:
    """Have a campaign watched on AWS that goes on; where it is already, nothing changes."""
    from pabal.console.campaigns.drafting import reopen
    from pabal.console.campaigns.starting import hand_over

    reopen(campaign)
    hand_over(campaign, now=workshop.clock())


def follow_there(workshop: Workshop, campaign: CampaignId, output: Output) -> None:
    """Show how a campaign goes on AWS, until it has ended or somebody presses Ctrl-C.

    Raises RefusedOnAws: it was not begun.
    """
    from pabal.console.campaigns.elsewhere import remote

    with suppress(KeyboardInterrupt), view_for(output) as view:
        while True:
            try:
                seen = report(remote().ledger, campaign)
            except CampaignNotOpen:
                reason = remote().refusal(campaign)
                if reason:
                    raise RefusedOnAws(campaign=campaign, reason=reason) from None
            except LedgerUnavailable as error:
                output.say(error.explain(_))
            else:
                view.show(seen, workshop.clock())
                if seen.ended:
                    return
            time.sleep(_BETWEEN_LOOKS)
