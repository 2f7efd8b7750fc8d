"""Deciding an A/B test: once, by a person or by what the test shows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from pabal.console.accounts import audit
from pabal.console.accounts.models import User
from pabal.console.campaigns.errors import DecidedAlready, NothingToDecide
from pabal.console.campaigns.experiments import Experiment
from pabal.console.campaigns.measuring import Seen, seen
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import experiment_of
from pabal.domain.experiment import LETTERS, Measure, judge

BY_ITSELF = "Pabal"


def chosen(campaign: str) -> int | None:
    """Return the variant that the rest gets; None while that is open."""
    return Experiment.objects.filter(pk=campaign).values_list("chosen", flat=True).first()


def chosen_letter(campaign: str) -> str:
    """Return what that variant is called; "" while it is open, or without an A/B test."""
    variant = chosen(campaign)
    return "" if variant is None else LETTERS[variant]


def variant_of(campaign: Campaign, position: int) -> int | None:
    """Return what a recipient was sent, or will be; None while that is open."""
    experiment = experiment_of(campaign)
    tested = experiment.variant(position) if experiment else 0
    return chosen(campaign.pk) if tested is None else tested


def letter_of(campaign: Campaign, position: int) -> str:
    """Return what that variant is called; "" without an A/B test, or while that is open."""
    variant = variant_of(campaign, position) if campaign.has_experiment else None
    return "" if variant is None else LETTERS[variant]


def known_then(row: Experiment) -> Sequence[Seen]:
    """Return what was known when it was decided; nothing while it is open."""
    return [
        Seen(
            sent=each["sent"],
            people={Measure(name): n for name, n in each["people"].items()},
            unsubscribed=each["unsubscribed"],
        )
        for each in row.figures.get("variants", ())
    ]


def look_at_test(campaign: str, *, now: datetime) -> None:
    """Note that every mail of the test was tried; when its hours are over, decide by what it shows.

    For any worker to call, as often as it likes: the first note and the first decision stay.
    """
    row = Experiment.objects.select_related("campaign").filter(pk=campaign, chosen=None).first()
    if row is None:
        return
    if row.out_at is None:
        Experiment.objects.filter(pk=campaign, out_at=None).update(out_at=now)
    elif row.decides_at is not None and now >= row.decides_at:
        _decide_by_itself(row.campaign, now)


def decide(campaign: Campaign, variant: int, *, by: User | str, now: datetime) -> None:
    """Let the rest get a variant.

    by: a person, or what a program that acts for the organisation is called.
    Raises NothingToDecide: nobody waits for it, or there is no such variant. DecidedAlready:
    somebody was quicker; what they decided stays.
    """
    experiment = experiment_of(campaign)
    is_early = campaign.scheduled_at is not None and campaign.scheduled_at > now
    if experiment is None or not experiment.has_rest or is_early:
        raise NothingToDecide
    if campaign.status != Campaign.Status.STARTED or variant not in range(experiment.variants):
        raise NothingToDecide
    if not _keep(campaign, variant, seen(campaign, experiment), by=by, now=now):
        before = chosen(campaign.pk)
        raise NothingToDecide if before is None else DecidedAlready(letter=LETTERS[before])


def _decide_by_itself(campaign: Campaign, now: datetime) -> None:
    experiment = experiment_of(campaign)
    if experiment is not None:
        shown = seen(campaign, experiment)
        judgement = judge([each.tally(experiment.measure) for each in shown])
        _keep(campaign, judgement.best, shown, by=BY_ITSELF, now=now)


@transaction.atomic
def _keep(
    campaign: Campaign, variant: int, shown: Sequence[Seen], *, by: User | str, now: datetime
) -> bool:
    """Write the decision down unless there is one; return whether this call did it."""
    person = by if isinstance(by, User) else None
    open_one = Experiment.objects.filter(
        pk=campaign.pk, chosen=None, campaign__status=Campaign.Status.STARTED
    )
    is_kept = open_one.update(
        chosen=variant,
        decided_at=now,
        decided_by=person,
        decided_as=person.email if person else str(by),
        figures=_written(shown),
    )
    if is_kept:
        subject = f"{campaign.name}: {LETTERS[variant]}"
        audit.note(by, audit.Deed.VARIANT_CHOSEN, subject, now=now)
    return bool(is_kept)


def _written(shown: Sequence[Seen]) -> dict[str, object]:
    return {"variants": [_as_json(each) for each in shown]}


def _as_json(each: Seen) -> dict[str, object]:
    return asdict(each) | {"people": {measure.value: n for measure, n in each.people.items()}}
