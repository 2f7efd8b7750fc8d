"""What is done with a draft before it goes out: it is checked, tried and approved."""

from typing import Any

from django.conf import settings
from django.db import models

from pabal.console.audience.models import Subscriber


class Check(models.Model):
    """Preflight of a draft, as asked for in the pages and done by a worker.

    version: of the draft that was checked; another one makes the check stale.
    done: recipients whose mail was rendered so far. worker, alive_until: who does it, and
    until when nobody else does. digest: of the package that was proved.
    findings, figures: what `campaigns.checking` reads and writes.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"

    campaign = models.OneToOneField(
        "campaigns.Campaign", models.CASCADE, primary_key=True, related_name="check_row"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED.value)
    version = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    worker = models.CharField(max_length=100, blank=True)
    alive_until = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    passed = models.BooleanField(default=False)
    findings: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    figures: "models.JSONField[dict[str, float], dict[str, float]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["state"], name="campaigns_checks_to_do")]


class Approval(models.Model):
    """Somebody has looked at a checked draft and lets exactly that package go out.

    Another digest has another approval; nothing here is ever changed.
    """

    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "digest", "by", name="one_approval_each"),
        ]


class TrialRecipient(models.Model):
    """Where a test mail goes, and as whose it is rendered; nobody's where they were erased.

    campaign: the campaign of its own that a test is.
    """

    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, related_name="trial_recipients"
    )
    wire = models.CharField(max_length=320)
    email = models.CharField(max_length=320)
    rendered_as = models.ForeignKey(Subscriber, models.SET_NULL, null=True, related_name="+")


class Launch(models.Model):
    """The handing over of a campaign that is sent on AWS.

    execution: what Step Functions calls it; "" until AWS has it. trouble: why it has not, as
    `campaigns.launching` writes and reads it.
    """

    campaign = models.OneToOneField(
        "campaigns.Campaign", models.CASCADE, primary_key=True, related_name="launch"
    )
    execution = models.CharField(max_length=300, blank=True)
    launched_at = models.DateTimeField(null=True)
    trouble: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
