"""Sending domains and their DKIM keys. Private keys are kept sealed (configuration.sealing)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pabal.authentication.dkim import ExpectedKey


class SendingDomain(models.Model):
    """A domain that mails are from.

    spf: the terms that name who sends for it, such as ip4:192.0.2.1, with spaces between.
    bounce_domain: of the envelope sender. bounce_host: its MX; "" where it has one already.
    reports: address for DMARC's aggregate reports.
    selector: what the selectors of its keys begin with.
    region, tokens: of Amazon SES, which keeps the keys then; tokens with spaces between.
    """

    class Transport(models.TextChoices):
        SMTP = "smtp", "SMTP"
        SES = "ses", "Amazon SES"

    name = models.CharField(max_length=253, unique=True)
    transport = models.CharField(max_length=10, choices=Transport.choices)
    spf = models.CharField(max_length=400)
    bounce_domain = models.CharField(max_length=253)
    bounce_host = models.CharField(max_length=253, blank=True)
    reports = models.CharField(max_length=320)
    selector = models.CharField(max_length=40, default="pabal")
    region = models.CharField(max_length=30, blank=True)
    tokens = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DkimKey(models.Model):
    """One of the keys of a pair: RSA, and Ed25519 beside it (RFC 8463 5).

    pair: number of the pair among the domain's, from 1.
    record: the TXT record of the public half. sealed: the private half, PKCS #8 in PEM.
    since: when it came into its state.
    """

    class State(models.TextChoices):
        NEXT = "next", _("to be published")
        SIGNING = "signing", _("signs")
        REPLACED = "replaced", _("replaced")

    domain = models.ForeignKey(SendingDomain, models.CASCADE, related_name="keys")
    pair = models.PositiveIntegerField()
    selector = models.CharField(max_length=63)
    record = models.TextField()
    sealed = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices)
    since = models.DateTimeField()

    class Meta:
        ordering = ["pair", "selector"]
        constraints = [
            models.UniqueConstraint(fields=["domain", "selector"], name="domains_selector_once")
        ]

    def __str__(self) -> str:
        return self.place

    @property
    def place(self) -> str:
        """Where the public half is published; names the row for good."""
        return f"{self.selector}._domainkey.{self.domain.name}"

    @property
    def expected(self) -> ExpectedKey:
        return ExpectedKey(
            name=self.place, record=self.record, signs=self.state == self.State.SIGNING
        )
