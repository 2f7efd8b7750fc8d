"""What a subscriber chooses for themselves on the preferences page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pabal.console.audience.joining import return_to_list, return_to_topic
from pabal.console.audience.leaving import leave_list, leave_topic
from pabal.console.audience.models import List, Membership, Subscriber, Topic
from pabal.console.audience.suppressing import has_left_everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that a subscriber can have or not."""

    thing: List | Topic
    is_wanted: bool


def offered_lists(subscriber: Subscriber) -> Sequence[Offer]:
    """Return the lists that a subscriber is or was on, by name."""
    memberships = subscriber.memberships.select_related("list").order_by("list__name")
    return [
        Offer(thing=row.list, is_wanted=row.status == Membership.Status.SUBSCRIBED)
        for row in memberships
    ]


def offered_topics(subscriber: Subscriber) -> Sequence[Offer]:
    """Return the topics that are in use, by name.

    Those that nothing was said about are wanted, unless everything was left.
    """
    topics = Topic.objects.filter(archived_at=None).order_by("name")
    if has_left_everything(subscriber):
        return [Offer(thing=topic, is_wanted=False) for topic in topics]
    unwanted = set(subscriber.topic_choices.filter(wanted=False).values_list("topic_id", flat=True))
    return [Offer(thing=topic, is_wanted=topic.pk not in unwanted) for topic in topics]


@transaction.atomic
def choose(
    subscriber: Subscriber,
    *,
    lists: frozenset[int],
    topics: frozenset[int],
    source: str,
    wording: str,
    origin: str = "",
    now: datetime,
) -> None:
    """Be on exactly these of the offered lists, and want exactly these topics.

    lists, topics: their numbers; what was not offered is passed over.
    """
    asked = {"source": source, "origin": origin}
    for offer in (*offered_lists(subscriber), *offered_topics(subscriber)):
        match offer.thing:
            case List() as target if target.pk in lists:
                return_to_list(subscriber, target, **asked, wording=wording, now=now)
            case List() as target:
                leave_list(subscriber, target, **asked, now=now)
            case Topic() as topic if topic.pk in topics:
                return_to_topic(subscriber, topic, **asked, wording=wording, now=now)
            case Topic() as topic:
                leave_topic(subscriber, topic, **asked, now=now)
