"""The images that are there for mails. What they hold stands in files, by the same names."""

from pathlib import Path

from django.conf import settings
from django.db import models


class Image(models.Model):
    """name: by its content, so that it never means another image. size: bytes of the file.

    alt: what it shows, as whoever uploaded it has said; "" where nobody was asked.
    """

    name = models.CharField(max_length=40, unique=True)
    alt = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.alt or self.name


def directory() -> Path:
    return Path(settings.PABAL.home) / "media"
