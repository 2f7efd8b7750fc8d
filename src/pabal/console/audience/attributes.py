"""Which attributes subscribers have, and of which type, seen from some of them."""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, Min
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.importing.bases import NO, YES
from pabal.console.audience.importing.values import plain_date, plain_number
from pabal.console.audience.models import Subscriber
from pabal.console.audience.text_order import is_attribute_name

_LOOKED_AT = 300
_NEWEST = 50
_GOLDEN = 0.618_033_988_749_894_9
_MOST = 0.9  # share of the values that must be of a type
_EXAMPLES = 12


# What imports call the columns that most shops have; templates print them by these names.
_LABELS: Mapping[str, Promise] = {
    "name": _("Name"),
    "grade": _("Grade"),
    "coupon_code": _("Coupon code"),
    "discount": _("Discount"),
    "points": _("Points"),
    "favorite_brand": _("Favourite brand"),
    "favorite_category": _("Favourite category"),
    "last_order": _("Last order"),
}


class AttributeType(enum.Enum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAttribute:
    """An attribute that subscribers have. examples: frequent values, most frequent first."""

    name: str
    type: AttributeType
    examples: Sequence[str] = ()


def known_attributes() -> Sequence[KnownAttribute]:
    """Return the attributes of three hundred subscribers, scattered, and of the newest.

    Two statements, however many there are. An attribute that hardly anybody has may be missing.
    """
    ends = Subscriber.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return ()
    numbers = scattered(ends["first"], ends["last"], _LOOKED_AT)
    newest = range(ends["last"] - _NEWEST, ends["last"] + 1)
    rows = Subscriber.objects.filter(pk__in=[*numbers, *newest])
    return describe(rows.values_list("attributes", flat=True))


def label_of(name: str) -> str:
    """Return what people call an attribute: its own name, where nobody knows another."""
    return str(_LABELS.get(name, name))


def describe(rows: Iterable[Mapping[str, str]]) -> Sequence[KnownAttribute]:
    """Return what attributes there are, by name."""
    values: dict[str, Counter[str]] = {}
    for attributes in rows:
        for name, value in attributes.items():
            if is_attribute_name(name):
                values.setdefault(name, Counter())[str(value)] += 1
    return [
        KnownAttribute(name=name, type=_type_of(counted), examples=_frequent(counted))
        for name, counted in sorted(values.items())
    ]


def scattered(first: int, last: int, count: int) -> Sequence[int]:
    """Return up to `count` numbers from first to last, the same every time.

    At one distance from each other they would fall in step with what an import repeats; a
    golden share of the whole is in step with nothing.
    """
    span = last - first + 1
    if span <= count:
        return range(first, last + 1)
    return sorted({first + int(span * (number * _GOLDEN % 1)) for number in range(count)})


def _type_of(values: Counter[str]) -> AttributeType:
    total = values.total()

    def share(numbered: Iterable[int]) -> float:
        return sum(numbered) / total

    if share(n for v, n in values.items() if _folded(v) in YES | NO) >= 1 and len(values) <= 2:
        return AttributeType.TRUTH
    if share(n for v, n in values.items() if plain_date(v[:10]) and len(v) >= 10) >= _MOST:
        return AttributeType.DATE
    if share(n for v, n in values.items() if plain_number(v)) >= _MOST:
        return AttributeType.NUMBER
    return AttributeType.TEXT


def _frequent(values: Counter[str]) -> Sequence[str]:
    return [value for value, count in values.most_common(_EXAMPLES) if count > 1]


def _folded(value: str) -> str:
    return value.casefold().replace(" ", "")
