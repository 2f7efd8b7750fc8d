"""What is known of somebody's consent, as a value: what an operator shows when they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.console.audience.models import Consent, List, Membership, Subscriber, Topic
from pabal.domain.consent import Basis, ConsentAction, ConsentRecord, transaction_expiry
from pabal.domain.suppression import list_scope, topic_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record with its place in the log.

    about: the name of the list or topic; "" for everything.
    expires_at: from when on it lets nobody send any more; None: until it is withdrawn.
    """

    record: ConsentRecord
    about: str
    recorded_at: datetime
    expires_at: datetime | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All records of a subscriber, oldest first, and what follows from them."""

    subscriber: Subscriber
    records: Sequence[Shown]
    memberships: Sequence[Membership]


def dossier(address: str) -> Dossier | None:
    """Return what is known of an address (Address.identity); None for nobody."""
    subscriber = Subscriber.objects.filter(address=address).first()
    if subscriber is None:
        return None
    names = scope_names()
    consents = subscriber.consents.order_by("pk")
    memberships = subscriber.memberships.select_related("list").order_by("list__name")
    return Dossier(
        subscriber=subscriber,
        records=[_shown(consent, names) for consent in consents],
        memberships=list(memberships),
    )


def scope_names() -> dict[str, str]:
    """Return lists and topics by the scopes that records name."""
    lists = {list_scope(pk): name for pk, name in List.objects.values_list("pk", "name")}
    topics = {topic_scope(pk): name for pk, name in Topic.objects.values_list("pk", "name")}
    return lists | topics


def _shown(consent: Consent, names: dict[str, str]) -> Shown:
    record = consent.record
    return Shown(
        record=record,
        about=names.get(record.purpose, ""),
        recorded_at=consent.recorded_at,
        expires_at=_expiry(record),
        digest=consent.digest,
    )


def _expiry(record: ConsentRecord) -> datetime | None:
    if record.action is ConsentAction.WITHDRAWN or record.basis is not Basis.TRANSACTION:
        return None
    return transaction_expiry(record.happened_at)
