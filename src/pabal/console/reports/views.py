from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.campaigns import launching
from pabal.console.campaigns.deciding import letter_of
from pabal.console.campaigns.elsewhere import ledger_of
from pabal.console.campaigns.experiments import letters_of
from pabal.console.campaigns.listing import newest_first
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.working import somebody_works
from pabal.console.reports import charts, comparing, exporting, figures, showing
from pabal.console.reports import deliveries as deliveries_of
from pabal.console.reports import progress as progressing
from pabal.console.reports import spread as spreading
from pabal.console.reports import use as using
from pabal.console.reports.engagement import shown_engagement, shown_hits
from pabal.console.reports.experiment import open_experiment, shown_experiment
from pabal.console.reports.sampling import EVERYTHING, READ_ONE_BY_ONE, Sample, sample_of
from pabal.console.reports.stacks import stacked
from pabal.console.reports.standing import MOVING, OPEN, Standing, standing
from pabal.domain.delivery import State
from pabal.domain.engagement import ANY_LINK, Engagement
from pabal.domain.reputation import Toll
from pabal.domain.tracking import Tracking
from pabal.pipeline.words import OPENS_ARE_NOT_RELIABLE

_CAMPAIGNS = 50
_COMPARED = 5


@require_safe
@requires(Act.SEE_REPORTS)
def campaigns(request: SignedInRequest) -> HttpResponse:
    """The campaigns, newest first, without tests; or those that were put away."""
    before, is_archive = request.GET.get("before", ""), request.GET.get("archive") == "yes"
    last = get_object_or_404(Campaign, pk=before.replace("\0", "")) if before else None
    found = list(newest_first(before=last, is_archive=is_archive)[: _CAMPAIGNS + 1])
    shown, trouble = showing.known_rows(found[:_CAMPAIGNS], timezone.now())
    asked = {"archive": "yes"} if is_archive else {}
    asked |= {"before": shown[-1].campaign.pk} if shown else {}
    context = {
        "rows": shown,
        "older": f"?{urlencode(asked)}" if len(found) > _CAMPAIGNS else "",
        "is_first": not before,
        "is_archive": is_archive,
        "trouble": trouble,
        "may_compare": sum(row.is_comparable for row in shown) > 1,
        "may_edit": may(request.user, Act.EDIT_CAMPAIGNS),
    }
    return render(request, "reports/campaigns.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def campaign(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """One campaign's report; while it moves, its head asks for itself (WCAG 2.2.1: or not)."""
    found = _campaign(campaign_id)
    live = _live(request, found)
    counts: figures.Counts = live["counts"]
    ledger = ledger_of(found)
    came_back = ledger.event_counts(found.campaign_id)
    seen = Engagement(counts=ledger.hit_counts(found.campaign_id))
    context = live | {
        "excluded": showing.exclusions(found),
        "engagement": shown_engagement(found, seen, counts.sent),
        "opens_are_not_reliable": showing.said(OPENS_ARE_NOT_RELIABLE),
        "returned": showing.returned(came_back),
        "toll": Toll.of(counts.sent, came_back),
        "unsubscribed": figures.unsubscribed(found),
        "doubts": [showing.shown_delivery(doubt) for doubt in figures.doubts(found)],
        "may_settle": may(request.user, Act.SETTLE_DOUBT),
        "may_edit": may(request.user, Act.EDIT_CAMPAIGNS),
    }
    return render(request, "reports/campaign.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def live(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The head of a report, for the page that shows it; when all is over, the page loads anew."""
    context = _live(request, _campaign(campaign_id))
    response = render(request, "reports/live.html", context)
    if not context["is_open"]:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@requires(Act.SEE_REPORTS)
def spread(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The part of a report that takes longer: over time, and by domain.

    While the campaign is sent it asks for itself, less often than the head, which is quicker.
    """
    found = _campaign(campaign_id)
    if found.is_on_aws:
        return render(request, "reports/spread_there.html", {"campaign": found})
    sample = _sample(request, found)
    mails = spreading.mails_of(found, sample)
    context = {
        "campaign": found,
        "chart": charts.bars(spreading.timeline(mails)),
        "domains": spreading.by_domain(found, mails, settings.PABAL.domain_paces),
        "sample": sample,
        "is_live": _is_live(request, found),
    }
    return render(request, "reports/spread.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def experiment(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """What the variants of an A/B test have done: looked at behind the rest of the report."""
    found = _campaign(campaign_id)
    tracked = Tracking(found.tracked)
    context = {
        "campaign": found,
        "shown": shown_experiment(found),
        "sees_clicks": tracked.sees_clicks,
        "sees_opens": tracked.sees_opens,
    }
    return render(request, "reports/experiment.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def use(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The part that says when, in which domains and by whom mails were opened and clicked."""
    found = _campaign(campaign_id)
    is_live = _is_live(request, found) and not found.is_on_aws
    context: dict[str, Any] = {"campaign": found, "is_live": is_live}
    if not found.is_on_aws:
        context |= _use(found, _sample(request, found))
    return render(request, "reports/use.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def compare(request: SignedInRequest) -> HttpResponse:
    """Some campaigns side by side, in the order in which they were started."""
    asked = [pk.replace("\0", "") for pk in request.GET.getlist("id")][:_COMPARED]
    rows = Campaign.objects.filter(pk__in=asked, trial_of=None).exclude(started_at=None)
    found = list(rows.select_related("list").order_by("started_at", "pk"))
    context = {"compared": comparing.compared(found), "most": _COMPARED}
    return render(request, "reports/compare.html", context)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def export(request: SignedInRequest, campaign_id: str) -> StreamingHttpResponse:
    """The recipients that the page of deliveries shows, all of them, as a file."""
    found, asked = _campaign(campaign_id), showing.Asked.read(request.GET)
    rows = exporting.lines(found, state=asked.state, search=asked.search)
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="campaign-{found.pk}.csv"'
    return response


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def deliveries(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Who got the campaign, and who did not, in the order of sending."""
    found = get_object_or_404(Campaign, pk=campaign_id)
    asked = showing.Asked.read(request.GET)
    page = deliveries_of.page(found, state=asked.state, search=asked.search, after=asked.after)
    counts = figures.counts_of([found])[found.pk]
    context = {
        "campaign": found,
        "asked": asked,
        "rows": [showing.shown_delivery(delivery) for delivery in page.deliveries],
        "choices": showing.state_choices(counts, asked),
        "finds_whole_addresses": found.is_on_aws,
        "export": reverse("reports:export", args=[found.pk]) + asked.link(),
        "next": asked.link(after=page.next_after) if page.next_after is not None else "",
        "first": asked.link() if asked.after >= 0 else "",
    }
    return render(request, "reports/deliveries.html", context)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def story(request: SignedInRequest, campaign_id: str, delivery_id: str) -> HttpResponse:
    """Everything that happened to one delivery: why somebody did or did not get a mail."""
    found = get_object_or_404(Campaign, pk=campaign_id)
    delivery = deliveries_of.row_of(found, delivery_id)
    if delivery is None:
        raise Http404
    may_be_there = settings.PABAL.keeps_mails and delivery.state == State.SENT.value
    context = {
        "campaign": found,
        "variant": letter_of(found, delivery.position),
        "delivery": showing.shown_delivery(delivery),
        "subscriber": deliveries_of.subscriber_of(delivery),
        "happenings": [showing.shown_happening(e) for e in deliveries_of.history(found, delivery)],
        "events": [showing.shown_event(event) for event in deliveries_of.events(found, delivery)],
        "hits": shown_hits(found, deliveries_of.hits(found, delivery)),
        "mail": reverse("mailbox:of-delivery", args=[delivery.pk]) if may_be_there else "",
    }
    return render(request, "reports/story.html", context)


def _used_often(found: Campaign) -> bool:
    counts = ledger_of(found).hit_counts(found.campaign_id)
    return sum(n for (_, link, _), n in counts.items() if link == ANY_LINK) > READ_ONE_BY_ONE


def _is_live(request: SignedInRequest, found: Campaign) -> bool:
    """Whether a part of the report asks for itself again: while something may still change."""
    may_move = standing(found, figures.run_of(found), timezone.now()) in OPEN
    return may_move and request.GET.get("live") != "no"


def _sample(request: SignedInRequest, found: Campaign) -> Sample:
    if request.GET.get("exact") == "yes":
        return EVERYTHING
    return sample_of(figures.counts_of([found])[found.pk].total)


def _use(found: Campaign, sample: Sample) -> dict[str, Any]:
    """When and where mails were opened and clicked; nothing where nobody did.

    Few hits are all read, however many deliveries there are: a sample would miss them.
    """
    read = sample if _used_often(found) else EVERYTHING
    uses = using.uses_of(found, sample, read)
    if uses is None:
        return {}
    segments = using.by_segment(found, timezone.now(), sample, read)
    tables = [
        (
            gettext("Opens and clicks by recipient domain"),
            gettext("Domain"),
            using.by_domain(uses),
        ),
        (gettext("Opens and clicks by segment"), gettext("Segment"), segments),
    ]
    drawn = [stacked(uses, kind) for kind in using.KINDS]
    return {
        "sample": sample,
        "use_charts": [chart for chart in drawn if chart],
        "use_tables": [each for each in tables if each[-1]],
        "has_segments": bool(segments),
    }


def _live(request: SignedInRequest, found: Campaign) -> dict[str, Any]:
    """What the head of a report shows."""
    now = timezone.now()
    run, setup = figures.run_of(found), found.experiment
    stands = standing(found, run, now)
    counts = figures.counts_of([found])[found.pk]
    timing = figures.timing(run, now) if run else None
    is_open = stands in OPEN
    context: dict[str, Any] = {
        "campaign": found,
        "run": run,
        "counts": counts,
        "timing": timing,
        "stands": showing.shown_standing(stands),
        "standing": stands.value,
        "reason": showing.said(run.reason) if run else "",
        "is_open": is_open,
        "is_live": is_open and request.GET.get("live") != "no",
        "stats": showing.stats(found, counts, figures.retrying(found)),
        "segments": showing.segments(counts),
        "failures": figures.failure_groups(found) if counts.failed else (),
        "may_steer": may(request.user, Act.START_CAMPAIGNS),
        "nobody_works": stands in MOVING and not found.is_on_aws and not somebody_works(now),
        "experiment": open_experiment(found, run.run_state if run else None),
        "letters": letters_of(setup),
        "setup": setup,
        "trouble": launching.trouble_of(found, gettext) if found.is_on_aws else "",
    }
    if timing is not None and stands is Standing.SENDING and not found.has_waves:
        rate = _rate(found, counts, timing, now)
        context["progress"] = progressing.progress(counts, timing, rate)
    return context


def _rate(found: Campaign, counts: figures.Counts, timing: figures.Timing, now: datetime) -> float:
    """Histories on AWS have no common end to read; of what is sent there it is the mean."""
    if found.is_on_aws:
        return progressing.mean_rate(counts, timing)
    return progressing.rate_of(found, now)


def _campaign(campaign_id: str) -> Campaign:
    rows = Campaign.objects.select_related("sender", "list", "trial_of")
    return get_object_or_404(rows, pk=campaign_id)
