"""Who works with Pabal."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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


class SpentLink(models.Model):
    """A sign-in link that was used; kept until it would have run out anyway."""

    nonce = models.CharField(primary_key=True, max_length=32)
    spent_at = models.DateTimeField()
