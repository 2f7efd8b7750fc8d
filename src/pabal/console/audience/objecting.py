"""Not to be tracked: a subscriber's own choice, and what is left to record."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from pabal.console.audience.models import Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.identity import split_delivery_id, subscriber_number
from pabal.domain.tracking import Tracking


def allowed_of(delivery: str) -> Tracking:
    """Return what may be recorded of the recipient of a delivery.

    The installation's choice, for whoever is there and does not object. Raises ValueError:
    it is no delivery of a subscriber.
    """
    if settings.PABAL.tracking is Tracking.OFF:
        return Tracking.OFF
    _, key = split_delivery_id(delivery)
    number = subscriber_number(key)
    does_not_mind = Subscriber.objects.filter(pk=number, objected_at=None).exists()
    return settings.PABAL.tracking if does_not_mind else Tracking.OFF


@transaction.atomic
def object_to_tracking(subscriber: Subscriber, *, now: datetime) -> None:
    """Record nothing more of somebody, and forget what was (GDPR 21(3), 17(1)(c)).

    Campaigns that are frozen from here on carry the links as they were written for them;
    tracked links in earlier mails lead on. An earlier objection stays.
    """
    Subscriber.objects.filter(pk=subscriber.pk, objected_at=None).update(objected_at=now)
    joined_ledger().forget_hits(subscriber.address)


def stop_objecting(subscriber: Subscriber) -> None:
    """Let what the installation records be recorded again, from the next mail on."""
    Subscriber.objects.filter(pk=subscriber.pk).update(objected_at=None)
