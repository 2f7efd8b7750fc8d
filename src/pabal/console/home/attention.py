"""What waits for a person: paused campaigns, doubtful mails, a quota that is nearly used up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pabal.console.audience.overdue import overdue_confirmations
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.models import Campaign
from pabal.console.design.components import Tone
from pabal.console.reports.figures import counts_of, runs_of
from pabal.console.reports.showing import said
from pabal.domain.errors import SettingsError, Unavailable
from pabal.ledger.port import RunState

_LOOKED_AT = 50  # campaigns, the newest
_NEARLY = 0.8  # of the quota: what SES's own alarm is set to by most


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something to look at, and where."""

    tone: Tone
    text: str
    href: str = ""


def wanting_a_look(now: datetime) -> Sequence[Attention]:
    """List what waits for a person, the most urgent first.

    Four statements at most, and some requests to AWS about what it sends.
    """
    rows = Campaign.objects.filter(trial_of=None).order_by("-created_at", "-pk")
    newest = list(rows.defer("body", "text")[:_LOOKED_AT])
    try:
        return [*_paused(newest), *_doubtful(newest), *_quota(now), *_overdue()]
    except (Unavailable, SettingsError) as error:
        told = Attention(tone=Tone.BAD, text=elsewhere.trouble(error))
        here = [*_paused(newest, asks_aws=False), *_doubtful(newest, asks_aws=False)]
        return [told, *here, *_overdue()]


def _paused(newest: Sequence[Campaign], *, asks_aws: bool = True) -> Iterator[Attention]:
    names = {campaign.pk: campaign.name for campaign in newest}
    for run in runs_of(newest, asks_aws=asks_aws).values():
        if run.run_state is not RunState.PAUSED:
            continue
        reason = said(run.reason)
        text = _("“%s” is paused.") % names[run.pk]
        yield Attention(tone=Tone.WARN, text=f"{text} {reason}".strip(), href=_report(run.pk))


def _doubtful(newest: Sequence[Campaign], *, asks_aws: bool = True) -> Iterator[Attention]:
    names = {campaign.pk: campaign.name for campaign in newest}
    for campaign, counts in counts_of(newest, asks_aws=asks_aws).items():
        if counts.doubtful:
            text = ngettext(
                "“%(name)s” has %(n)s mail that perhaps was sent, perhaps not.",
                "“%(name)s” has %(n)s mails that perhaps were sent, perhaps not.",
                counts.doubtful,
            )
            values = {"name": names[campaign], "n": f"{counts.doubtful:,}"}
            yield Attention(tone=Tone.WARN, text=text % values, href=_report(campaign))


def _quota(now: datetime) -> Iterator[Attention]:
    limit = settings.PABAL.daily_limit
    ledger = elsewhere.ledger() if settings.PABAL.sends_on_aws else joined_ledger()
    used = ledger.quota_used(now=now)
    if used >= _NEARLY * limit:
        values = {"used": f"{used:,}", "limit": f"{limit:,}"}
        text = _("%(used)s of %(limit)s mails that may go in 24 hours have gone.") % values
        yield Attention(tone=Tone.WARN, text=text)


def _overdue() -> Iterator[Attention]:
    if people := overdue_confirmations().count():
        text = ngettext(
            "%(n)s person agreed more than two years ago: were they told?",
            "%(n)s people agreed more than two years ago: were they told?",
            people,
        )
        href = reverse("subscribers:confirmations")
        yield Attention(tone=Tone.WARN, text=text % {"n": f"{people:,}"}, href=href)


def _report(campaign: str) -> str:
    return reverse("reports:campaign", args=[campaign])
