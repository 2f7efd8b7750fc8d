"""Templates that an organisation has kept, with all that they ever were."""

from django.conf import settings
from django.db import models

from pabal.message.source import Markup, Source


class MailTemplate(models.Model):
    """What it says stands in its versions; the last one counts."""

    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """number: from 1, without gaps. A version never changes."""

    template = models.ForeignKey(MailTemplate, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=500, blank=True)
    preview_text = models.CharField(max_length=300, blank=True)
    markup = models.CharField(max_length=10)
    body = models.TextField(blank=True)
    text = models.TextField(blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.template.name} {self.number}"

    def as_source(self) -> Source:
        return Source(
            subject=self.subject,
            preview=self.preview_text,
            body=self.body,
            markup=Markup(self.markup),
            text=self.text,
        )
