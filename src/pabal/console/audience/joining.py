"""Joining a list, and coming back to one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pabal.console.audience import consenting
from pabal.console.audience.models import List, Membership, Subscriber, Topic, TopicChoice
from pabal.console.audience.suppressing import lift_leavers
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, list_scope, topic_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Somebody who is to be on a list.

    address: Address.identity.
    consented_at: when they agreed to advertising; None where nobody knows of it.
    source, wording: how they agreed and to what (domain.consent.ConsentRecord).
    """

    subscriber: int
    address: str
    consented_at: datetime | None
    source: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What became of joinings, by subscriber number.

    left_before: they unsubscribed, and have not agreed again since: still off the list.
    """

    added: frozenset[int]
    already_there: frozenset[int]
    returned: frozenset[int]
    left_before: frozenset[int]


@transaction.atomic
def join_list(target: List, joinings: Sequence[Joining], *, now: datetime) -> Joined:
    """Put people on a list, at most some thousands at once. Safe to repeat.

    Who has unsubscribed comes back only by a consent that is younger than that
    (정보통신망법 50(2)). A consent is written down once, however often it is imported.
    """
    known = _memberships(target, [joining.subscriber for joining in joinings])
    left = {j.subscriber for j in joinings if _stays_away(known.get(j.subscriber), j)}
    accepted = [joining for joining in joinings if joining.subscriber not in left]
    returned = [j for j in accepted if _has_left(known.get(j.subscriber))]
    _write_consents(target, accepted, known, now=now)
    _write_memberships(target, accepted, known, now=now)
    lift_leavers([joining.address for joining in returned], list_scope(target.pk))
    back = frozenset(joining.subscriber for joining in returned)
    there = frozenset(j.subscriber for j in accepted if j.subscriber in known)
    return Joined(
        added=frozenset(j.subscriber for j in accepted) - there,
        already_there=there - back,
        returned=back,
        left_before=frozenset(left),
    )


@transaction.atomic
def return_to_list(
    subscriber: Subscriber, target: List, *, source: str, wording: str, now: datetime
) -> bool:
    """Undo a subscriber's own leaving, as they ask themselves. Return whether they had left."""
    _return_to_anything(subscriber)
    membership = subscriber.memberships.select_for_update().filter(list=target).first()
    if not _has_left(membership):
        return False
    joining = Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=now,
        source=source,
        wording=wording,
    )
    join_list(target, [joining], now=now)
    return True


@transaction.atomic
def return_to_topic(
    subscriber: Subscriber, topic: Topic, *, source: str, wording: str, now: datetime
) -> bool:
    """Want a topic again. Return whether it was not wanted."""
    choices = TopicChoice.objects.filter(subscriber=subscriber, topic=topic, wanted=False)
    if not choices.update(wanted=True, changed_at=now):
        return False
    lift_leavers([subscriber.address], topic_scope(topic.pk))
    grant = ConsentRecord(
        subscriber=subscriber.pk,
        action=ConsentAction.GRANTED,
        purpose=topic_scope(topic.pk),
        source=source,
        wording=wording,
        happened_at=now,
    )
    consenting.record([grant], now=now)
    return True


def _return_to_anything(subscriber: Subscriber) -> None:
    lift_leavers([subscriber.address], EVERYTHING)


def _memberships(target: List, numbers: Sequence[int]) -> Mapping[int, Membership]:
    rows = Membership.objects.select_for_update().filter(list=target, subscriber__in=numbers)
    return {row.subscriber_id: row for row in rows}


def _has_left(membership: Membership | None) -> bool:
    return membership is not None and membership.status == Membership.Status.UNSUBSCRIBED


def _stays_away(membership: Membership | None, joining: Joining) -> bool:
    if membership is None or not _has_left(membership):
        return False
    return joining.consented_at is None or joining.consented_at < membership.changed_at


def _write_consents(
    target: List,
    joinings: Sequence[Joining],
    known: Mapping[int, Membership],
    *,
    now: datetime,
) -> None:
    consenting.record(list(_new_consents(target, joinings, known)), now=now)


def _new_consents(
    target: List, joinings: Sequence[Joining], known: Mapping[int, Membership]
) -> Iterator[ConsentRecord]:
    for joining in joinings:
        membership = known.get(joining.subscriber)
        if joining.consented_at is None or not _is_news(joining.consented_at, membership):
            continue
        yield ConsentRecord(
            subscriber=joining.subscriber,
            action=ConsentAction.GRANTED,
            purpose=list_scope(target.pk),
            source=joining.source,
            wording=joining.wording,
            happened_at=joining.consented_at,
        )


def _is_news(consented_at: datetime, membership: Membership | None) -> bool:
    """Whether this consent is younger than the one that is known."""
    if membership is None or membership.consented_at is None:
        return True
    return consented_at > membership.consented_at


def _write_memberships(
    target: List,
    joinings: Sequence[Joining],
    known: Mapping[int, Membership],
    *,
    now: datetime,
) -> None:
    rows = [
        _membership(target, joining, known.get(joining.subscriber), now) for joining in joinings
    ]
    # Split first: creating gives the new ones a key too.
    new = [row for row in rows if row.pk is None]
    known_rows = [row for row in rows if row.pk is not None]
    Membership.objects.bulk_create(new, batch_size=500)
    Membership.objects.bulk_update(
        known_rows, ["status", "consented_at", "changed_at"], batch_size=200
    )


def _membership(
    target: List, joining: Joining, known: Membership | None, now: datetime
) -> Membership:
    row = known or Membership(subscriber_id=joining.subscriber, list=target, changed_at=now)
    if _has_left(known):
        row.changed_at = now
    row.status = Membership.Status.SUBSCRIBED
    if joining.consented_at is not None and _is_news(joining.consented_at, row):
        row.consented_at = joining.consented_at
    return row
