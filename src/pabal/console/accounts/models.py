"""Who works with Pabal."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pabal.domain.tracking import Tracking


class Role(models.TextChoices):
    """What somebody may do is decided in access.py; this is only its name."""

    OWNER = "owner", _("Owner")
    MARKETER = "marketer", _("Marketer")
    APPROVER = "approver", _("Approver")
    VIEWER = "viewer", _("Viewer")


class Language(models.TextChoices):
    KOREAN = "ko", "한국어"
    ENGLISH = "en", "English"


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str, role: Role, name: str = "", password: str | None = None
    ) -> "User":
        """Add a person. Without a password they sign in by link only."""
        user = self.model(email=email.strip().lower(), name=name, role=role)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in. `language` "" follows the browser."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    language = models.CharField(max_length=2, choices=Language.choices, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


RECORDED = (
    (Tracking.OFF.value, _("Nothing")),
    (Tracking.OPENS.value, _("Opens")),
    (Tracking.CLICKS.value, _("Clicks")),
    (Tracking.ON.value, _("Opens and clicks")),
)


class Organisation(models.Model):
    """Whose mailings these are. There is one row, made by a migration.

    Its name and contact are what the law wants named in each mail (정보통신망법 50(4)); a sender
    identity takes them over when it is made, and keeps its own.
    needs_approval: whether a second person has to approve a campaign before it starts.
    tracking: what a new draft records, by domain.tracking; "" for as much as is allowed.
    """

    name = models.CharField(_("Name"), max_length=200, blank=True)
    postal_address = models.CharField(_("Address"), max_length=300, blank=True)
    phone = models.CharField(_("Telephone"), max_length=50, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    needs_approval = models.BooleanField(
        _("A second person approves each campaign before it is sent"), default=False
    )

    tracking = models.CharField(
        _("What new campaigns record of readers"), max_length=6, choices=RECORDED, blank=True
    )

    def __str__(self) -> str:
        return self.name

    @property
    def usual_tracking(self) -> Tracking:
        """What new campaigns would record if the installation allowed everything."""
        return Tracking(self.tracking) if self.tracking else Tracking.ON

    @property
    def is_named(self) -> bool:
        """Whether everything is there that a mail has to say about its sender."""
        return bool(self.name and self.postal_address and self.phone and self.email)


def organisation() -> Organisation:
    """Return the one organisation that this installation belongs to."""
    return Organisation.objects.get_or_create(pk=1)[0]


class AuditEntry(models.Model):
    """Somebody did something that others may ask about. Entries are only ever added.

    subject: what it was done to, in words without a customer's address.
    """

    at = models.DateTimeField()
    who = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")
    who_was = models.CharField(max_length=254)  # as they were called then
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.who_was}: {self.act} {self.subject}"


class SpentLink(models.Model):
    """A sign-in link that was used; kept until it would have run out anyway."""

    nonce = models.CharField(primary_key=True, max_length=32)
    spent_at = models.DateTimeField()
