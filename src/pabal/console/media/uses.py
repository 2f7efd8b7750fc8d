"""Which mails show an image, by its address in their sources."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from pabal.console.campaigns.models import Campaign
from pabal.console.mail_templates.keeping import last_versions
from pabal.console.mail_templates.models import MailTemplate

_ADDRESS = re.compile(r"/media/([0-9a-f]{32}\.(?:png|jpg|gif|webp))")
_TO_COME = (Campaign.Status.DRAFT, Campaign.Status.STARTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A template or a campaign, and its page."""

    label: str
    href: str


def current_uses() -> Mapping[str, Sequence[Use]]:
    """Return, by image, the templates as they are and the campaigns that have not ended."""
    found: defaultdict[str, list[Use]] = defaultdict(list)
    for body, use in (*_templates(), *_campaigns()):
        for name in sorted(set(_ADDRESS.findall(body))):
            found[name].append(use)
    return found


def former_uses(name: str) -> Sequence[Use]:
    """Return where an image would be missed, though nothing is sent with it any more.

    Mails that were sent, which show a gap from then on, and older versions of templates.
    """
    sent = Campaign.objects.filter(trial_of=None, body__contains=name).exclude(status__in=_TO_COME)
    older = MailTemplate.objects.filter(versions__body__contains=name).distinct()
    current = {use.href for use in current_uses()[name]}
    uses = [
        *map(_of_campaign, sent.order_by("-created_at")),
        *map(_of_template, older.order_by("name")),
    ]
    return [each for each in uses if each.href not in current]


def _templates() -> Iterator[tuple[str, Use]]:
    for version in last_versions():
        yield version.body, _of_template(version.template)


def _campaigns() -> Iterator[tuple[str, Use]]:
    rows = Campaign.objects.filter(trial_of=None, status__in=_TO_COME, body__contains="/media/")
    for campaign in rows.order_by("-created_at"):
        yield campaign.body, _of_campaign(campaign)


def _of_template(template: MailTemplate) -> Use:
    return Use(label=template.name, href=reverse("composing:template", args=[template.pk]))


def _of_campaign(campaign: Campaign) -> Use:
    return Use(label=campaign.name, href=reverse("reports:campaign", args=[campaign.pk]))
