"""Who may be mailed, about what, and what they agreed to."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Never

from django.db import models
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import Language
from pabal.console.audience import exchange as exchange  # Django looks for models here
from pabal.console.audience.conditions import Segmentation, from_json
from pabal.console.audience.text_order import FoldedAttribute
from pabal.domain.address import Address, restore_address
from pabal.domain.consent import Basis, ConsentAction, ConsentRecord
from pabal.domain.identity import subscriber_key


class PeopleManager(models.Manager["Subscriber"]):
    """Everybody but those who were erased, of whom only a number is left."""

    def get_queryset(self) -> models.QuerySet["Subscriber"]:
        return super().get_queryset().filter(erased_at=None)


class Subscriber(models.Model):
    """A person with an address and what the shop knows about them.

    email: the address as it was given. wire: Address.wire. address: Address.identity.
    attributes: values for templates by name, all text.
    erased_at: since when nothing is known of them but a number, which consents name.
    objected_at: since when they do not want opens and clicks recorded; None where they do not mind.
    """

    email = models.CharField(max_length=320)
    wire = models.CharField(max_length=320)
    address = models.CharField(max_length=320, unique=True)
    language = models.CharField(
        max_length=2, choices=Language.choices, default=Language.KOREAN.value
    )
    attributes: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        default=dict, blank=True
    )
    objected_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    objects: "ClassVar[models.Manager[Subscriber]]" = models.Manager()
    people: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        indexes = [models.Index(FoldedAttribute("name"), "id", name="subscribers_by_name")]

    def __str__(self) -> str:
        return self.email

    @property
    def key(self) -> str:
        """The subscriber's part of delivery ids."""
        return subscriber_key(self.pk)

    @property
    def checked_address(self) -> Address:
        return restore_address(self.wire, self.email)


class List(models.Model):
    """Who: people who get the same kind of mail.

    identifier: for List-Id (RFC 2919), stable for the list's life.
    goods: the kind of goods that its mails advertise; "" where nobody has said it.
    takes_sign_ups: whether anybody may ask to be on it, at its public page.
    archived_at: since when nobody is offered it any more; None while it is in use.
    """

    name = models.CharField(max_length=100)
    identifier = models.CharField(max_length=255, unique=True)
    description = models.CharField(max_length=500, blank=True)
    goods = models.CharField(max_length=200, blank=True)
    takes_sign_ups = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """What about: new arrivals, coupons, notices. A subscriber chooses among them.

    archived_at: since when nobody is offered it any more; None while it is in use.
    """

    name = models.CharField(max_length=100)
    identifier = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Segment(models.Model):
    """A saved question about subscribers; who fits is found when it is asked.

    condition: conditions.Segmentation as JSON.
    """

    name = models.CharField(max_length=100, unique=True)
    condition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def segmentation(self) -> Segmentation:
        """Raises ConditionRefused: something else than a page has written it."""
        return from_json(self.condition)


class Membership(models.Model):
    """A subscriber on a list. Those who left stay on it, so that nobody adds them again.

    consented_at: when they agreed to advertising; None where nobody knows of it.
    transaction_ended_at: the end of their last purchase of what the list advertises
    (정보통신망법 50(1)1); None where there was none.
    """

    class Status(models.TextChoices):
        SUBSCRIBED = "subscribed", _("Subscribed")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="memberships")
    list = models.ForeignKey(List, models.CASCADE, related_name="memberships")
    status = models.CharField(
        max_length=12, choices=Status.choices, default=Status.SUBSCRIBED.value
    )
    consented_at = models.DateTimeField(null=True, blank=True)
    transaction_ended_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("list", "subscriber", name="one_membership_a_list"),
        ]
        indexes = [
            models.Index(fields=["list", "status", "subscriber"], name="members_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} · {self.list}"


class TopicChoice(models.Model):
    """What a subscriber said about a topic; who said nothing wants it."""

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="topic_choices")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="choices")
    wanted = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("subscriber", "topic", name="one_choice_a_topic"),
        ]


class Rhythm(models.Model):
    """How often a subscriber wants advertising; who said nothing has no row.

    rests_until: nothing goes until then; None or past: they do not rest.
    weekly: at most one mail in seven days.
    """

    subscriber = models.OneToOneField(
        Subscriber, models.CASCADE, primary_key=True, related_name="rhythm"
    )
    weekly = models.BooleanField(default=False)
    rests_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["rests_until"],
                condition=models.Q(rests_until__isnull=False),
                name="rhythm_rests_end",
            ),
            models.Index(
                fields=["subscriber"], condition=models.Q(weekly=True), name="rhythm_weekly"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.rests_until or ''} {self.weekly}"


class SignUp(models.Model):
    """Somebody asked to be on a list and has to say so again by the link in a mail.

    wording: what they agreed to about advertising, word for word; "" where they did not tick it.
    """

    nonce = models.CharField(primary_key=True, max_length=32)
    list = models.ForeignKey(List, models.CASCADE, related_name="sign_ups")
    email = models.CharField(max_length=320)
    address = models.CharField(max_length=320, db_index=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, choices=Language.choices)
    wording = models.TextField(blank=True)
    privacy_wording = models.TextField()
    origin = models.CharField(max_length=45, blank=True, db_index=True)
    asked_at = models.DateTimeField(db_index=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.list}: {self.asked_at}"


class AddressChange(models.Model):
    """A subscriber wants their mail at another address, which has to confirm it."""

    nonce = models.CharField(primary_key=True, max_length=32)
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="address_changes")
    email = models.CharField(max_length=320)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.asked_at}"


class LeavingReason(models.Model):
    """Why somebody left a list, if they said so. Nobody is named."""

    class Reason(models.TextChoices):
        TOO_MANY = "too many", _("Too many mails")
        NOT_FOR_ME = "not for me", _("They are not about what I like")
        NEVER_ASKED = "never asked", _("I never asked for them")
        OTHER = "other", _("Another reason")

    list = models.ForeignKey(List, models.CASCADE, related_name="leaving_reasons")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.list}: {self.reason}"


class ConsentIsAppendOnly(TypeError):
    """A consent record was about to be changed or deleted: a mistake in the program."""


class ConsentQuerySet(models.QuerySet["Consent"]):
    def update(self, **_values: object) -> Never:
        raise ConsentIsAppendOnly

    def delete(self) -> Never:
        raise ConsentIsAppendOnly

    def bulk_update(self, *_arguments: object, **_options: object) -> Never:
        raise ConsentIsAppendOnly


class Consent(models.Model):
    """A link of a subscriber's chain of consent; written by consenting.py only.

    The fields are domain.consent.ConsentRecord's. `previous` is the digest of the link
    before, "" for the first; it is unique within a subscriber, so a chain cannot fork.
    seal: of what erasing takes away, with the salt that goes with it.
    """

    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="consents")
    action = models.CharField(
        max_length=10, choices=[(action.value, action.value) for action in ConsentAction]
    )
    purpose = models.CharField(max_length=50)
    source = models.CharField(max_length=500)
    wording = models.TextField(blank=True)
    basis = models.CharField(
        max_length=11,
        choices=[(basis.value, basis.value) for basis in Basis],
        default=Basis.CONSENT.value,
    )
    origin = models.CharField(max_length=45, blank=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    salt = models.CharField(max_length=32, blank=True)
    seal = models.CharField(max_length=64, default="")
    digest = models.CharField(max_length=64)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("subscriber", "previous", name="consent_chain_never_forks"),
        ]

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Insert it. Raises ConsentIsAppendOnly: it is in the database already."""
        if not self._state.adding:
            raise ConsentIsAppendOnly
        super().save(force_insert=True, using=using)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> Never:
        raise ConsentIsAppendOnly

    @property
    def record(self) -> ConsentRecord:
        return ConsentRecord(
            subscriber=self.subscriber_id,
            action=ConsentAction(self.action),
            purpose=self.purpose,
            source=self.source,
            wording=self.wording,
            happened_at=self.happened_at,
            basis=Basis(self.basis),
            origin=self.origin,
        )


class ConsentNotice(models.Model):
    """Something that the law wants a subscriber told about their consent.

    action, happened_at: the decision that it is about, in the words of Consent.
    list: whose sender tells it; None for a decision about a topic or everything.
    due_at: a result, by then; a confirmation, since then.
    campaign: the id of the campaign that tells it; "" while it is owed, HELD while a person
    has to say whether it is, TOLD_ELSEWHERE when they have said that it was told already.
    """

    HELD = "held"
    TOLD_ELSEWHERE = "outside"

    class Kind(models.TextChoices):
        RESULT = "result"  # 정보통신망법 50(7)
        CONFIRMATION = "confirmation"  # 정보통신망법 50(8)

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="consent_notices")
    list = models.ForeignKey(List, models.CASCADE, null=True, related_name="consent_notices")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    action = models.CharField(max_length=10)
    happened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    campaign = models.CharField(max_length=8, blank=True, default="", db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "subscriber", "kind", "action", "happened_at", "due_at", name="one_notice_an_event"
            ),
        ]


class Erasure(models.Model):
    """Somebody who was erased from the database and may still be in files.

    alias: domain.erasure.Aliases' name for their address, by which their mails are found.
    """

    subscriber = models.OneToOneField(Subscriber, models.CASCADE, related_name="erasure")
    alias = models.CharField(max_length=64)
    erased_at = models.DateTimeField()


def _no_columns() -> Sequence[str]:
    return []


class ImportRun(models.Model):
    """A customer file on its way onto a list: uploaded, understood, checked, imported.

    file: its name. mapping: what each column is, in their order. given_on: the day of all
    consents or purchases, for files without such a column.
    keeps_known: what is stored of people who are known stays as it is.
    language: of the sentences in its report. report: of the check, then of the import;
    ImportReport.to_json. refusal: why it went no further, as Explained has it.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("To be set up")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        WAITING = "waiting", _("Being imported")
        DONE = "done", _("Imported")
        REFUSED = "refused", _("Not imported")

    list = models.ForeignKey(List, models.CASCADE, related_name="imports")
    file = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING.value)
    mapping: "models.JSONField[Sequence[str], Sequence[str]]" = models.JSONField(
        default=_no_columns
    )
    basis = models.CharField(max_length=11, blank=True)
    wording = models.TextField(blank=True)
    given_on = models.DateField(null=True, blank=True)
    goods = models.CharField(max_length=200, blank=True)
    keeps_known = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="ko")
    report: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    refusal: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    started_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.file} → {self.list}"
