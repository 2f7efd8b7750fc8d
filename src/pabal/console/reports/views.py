from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerRun
from pabal.console.campaigns.models import Campaign
from pabal.console.reports import deliveries as deliveries_of
from pabal.console.reports import figures, showing
from pabal.console.reports.standing import MOVING, standing
from pabal.domain.delivery import State
from pabal.domain.reputation import Toll

_CAMPAIGNS = 50
_REFRESH_SECONDS = 2


@require_safe
@requires(Act.SEE_REPORTS)
def campaigns(request: SignedInRequest) -> HttpResponse:
    """The campaigns, newest first."""
    before = request.GET.get("before", "")
    newest = Campaign.objects.select_related("list").order_by("-created_at", "-pk")
    if before:
        last = get_object_or_404(Campaign, pk=before.replace("\0", ""))
        is_older = Q(created_at__lt=last.created_at)
        newest = newest.filter(is_older | Q(created_at=last.created_at, pk__lt=last.pk))
    found = list(newest[: _CAMPAIGNS + 1])
    rows = showing.campaign_rows(found[:_CAMPAIGNS], timezone.now())
    older = f"?{urlencode({'before': rows[-1].campaign.pk})}" if len(found) > _CAMPAIGNS else ""
    context = {"rows": rows, "older": older, "is_first": not before}
    return render(request, "reports/campaigns.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def campaign(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """One campaign's report; while it moves, it loads itself again (WCAG 2.2.1: or not)."""
    found = get_object_or_404(Campaign.objects.select_related("sender", "list"), pk=campaign_id)
    run = LedgerRun.objects.filter(pk=found.pk).first()
    now = timezone.now()
    stands = standing(found, run, now)
    counts = figures.counts_of([found.pk])[found.pk]
    came_back = joined_ledger().event_counts(found.campaign_id)
    is_moving = stands in MOVING
    is_live = is_moving and request.GET.get("live") != "no"
    context = {
        "campaign": found,
        "run": run,
        "stands": showing.shown_standing(stands),
        "reason": showing.said(run.reason) if run else "",
        "is_moving": is_moving,
        "is_live": is_live,
        "refresh_seconds": _REFRESH_SECONDS,
        "counts": counts,
        "stats": showing.stats(found, counts, figures.retrying(found)),
        "segments": showing.segments(counts),
        "excluded": showing.exclusions(found),
        "timing": figures.timing(run, now) if run else None,
        "returned": showing.returned(came_back),
        "toll": Toll.of(counts.sent, came_back),
        "failures": figures.failure_groups(found) if counts.failed else (),
        "doubts": [showing.shown_delivery(doubt) for doubt in figures.doubts(found)],
    }
    response = render(request, "reports/campaign.html", context)
    if is_live:
        response["Refresh"] = str(_REFRESH_SECONDS)
    return response


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def deliveries(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Who got the campaign, and who did not, in the order of sending."""
    found = get_object_or_404(Campaign, pk=campaign_id)
    asked = showing.Asked.read(request.GET)
    page = deliveries_of.page(found, state=asked.state, search=asked.search, after=asked.after)
    counts = figures.counts_of([found.pk])[found.pk]
    context = {
        "campaign": found,
        "asked": asked,
        "rows": [showing.shown_delivery(delivery) for delivery in page.deliveries],
        "choices": showing.state_choices(counts, asked),
        "next": asked.link(after=page.next_after) if page.next_after is not None else "",
        "first": asked.link() if asked.after >= 0 else "",
    }
    return render(request, "reports/deliveries.html", context)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def story(request: SignedInRequest, campaign_id: str, delivery_id: str) -> HttpResponse:
    """Everything that happened to one delivery: why somebody did or did not get a mail."""
    found = get_object_or_404(Campaign, pk=campaign_id)
    delivery = get_object_or_404(LedgerDelivery, pk=delivery_id, campaign=found.pk)
    may_be_there = settings.PABAL.keeps_mails and delivery.state == State.SENT.value
    context = {
        "campaign": found,
        "delivery": showing.shown_delivery(delivery),
        "subscriber": deliveries_of.subscriber_of(delivery),
        "happenings": [showing.shown_happening(e) for e in deliveries_of.history(delivery)],
        "events": [showing.shown_event(event) for event in deliveries_of.events(delivery)],
        "mail": reverse("mailbox:of-delivery", args=[delivery.pk]) if may_be_there else "",
    }
    return render(request, "reports/story.html", context)
