"""What a marketer decides: who a mail is from, what it says, to whom it goes."""

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.models import List, Topic
from pabal.console.campaigns import ledger_tables as ledger_tables  # Django looks for models here
from pabal.console.campaigns import proving as proving
from pabal.console.campaigns.bounds import Bounds, bounds_of
from pabal.console.campaigns.experiments import Setup, is_undecided, letters_of, setup_of
from pabal.domain import campaign as domain
from pabal.domain import tracking as domain_tracking
from pabal.domain.identity import CampaignId
from pabal.message.source import Markup as SourceMarkup
from pabal.message.source import Source


class SenderIdentity(models.Model):
    """Who the mail is from, with what the law wants named in it (정보통신망법 50(4))."""

    name = models.CharField(max_length=100)
    address = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    company = models.CharField(max_length=200)
    postal_address = models.CharField(max_length=300)
    phone = models.CharField(max_length=50)
    contact_email = models.CharField(max_length=320)
    bounce_domain = models.CharField(max_length=255)

    class Meta:
        verbose_name_plural = "sender identities"

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"

    def as_planned(self) -> domain.SenderIdentity:
        return domain.SenderIdentity(
            name=self.name,
            address=self.address,
            reply_to=self.reply_to,
            company=self.company,
            postal_address=self.postal_address,
            phone=self.phone,
            contact_email=self.contact_email,
            bounce_domain=self.bounce_domain,
        )


class Campaign(models.Model):
    """One mailing. What is sent is not this row but the package with `prepared_digest`.

    recipients, excluded: counted when it was prepared; `excluded` by Exclusion.value.
    tracking: what was asked for; "" for as much as the installation allows.
    tracked, links: what its package tracks, and where the tracked links lead, by number from 1.
    is_automatic: Pabal made it itself, to tell people what the law wants them told.
    explanation: why it ended other than well, "" where it went well.
    version: counts the changes of a draft, so that two people do not undo each other's.
    scheduled_at: before it nothing is sent. local_time, zone_attribute: what everybody's own
    clock shows when they get it, and the attribute that names their zone; "" for all at once.
    has_experiment: its A/B test is in rows of its own (campaigns.experiments).
    is_on_aws: it is sent there, and what becomes of it is in the ledger there.
    trial_of: of whose draft it is a test; None for what goes to subscribers.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        STARTED = "started", _("Started")
        ENDED = "ended", _("Ended")
        REFUSED = "refused", _("Refused")

    class Kind(models.TextChoices):
        ADVERTISING = domain.Kind.ADVERTISING.value, _("Advertising")
        NOTICE = domain.Kind.NOTICE.value, _("Notice")

    class OnDoubt(models.TextChoices):
        ASK = domain.OnDoubt.ASK.value, _("Ask")
        RESEND = domain.OnDoubt.RESEND.value, _("Send again")

    class Tracking(models.TextChoices):
        OFF = domain_tracking.Tracking.OFF.value, _("Nothing")
        OPENS = domain_tracking.Tracking.OPENS.value, _("Opens")
        CLICKS = domain_tracking.Tracking.CLICKS.value, _("Clicks")
        ON = domain_tracking.Tracking.ON.value, _("Opens and clicks")

    class Markup(models.TextChoices):
        MJML = SourceMarkup.MJML.value, "MJML"
        HTML = SourceMarkup.HTML.value, "HTML"

    id = models.CharField(primary_key=True, max_length=8)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ADVERTISING.value)
    subject = models.CharField(max_length=500)
    preview_text = models.CharField(max_length=300, blank=True)
    markup = models.CharField(max_length=10, choices=Markup.choices, default=Markup.MJML.value)
    body = models.TextField()
    text = models.TextField(blank=True)
    sender = models.ForeignKey(SenderIdentity, models.PROTECT, related_name="campaigns")
    list = models.ForeignKey(List, models.PROTECT, related_name="campaigns")
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    on_doubt = models.CharField(max_length=10, choices=OnDoubt.choices, default=OnDoubt.ASK.value)
    tracking = models.CharField(max_length=6, choices=Tracking.choices, blank=True)
    tracked = models.CharField(max_length=6, choices=Tracking.choices, default=Tracking.OFF.value)
    links: "models.JSONField[Sequence[str], Sequence[str]]" = models.JSONField(
        default=tuple, blank=True
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT.value)
    is_automatic = models.BooleanField(default=False)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    local_time = models.CharField(max_length=16, blank=True)
    zone_attribute = models.CharField(max_length=100, blank=True)
    has_experiment = models.BooleanField(default=False)
    prepared_digest = models.CharField(max_length=64, blank=True)
    recipients = models.PositiveIntegerField(null=True, blank=True)
    excluded: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(
        default=dict, blank=True
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    explanation = models.TextField(blank=True)
    is_on_aws = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    trial_of = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="trials"
    )

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="campaigns_newest_first")]

    def __str__(self) -> str:
        return self.name

    @property
    def campaign_id(self) -> CampaignId:
        return CampaignId(self.id)

    @property
    def bounds(self) -> Bounds:
        """Who of the list it is for; read anew each time."""
        return bounds_of(self.pk)

    @property
    def experiment(self) -> Setup | None:
        """Its A/B test; read anew each time."""
        return setup_of(self.pk) if self.has_experiment else None

    @property
    def is_testing(self) -> bool:
        """Whether the rest of its recipients waits for its A/B test; read anew each time."""
        is_sent = self.has_experiment and self.status == self.Status.STARTED
        return is_sent and is_undecided(self.pk)

    @property
    def shown_wall(self) -> str:
        """The time by everybody's own clock, as pages write times."""
        return self.local_time.replace("T", " ")

    @property
    def shown_subject(self) -> str:
        """The subject as recipients see it, but for the values that are filled in."""
        return self.as_shown(self.subject)

    def as_shown(self, subject: str) -> str:
        return f"(광고) {subject}" if self.kind == self.Kind.ADVERTISING else subject

    @property
    def has_waves(self) -> bool:
        """Whether it goes to some later than to others."""
        return bool(self.local_time) or self.has_experiment

    def to_come(self, known: int) -> int:
        """How many recipients' time has not come. known: deliveries in the ledger."""
        waits = self.has_waves and self.status == self.Status.STARTED
        return max(0, (self.recipients or 0) - known) if waits else 0

    def as_source(self) -> Source:
        return Source(
            subject=self.subject,
            preview=self.preview_text,
            body=self.body,
            markup=SourceMarkup(self.markup),
            text=self.text,
        )

    def sources(self) -> Sequence[Source]:
        """Return the mail of each variant of its A/B test; without one, its only mail."""
        setup, first = self.experiment, self.as_source()
        return [first, *(each.applied(first) for each in setup.others)] if setup else [first]

    def subjects(self) -> Sequence[tuple[str, str]]:
        """Return letter and subject of each variant; none where there is no A/B test."""
        named = zip(letters_of(self.experiment), self.sources(), strict=False)
        return [(letter, self.as_shown(source.subject)) for (_number, letter), source in named]
