"""Mails that a public page sends: one link each, nothing else, no advertising."""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from pabal.console.campaigns.models import SenderIdentity
from pabal.console.public.links import token_keys
from pabal.domain.token import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMail:
    """A mail that asks whoever gets it to open a link.

    page: the name of the address that the link is of. subject: what the link is sealed for.
    """

    to: str
    heading: str
    template: str
    purpose: Purpose
    page: str
    subject: str


def send(mail: LinkMail, sender: SenderIdentity | None, **values: object) -> None:
    """Hand the mail over now. Raises OSError, SMTPException: the server does not take it."""
    token = token_keys().sign(mail.purpose, mail.subject)
    link = f"{settings.PABAL.public_url}{reverse(mail.page, args=[token])}"
    body = render_to_string(mail.template, {**values, "link": link, "sender": sender})
    EmailMessage(
        subject=mail.heading,
        body=body,
        from_email=str(sender) if sender else "pabal@localhost",
        to=[mail.to],
        headers={"Auto-Submitted": "auto-replied"},  # RFC 3834 5: nobody answers it
    ).send()


def usual_sender() -> SenderIdentity | None:
    """Return who writes where no campaign says it: the newest sender."""
    return SenderIdentity.objects.order_by("-pk").first()
