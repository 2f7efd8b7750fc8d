import logging
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone

from pabal.console.hooks.answering import as_text, hook
from pabal.console.hooks.applying import Applied, apply, seals
from pabal.feedback import ses, webhook
from pabal.feedback.errors import EventUnreadable, MessageForged
from pabal.feedback.sns import Fetch, Kind, Signatures, SnsMessage, is_of_sns, read_message

_LOG = logging.getLogger("pabal.feedback")
_RAW = "X-Amz-Sns-Rawdelivery"


@hook
def sns(request: HttpRequest, body: bytes) -> str:
    """Take a message of Amazon SNS: events of SES, or the confirmation of a subscription."""
    topics = settings.PABAL.sns_topics
    if not topics:
        raise Http404
    if request.headers.get(_RAW, "").lower() == "true":
        raise MessageForged(reason="raw message delivery has no signature; turn it off")
    message = read_message(as_text(body))
    if message.topic not in topics:
        raise MessageForged(reason="its topic is not in PABAL_SNS_TOPICS")
    _signatures().check(message, now=timezone.now())
    if message.kind is Kind.NOTIFICATION:
        return _notified(message)
    if message.kind is Kind.SUBSCRIPTION:
        return _confirmed(message)
    _LOG.error("%s does not tell us events any more: somebody unsubscribed us", message.topic)
    return "noted"


@hook
def events(request: HttpRequest, body: bytes) -> str:
    """Take an event that a service has signed: docs/webhooks.md."""
    secret = settings.PABAL.webhook_secret
    if not secret:
        raise Http404
    now = timezone.now()
    signature = request.headers.get(webhook.HEADER, "")
    webhook.check_signature(body, signature, secret=secret, now=now)
    return _said(apply([webhook.read_event(as_text(body), seals(), received_at=now)]))


def _notified(message: SnsMessage) -> str:
    """What SNS has signed and is no event is SES's greeting to a topic: nothing to repeat."""
    try:
        told = ses.read_event(message.message, seals(), received_at=timezone.now())
    except EventUnreadable as error:
        _LOG.warning("%s: %s", message.topic, error)
        return "no event"
    return _said(apply(told))


def _confirmed(message: SnsMessage) -> str:
    """Raises FetchFailed: SNS repeats the message, and it is tried again."""
    if not is_of_sns(message.subscribe_url):
        raise MessageForged(reason="what would confirm it is not at an address of SNS")
    _fetch()(message.subscribe_url)
    _LOG.info("subscribed to %s", message.topic)
    return "confirmed"


def _said(applied: Applied) -> str:
    if applied.others:
        _LOG.warning("%d events are about no delivery of ours", applied.others)
    return f"{applied.ours} applied, {applied.others} about no delivery of ours"


def _fetch() -> Fetch:
    if settings.HOOKS_FETCH is not None:
        return settings.HOOKS_FETCH
    # Imported here: pages need no HTTP client.
    from pabal.feedback.fetching import Fetcher

    return Fetcher().get


@cache
def _signatures() -> Signatures:
    return Signatures(lambda url: _fetch()(url))
