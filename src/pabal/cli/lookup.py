"""What an operator types into what the console keeps."""

from typing import TYPE_CHECKING

from pabal.cli.errors import (
    AmbiguousCampaign,
    NoSender,
    UnknownCampaign,
    UnknownList,
    UnknownTopic,
)

if TYPE_CHECKING:
    from pabal.console.audience.models import List, Topic
    from pabal.console.campaigns.models import Campaign, SenderIdentity


def find_campaign(text: str) -> "Campaign":
    """Find a campaign by its id, or by its name where only one has it.

    Raises UnknownCampaign. AmbiguousCampaign: several have this name.
    """
    from pabal.console.campaigns.models import Campaign

    by_id = Campaign.objects.filter(pk=text).first()
    if by_id is not None:
        return by_id
    named = list(Campaign.objects.filter(name=text, trial_of=None).order_by("-created_at")[:5])
    if not named:
        raise UnknownCampaign(campaign=text)
    if len(named) > 1:
        raise AmbiguousCampaign(campaign=text, ids=", ".join(each.pk for each in named))
    return named[0]


def find_list(text: str) -> "List":
    """Find a list by its name or number. Raises UnknownList."""
    from pabal.console.audience.models import List

    found = List.objects.filter(name=text).first()
    if found is None and text.isascii() and text.isdigit():
        found = List.objects.filter(pk=int(text)).first()
    if found is None:
        names = ", ".join(List.objects.order_by("pk").values_list("name", flat=True)[:20])
        raise UnknownList(name=text, names=names or "–")
    return found


def find_topic(text: str) -> "Topic | None":
    """Find a topic by its name or number; None for "". Raises UnknownTopic."""
    from pabal.console.audience.models import Topic

    if not text:
        return None
    found = Topic.objects.filter(name=text).first()
    if found is None and text.isascii() and text.isdigit():
        found = Topic.objects.filter(pk=int(text)).first()
    if found is None:
        names = ", ".join(Topic.objects.order_by("pk").values_list("name", flat=True)[:20])
        raise UnknownTopic(name=text, names=names or "–")
    return found


def find_sender(number: int | None) -> "SenderIdentity":
    """Find a sender identity; the newest where none is named. Raises NoSender."""
    from pabal.console.campaigns.models import SenderIdentity

    senders = SenderIdentity.objects.order_by("-pk")
    found = senders.filter(pk=number).first() if number else senders.first()
    if found is None:
        raise NoSender
    return found
