"""An A/B test as a campaign's report shows it: what each variant did, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from pabal.console.campaigns.deciding import BY_ITSELF, known_then
from pabal.console.campaigns.experiments import Experiment
from pabal.console.campaigns.measuring import Seen, seen
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import experiment_of
from pabal.console.campaigns.words import CHANCES
from pabal.domain.experiment import LETTERS, Chance, Judgement, Measure, judge
from pabal.domain.tracking import Tracking
from pabal.ledger.port import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVariant:
    """share: of people who did what decides, among those it was sent to."""

    number: int
    letter: str
    subject: str
    has_own_content: bool
    seen: Seen
    clicked: int
    opened: int
    share: float
    is_best: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExperiment:
    """found: what the test shows now; then: what it showed when it was decided, None before.

    is_seen: what decides is recorded. waits: the rest waits for a decision.
    """

    variants: Sequence[ShownVariant]
    row: Experiment
    found: Judgement
    then: Judgement | None
    is_seen: bool
    waits: bool

    @property
    def chance(self) -> Promise:
        return CHANCES[self.found.chance]

    @property
    def chance_then(self) -> Promise | None:
        return CHANCES[self.then.chance] if self.then else None

    @property
    def by_itself(self) -> bool:
        return self.row.decided_by_id is None and self.row.decided_as == BY_ITSELF


def shown_experiment(campaign: Campaign) -> ShownExperiment | None:
    """Return what to show; None where a campaign has no A/B test, or was never started."""
    experiment = experiment_of(campaign)
    row = Experiment.objects.filter(pk=campaign.pk).first()
    if experiment is None or row is None or campaign.started_at is None:
        return None
    each, then, measure = seen(campaign, experiment), known_then(row), experiment.measure
    found = judge([one.tally(measure) for one in each])
    return ShownExperiment(
        variants=_variants(campaign, row, each, found),
        row=row,
        found=found,
        then=judge([one.tally(measure) for one in then]) if then else None,
        is_seen=measure.is_seen(Tracking(campaign.tracked)),
        waits=campaign.is_testing,
    )


def open_experiment(campaign: Campaign, state: RunState | None) -> Experiment | None:
    """Return the A/B test that waits for a decision; None where there is none."""
    is_open = state in (RunState.RUNNING, RunState.PAUSED)
    return Experiment.objects.get(pk=campaign.pk) if is_open and campaign.is_testing else None


def _variants(
    campaign: Campaign, row: Experiment, each: Sequence[Seen], judgement: Judgement
) -> Sequence[ShownVariant]:
    measure, sources = Measure(row.measure), campaign.sources()
    says_best = judgement.chance in (Chance.RULED_OUT, Chance.POSSIBLE, Chance.TOO_FEW)
    return [
        ShownVariant(
            number=number,
            letter=LETTERS[number],
            subject=campaign.as_shown(source.subject),
            has_own_content=source.body != campaign.body,
            seen=one,
            clicked=one.people[Measure.CLICKS],
            opened=one.people[Measure.OPENS],
            share=one.tally(measure).rate,
            is_best=says_best and number == judgement.best,
            is_chosen=number == row.chosen,
        )
        for number, (source, one) in enumerate(zip(sources, each, strict=True))
    ]
