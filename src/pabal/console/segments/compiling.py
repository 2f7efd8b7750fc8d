"""A segmentation into the ORM's conditions: values are handed over, never written into SQL."""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
)
from django.utils import timezone

from pabal.console.audience.conditions import (
    About,
    Condition,
    Group,
    Kind,
    Match,
    Segmentation,
    Test,
    day_bounds,
    read_number,
)
from pabal.console.audience.importing.bases import NO, YES
from pabal.console.audience.models import Membership, TopicChoice
from pabal.console.audience.text_order import FoldedAttribute, fold
from pabal.console.segments.activity import activity, recent_use
from pabal.console.segments.attribute_values import DayOf, NumberOf

_EVERYBODY = Q()


def matching(segmentation: Segmentation, now: datetime) -> Q:
    """Return what a subscriber must fulfil; `now` is what “today” is of, in the usual zone."""
    today = timezone.localdate(now)
    groups = [_group(each, today, now) for each in segmentation.groups if each.conditions]
    return _joined(segmentation.match, groups)


def _group(group: Group, today: date, now: datetime) -> Q:
    return _joined(group.match, [_condition(each, today, now) for each in group.conditions])


def _joined(match: Match, parts: list[Q]) -> Q:
    if not parts:
        return _EVERYBODY
    return reduce(and_ if match is Match.ALL else or_, parts)


def _condition(condition: Condition, today: date, now: datetime) -> Q:
    match condition.about:
        case About.ATTRIBUTE:
            return _attribute(condition, today)
        case About.LANGUAGE:
            asked = Q(language=condition.value)
            return asked if condition.test is Test.IS else ~asked
        case About.LIST:
            return _list(condition)
        case About.TOPIC:
            unwanted = TopicChoice.objects.filter(
                topic=int(condition.key), wanted=False, subscriber=OuterRef("pk")
            )
            return _exists(Exists(unwanted), condition.test is Test.WANTS_NOT)
        case About.CONSENT:
            return _consent(condition, today)
        case About.ADDED:
            return _moment("created_at", condition, today)
        case About.CAMPAIGN:
            return activity(condition.test, condition.key, now)
        case About.ACTIVITY:
            first, _last = day_bounds(condition.test, condition.value, "", today)
            return recent_use(condition.test, _begin(first, timezone.get_default_timezone()))


def _attribute(condition: Condition, today: date) -> Q:
    text = FoldedAttribute(condition.key)
    if condition.test in (Test.IS_SET, Test.IS_EMPTY):
        is_empty = Q(Exact(text, Value("")))
        return is_empty if condition.test is Test.IS_EMPTY else ~is_empty
    match condition.kind:
        case Kind.NUMBER:
            return _number(condition)
        case Kind.DATE:
            first, last = day_bounds(condition.test, condition.value, condition.until, today)
            day = DayOf(condition.key)
            return Q(
                GreaterThanOrEqual(day, Value(first.isoformat())),
                LessThanOrEqual(day, Value(last.isoformat())),
            )
        case Kind.TRUTH:
            return Q(In(text, sorted(YES if condition.test is Test.YES else NO)))
        case _:
            return _text(text, condition.test, fold(condition.value))


def _text(text: FoldedAttribute, test: Test, value: str) -> Q:
    match test:
        case Test.IS:
            return Q(Exact(text, Value(value)))
        case Test.IS_NOT:
            return ~Q(Exact(text, Value(value)))
        case Test.BEGINS:
            return Q(Exact(StrIndex(text, Value(value)), Value(1)))
        case Test.CONTAINS:
            return Q(GreaterThan(StrIndex(text, Value(value)), Value(0)))
        case _:
            return Q(Exact(StrIndex(text, Value(value)), Value(0)))


def _number(condition: Condition) -> Q:
    number = NumberOf(condition.key)
    value = Value(read_number(condition.value))
    match condition.test:
        case Test.EQUALS:
            return Q(Exact(number, value))
        case Test.LESS:
            return Q(LessThan(number, value))
        case Test.AT_MOST:
            return Q(LessThanOrEqual(number, value))
        case Test.MORE:
            return Q(GreaterThan(number, value))
        case Test.AT_LEAST:
            return Q(GreaterThanOrEqual(number, value))
        case _:
            until = Value(read_number(condition.until))
            return Q(GreaterThanOrEqual(number, value), LessThanOrEqual(number, until))


def _list(condition: Condition) -> Q:
    rows = Membership.objects.filter(list=int(condition.key), subscriber=OuterRef("pk"))
    match condition.test:
        case Test.ON_LIST:
            return Q(Exists(rows.filter(status=Membership.Status.SUBSCRIBED)))
        case Test.LEFT_LIST:
            return Q(Exists(rows.filter(status=Membership.Status.UNSUBSCRIBED)))
        case _:
            return ~Q(Exists(rows))


def _consent(condition: Condition, today: date) -> Q:
    agreed = Membership.objects.filter(
        subscriber=OuterRef("pk"),
        status=Membership.Status.SUBSCRIBED,
        consented_at__isnull=False,
    )
    if condition.test in (Test.IS_SET, Test.IS_EMPTY):
        return _exists(Exists(agreed), condition.test is Test.IS_SET)
    return Q(Exists(agreed.filter(_moment("consented_at", condition, today))))


def _moment(name: str, condition: Condition, today: date) -> Q:
    """Days of the installation's zone, as the moments at which they begin and end."""
    if condition.test in (Test.IS_SET, Test.IS_EMPTY):
        return Q(**{f"{name}__isnull": condition.test is Test.IS_EMPTY})
    first, last = day_bounds(condition.test, condition.value, condition.until, today)
    zone = timezone.get_default_timezone()
    bounds = Q()
    if first > _EARLIEST:
        bounds &= Q(**{f"{name}__gte": _begin(first, zone)})
    if last < _LATEST:
        bounds &= Q(**{f"{name}__lt": _begin(last + timedelta(days=1), zone)})
    elif first > _LATEST:
        bounds &= Q(pk__in=[])
    return bounds


# What no moment of ours lies beyond; further out, a zone may lead out of what a date can be.
_EARLIEST, _LATEST = date(2, 1, 1), date(9990, 1, 1)


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _exists(rows: Exists, wanted: bool) -> Q:
    return Q(rows) if wanted else ~Q(rows)
