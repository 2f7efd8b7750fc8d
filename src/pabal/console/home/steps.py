"""What is missing before a first mailing can go out."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from pabal.console.accounts.access import Act, may
from pabal.console.accounts.models import User, organisation
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.console.domains.models import SendingDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do once. `href` "" where somebody may not do it themselves."""

    title: str
    why: str
    is_done: bool
    href: str = ""


def steps_for(user: User, *, keeps_mails: bool) -> list[Step]:
    """List the steps to the first mailing, in their order.

    keeps_mails: whether mails stay in the built-in mailbox, where no domain has to be proved.
    """
    has_sender = SenderIdentity.objects.exists()
    steps = [
        Step(
            title=_("Say who you are"),
            why=_("The law wants each mail to name its sender, with address and telephone."),
            is_done=has_sender or organisation().is_named,
            href=_for(user, Act.MANAGE, "organisation:set-up"),
        ),
        Step(
            title=_("Add a sender"),
            why=_("The name and address that readers see."),
            is_done=has_sender,
            href=_for(user, Act.EDIT_SENDERS, "organisation:senders"),
        ),
        Step(
            title=_("Bring your subscribers"),
            why=_("From a CSV or Excel file, with what they have agreed to."),
            is_done=Subscriber.objects.exists(),
            href=_for(user, Act.EDIT_AUDIENCE, "imports:add"),
        ),
        Step(
            title=_("Send the first campaign"),
            why=_("Write it, check it, send yourself a test, start."),
            is_done=Campaign.objects.filter(is_automatic=False, trial_of=None)
            .exclude(status=Campaign.Status.DRAFT.value)
            .exists(),
            href=_for(user, Act.EDIT_CAMPAIGNS, "composing:new"),
        ),
    ]
    if not keeps_mails:
        steps.insert(2, _proving(user))
    return steps


def _proving(user: User) -> Step:
    return Step(
        title=_("Prove that the domain is yours"),
        why=_("Without SPF, DKIM and DMARC in its DNS, mails end in spam."),
        is_done=SendingDomain.objects.exists(),
        href=_for(user, Act.EDIT_SENDERS, "organisation:senders"),
    )


def _for(user: User, act: Act, page: str) -> str:
    return reverse(page) if may(user, act) else ""
