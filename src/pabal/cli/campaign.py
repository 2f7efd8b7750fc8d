"""`pabal campaign`: from a template file to the report."""

from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pabal.cli import drafting
from pabal.cli.cloud import follow_there, go_on_there, with_ledger_of
from pabal.cli.command import command, open_workshop
from pabal.cli.engaging import engagement_as_json, show_engagement
from pabal.cli.errors import (
    AlreadyStarted,
    NotDoubtful,
    PreflightFailed,
)
from pabal.cli.experimenting import (
    OPERATOR,
    experiment_as_json,
    find_variant,
    say_decision,
    show_experiment,
)
from pabal.cli.foreground import send_in_foreground, with_ledger
from pabal.cli.language import _
from pabal.cli.lookup import find_campaign
from pabal.cli.output import FAILED, Output
from pabal.cli.preflight import preflight_as_json, prepare_and_check, show_preflight
from pabal.cli.reporting import DOUBTS_SHOWN, report_as_json, show_doubtful, show_report
from pabal.cli.words import RUN_STATES
from pabal.domain.address import parse_address
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId
from pabal.domain.tracking import Tracking
from pabal.ledger.port import Delivery, Ledger, RunState
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps.finish import Report, doubtful, report
from pabal.preflight.finding import Severity

if TYPE_CHECKING:
    from pabal.console.campaigns.models import Campaign
    from pabal.console.reports.experiment import ShownExperiment

commands = click.Group()
campaign = click.Group(
    "campaign", drafting.commands, help=_("Make campaigns, check them, send them.")
)
commands.add_command(campaign)

_named = click.argument("name_or_id", metavar="CAMPAIGN")
_detached = click.option("--detach", is_flag=True, help=_("Leave the sending to `pabal worker`."))


@command(campaign, "list", _("Show the campaigns, newest first."))
def list_campaigns(output: Output) -> None:
    open_workshop()
    from pabal.console.campaigns.models import Campaign

    shown = [
        (each.pk, each.name, each.get_status_display(), each.recipients)
        for each in Campaign.objects.filter(trial_of=None).order_by("-created_at")[:100]
    ]
    output.table(
        [_("Id"), _("Name"), _("State"), _("Recipients") + "#"],
        [(pk, name, state, "" if n is None else f"{n:,}") for pk, name, state, n in shown],
    )
    output.result(
        [
            {"campaign": pk, "name": name, "state": str(state), "recipients": n}
            for pk, name, state, n in shown
        ]
    )


@command(campaign, "preflight", _("Freeze the campaign, render every mail, and check it."))
@_named
@click.option(
    "--fail-on",
    "gravest",
    type=click.Choice([each.name.lower() for each in reversed(Severity)]),
    default="error",
    help=_("From which severity on the exit status is 1."),
)
def preflight(output: Output, name_or_id: str, gravest: str) -> None:
    workshop = open_workshop()
    from pabal.console.adapters import OrmCampaignSource

    found = find_campaign(name_or_id)
    _refuse_started(workshop, found.campaign_id, found.status)
    prepared, checked = prepare_and_check(workshop, OrmCampaignSource(), found.campaign_id, output)
    show_preflight(output, prepared, checked)
    output.result(preflight_as_json(prepared, checked))
    if any(finding.severity >= Severity[gravest.upper()] for finding in checked.findings):
        raise SystemExit(FAILED)


@command(campaign, "send", _("Check the campaign and send it."))
@_named
@_detached
def send(output: Output, name_or_id: str, detach: bool) -> None:
    workshop = open_workshop()
    start_campaign(workshop, name_or_id, output)
    moment = find_campaign(name_or_id).scheduled_at
    if moment is not None and moment > workshop.clock():
        output.say(_("Its time comes: `pabal worker` sends it then."))
        output.result({"campaign": find_campaign(name_or_id).pk, "state": "scheduled"})
        return
    if detach:
        there = workshop.settings.sends_on_aws
        output.say(_("Started on AWS.") if there else _("Started; `pabal worker` sends it."))
        output.result({"campaign": find_campaign(name_or_id).pk, "state": "started"})
        return
    follow(workshop, name_or_id, output)


@command(campaign, "pause", _("Pause the sending; what is on the wire is finished."))
@_named
def pause(output: Output, name_or_id: str) -> None:
    _set_state(output, name_or_id, RunState.PAUSED)


@command(campaign, "resume", _("Go on with a paused or interrupted campaign."))
@_named
@_detached
def resume(output: Output, name_or_id: str, detach: bool) -> None:
    workshop = open_workshop()
    found = find_campaign(name_or_id)
    if found.status == found.Status.STARTED.value or found.is_on_aws:
        _resume_run(workshop, found.campaign_id)
        if found.is_on_aws:
            go_on_there(workshop, found)
        if not detach:
            follow(workshop, name_or_id, output)
            return
    _show_state(output, workshop, found.campaign_id)


@command(campaign, "cancel", _("Cancel what has not been sent yet; this cannot be undone."))
@_named
def cancel(output: Output, name_or_id: str) -> None:
    _set_state(output, name_or_id, RunState.CANCELLED)


@command(campaign, "status", _("Show how far the campaign is."))
@_named
def status(output: Output, name_or_id: str) -> None:
    workshop = open_workshop()
    _show_state(output, workshop, find_campaign(name_or_id).campaign_id)


@command(campaign, "report", _("Show what became of every mail."))
@_named
def show(output: Output, name_or_id: str) -> None:
    print_report(open_workshop(), name_or_id, output)


@command(campaign, "decide", _("Decide an A/B test: the rest gets this variant."))
@_named
@click.argument("letter", metavar="VARIANT")
def decide(output: Output, name_or_id: str, letter: str) -> None:
    workshop = open_workshop()
    from pabal.console.campaigns.deciding import decide as decide_for

    found = find_campaign(name_or_id)
    variant = find_variant(found.experiment, letter)
    decide_for(found, variant, by=OPERATOR, now=workshop.clock())
    output.say(_("The rest gets variant {letter}.").format(letter=letter.upper()))
    output.result({"campaign": found.pk, "chosen": letter.upper()})


@command(campaign, "doubtful", _("List the mails of which nobody knows whether they were sent."))
@_named
def list_doubtful(output: Output, name_or_id: str) -> None:
    workshop = open_workshop()
    found = find_campaign(name_or_id)
    with_ledger_of(
        workshop,
        found.campaign_id,
        lambda ledger: show_doubtful(output, doubtful(ledger, found.campaign_id)),
    )


@command(campaign, "resolve", _("Settle a doubtful mail by hand."))
@_named
@click.argument("address")
@click.option("--sent", "found", flag_value="sent", required=True, help=_("It was sent after all."))
@click.option("--again", "found", flag_value="again", help=_("Send it again."))
def resolve(output: Output, name_or_id: str, address: str, found: str) -> None:
    workshop = open_workshop()
    from pabal.console.campaigns.drafting import reopen

    chosen = find_campaign(name_or_id)
    identity = parse_address(address).identity
    happening = Happening.FOUND_SENT if found == "sent" else Happening.RESENT
    now = workshop.clock()

    def settle(ledger: Ledger) -> None:
        doubtful = [
            each
            for each in ledger.find(identity, chosen.campaign_id)
            if each.state is State.DOUBTFUL
        ]
        if not doubtful:
            raise NotDoubtful(address=identity, campaign=chosen.pk)
        for delivery in doubtful:
            ledger.resolve(delivery.id, happening, note="", now=now)

    with_ledger_of(workshop, chosen.campaign_id, settle)
    if happening is Happening.RESENT:
        reopen(chosen)
        output.say(_("Next: `pabal campaign resume {id}`").format(id=chosen.pk))
    _show_state(output, workshop, chosen.campaign_id)


# Steps that the demo takes too


def start_campaign(workshop: Workshop, name_or_id: str, output: Output) -> None:
    """Prepare, check and start a campaign.

    Raises AlreadyStarted, PreflightFailed: nothing was sent.
    """
    from pabal.console.adapters import OrmCampaignSource
    from pabal.console.campaigns.drafting import mark_started
    from pabal.console.campaigns.elsewhere import hand_over

    found = find_campaign(name_or_id)
    _refuse_started(workshop, found.campaign_id, found.status)
    prepared, checked = prepare_and_check(workshop, OrmCampaignSource(), found.campaign_id, output)
    show_preflight(output, prepared, checked)
    if not checked.passed:
        errors = sum(finding.severity is Severity.ERROR for finding in checked.findings)
        raise PreflightFailed(count=errors)
    if not mark_started(found, digest=prepared.manifest.digest, now=workshop.clock()):
        found.refresh_from_db()
        _refuse_started(workshop, found.campaign_id, found.status)
    if workshop.settings.sends_on_aws:
        hand_over(found.pk, now=workshop.clock())  # a worker does it where this fails
        return
    plan = prepared.manifest.plan
    now = workshop.clock()
    if found.scheduled_at is not None and found.scheduled_at > now:
        return
    with_ledger(
        workshop,
        lambda ledger: ledger.open(plan.id, scopes=plan.scopes, on_doubt=plan.on_doubt, now=now),
    )


def follow(workshop: Workshop, name_or_id: str, output: Output) -> None:
    """Send a started campaign in this process, then print its report."""
    send_here(workshop, name_or_id, output)
    conclude(workshop, name_or_id, output)


def send_here(workshop: Workshop, name_or_id: str, output: Output) -> None:
    """Send a started campaign in this process until it ends, pauses or is interrupted.

    One that AWS sends is only looked at.
    """
    from pabal.console.adapters import OrmCampaignSource

    found = find_campaign(name_or_id)
    output.heading(_("Sending"))
    if found.is_on_aws:
        follow_there(workshop, found.campaign_id, output)
        return
    send_in_foreground(workshop, OrmCampaignSource(), found.campaign_id, output)


def conclude(workshop: Workshop, name_or_id: str, output: Output) -> None:
    """Print a campaign's report; the command fails where it has not ended."""
    if not print_report(workshop, name_or_id, output):
        found = find_campaign(name_or_id)
        output.say(_("Not finished: `pabal campaign resume {id}` goes on.").format(id=found.pk))
        raise SystemExit(FAILED)


def print_report(workshop: Workshop, name_or_id: str, output: Output) -> bool:
    """Print a campaign's report; return whether it has ended."""
    found = find_campaign(name_or_id)

    def look(ledger: Ledger) -> tuple[Report, list[Delivery]]:
        doubts = islice(doubtful(ledger, found.campaign_id), DOUBTS_SHOWN)
        return report(ledger, found.campaign_id), list(doubts)

    seen, doubts = with_ledger_of(workshop, found.campaign_id, look)
    now, zone = workshop.clock(), ZoneInfo(workshop.settings.time_zone)
    show_report(output, found.name, seen, doubts, now=now, zone=zone)
    tracked, sent = Tracking(found.tracked), seen.counts.get(State.SENT, 0)
    show_engagement(output, seen.engagement, found.links, tracked=tracked, sent=sent)
    engagement = engagement_as_json(seen.engagement, found.links, tracked=tracked)
    experiment = _experiment(found)
    show_experiment(output, experiment)
    more = {"engagement": engagement, "experiment": experiment_as_json(experiment)}
    output.result(report_as_json(seen, now=now) | more)
    return seen.ended


def _refuse_started(workshop: Workshop, campaign: CampaignId, status: str) -> None:
    from pabal.console.campaigns.models import Campaign

    if status == Campaign.Status.DRAFT.value:
        return
    state = _("started")
    if status == Campaign.Status.ENDED.value:
        run = with_ledger_of(workshop, campaign, lambda ledger: ledger.run(campaign))
        state = RUN_STATES[run.state]
    raise AlreadyStarted(campaign=campaign, state=state)


def _set_state(output: Output, name_or_id: str, state: RunState) -> None:
    workshop = open_workshop()
    found = find_campaign(name_or_id)
    now = workshop.clock()
    with_ledger_of(
        workshop,
        found.campaign_id,
        lambda ledger: ledger.set_state(found.campaign_id, state, reason="", now=now),
    )
    _show_state(output, workshop, found.campaign_id)


def _resume_run(workshop: Workshop, campaign: CampaignId) -> None:
    from pabal.ledger.errors import CampaignNotOpen

    now = workshop.clock()
    try:
        with_ledger_of(
            workshop,
            campaign,
            lambda ledger: ledger.set_state(campaign, RunState.RUNNING, reason="", now=now),
        )
    except CampaignNotOpen:
        return  # started, and killed before the ledger knew of it; sending opens it


def _show_state(output: Output, workshop: Workshop, campaign: CampaignId) -> None:
    seen = with_ledger_of(workshop, campaign, lambda ledger: report(ledger, campaign))
    now = workshop.clock()
    done = seen.recipients - seen.counts.get(State.QUEUED, 0) - seen.counts.get(State.SENDING, 0)
    output.say(
        _(
            "{state}: {done} of {all} done, sent {sent}, retrying {retrying}, failed {failed}"
        ).format(
            state=RUN_STATES[seen.run.state],
            done=done,
            all=seen.recipients,
            sent=seen.counts.get(State.SENT, 0),
            retrying=seen.deferred,
            failed=seen.counts.get(State.FAILED, 0),
        )
    )
    if seen.run.reason:
        output.say(_(seen.run.reason))
    experiment = _experiment(find_campaign(campaign))
    if experiment is not None:
        output.say(say_decision(experiment))
    told = {"experiment": experiment_as_json(experiment)}
    output.result(report_as_json(seen, now=now) | told)


def _experiment(found: "Campaign") -> "ShownExperiment | None":
    from pabal.console.reports.experiment import shown_experiment

    return shown_experiment(found)
