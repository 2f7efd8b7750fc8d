"""Keys: what lets another program act for the organisation."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import Role


class ApiKey(models.Model):
    """A key, without its secret.

    prefix: how the key begins, by which it is found and told from others; no secret.
    digest: SHA-256 of the whole key in hex. What is hashed is 256 random bits, which nobody
    finds by trying, so the hash need not be slow.
    last_used_at: to the minute; asked: how often it was used within that minute.
    expires_at, revoked_at: since when it opens nothing; None while nothing says so.
    """

    name = models.CharField(_("Name"), max_length=100)
    role = models.CharField(_("Role"), max_length=20, choices=Role.choices)
    prefix = models.CharField(max_length=20, unique=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
