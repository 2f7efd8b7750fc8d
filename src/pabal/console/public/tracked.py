"""Tracked links and the image that shows an open: /c/ and /o/ of mails (steps.following)."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from pabal.console.audience.objecting import allowed_of
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.models import Campaign
from pabal.console.public.answering import refused, secluded
from pabal.console.public.links import token_keys
from pabal.domain.engagement import ANY_LINK
from pabal.domain.errors import PabalError
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.token import Purpose, TokenInvalid
from pabal.domain.tracking import Tracking
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps import following

_LOG = logging.getLogger("pabal.tracking")


@login_not_required
@require_safe
def click(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Send a reader on to where a link of their mail leads."""
    try:
        delivery = _read(token)
        campaign = _campaign(delivery)
        target = following.link_target(campaign.links, number)
    except TokenInvalid as error:
        return refused(request, error)
    _record(request, campaign, delivery, EventKind.CLICKED, number)
    return secluded(HttpResponseRedirect(target))


@login_not_required
@require_safe
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the image; whoever has made the address up gets the same."""
    try:
        delivery = _read(token)
        _record(request, _campaign(delivery), delivery, EventKind.OPENED, ANY_LINK)
    except TokenInvalid:
        pass
    return secluded(HttpResponse(following.IMAGE, content_type="image/gif"))


def _read(token: str) -> DeliveryId:
    return DeliveryId(token_keys().verify(token, Purpose.TRACKING))


def _campaign(delivery: DeliveryId) -> Campaign:
    """Raises TokenInvalid: it was deleted."""
    try:
        campaign, _ = split_delivery_id(delivery)
        return Campaign.objects.only("tracked", "links", "is_on_aws").get(pk=campaign)
    except (ValueError, Campaign.DoesNotExist):
        raise TokenInvalid from None


def _record(
    request: HttpRequest, campaign: Campaign, delivery: DeliveryId, kind: EventKind, link: int
) -> None:
    """Keep a hit, where that is allowed; the reader goes on in any case."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        following.record_hit(
            following.request_of(request.method or "", headers),
            delivery,
            kind,
            link,
            allows=lambda name: Tracking(campaign.tracked).within(allowed_of(name)),
            ledger=lambda: elsewhere.ledger_of(campaign),
            policy=Workshop(settings.PABAL).bounce_policy,
            now=timezone.now(),
        )
    except (PabalError, Error, ValueError) as error:
        _LOG.warning("%s of %s is not recorded: %s", kind.value, delivery, error)
