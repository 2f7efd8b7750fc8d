"""Erasing somebody on request: 개인정보 보호법 36, GDPR 17.

What stays, and why: the numbers of deliveries, so that reports add up; the chain of consent
without what names a person (GDPR 17(3)(b), (e): it is the proof that they had agreed); and an
alias of the address, so that no later file brings it back. What stands in files follows
from the `Erasure` that is kept until they are clean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from pabal.configuration.keyring import load_keyring
from pabal.console.audience import consenting
from pabal.console.audience.mirroring import let_in
from pabal.console.audience.models import Erasure, Rhythm, SignUp, Subscriber
from pabal.console.audience.statements import audience_statements
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.erasure import Aliases
from pabal.domain.suppression import EVERYTHING, Reason, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """How much there is about an address.

    subscriber: their number; None where nobody with this address is a subscriber.
    is_suppressed: it gets no mail at all, for another reason. is_erased: they were erased before.
    """

    subscriber: int | None
    attributes: int = 0
    lists: int = 0
    consents: int = 0
    notices: int = 0
    deliveries: int = 0
    events: int = 0
    is_suppressed: bool = False
    is_erased: bool = False

    @property
    def are_none(self) -> bool:
        return self.subscriber is None and not self.deliveries and not self.is_suppressed


def traces(address: str, aliases: Aliases) -> Traces:
    """Count what erasing an address (Address.identity) would take away."""
    subscriber = Subscriber.objects.filter(address=address).first()
    ledger = joined_ledger()
    deliveries = ledger.find(address)
    in_ledger = Traces(
        subscriber=None,
        deliveries=len(deliveries),
        events=sum(len(ledger.events(each.id)) for each in deliveries),
        is_suppressed=bool(ledger.suppressions([address], [EVERYTHING])),
        is_erased=bool(erased_among([address], aliases)),
    )
    if subscriber is None:
        return in_ledger
    return replace(
        in_ledger,
        subscriber=subscriber.pk,
        attributes=len(subscriber.attributes),
        lists=subscriber.memberships.count(),
        consents=subscriber.consents.count(),
        notices=subscriber.consent_notices.count(),
    )


def erased_among(addresses: Sequence[str], aliases: Aliases) -> Mapping[str, Suppression]:
    """Return what is kept of those who were erased, by their addresses (Address.identity)."""
    names = {alias: address for address in addresses for alias in aliases.of(address)}
    stops = joined_ledger().suppressions(list(names), [EVERYTHING])
    return {names[a]: stop for a, stop in stops.items() if stop.reason is Reason.ERASED}


def welcome_back(address: str, aliases: Aliases) -> None:
    """Let somebody be mailed again who was erased, and asked for it by a link sent to them."""
    if erased_among([address], aliases):
        for alias in aliases.of(address):
            joined_ledger().lift(alias, EVERYTHING)
        let_in(address, EVERYTHING)


def installed_aliases() -> Aliases:
    return load_keyring(settings.PABAL.home).aliases


@transaction.atomic
def erase(address: str, aliases: Aliases, *, now: datetime) -> Traces:
    """Take an address (Address.identity) and its owner out of the database; return what went.

    When it returns and the transaction around it commits, nothing that has not begun is
    mailed to them any more. Doing it twice changes nothing.
    """
    gone = traces(address, aliases)
    alias = aliases.newest(address)
    subscriber = Subscriber.objects.select_for_update().filter(address=address).first()
    SignUp.objects.filter(address=address).delete()
    if subscriber is not None:
        _erase_subscriber(subscriber, now)
        Erasure.objects.create(subscriber=subscriber, alias=alias, erased_at=now)
    joined_ledger().erase(address, alias, now=now)
    return gone


def _erase_subscriber(subscriber: Subscriber, now: datetime) -> None:
    subscriber.memberships.all().delete()
    subscriber.topic_choices.all().delete()
    subscriber.address_changes.all().delete()
    Rhythm.objects.filter(subscriber=subscriber).delete()
    with audience_statements() as sql:
        sql.execute("erase_consents", {"subscriber": subscriber.pk})
    _withdraw(subscriber, now)
    # Also the result of what was withdrawn just now: whoever erased it tells it.
    subscriber.consent_notices.all().delete()
    subscriber.email = subscriber.wire = ""
    subscriber.address = f"erased subscriber {subscriber.pk}"
    subscriber.attributes = {}
    subscriber.updated_at = subscriber.erased_at = now
    subscriber.save()


def _withdraw(subscriber: Subscriber, now: datetime) -> None:
    withdrawal = ConsentRecord(
        subscriber=subscriber.pk,
        action=ConsentAction.WITHDRAWN,
        purpose=EVERYTHING,
        source="erased on request",
        wording="",
        happened_at=now,
    )
    consenting.record([withdrawal], now=now)
