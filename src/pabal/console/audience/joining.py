"""Joining a list, and coming back to one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from pabal.console.audience import consenting
from pabal.console.audience.memberships import Standing, lock_standings, write_standings
from pabal.console.audience.models import List, Membership, Subscriber, Topic, TopicChoice
from pabal.console.audience.suppressing import lift_leavers
from pabal.domain.consent import Basis, ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, list_scope, topic_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Somebody who is to be on a list.

    address: Address.identity.
    consented_at: when they agreed to advertising; None where nobody knows of it.
    transaction_ended_at: when they last bought what the list advertises; None: never.
    source, wording, origin: how they agreed, to what and from where
    (domain.consent.ConsentRecord).
    is_newcomer: this transaction has added them: they are on no list, and nobody else
    can see them.
    """

    subscriber: int
    address: str
    consented_at: datetime | None
    source: str
    wording: str
    origin: str = ""
    transaction_ended_at: datetime | None = None
    is_newcomer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What became of joinings, by subscriber number.

    left_before: they unsubscribed, and have not agreed again since: still off the list.
    refused_before: they took their consent back, so that their transaction counts for nothing.
    """

    added: frozenset[int]
    already_there: frozenset[int]
    returned: frozenset[int]
    left_before: frozenset[int]
    refused_before: frozenset[int] = frozenset()


@transaction.atomic
def join_list(target: List, joinings: Sequence[Joining], *, now: datetime) -> Joined:
    """Put people on a list, at most some thousands at once. Safe to repeat.

    Who has unsubscribed comes back only by a consent that is younger than that
    (정보통신망법 50(2)). A consent is written down once, however often it is imported.
    """
    known = lock_standings(target, [j.subscriber for j in joinings if not j.is_newcomer])
    left = frozenset(j.subscriber for j in joinings if _stays_away(known.get(j.subscriber), j))
    staying = [joining for joining in joinings if joining.subscriber not in left]
    refused = _refusers(target, staying)
    accepted = [_heeding(joining, refused) for joining in staying]
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
        left_before=left,
        refused_before=refused,
    )


@transaction.atomic
def return_to_list(
    subscriber: Subscriber,
    target: List,
    *,
    source: str,
    wording: str,
    origin: str = "",
    now: datetime,
) -> bool:
    """Undo a subscriber's own leaving, as they ask themselves. Return whether they had left."""
    _return_to_anything(subscriber)
    if not _has_left(lock_standings(target, [subscriber.pk]).get(subscriber.pk)):
        return False
    joining = Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=now,
        source=source,
        wording=wording,
        origin=origin,
    )
    join_list(target, [joining], now=now)
    return True


@transaction.atomic
def return_to_topic(
    subscriber: Subscriber,
    topic: Topic,
    *,
    source: str,
    wording: str,
    origin: str = "",
    now: datetime,
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
        origin=origin,
    )
    consenting.record([grant], now=now)
    return True


def _return_to_anything(subscriber: Subscriber) -> None:
    lift_leavers([subscriber.address], EVERYTHING)


def _has_left(standing: Standing | None) -> bool:
    return standing is not None and standing.has_left


def _stays_away(standing: Standing | None, joining: Joining) -> bool:
    if standing is None or not standing.has_left:
        return False
    return joining.consented_at is None or joining.consented_at < standing.changed_at


def _write_consents(
    target: List, joinings: Sequence[Joining], known: Mapping[int, Standing], *, now: datetime
) -> None:
    newcomers = frozenset(joining.subscriber for joining in joinings if joining.is_newcomer)
    grants = list(_new_consents(target, joinings, known))
    consenting.record(grants, newcomers=newcomers, now=now)


def _new_consents(
    target: List, joinings: Sequence[Joining], known: Mapping[int, Standing]
) -> Iterator[ConsentRecord]:
    purpose = list_scope(target.pk)
    for joining in joinings:
        standing = known.get(joining.subscriber)
        consented_at, ended_at = joining.consented_at, joining.transaction_ended_at
        if ended_at is not None and _is_news(ended_at, _ended_at(standing)):
            yield ConsentRecord(
                subscriber=joining.subscriber,
                action=ConsentAction.GRANTED,
                purpose=purpose,
                source=joining.source,
                wording=target.goods,
                happened_at=ended_at,
                basis=Basis.TRANSACTION,
                origin=joining.origin,
            )
        if consented_at is not None and _is_news(consented_at, _consented_at(standing)):
            yield ConsentRecord(
                subscriber=joining.subscriber,
                action=ConsentAction.GRANTED,
                purpose=purpose,
                source=joining.source,
                wording=joining.wording,
                happened_at=consented_at,
                origin=joining.origin,
            )


def _refusers(target: List, joinings: Sequence[Joining]) -> frozenset[int]:
    """Those whose refusal a transaction does not undo (정보통신망법 50(2)); consent would."""
    buyers = [
        joining.subscriber
        for joining in joinings
        if joining.transaction_ended_at and not joining.is_newcomer
    ]
    return consenting.refusers(buyers, list_scope(target.pk))


def _heeding(joining: Joining, refused: frozenset[int]) -> Joining:
    if joining.subscriber not in refused:
        return joining
    return replace(joining, transaction_ended_at=None)


def _is_news(moment: datetime, known: datetime | None) -> bool:
    """Whether this is younger than what is known."""
    return known is None or moment > known


def _consented_at(standing: Standing | None) -> datetime | None:
    return standing.consented_at if standing else None


def _ended_at(standing: Standing | None) -> datetime | None:
    return standing.transaction_ended_at if standing else None


def _write_memberships(
    target: List, joinings: Sequence[Joining], known: Mapping[int, Standing], *, now: datetime
) -> None:
    added: dict[int, Standing] = {}
    changed: dict[int, Standing] = {}
    for joining in joinings:
        before = known.get(joining.subscriber)
        after = _joined(joining, before, now)
        if before is None:
            added[joining.subscriber] = after
        elif after != before:
            changed[joining.subscriber] = after
    write_standings(target, added=added, changed=changed)


def _joined(joining: Joining, before: Standing | None, now: datetime) -> Standing:
    return Standing(
        status=Membership.Status.SUBSCRIBED.value,
        consented_at=_later(joining.consented_at, _consented_at(before)),
        transaction_ended_at=_later(joining.transaction_ended_at, _ended_at(before)),
        changed_at=now if before is None or before.has_left else before.changed_at,
    )


def _later(said: datetime | None, known: datetime | None) -> datetime | None:
    return said if said is not None and _is_news(said, known) else known
