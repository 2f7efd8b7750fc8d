"""Not to be tracked: a subscriber's own choice, and what is left to record."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from pabal.console.audience.mirroring import let_in
from pabal.console.audience.models import Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.identity import split_delivery_id, subscriber_number
from pabal.domain.suppression import TRACKING, Reason, Suppression
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
    agreeable = Subscriber.objects.filter(pk=number, objected_at=None, erased_at=None)
    return settings.PABAL.tracking if agreeable.exists() else Tracking.OFF


def objection_of(address: str) -> Suppression | None:
    """Return the objection of whoever has an address (Address.identity), for another ledger."""
    found = Subscriber.objects.filter(address=address).exclude(objected_at=None).first()
    if found is None or found.objected_at is None:
        return None
    return Suppression(
        address=address, scope=TRACKING, reason=Reason.UNSUBSCRIBED, since=found.objected_at
    )


def objectors() -> Sequence[str]:
    """Return the addresses of all who object."""
    found = Subscriber.objects.exclude(objected_at=None).filter(erased_at=None)
    return list(found.order_by("address").values_list("address", flat=True))


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
    if (
        Subscriber.objects.filter(pk=subscriber.pk)
        .exclude(objected_at=None)
        .update(objected_at=None)
    ):
        let_in(subscriber.address, TRACKING)
