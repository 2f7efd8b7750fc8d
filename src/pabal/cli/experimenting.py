"""A campaign's A/B test, as it is asked for and as it is told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pabal.cli.errors import NotSeen, TooManyVariants, UnknownVariant
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import CHANCES, say_share
from pabal.domain.experiment import MOST, Measure
from pabal.domain.tracking import Tracking
from pabal.message.source import Source

OPERATOR = "operator"  # who decides with a command, in the audit log

if TYPE_CHECKING:
    from pabal.console.campaigns.experiments import Setup
    from pabal.console.reports.experiment import ShownExperiment


def find_setup(
    subjects: Sequence[str],
    content: Source | None,
    *,
    share: int,
    hours: int | None,
    tracking: Tracking,
) -> "Setup | None":
    """Return the A/B test that is asked for; None where there is nothing to compare.

    subjects: of B, C and D. content: of B; its subject is not looked at. hours: None where a
    person decides.
    Raises TooManyVariants. NotSeen: clicks are not recorded, so that nothing could decide.
    """
    from pabal.console.campaigns.experiments import Setup, Variant

    if not subjects and content is None:
        return None
    if len(subjects) >= MOST:
        raise TooManyVariants(most=MOST)
    if hours is not None and share < 100 and not Measure.CLICKS.is_seen(tracking):
        raise NotSeen
    second, *others = subjects or [""]
    body, markup = (content.body, content.markup.value) if content else ("", "")
    variants = [
        Variant(subject=second, body=body, markup=markup),
        *(Variant(subject=each) for each in others),
    ]
    return Setup(share=share, measure=Measure.CLICKS, hours=hours, others=tuple(variants))


def find_variant(setup: "Setup | None", text: str) -> int:
    """Return the number of a variant by its letter. Raises UnknownVariant."""
    from pabal.console.campaigns.experiments import letters_of

    numbers = {letter: number for number, letter in letters_of(setup)}
    if text.upper() not in numbers:
        raise UnknownVariant(text=text, letters=", ".join(numbers) or "–")
    return numbers[text.upper()]


def show_experiment(output: Output, shown: "ShownExperiment | None") -> None:
    """Print what each variant did, and what was decided; nothing where there is no A/B test."""
    if shown is None:
        return
    output.say(_("A/B test"))
    rows = [
        (
            f"{each.letter}  {each.subject}",
            f"{each.seen.sent:,}",
            _say_part(each.clicked, each.seen.sent),
            _say_part(each.opened, each.seen.sent),
            f"{each.seen.unsubscribed:,}",
        )
        for each in shown.variants
    ]
    titles = ["", _("sent") + "#", _("clicked") + "#", _("opened") + "#", _("unsubscribed") + "#"]
    output.table(titles, rows)
    if shown.is_seen:
        output.say(CHANCES[shown.found.chance])
    output.say(say_decision(shown))


def say_decision(shown: "ShownExperiment") -> str:
    row = shown.row
    if row.chosen is not None:
        text = _("{who} has chosen {letter} for the rest.")
        return text.format(who=row.decided_as, letter=row.letter)
    if not shown.waits:
        return _("Nobody waits for a decision.")
    text = _("The rest waits. To decide: `pabal campaign decide {id} A`")
    return text.format(id=row.campaign_id)


def experiment_as_json(shown: "ShownExperiment | None") -> dict[str, object] | None:
    if shown is None:
        return None
    row = shown.row
    return {
        "share": row.share,
        "measure": row.measure,
        "hours": row.hours,
        "decides_at": row.decides_at.isoformat() if row.decides_at else None,
        "waits": shown.waits,
        "chosen": row.letter or None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "decided_by": row.decided_as or None,
        "chance": shown.found.chance.value if shown.is_seen else None,
        "variants": [
            {
                "variant": each.letter,
                "subject": each.subject,
                "sent": each.seen.sent,
                "clicked": each.clicked,
                "opened": each.opened,
                "unsubscribed": each.seen.unsubscribed,
            }
            for each in shown.variants
        ],
    }


def _say_part(count: int, sent: int) -> str:
    return f"{count:,} ({say_share(count / sent)})" if sent else f"{count:,}"
