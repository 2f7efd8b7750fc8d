"""The pages of a campaign's click map: the mail is rendered as a draft's preview is."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.campaigns.elsewhere import ledger_of
from pabal.console.campaigns.models import Campaign
from pabal.console.composing.previewing import Preview, preview, readers, workshop
from pabal.console.design.framing import FRAME_POLICY, SANDBOX, framed
from pabal.console.reports.click_map import link_shares, with_shares
from pabal.domain.engagement import ANY_LINK, Actor, Engagement
from pabal.domain.event import EventKind
from pabal.domain.tracking import Tracking


@require_safe
@requires(Act.SEE_REPORTS)
def click_map(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The mail with each link's share of those who clicked, and the same as a table."""
    found = _campaign(campaign_id)
    seen = _seen(found)
    mail = _mail(found)
    context = {
        "campaign": found,
        "links": link_shares(found, seen),
        "clickers": seen.count(EventKind.CLICKED, Actor.PERSON, ANY_LINK),
        "reader": mail.reader,
        "trouble": mail.trouble.explain(gettext) if mail.trouble else "",
        "sandbox": SANDBOX,
    }
    return render(request, "composing/click_map.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def frame(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The mail's HTML alone, for the frame."""
    found = _campaign(campaign_id)
    mail = _mail(found).mail
    shares = link_shares(found, _seen(found))
    drawn = with_shares(mail.html, shares, clicks=workshop().links.clicks) if mail else ""
    return HttpResponse(framed(drawn), headers={"Content-Security-Policy": FRAME_POLICY})


def _campaign(campaign_id: str) -> Campaign:
    """One that has tracked its links; there is no map of any other."""
    rows = Campaign.objects.select_related("sender", "list").exclude(links=[])
    return get_object_or_404(rows, pk=campaign_id)


def _seen(found: Campaign) -> Engagement:
    """Raises what `elsewhere` does."""
    return Engagement(counts=ledger_of(found).hit_counts(found.campaign_id))


def _mail(found: Campaign) -> Preview:
    """The mail as the first of its list sees it, with the links that were tracked then."""
    somebody = next(iter(readers(found)), None)
    return preview(found, somebody, tracking=Tracking(found.tracked))
