"""What a segmentation means, worked out in Python from what is stored of somebody."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

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
from pabal.domain.engagement import ANY_LINK, Actor, Hits, actors, told_apart
from pabal.domain.event import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """lists: by number, whether they are still on it, and since when they agree.

    mails: by campaign, the state of its delivery. hits: by campaign, of its delivery.
    """

    language: str
    attributes: Mapping[str, str]
    added_at: datetime
    lists: Mapping[int, tuple[bool, datetime | None]]
    unwanted: frozenset[int]
    mails: Mapping[str, str]
    hits: Mapping[str, Sequence[Hits]]
    objects: bool


def fits(person: Person, asked: Segmentation, today: date, zone: tzinfo) -> bool:
    groups = [group for group in asked.groups if group.conditions]
    return _joined(asked.match, [_group(person, group, today, zone) for group in groups])


def _group(person: Person, group: Group, today: date, zone: tzinfo) -> bool:
    return _joined(group.match, [_holds(person, each, today, zone) for each in group.conditions])


def _joined(match: Match, parts: list[bool]) -> bool:
    return not parts or (all(parts) if match is Match.ALL else any(parts))


def _holds(person: Person, asked: Condition, today: date, zone: tzinfo) -> bool:
    match asked.about:
        case About.ATTRIBUTE:
            return _attribute(person.attributes.get(asked.key, ""), asked, today)
        case About.LANGUAGE:
            return (person.language == asked.value) == (asked.test is Test.IS)
        case About.LIST:
            known = person.lists.get(int(asked.key))
            return {
                Test.ON_LIST: known is not None and known[0],
                Test.LEFT_LIST: known is not None and not known[0],
                Test.NEVER_ON_LIST: known is None,
            }[asked.test]
        case About.TOPIC:
            return (int(asked.key) in person.unwanted) == (asked.test is Test.WANTS_NOT)
        case About.CONSENT:
            return _agreed(person, asked, today, zone)
        case About.ADDED:
            if asked.test in (Test.IS_SET, Test.IS_EMPTY):
                return asked.test is Test.IS_SET
            return _day_fits(person.added_at.astimezone(zone).date(), asked, today)
        case About.CAMPAIGN:
            return _mailed(person, asked)
        case About.ACTIVITY:
            first, _ = day_bounds(asked.test, asked.value, "", today)
            since = datetime.combine(first, time(), tzinfo=zone)
            used = any(_used_since(since, hits) for hits in person.hits.values())
            return used if asked.test is Test.USED else not (used or person.objects)


def _agreed(person: Person, asked: Condition, today: date, zone: tzinfo) -> bool:
    days = [at.astimezone(zone).date() for on, at in person.lists.values() if on and at]
    if asked.test in (Test.IS_SET, Test.IS_EMPTY):
        return bool(days) == (asked.test is Test.IS_SET)
    return any(_day_fits(day, asked, today) for day in days)


def _mailed(person: Person, asked: Condition) -> bool:
    state = person.mails.get(asked.key)
    used = actors(person.hits.get(asked.key, ()))
    opened, clicked = (
        used.get((kind, ANY_LINK), Actor.MACHINE) is not Actor.MACHINE
        for kind in (EventKind.OPENED, EventKind.CLICKED)
    )
    is_known = state == "sent" and not person.objects
    return {
        Test.SENT: state is not None,
        Test.NOT_SENT: state is None,
        Test.GOT: state == "sent",
        Test.GOT_NOT: state not in (None, "sent"),
        Test.OPENED: opened,
        Test.OPENED_NOT: is_known and not opened,
        Test.CLICKED: clicked,
        Test.CLICKED_NOT: is_known and not clicked,
    }[asked.test]


def _used_since(since: datetime, hits: Iterable[Hits]) -> bool:
    return any(
        actor is not Actor.MACHINE and each.last_at >= since for each, actor in told_apart(hits)
    )


def _attribute(value: str, asked: Condition, today: date) -> bool:
    text = _small(value)
    if asked.test in (Test.IS_SET, Test.IS_EMPTY):
        return bool(text) == (asked.test is Test.IS_SET)
    match asked.kind:
        case Kind.TEXT:
            wanted = _small(asked.value)
            return {
                Test.IS: text == wanted,
                Test.IS_NOT: text != wanted,
                Test.CONTAINS: wanted in text,
                Test.CONTAINS_NOT: wanted not in text,
                Test.BEGINS: text.startswith(wanted),
            }[asked.test]
        case Kind.TRUTH:
            return text in (YES if asked.test is Test.YES else NO)
        case Kind.NUMBER:
            return _number(text, asked)
        case _:
            if not re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return False
            first, last = day_bounds(asked.test, asked.value, asked.until, today)
            return first.isoformat() <= text[:10] <= last.isoformat()


def _number(text: str, asked: Condition) -> bool:
    if len(text) > 16 or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return False
    number, value = float(text), read_number(asked.value)
    assert value is not None
    until = read_number(asked.until) or 0.0
    return {
        Test.EQUALS: number == value,
        Test.LESS: number < value,
        Test.AT_MOST: number <= value,
        Test.MORE: number > value,
        Test.AT_LEAST: number >= value,
        Test.BETWEEN: value <= number <= until,
    }[asked.test]


def _day_fits(day: date, asked: Condition, today: date) -> bool:
    first, last = day_bounds(asked.test, asked.value, asked.until, today)
    return first <= day <= last


def _small(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
