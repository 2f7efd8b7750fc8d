"""What a segment asks of a subscriber: groups of conditions, as values and as JSON.

Two levels, and no more conditions than a person can read: whatever is stored can be
evaluated. How values compare, on every database alike:

* An attribute that is not there is the empty text, so “is not GOLD” holds for it.
* Text compares letter by letter; A to Z are like a to z, as in a search.
* A number is digits with at most one point, sixteen characters in all; what is no number is
  neither more nor less than one. A date is written 2026-01-31, with or without a time behind.
* Yes and no are the words that an import takes for them; any other word is neither.
* Days are the installation's. “In the last 7 days” takes in today and the day a week ago.
* Opened and clicked is what a person did, or a proxy for one (domain/engagement.py). Who does not
  want it recorded has neither opened nor not opened anything, as far as anybody can tell.
"""

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pabal.console.audience.text_order import is_attribute_name
from pabal.domain.errors import InputError
from pabal.domain.identity import is_campaign_id
from pabal.ledger.port import HITS_KEPT

MOST_GROUPS = 5
MOST_CONDITIONS = 10  # in a group
LONGEST_VALUE = 200
MOST_DAYS = 36_500


class ConditionRefused(InputError):
    """What is stored or typed is no condition. field: of Condition, that is at fault."""

    code = "condition-refused"
    message = "This condition cannot be used: {reason}"
    remedy = "Choose it anew."

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason=reason)
        self.field = field


class Match(enum.Enum):
    ALL = "all"
    ANY = "any"


class About(enum.Enum):
    ATTRIBUTE = "attribute"
    LANGUAGE = "language"
    LIST = "list"
    TOPIC = "topic"
    CONSENT = "consent"  # to any list that they are on
    ADDED = "added"
    CAMPAIGN = "campaign"
    ACTIVITY = "activity"  # of any campaign


class Kind(enum.Enum):
    """What is compared, which says how it can be."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TRUTH = "truth"
    LANGUAGE = "language"
    LIST = "list"
    TOPIC = "topic"
    CAMPAIGN = "campaign"
    ACTIVITY = "activity"


class Test(enum.Enum):
    IS = "is"
    IS_NOT = "is-not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains-not"
    BEGINS = "begins"
    IS_SET = "is-set"
    IS_EMPTY = "is-empty"
    EQUALS = "equals"
    LESS = "less"
    AT_MOST = "at-most"
    MORE = "more"
    AT_LEAST = "at-least"
    BETWEEN = "between"
    ON = "on"
    BEFORE = "before"
    AFTER = "after"
    FROM_TO = "from-to"
    LAST_DAYS = "last-days"
    NEXT_DAYS = "next-days"
    LONGER_AGO = "longer-ago"
    YES = "yes"
    NO = "no"
    ON_LIST = "on-list"
    LEFT_LIST = "left-list"
    NEVER_ON_LIST = "never-on-list"
    WANTS = "wants"
    WANTS_NOT = "wants-not"
    SENT = "sent"  # was among the recipients
    GOT = "got"
    GOT_NOT = "got-not"  # was among the recipients, and no server took the mail
    NOT_SENT = "not-sent"
    OPENED = "opened"
    OPENED_NOT = "opened-not"  # was sent it, and is not known to have opened it
    CLICKED = "clicked"
    CLICKED_NOT = "clicked-not"
    USED = "used"  # opened or clicked anything in the last days
    USED_NOT = "used-not"

    __test__ = False  # no class of tests


ON_OPENS = frozenset({Test.OPENED, Test.OPENED_NOT})
ON_HITS = ON_OPENS | {Test.CLICKED, Test.CLICKED_NOT, Test.USED, Test.USED_NOT}
_SET = (Test.IS_SET, Test.IS_EMPTY)
_RELATIVE = (Test.LAST_DAYS, Test.NEXT_DAYS, Test.LONGER_AGO)
TESTS: dict[Kind, tuple[Test, ...]] = {
    Kind.TEXT: (
        Test.IS,
        Test.IS_NOT,
        Test.CONTAINS,
        Test.CONTAINS_NOT,
        Test.BEGINS,
        *_SET,
    ),
    Kind.NUMBER: (
        Test.AT_LEAST,
        Test.MORE,
        Test.AT_MOST,
        Test.LESS,
        Test.EQUALS,
        Test.BETWEEN,
        *_SET,
    ),
    Kind.DATE: (*_RELATIVE, Test.ON, Test.BEFORE, Test.AFTER, Test.FROM_TO, *_SET),
    Kind.TRUTH: (Test.YES, Test.NO, *_SET),
    Kind.LANGUAGE: (Test.IS, Test.IS_NOT),
    Kind.LIST: (Test.ON_LIST, Test.LEFT_LIST, Test.NEVER_ON_LIST),
    Kind.TOPIC: (Test.WANTS, Test.WANTS_NOT),
    Kind.CAMPAIGN: (
        Test.GOT,
        Test.OPENED,
        Test.OPENED_NOT,
        Test.CLICKED,
        Test.CLICKED_NOT,
        Test.SENT,
        Test.GOT_NOT,
        Test.NOT_SENT,
    ),
    Kind.ACTIVITY: (Test.USED, Test.USED_NOT),
}
KINDS: dict[About, tuple[Kind, ...]] = {
    About.ATTRIBUTE: (Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.TRUTH),
    About.LANGUAGE: (Kind.LANGUAGE,),
    About.LIST: (Kind.LIST,),
    About.TOPIC: (Kind.TOPIC,),
    About.CONSENT: (Kind.DATE,),
    About.ADDED: (Kind.DATE,),
    About.CAMPAIGN: (Kind.CAMPAIGN,),
    About.ACTIVITY: (Kind.ACTIVITY,),
}
WITH_TWO_VALUES = frozenset({Test.BETWEEN, Test.FROM_TO})
WITH_DAYS = frozenset({*_RELATIVE, Test.USED, Test.USED_NOT})
_WITHOUT_VALUE = frozenset({*_SET, Test.YES, Test.NO})
_KEYED = frozenset({Kind.LIST, Kind.TOPIC, Kind.CAMPAIGN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is asked.

    key: the attribute's name, the list's or topic's number, the campaign's id; else "".
    value, until: as text: what is compared with; `until` where there is a second.

    Raises ConditionRefused: it makes no sense.
    """

    about: About
    kind: Kind
    test: Test
    key: str = ""
    value: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS[self.about] or self.test not in TESTS[self.kind]:
            raise ConditionRefused("test", "it cannot be asked so.")
        self._check_key()
        if self.takes_value:
            self._check_value("value", self.value)
        if self.takes_until:
            self._check_value("until", self.until)

    @property
    def takes_value(self) -> bool:
        return takes_value(self.kind, self.test)

    @property
    def takes_until(self) -> bool:
        return self.test in WITH_TWO_VALUES

    def _check_key(self) -> None:
        match self.about:
            case About.ATTRIBUTE if not is_attribute_name(self.key):
                raise ConditionRefused("key", "there is no attribute of this name.")
            case About.LIST | About.TOPIC if not _is_number(self.key):
                raise ConditionRefused("key", "nothing is chosen.")
            case About.CAMPAIGN if not is_campaign_id(self.key):
                raise ConditionRefused("key", "nothing is chosen.")

    def _check_value(self, name: str, text: str) -> None:
        if not text or len(text) > LONGEST_VALUE or "\0" in text:
            raise ConditionRefused(name, "say what to compare with.")
        if self.test in WITH_DAYS:
            if not _is_number(text) or int(text) > MOST_DAYS:
                raise ConditionRefused(name, "give a number of days, such as 30.")
            if self.test in ON_HITS and int(text) > HITS_KEPT.days:
                raise ConditionRefused(name, "opens and clicks are kept for 400 days.")
        elif self.kind is Kind.NUMBER and read_number(text) is None:
            raise ConditionRefused(name, "give a number, such as 12 or 3.5.")
        elif self.kind is Kind.DATE and read_day(text) is None:
            raise ConditionRefused(name, "give a date, such as 2026-01-31.")
        elif self.kind is Kind.LANGUAGE and text not in ("ko", "en"):
            raise ConditionRefused(name, "choose a language.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    match: Match = Match.ALL
    conditions: Sequence[Condition] = field(default_factory=tuple[Condition, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """All groups together. Without a condition, everybody.

    Raises ConditionRefused: there is too much of it.
    """

    match: Match = Match.ALL
    groups: Sequence[Group] = field(default_factory=tuple[Group, ...])

    def __post_init__(self) -> None:
        if len(self.groups) > MOST_GROUPS:
            raise ConditionRefused("groups", "there are too many groups.")
        if any(len(group.conditions) > MOST_CONDITIONS for group in self.groups):
            raise ConditionRefused("groups", "there are too many conditions in a group.")


def takes_value(kind: Kind, test: Test) -> bool:
    """Whether something is to be typed for it."""
    return kind not in _KEYED and test not in _WITHOUT_VALUE


def day_bounds(test: Test, value: str, until: str, today: date) -> tuple[date, date]:
    """Return the first and the last day that fit, for a test that compares days."""
    if test in WITH_DAYS:
        return _relative_bounds(test, int(value), today)
    day = date.fromisoformat(value)
    match test:
        case Test.ON:
            return day, day
        case Test.BEFORE:
            return date.min, _moved(day, -1)
        case Test.AFTER:
            return _moved(day, 1), date.max
        case _:
            return day, date.fromisoformat(until)


def read_number(text: str) -> float | None:
    """Read what a person types; None where it is no number."""
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) and text.isascii() else None


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def to_json(segmentation: Segmentation) -> dict[str, Any]:
    """Return it as what JSON has."""
    return {
        "match": segmentation.match.value,
        "groups": [
            {
                "match": group.match.value,
                "conditions": [_condition_to_json(each) for each in group.conditions],
            }
            for group in segmentation.groups
        ],
    }


def from_json(stored: Mapping[str, Any]) -> Segmentation:
    """Read back what `to_json` returned. Raises ConditionRefused: it is something else."""
    try:
        return Segmentation(
            match=Match(stored["match"]),
            groups=tuple(_group_from_json(each) for each in stored["groups"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConditionRefused("groups", "it is not complete.") from error


def _condition_to_json(condition: Condition) -> dict[str, str]:
    fields = {
        "about": condition.about.value,
        "kind": condition.kind.value,
        "test": condition.test.value,
        "key": condition.key,
        "value": condition.value,
        "until": condition.until,
    }
    return {name: text for name, text in fields.items() if text}


def _group_from_json(stored: Mapping[str, Any]) -> Group:
    return Group(
        match=Match(stored["match"]),
        conditions=tuple(
            Condition(
                about=About(each["about"]),
                kind=Kind(each["kind"]),
                test=Test(each["test"]),
                key=str(each.get("key", "")),
                value=str(each.get("value", "")),
                until=str(each.get("until", "")),
            )
            for each in stored["conditions"]
        ),
    )


def _relative_bounds(test: Test, days: int, today: date) -> tuple[date, date]:
    match test:
        case Test.LAST_DAYS | Test.USED | Test.USED_NOT:
            return _moved(today, -days), today
        case Test.NEXT_DAYS:
            return today, _moved(today, days)
        case _:
            return date.min, _moved(today, -days - 1)


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
