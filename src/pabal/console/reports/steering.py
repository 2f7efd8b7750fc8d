"""What the buttons of a report do: pause, resume, cancel, settle a doubt."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.campaigns import deciding, elsewhere
from pabal.console.campaigns.drafting import reopen
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.steering import DEEDS, steer, steerable
from pabal.console.reports import deliveries
from pabal.domain.delivery import Happening
from pabal.domain.errors import PabalError, Refusal
from pabal.domain.identity import DeliveryId
from pabal.ledger.port import RunState

_FOUND = {"arrived": Happening.FOUND_SENT, "again": Happening.RESENT}


@require_POST
@requires(Act.START_CAMPAIGNS)
def pause(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    return _steered(request, campaign_id, RunState.PAUSED)


@require_POST
@requires(Act.START_CAMPAIGNS)
def resume(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    return _steered(request, campaign_id, RunState.RUNNING)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.START_CAMPAIGNS)
def cancel(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Ask, and then cancel what has not been sent."""
    if request.method == "POST":
        return _steered(request, campaign_id, RunState.CANCELLED)
    return render(request, "reports/cancel.html", {"campaign": _started(campaign_id)})


@require_POST
@requires(Act.START_CAMPAIGNS)
def decide(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Let the rest of an A/B test's recipients get a variant; who comes second is told."""
    campaign, variant = _started(campaign_id), request.POST.get("variant", "")
    number = int(variant) if variant.isascii() and variant.isdigit() else -1
    try:
        deciding.decide(campaign, number, by=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.warning(request, f"{refusal.explain(gettext)} {refusal.advise(gettext)}")
    return redirect("reports:campaign", campaign.pk)


@require_POST
@requires(Act.SETTLE_DOUBT)
def settle(request: SignedInRequest, campaign_id: str, delivery_id: str) -> HttpResponse:
    """Say of a doubtful mail that it arrived, or have it sent again."""
    campaign = _started(campaign_id)
    delivery = deliveries.row_of(campaign, delivery_id)
    if delivery is None:
        raise Http404
    happening = _FOUND.get(request.POST.get("found", ""))
    if happening is None:
        return redirect("reports:story", campaign.pk, delivery.pk)
    try:
        elsewhere.ledger_of(campaign).resolve(
            DeliveryId(delivery.pk), happening, note=str(request.user), now=timezone.now()
        )
    except PabalError as error:  # somebody has settled it, or the campaign was cancelled
        messages.warning(request, f"{error.explain(gettext)} {error.advise(gettext)}")
    else:
        audit.note(request.user, audit.Deed.DOUBT_SETTLED, campaign.name, now=timezone.now())
        if happening is Happening.RESENT:
            reopen(campaign)
    return redirect("reports:campaign", campaign.pk)


def _steered(request: SignedInRequest, campaign_id: str, state: RunState) -> HttpResponse:
    """Change the state of a run; what has ended stays as it is, whoever asks."""
    campaign, now = _started(campaign_id), timezone.now()
    if steer(campaign, state, now=now) is not None:
        audit.note(request.user, DEEDS[state], campaign.name, now=now)
    return redirect("reports:campaign", campaign.pk)


def _started(campaign_id: str) -> Campaign:
    return get_object_or_404(steerable(), pk=campaign_id)
