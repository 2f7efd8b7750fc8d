"""Operations on subscribers.

The audit names them by number: an address could not be erased from there.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from pabal.console.accounts import audit
from pabal.console.api.asked import ConsentAsked, Nothing, SubscriberAsked, UnsubscribeAsked
from pabal.console.api.calling import Call
from pabal.console.api.errors import (
    Fault,
    HasLeft,
    ListUnknown,
    RequestInvalid,
    SubscriberUnknown,
)
from pabal.console.api.models import ApiKey
from pabal.console.api.told import SubscriberTold, subscriber_told
from pabal.console.audience import erasing
from pabal.console.audience.editing import add_subscriber, change_subscriber
from pabal.console.audience.errors import AddressTaken
from pabal.console.audience.importing.bases import check_goods
from pabal.console.audience.importing.values import tidy_text
from pabal.console.audience.joining import Joining, join_list
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.subscribers import Profile
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.domain.address import Address, parse_address
from pabal.domain.consent import Basis
from pabal.domain.suppression import EVERYTHING


def show_subscriber(call: Call[Nothing]) -> SubscriberTold:
    """Show a subscriber by their address."""
    return _told(_subscriber(parse_address(call.target)))


@transaction.atomic
def put_subscriber(call: Call[SubscriberAsked]) -> SubscriberTold:
    """Add a subscriber or change one, and put them on a list if one is named. Safe to repeat."""
    address, asked = parse_address(call.target), call.asked
    subscriber = _known(address) or _added(address, call)
    _change(subscriber, call)
    if asked.list is not None:
        _put_on_list(subscriber, _list(asked.list), asked.consent, call)
    return _told(subscriber)


@transaction.atomic
def unsubscribe(call: Call[UnsubscribeAsked]) -> SubscriberTold:
    """Take a subscriber off a list, or off all, as they asked for. Safe to repeat."""
    subscriber, asked = _subscriber(parse_address(call.target)), call.asked
    source = _said_by(call.key, asked.source)
    if asked.list is None:
        leave_everything(subscriber, source=source, now=call.now)
    else:
        leave_list(subscriber, _any_list(asked.list), source=source, now=call.now)
    _note(call, audit.Deed.SUBSCRIBER_UNSUBSCRIBED, subscriber)
    return _told(subscriber)


@transaction.atomic
def erase_subscriber(call: Call[Nothing]) -> None:
    """Erase a person for good, wherever their address stands. Safe to repeat."""
    identity, aliases = parse_address(call.target).identity, erasing.installed_aliases()
    found = erasing.traces(identity, aliases)
    if found.are_none:
        if found.is_erased:
            return
        raise SubscriberUnknown
    erasing.erase(identity, aliases, now=call.now)
    subject = "" if found.subscriber is None else f"#{found.subscriber}"
    audit.note(str(call.key), audit.Deed.SUBSCRIBER_ERASED, subject, now=call.now)


def _added(address: Address, call: Call[SubscriberAsked]) -> Subscriber:
    """Add somebody; where another request has done it at this moment, return whom it has added.

    Raises WasErased.
    """
    attributes = _changed({}, call.asked.attributes)
    profile = Profile(language=call.asked.language or "", attributes=attributes)
    try:
        added = add_subscriber(address, profile, now=call.now)
    except AddressTaken:
        return Subscriber.people.select_for_update().get(address=address.identity)
    _note(call, audit.Deed.SUBSCRIBER_ADDED, added)
    return added


def _change(known: Subscriber, call: Call[SubscriberAsked]) -> None:
    language = call.asked.language or known.language
    attributes = _changed(known.attributes, call.asked.attributes)
    if (language, attributes) == (known.language, known.attributes):
        return
    change_subscriber(
        known, known.checked_address, language=language, attributes=attributes, now=call.now
    )
    _note(call, audit.Deed.SUBSCRIBER_CHANGED, known)


def _changed(before: Mapping[str, str], asked: Mapping[str, str | None]) -> dict[str, str]:
    """Return the attributes as they are to be: an empty value is none."""
    tidied = {name: tidy_text(value or "")[0] for name, value in asked.items()}
    return {name: value for name, value in {**before, **tidied}.items() if value}


def _put_on_list(
    subscriber: Subscriber, target: List, consent: ConsentAsked | None, call: Call[SubscriberAsked]
) -> None:
    """Raises HasLeft, GoodsUnsaid, GoodsDiffer."""
    joining = _joining(subscriber, target, consent, call)
    joined = join_list(target, [joining], now=call.now)
    if subscriber.pk in joined.left_before | joined.refused_before:
        raise HasLeft(list=target.name)


def _joining(
    subscriber: Subscriber, target: List, consent: ConsentAsked | None, call: Call[SubscriberAsked]
) -> Joining:
    agreed: datetime | None = None
    bought: datetime | None = None
    if consent is not None:
        _refuse_future(consent, call.now)
        if consent.basis is Basis.TRANSACTION:
            check_goods(bought=consent.wording, advertised=target.goods)
            bought = consent.at
        else:
            agreed = consent.at
    return Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=agreed,
        transaction_ended_at=bought,
        source=_said_by(call.key, consent.source if consent else ""),
        wording=consent.wording if agreed and consent else "",
    )


def _refuse_future(consent: ConsentAsked, now: datetime) -> None:
    if consent.at > now:
        fault = Fault(pointer="#/consent/at", detail="this moment is still to come")
        raise RequestInvalid([fault])


def _known(address: Address) -> Subscriber | None:
    """Find somebody; nobody else changes them until the transaction ends."""
    rows = Subscriber.people.select_for_update()
    return rows.filter(address=address.identity).first()


def _subscriber(address: Address) -> Subscriber:
    found = Subscriber.people.filter(address=address.identity).first()
    if found is None:
        raise SubscriberUnknown
    return found


def _list(identifier: str) -> List:
    found = List.objects.filter(identifier=identifier, archived_at=None).first()
    if found is None:
        raise ListUnknown(list=identifier)
    return found


def _any_list(identifier: str) -> List:
    """Also one that was put away may be left."""
    found = List.objects.filter(identifier=identifier).first()
    if found is None:
        raise ListUnknown(list=identifier)
    return found


def _told(subscriber: Subscriber) -> SubscriberTold:
    stops = LedgerSuppression.objects.filter(address=subscriber.address, scope=EVERYTHING)
    return subscriber_told(subscriber, stops.first())


def _said_by(key: ApiKey, said: str) -> str:
    """Say which program did it, for the record."""
    return f"{said} ({key})" if said else str(key)


def _note(
    call: Call[SubscriberAsked] | Call[UnsubscribeAsked], deed: audit.Deed, subscriber: Subscriber
) -> None:
    audit.note(str(call.key), deed, f"#{subscriber.pk}", now=call.now)
