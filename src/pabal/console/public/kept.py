"""Leaving while the database does not answer: kept in a file, and done as soon as it does.

A mail program asks once (RFC 8058) and never again. Neither a restart of the database nor an
import that holds it for a minute may lose that.
"""

import json
import logging
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.http import HttpRequest
from django.utils import timezone

from pabal.console.audience.hearing import hear_leaving
from pabal.console.audience.leaving import Way
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.public.links import token_keys
from pabal.console.public.origin import origin_of
from pabal.domain.errors import Unavailable
from pabal.domain.identity import DeliveryId, split_delivery_id, subscriber_number
from pabal.domain.suppression import EVERYTHING, list_scope
from pabal.domain.token import Purpose
from pabal.feedback.roads.maildir import Maildir
from pabal.feedback.roads.port import Found
from pabal.ledger.errors import LedgerUnavailable

AWAY = (OperationalError, InterfaceError, LedgerUnavailable)
_LOG = logging.getLogger("pabal.leaving")
_PATIENCE = 3  # seconds for a lock; a mail program waits for few more
_BETWEEN = 0.5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What somebody asked for by a link that is ours.

    everything: all mails, not only those of the list that the link was mailed to.
    source: the value of a Way. at: ISO 8601.
    """

    delivery: str
    everything: bool
    source: str
    origin: str
    at: str


def way_of_leaving(request: HttpRequest, purpose: Purpose) -> Way | None:
    """Return how a request to a page of that purpose asks to leave; None: it does not."""
    match purpose, request.POST.get("action"):
        case Purpose.UNSUBSCRIBE, _ if "List-Unsubscribe" in request.POST:
            return Way.ONE_CLICK
        case Purpose.UNSUBSCRIBE, "leave":
            return Way.CONFIRM_PAGE
        case Purpose.PREFERENCES, "leave everything":
            return Way.PREFERENCES
        case _:
            return None


def departure(request: HttpRequest, token: str, purpose: Purpose) -> Departure | None:
    """Return what a request asks to leave, without the database; None: it asks no such thing.

    Raises TokenInvalid.
    """
    delivery = token_keys().verify(token, purpose)
    way = way_of_leaving(request, purpose)
    if way is None:
        return None
    return Departure(
        delivery=delivery,
        everything=purpose is Purpose.PREFERENCES,
        source=way.value,
        origin=origin_of(request),
        at=timezone.now().isoformat(),
    )


@contextmanager
def without_waiting() -> Generator[None]:
    """Have a lock that somebody holds on the database be an error, soon."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
        yield


def keep(asked: Departure) -> None:
    """Write down what is asked; it is durable on return. Raises RoadUnavailable."""
    raw = json.dumps(asdict(asked)).encode()
    _kept().deliver(raw, moment=datetime.fromisoformat(asked.at).timestamp())
    _LOG.warning("the database does not answer; somebody's leaving is kept until it does")


def carry_out() -> int:
    """Do what is kept, oldest first; return how many left. Raises Unavailable: repeat it."""
    done = 0
    with _kept().visit() as visit:
        for found in visit.waiting():
            if _carry_out(found):
                visit.remove(found)
                done += 1
            else:
                visit.keep(found)
    return done


def watch() -> None:
    """Do what is kept, also by a process that has ended, as long as this one lives."""
    threading.Thread(target=_watch, name="kept", daemon=True).start()


def _watch() -> None:
    waiting, told = settings.PABAL.home / "kept" / "new", ""
    while True:
        time.sleep(_BETWEEN)
        if not (waiting.is_dir() and any(waiting.iterdir())):
            continue
        trouble = _try()
        if trouble is not None and str(trouble) != told:
            foreseen = isinstance(trouble, (*AWAY, Unavailable))
            _LOG.error("what is kept waits: %s", trouble, exc_info=None if foreseen else trouble)
        told = str(trouble)


def _try() -> Exception | None:
    """Do what is kept; return why that cannot be at the moment."""
    close_old_connections()
    try:
        _LOG.info("%d people have left, as they had asked", carry_out())
    except Exception as trouble:
        return trouble
    finally:
        connection.close()
    return None


def _kept() -> Maildir:
    return Maildir(settings.PABAL.home / "kept")


def _carry_out(found: Found) -> bool:
    """Return False where it cannot be done, ever: it is left for a person."""
    try:
        asked = Departure(**json.loads(found.raw))
        campaign, key = split_delivery_id(DeliveryId(asked.delivery))
        number, at = subscriber_number(key), datetime.fromisoformat(asked.at)
    except (TypeError, ValueError) as error:
        _LOG.error("%s cannot be read: %s", found.name, error)
        return False
    subscriber = Subscriber.objects.filter(pk=number).first()
    lists = Campaign.objects.filter(pk=campaign).values_list("list", flat=True)
    if subscriber is None or not lists:
        _LOG.error("%s is about somebody or a campaign of whom nothing is known", found.name)
        return False
    if subscriber.erased_at is not None:
        return True
    hear_leaving(
        subscriber,
        scope=EVERYTHING if asked.everything else list_scope(lists[0]),
        source=asked.source,
        origin=asked.origin,
        at=at,
        message=sha256(found.raw).hexdigest(),
        now=timezone.now(),
    )
    return True
