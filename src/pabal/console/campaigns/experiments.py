"""What a marketer decides about an A/B test, and what is decided in it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from pabal.domain.experiment import LETTERS, Measure
from pabal.message.source import Markup, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What differs from the campaign's own mail, which is variant A; "" for what does not.

    body: in `markup`; the plain-text part is made from it.
    """

    subject: str = ""
    preview_text: str = ""
    body: str = ""
    markup: str = ""

    def applied(self, source: Source) -> Source:
        """Return the mail of this variant. source: variant A."""
        if self.body:
            source = replace(source, body=self.body, markup=Markup(self.markup), text="")
        return replace(
            source,
            subject=self.subject or source.subject,
            preview=self.preview_text or source.preview,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """An A/B test as its marketer wants it.

    share: of the recipients, in percent. hours: None where a person decides.
    others: the variants from B on.
    """

    share: int
    measure: Measure
    hours: int | None
    others: tuple[Variant, ...]


class Experiment(models.Model):
    """A campaign's A/B test.

    out_at: every mail of the test has been tried; hours count from then. chosen: the number of
    the variant that the rest gets. decided_by: None where Pabal decided, or whoever did is gone;
    decided_as: what they were called then. figures: what was known when it was decided, as
    `deciding` writes it.
    """

    campaign = models.OneToOneField(
        "campaigns.Campaign", models.CASCADE, primary_key=True, related_name="experiment_row"
    )
    share = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=6, choices=[(each.value, each.value) for each in Measure])
    hours = models.PositiveSmallIntegerField(null=True)
    out_at = models.DateTimeField(null=True)
    chosen = models.PositiveSmallIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_as = models.CharField(max_length=320, blank=True)
    figures: "models.JSONField[Mapping[str, Any], Mapping[str, Any]]" = models.JSONField(
        default=dict
    )

    def __str__(self) -> str:
        return f"A/B test of {self.campaign_id}"

    @property
    def letter(self) -> str:
        """What the chosen variant is called; "" where none is."""
        return "" if self.chosen is None else LETTERS[self.chosen]

    @property
    def decides_at(self) -> datetime | None:
        """From when it may be decided by itself; None where a person does, or not known yet."""
        if self.hours is None or self.out_at is None:
            return None
        return self.out_at + timedelta(hours=self.hours)


class VariantRow(models.Model):
    """A variant from B on. number: from 1; the other columns are Variant's."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="variant_rows")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=500, blank=True)
    preview_text = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    markup = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("experiment", "number", name="one_of_each_letter")]

    def __str__(self) -> str:
        return f"{LETTERS[self.number]} of {self.experiment_id}"


def setup_of(campaign: str) -> Setup | None:
    """Return a campaign's A/B test; None where it has none."""
    row = Experiment.objects.filter(pk=campaign).first()
    if row is None:
        return None
    columns = row.variant_rows.order_by("number").values(*(each.name for each in fields(Variant)))
    others = [Variant(**each) for each in columns]
    return Setup(
        share=row.share, measure=Measure(row.measure), hours=row.hours, others=tuple(others)
    )


def is_undecided(campaign: str) -> bool:
    """Whether somebody waits for an A/B test to be decided, once it is sent."""
    return Experiment.objects.filter(pk=campaign, chosen=None, share__lt=100).exists()


def letters_of(setup: Setup | None) -> Sequence[tuple[int, str]]:
    """Return number and letter of each variant; none where there is no A/B test."""
    return [*enumerate(LETTERS[: 1 + len(setup.others)])] if setup else ()


def keep_setup(campaign: str, setup: Setup | None) -> None:
    """Let this be a draft's A/B test, within the caller's transaction."""
    Experiment.objects.filter(pk=campaign).delete()
    if setup is None:
        return
    row = Experiment.objects.create(
        campaign_id=campaign, share=setup.share, measure=setup.measure.value, hours=setup.hours
    )
    VariantRow.objects.bulk_create(
        VariantRow(experiment=row, number=number, **asdict(each))
        for number, each in enumerate(setup.others, 1)
    )
