"""`pabal campaign`: from a template file to the report."""

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pabal.cli.bounding import find_bounds
from pabal.cli.cloud import follow_there, go_on_there, with_ledger_of
from pabal.cli.command import command, open_workshop
from pabal.cli.engaging import engagement_as_json, show_engagement
from pabal.cli.errors import (
    AlreadyStarted,
    FileUnreadable,
    NotDoubtful,
    PreflightFailed,
    TracksTooMuch,
)
from pabal.cli.experimenting import (
    OPERATOR,
    experiment_as_json,
    find_setup,
    find_variant,
    say_decision,
    show_experiment,
)
from pabal.cli.foreground import send_in_foreground, with_ledger
from pabal.cli.language import _
from pabal.cli.lookup import find_campaign, find_list, find_sender, find_topic
from pabal.cli.output import FAILED, Output
from pabal.cli.preflight import preflight_as_json, prepare_and_check, show_preflight
from pabal.cli.reporting import DOUBTS_SHOWN, report_as_json, show_doubtful, show_report
from pabal.cli.timing import find_times
from pabal.cli.words import RUN_STATES
from pabal.domain.address import parse_address
from pabal.domain.campaign import Kind, OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId
from pabal.domain.tracking import Tracking
from pabal.ledger.port import Delivery, Ledger, RunState
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps.finish import Report, doubtful, report
from pabal.preflight.finding import Severity

if TYPE_CHECKING:
    from pabal.console.campaigns.models import Campaign
    from pabal.console.reports.experiment import ShownExperiment

commands = click.Group()
campaign = click.Group("campaign", help=_("Make campaigns, check them, send them."))
commands.add_command(campaign)

_named = click.argument("name_or_id", metavar="CAMPAIGN")
_detached = click.option("--detach", is_flag=True, help=_("Leave the sending to `pabal worker`."))


@command(campaign, "create", _("Make a campaign from a template file (.mjml or .html)."))
@click.argument("template", type=click.Path(path_type=Path))
@click.option("--list", "list_name", required=True, help=_("The list, by name or number."))
@click.option("--subject", required=True, help=_("Subject, with Jinja; “(광고)” is added."))
@click.option("--name", default="", help=_("Name among your campaigns."))
@click.option("--sender", type=int, help=_("Number of the sender identity."))
@click.option("--text", type=click.Path(path_type=Path), help=_("Plain-text part, with Jinja."))
@click.option("--topic", default="", help=_("What it is about, by name or number."))
@click.option("--segment", "segments", multiple=True, help=_("Only who fits it, or another one."))
@click.option(
    "--exclude",
    multiple=True,
    metavar="KIND:NAME",
    help=_("Whom to leave out: segment:NAME, list:NAME, or campaign:ID, who was sent it."),
)
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help=_("When it is sent, in PABAL_TIME_ZONE; at once where not said."),
)
@click.option(
    "--local-to",
    default="",
    metavar="ATTRIBUTE",
    help=_("The time of --at by each subscriber's clock, in the zone that this attribute names."),
)
@click.option(
    "--subject-b",
    "subjects",
    multiple=True,
    metavar="SUBJECT",
    help=_("A second subject, for an A/B test; repeated for a third and a fourth."),
)
@click.option(
    "--template-b",
    type=click.Path(path_type=Path),
    help=_("A second template file, for an A/B test of contents."),
)
@click.option(
    "--test-share",
    type=click.IntRange(1, 100),
    default=20,
    show_default=True,
    help=_("How many percent of the recipients test; the rest gets what is chosen."),
)
@click.option(
    "--decide-after",
    type=click.IntRange(1, 24 * 14),
    metavar="HOURS",
    help=_("Take what more people have clicked, so long behind the test; else you decide."),
)
@click.option("--notice", is_flag=True, help=_("Not advertising: no “(광고)”, no consent needed."))
@click.option(
    "--on-doubt",
    type=click.Choice([each.value for each in OnDoubt]),
    default=OnDoubt.ASK.value,
    help=_("Where nobody knows whether a mail was sent: wait for you, or send it again."),
)
@click.option(
    "--track",
    type=click.Choice([each.value for each in Tracking]),
    help=_("What to record of readers; what the organisation usually records where not said."),
)
def create(
    output: Output,
    template: Path,
    list_name: str,
    subject: str,
    name: str,
    sender: int | None,
    text: Path | None,
    topic: str,
    segments: tuple[str, ...],
    exclude: tuple[str, ...],
    at: datetime | None,
    local_to: str,
    subjects: tuple[str, ...],
    template_b: Path | None,
    test_share: int,
    decide_after: int | None,
    notice: bool,
    on_doubt: str,
    track: str | None,
) -> None:
    workshop = open_workshop()
    tracking = _allowed(workshop, track)
    from pabal.console.campaigns.drafting import create_campaign

    source = _source(template, subject=subject, text=text)
    experiment = find_setup(
        subjects,
        _source(template_b) if template_b else None,
        share=test_share,
        hours=decide_after,
        tracking=tracking or workshop.settings.tracking,
    )
    made = create_campaign(
        name=name or template.stem,
        kind=Kind.NOTICE if notice else Kind.ADVERTISING,
        source=source,
        sender=find_sender(sender),
        audience=find_list(list_name),
        topic=find_topic(topic),
        bounds=find_bounds(segments, exclude),
        experiment=experiment,
        on_doubt=OnDoubt(on_doubt),
        tracking=tracking,
        times=find_times(at, local_to, workshop.settings.time_zone, now=workshop.clock()),
        now=workshop.clock(),
    )
    output.say(_("Campaign {id}: {name}").format(id=made.pk, name=made.name))
    output.say(_("Next: `pabal campaign preflight {id}`").format(id=made.pk))
    output.result({"campaign": made.pk, "name": made.name})


@command(campaign, "copy", _("Make a new campaign that says the same to the same list."))
@_named
def copy(output: Output, name_or_id: str) -> None:
    workshop = open_workshop()
    from pabal.console.campaigns.drafting import copy_campaign

    made = copy_campaign(find_campaign(name_or_id), now=workshop.clock())
    output.say(_("Campaign {id}: {name}").format(id=made.pk, name=made.name))
    output.result({"campaign": made.pk, "name": made.name})


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


def _source(template: Path, *, subject: str = "", text: Path | None = None) -> Source:
    """Raises FileUnreadable."""
    return Source(
        subject=subject,
        body=read_text(template),
        markup=Markup.MJML if template.suffix.lower() == ".mjml" else Markup.HTML,
        text=read_text(text) if text else "",
    )


def read_text(path: Path) -> str:
    """Raises FileUnreadable: not there, not ours to read, or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileUnreadable(path=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        reason = _("it is not UTF-8 (byte {position})").format(position=error.start)
        raise FileUnreadable(path=path, reason=reason) from error


def _allowed(workshop: Workshop, track: str | None) -> Tracking | None:
    """Raises TracksTooMuch: the organisation has not decided to record so much."""
    if track is None:
        return None
    asked, allowed = Tracking(track), workshop.settings.tracking
    if asked.within(allowed) is not asked:
        raise TracksTooMuch(asked=asked.value, allowed=allowed.value)
    return asked


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
