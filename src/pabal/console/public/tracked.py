"""Tracked links and the image that shows an open: /c/ and /o/ of mails.

Whoever follows a link gets where it led when the mail was written, whatever has been turned
off, objected to or erased meanwhile; only what is recorded of it depends on that. Nothing
of the request is kept but what domain.engagement makes of it.
"""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from pabal.console.audience.objecting import allowed_of
from pabal.console.audience.own_transactions import ledger_of_request
from pabal.console.campaigns.models import Campaign
from pabal.console.public.answering import refused, secluded
from pabal.console.public.links import token_keys
from pabal.domain.engagement import ANY_LINK, Hit, Request, sign_of
from pabal.domain.errors import Unavailable
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.target import target_of
from pabal.domain.token import Purpose, TokenInvalid
from pabal.domain.tracking import Tracking
from pabal.pipeline.local.wiring import Workshop

_LOG = logging.getLogger("pabal.tracking")
_PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
# GIF89a, one transparent pixel.
_IMAGE = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@login_not_required
@require_safe
def click(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Send a reader on to where a link of their mail leads."""
    try:
        delivery = _read(token)
        campaign = _campaign(delivery)
        target = _target(campaign, number)
    except TokenInvalid as error:
        return refused(request, error)
    if Tracking(campaign.tracked).sees_clicks:
        _record(request, delivery, EventKind.CLICKED, number)
    return secluded(HttpResponseRedirect(target))


@login_not_required
@require_safe
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the image; whoever has made the address up gets the same."""
    try:
        delivery = _read(token)
        if Tracking(_campaign(delivery).tracked).sees_opens:
            _record(request, delivery, EventKind.OPENED, ANY_LINK)
    except TokenInvalid:
        pass
    return secluded(HttpResponse(_IMAGE, content_type="image/gif"))


def _read(token: str) -> DeliveryId:
    return DeliveryId(token_keys().verify(token, Purpose.TRACKING))


def _campaign(delivery: DeliveryId) -> Campaign:
    """Raises TokenInvalid: it was deleted."""
    try:
        campaign, _ = split_delivery_id(delivery)
        return Campaign.objects.only("tracked", "links").get(pk=campaign)
    except (ValueError, Campaign.DoesNotExist):
        raise TokenInvalid from None


def _target(campaign: Campaign, number: int) -> str:
    """Raises TokenInvalid: the campaign has no such link."""
    if not 0 < number <= len(campaign.links):
        raise TokenInvalid
    target = target_of(campaign.links[number - 1])
    if target is None:
        raise TokenInvalid
    return target


def _record(request: HttpRequest, delivery: DeliveryId, kind: EventKind, link: int) -> None:
    """Keep a hit, where that is allowed; the reader goes on in any case."""
    try:
        allowed = allowed_of(delivery)
        if allowed.sees_opens if kind is EventKind.OPENED else allowed.sees_clicks:
            now, policy = timezone.now(), Workshop(settings.PABAL).bounce_policy
            sign = sign_of(kind, _request(request))
            hit = Hit(delivery=delivery, kind=kind, sign=sign, at=now, link=link)
            ledger_of_request().record_hit(hit, policy=policy, now=now)
    except (Unavailable, Error, ValueError) as error:
        _LOG.warning("%s of %s is not recorded: %s", kind.value, delivery, error)


def _request(request: HttpRequest) -> Request:
    return Request(
        method=request.method or "",
        agent=request.headers.get("User-Agent", ""),
        purposes=tuple(request.headers.get(name, "") for name in _PURPOSES),
    )
