"""What each notice of a campaign says, and to whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from pabal.console.audience.models import Consent, ConsentNotice, List, Subscriber, Topic
from pabal.domain.suppression import list_scope, topic_scope

_CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A subscriber, and the values of their notice for the template."""

    subscriber: Subscriber
    values: Mapping[str, str]


def told(campaign: str) -> Iterator[Sequence[Told]]:
    """Return whom a campaign tells what, in a stable order, some at a time."""
    names = _names()
    notices = ConsentNotice.objects.filter(campaign=campaign, subscriber__erased_at=None)
    notices = notices.select_related("subscriber", "list")
    ordered, last = notices.order_by("subscriber_id"), 0
    while chunk := list(ordered.filter(subscriber_id__gt=last)[:_CHUNK]):
        yield [Told(subscriber=each.subscriber, values=_values(each, names)) for each in chunk]
        last = chunk[-1].subscriber_id


def _values(notice: ConsentNotice, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "what": notice.action,
        "day": timezone.localtime(notice.happened_at).date().isoformat(),
        "about": ", ".join(_about(notice, names)) or str(notice.list),
    }


def _about(notice: ConsentNotice, names: Mapping[str, str]) -> list[str]:
    """The lists and topics that were decided about at that moment."""
    same = Consent.objects.filter(
        subscriber=notice.subscriber_id, action=notice.action, happened_at=notice.happened_at
    )
    purposes = dict.fromkeys(same.order_by("pk").values_list("purpose", flat=True))
    return [names[purpose] for purpose in purposes if purpose in names]


def _names() -> dict[str, str]:
    lists = {list_scope(pk): name for pk, name in List.objects.values_list("pk", "name")}
    topics = {topic_scope(pk): name for pk, name in Topic.objects.values_list("pk", "name")}
    return lists | topics
