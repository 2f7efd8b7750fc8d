"""Who did what. A page that changes something others may ask about notes it here."""

import enum
from datetime import datetime

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import AuditEntry, User


class Deed(enum.Enum):
    """What is noted. The value is kept in the database; WORDS are shown."""

    SIGNED_IN = "signed in"
    SET_UP = "set up"
    ORGANISATION_CHANGED = "organisation changed"
    TRACKING_CHANGED = "tracking changed"
    SENDER_ADDED = "sender added"
    SENDER_CHANGED = "sender changed"
    DOMAIN_ADDED = "domain added"
    MEMBER_INVITED = "member invited"
    ROLE_CHANGED = "role changed"
    MEMBER_SHUT_OUT = "member shut out"
    MEMBER_LET_IN = "member let in"
    KEY_MADE = "key made"
    KEY_REVOKED = "key revoked"
    TEST_MAIL_SENT = "test mail sent"
    CAMPAIGN_APPROVED = "campaign approved"
    CAMPAIGN_STARTED = "campaign started"
    CAMPAIGN_TAKEN_BACK = "campaign taken back"
    CAMPAIGN_PAUSED = "campaign paused"
    CAMPAIGN_RESUMED = "campaign resumed"
    CAMPAIGN_CANCELLED = "campaign cancelled"
    VARIANT_CHOSEN = "variant chosen"
    DRAFT_DELETED = "draft deleted"
    DOUBT_SETTLED = "doubt settled"
    SUBSCRIBER_ADDED = "subscriber added"
    SUBSCRIBER_CHANGED = "subscriber changed"
    SUBSCRIBER_UNSUBSCRIBED = "subscriber unsubscribed"
    ADDRESS_STOPPED = "address stopped"
    ADDRESS_LET_IN = "address let in"
    SUBSCRIBERS_EXPORTED = "subscribers exported"
    SUBSCRIBER_ERASED = "subscriber erased"
    IMPORT_STARTED = "import started"
    SEGMENT_SAVED = "segment saved"
    TEMPLATE_SAVED = "template saved"
    TEMPLATE_DELETED = "template deleted"
    IMAGE_UPLOADED = "image uploaded"
    IMAGE_DELETED = "image deleted"
    CONFIRMATIONS_SENT = "confirmations sent"
    CONFIRMATIONS_SETTLED = "confirmations settled"


WORDS: dict[Deed, str | Promise] = {
    Deed.SIGNED_IN: _("signed in"),
    Deed.SET_UP: _("set Pabal up"),
    Deed.ORGANISATION_CHANGED: _("changed the organisation's details"),
    Deed.TRACKING_CHANGED: _("changed what new campaigns record of readers"),
    Deed.SENDER_ADDED: _("added a sender"),
    Deed.SENDER_CHANGED: _("changed a sender"),
    Deed.DOMAIN_ADDED: _("added a sending domain"),
    Deed.MEMBER_INVITED: _("invited a member"),
    Deed.ROLE_CHANGED: _("changed a member's role"),
    Deed.MEMBER_SHUT_OUT: _("shut a member out"),
    Deed.MEMBER_LET_IN: _("let a member in again"),
    Deed.KEY_MADE: _("made an API key"),
    Deed.KEY_REVOKED: _("revoked an API key"),
    Deed.TEST_MAIL_SENT: _("sent a test mail"),
    Deed.CAMPAIGN_APPROVED: _("approved a campaign"),
    Deed.CAMPAIGN_STARTED: _("started a campaign"),
    Deed.CAMPAIGN_TAKEN_BACK: _("took a scheduled campaign back"),
    Deed.CAMPAIGN_PAUSED: _("paused a campaign"),
    Deed.CAMPAIGN_RESUMED: _("resumed a campaign"),
    Deed.CAMPAIGN_CANCELLED: _("cancelled a campaign"),
    Deed.VARIANT_CHOSEN: _("decided an A/B test"),
    Deed.DRAFT_DELETED: _("deleted a draft"),
    Deed.DOUBT_SETTLED: _("settled a doubtful mail"),
    Deed.TEMPLATE_SAVED: _("saved a template"),
    Deed.TEMPLATE_DELETED: _("deleted a template"),
    Deed.IMAGE_UPLOADED: _("uploaded an image"),
    Deed.IMAGE_DELETED: _("deleted an image"),
    Deed.CONFIRMATIONS_SENT: _("had people told that they have agreed"),
    Deed.CONFIRMATIONS_SETTLED: _("noted that people were told elsewhere that they have agreed"),
    Deed.SUBSCRIBER_ADDED: _("added a subscriber"),
    Deed.SUBSCRIBER_CHANGED: _("changed a subscriber"),
    Deed.SUBSCRIBER_UNSUBSCRIBED: _("unsubscribed somebody"),
    Deed.ADDRESS_STOPPED: _("stopped all mails to an address"),
    Deed.ADDRESS_LET_IN: _("let mails go to an address again"),
    Deed.SUBSCRIBERS_EXPORTED: _("saved subscribers as a file"),
    Deed.SUBSCRIBER_ERASED: _("erased a person"),
    Deed.IMPORT_STARTED: _("imported a file"),
    Deed.SEGMENT_SAVED: _("saved a segment"),
}


def note(who: User | str, deed: Deed, subject: str = "", *, now: datetime) -> None:
    """Add an entry; call it in the transaction of what it notes.

    who: a person, or what a program that acts for the organisation is called.
    subject: the thing it was done to; never a customer's address, which could not be erased.
    """
    person = who if isinstance(who, User) else None
    AuditEntry.objects.create(
        at=now,
        who=person,
        who_was=person.email if person else str(who),
        act=deed.value,
        subject=subject[:300],
    )


def words_of(act: str) -> str:
    """Return what an entry says was done."""
    try:
        return str(WORDS[Deed(act)])
    except ValueError:
        return act


@receiver(user_logged_in)
def _note_sign_in(sender: type[User], user: User, **_rest: object) -> None:
    note(user, Deed.SIGNED_IN, now=timezone.now())
