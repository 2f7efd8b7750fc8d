"""Writing down what people agreed to: the one place that adds to the chains."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from pabal.console.audience.models import Consent, Subscriber
from pabal.domain.consent import ConsentRecord


@transaction.atomic
def record(records: Sequence[ConsentRecord], *, now: datetime) -> None:
    """Add links to the chains of their subscribers, in the order given.

    Two that write to one chain at once wait for each other where the database can lock
    a row; elsewhere the constraint on `previous` refuses the later one.
    """
    numbers = sorted({entry.subscriber for entry in records})
    _lock(numbers)
    ends = _ends(numbers)
    links = []
    for entry in records:
        links.append(_link(entry, ends.get(entry.subscriber, ""), now))
        ends[entry.subscriber] = links[-1].digest
    Consent.objects.bulk_create(links, batch_size=500)


def first_broken(links: Iterable[Consent]) -> Consent | None:
    """Return the first link of a chain, oldest first, that does not fit; None if all do."""
    previous = ""
    for link in links:
        if link.previous != previous or link.digest != link.record.digest(previous):
            return link
        previous = link.digest
    return None


def _lock(numbers: Sequence[int]) -> None:
    locked = Subscriber.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    len(locked.only("pk"))


def _ends(numbers: Sequence[int]) -> dict[int, str]:
    chains = Consent.objects.filter(subscriber__in=numbers).order_by("pk")
    return dict(chains.values_list("subscriber_id", "digest"))


def _link(entry: ConsentRecord, previous: str, now: datetime) -> Consent:
    return Consent(
        subscriber_id=entry.subscriber,
        action=entry.action.value,
        purpose=entry.purpose,
        source=entry.source,
        wording=entry.wording,
        happened_at=entry.happened_at,
        recorded_at=now,
        previous=previous,
        digest=entry.digest(previous),
    )
