"""The page of what comes back: rates by day, and how near they are to the limits of providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.own_transactions import ledger_of_request
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.models import Campaign
from pabal.console.design.components import Choice
from pabal.console.reports.charts import Gauge, gauge
from pabal.console.reports.rates import By, DayRate, rates
from pabal.domain.errors import SettingsError, Unavailable
from pabal.domain.reputation import PROVIDER_LIMITS, Harm, Regard

_DAYS = (7, 30, 90)
_SPAN = _("%(days)d days")
_MOST = 300  # rows
_BY: Mapping[By, Promise] = {
    By.SENDER: _("Sending domain"),
    By.RECIPIENT: _("Recipient domain"),
    By.CAMPAIGN: _("Campaign"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRate:
    """tells: there were enough mails to tell anything. campaign: None but by campaign."""

    rate: DayRate
    bounces: Gauge
    complaints: Gauge
    tells: bool
    campaign: Campaign | None = None


@require_safe
@requires(Act.SEE_REPORTS)
def returning(request: SignedInRequest) -> HttpResponse:
    by, days = _asked(request.GET)
    asks_aws = settings.PABAL.is_stack_named and by is not By.RECIPIENT
    found, trouble = _known(by, timezone.now() - timedelta(days=days), asks_aws=asks_aws)
    context = {
        "rows": _shown(found[:_MOST], by),
        "left_out": max(0, len(found) - _MOST),
        "whose": _BY[by],
        "ways": [
            Choice(label=str(label), href=f"?by={each.value}&days={days}", is_current=each is by)
            for each, label in _BY.items()
        ],
        "spans": [
            Choice(
                label=_SPAN % {"days": each},
                href=f"?by={by.value}&days={each}",
                is_current=each == days,
            )
            for each in _DAYS
        ],
        "bounce_limits": PROVIDER_LIMITS[Harm.BOUNCES],
        "complaint_limits": PROVIDER_LIMITS[Harm.COMPLAINTS],
        "without_there": by is By.RECIPIENT and settings.PABAL.is_stack_named,
        "least": settings.PABAL.pause_mails,
        "trouble": trouble,
    }
    return render(request, "reports/returning.html", context)


def _asked(asked: QueryDict) -> tuple[By, int]:
    """What is none of the choices is the first of them."""
    by = next((each for each in By if each.value == asked.get("by")), By.SENDER)
    days = next((each for each in _DAYS if str(each) == asked.get("days")), _DAYS[0])
    return by, days


def _known(by: By, since: datetime, *, asks_aws: bool) -> tuple[Sequence[DayRate], str]:
    """Return the rates as far as they are known, and why some are not."""
    here, least = ledger_of_request(), settings.PABAL.pause_mails
    try:
        there = elsewhere.ledger() if asks_aws else None
        return rates(here, by, since=since, least=least, there=there), ""
    except (Unavailable, SettingsError) as error:
        return rates(here, by, since=since, least=least), elsewhere.trouble(error)


def _shown(found: Sequence[DayRate], by: By) -> list[ShownRate]:
    named = Campaign.objects.in_bulk([each.of for each in found]) if by is By.CAMPAIGN else {}
    return [_row(each, named.get(each.of)) for each in found]


def _row(rate: DayRate, campaign: Campaign | None) -> ShownRate:
    tells = rate.regard is not Regard.UNKNOWN
    return ShownRate(
        rate=rate,
        bounces=gauge(rate.toll.bounce_share, Harm.BOUNCES, tells=tells),
        complaints=gauge(rate.toll.complaint_share, Harm.COMPLAINTS, tells=tells),
        tells=tells,
        campaign=campaign,
    )
