"""How many people are on lists, and how many do not want a topic."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from pabal.console.audience.models import Membership, TopicChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    subscribed: int = 0
    unsubscribed: int = 0


def people_on_lists() -> Mapping[int, People]:
    """Count in one statement, along an index that holds nothing else."""
    rows = Membership.objects.values_list("list", "status").annotate(n=Count("*")).order_by()
    counted: dict[int, dict[str, int]] = {}
    for number, status, count in rows:
        counted.setdefault(number, {})[status] = count
    return {
        number: People(
            subscribed=states.get(Membership.Status.SUBSCRIBED.value, 0),
            unsubscribed=states.get(Membership.Status.UNSUBSCRIBED.value, 0),
        )
        for number, states in counted.items()
    }


def people_without_topics() -> Mapping[int, int]:
    """Return by topic how many do not want it."""
    rows = TopicChoice.objects.filter(wanted=False).values_list("topic").annotate(n=Count("*"))
    return dict(rows.order_by())
