"""`pabal campaign create` and `copy`: a draft, from a template file or of a campaign."""

from datetime import datetime
from pathlib import Path

import click

from pabal.cli.bounding import find_bounds
from pabal.cli.command import command, open_workshop
from pabal.cli.errors import FileUnreadable, TracksTooMuch
from pabal.cli.experimenting import find_setup
from pabal.cli.language import _
from pabal.cli.lookup import find_campaign, find_list, find_sender, find_topic
from pabal.cli.output import Output
from pabal.cli.timing import find_times
from pabal.domain.campaign import Kind, OnDoubt
from pabal.domain.tracking import Tracking
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import Workshop

_drafts = click.Group()
commands = _drafts.commands


@command(_drafts, "create", _("Make a campaign from a template file (.mjml or .html)."))
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


@command(_drafts, "copy", _("Make a new campaign that says the same to the same list."))
@click.argument("name_or_id", metavar="CAMPAIGN")
def copy(output: Output, name_or_id: str) -> None:
    workshop = open_workshop()
    from pabal.console.campaigns.drafting import copy_campaign

    made = copy_campaign(find_campaign(name_or_id), now=workshop.clock())
    output.say(_("Campaign {id}: {name}").format(id=made.pk, name=made.name))
    output.result({"campaign": made.pk, "name": made.name})


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
