"""Finding subscribers among a million: always along an index, a page at a time.

What is searched for is looked for at the beginning of addresses, then of names, so that
both are a stretch of an index. A page begins behind a key and not behind a number of rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from pabal.console.audience.models import Membership, Subscriber, TopicChoice
from pabal.console.audience.text_order import FoldedAttribute, InByteOrder, behind_prefix, fold
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.subscribers.asking import Asked, Sort, State
from pabal.domain.suppression import EVERYTHING, Reason

PAGE = 50
COUNTED = 10_000  # what is more is “more than”: counting a million costs more than the page

Rows = QuerySet[Subscriber]
Narrow = Callable[[Rows], Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """next_after: what the next page begins behind; "" on the last page."""

    subscribers: Sequence[Subscriber]
    next_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many there are. is_more: there are more than `count`."""

    count: int
    is_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A part of an index that is gone through in its order.

    sign: what a page's end is marked with. key: of a row. behind: the rows after a key.
    """

    sign: str
    rows: Rows
    key: Callable[[Subscriber], str]
    behind: Callable[[Rows, str], Rows]


def page(asked: Asked, *, narrow: Narrow, size: int = PAGE) -> Page:
    """Return the subscribers behind `asked.after`.

    narrow: leaves out who is not in the segment that is asked for.
    """
    found: list[tuple[_Stretch, Subscriber]] = []
    sign, key = asked.after[:1], asked.after[1:]
    stretches = list(_stretches(asked, narrow))
    if sign not in {stretch.sign for stretch in stretches}:
        sign = ""
    for stretch in stretches:
        rows = stretch.rows
        if sign and stretch.sign != sign:
            continue
        if sign:
            rows, sign = stretch.behind(rows, key), ""
        found += [(stretch, each) for each in rows[: size + 1 - len(found)]]
    shown = found[:size]
    more = len(found) > size
    return Page(
        subscribers=[each for _stretch, each in shown],
        next_after=_mark(*shown[-1]) if more else "",
    )


def everybody(asked: Asked, *, narrow: Narrow, size: int = 1_000) -> Iterator[Sequence[Subscriber]]:
    """Go through all that fits, in the table's order; nothing stays open in between."""
    after = ""
    while True:
        part = page(replace(asked, after=after), narrow=narrow, size=size)
        yield part.subscribers
        after = part.next_after
        if not after:
            return


def count(asked: Asked, *, narrow: Narrow) -> Found:
    """Count what fits, exactly where nothing is asked for."""
    if asked.is_for_everybody:
        return Found(count=Subscriber.people.count(), is_more=False)
    counted = sum(s.rows.order_by()[: COUNTED + 1].count() for s in _stretches(asked, narrow))
    return Found(count=min(counted, COUNTED), is_more=counted > COUNTED)


def _mark(stretch: _Stretch, last: Subscriber) -> str:
    return stretch.sign + stretch.key(last)


def _stretches(asked: Asked, narrow: Narrow) -> Iterator[_Stretch]:
    if asked.search:
        rows = narrow(_filtered(asked, Subscriber.people.all()))
        yield _by_address(_beginning_with(asked.search, rows))
        yield _by_name(_named(asked.search, rows))
        return
    if asked.sort is Sort.NEWEST and asked.list:
        yield _by_membership(asked, narrow)
        return
    rows = narrow(_filtered(asked, Subscriber.people.all()))
    match asked.sort:
        case Sort.NEWEST:
            yield _newest(rows)
        case Sort.ADDRESS:
            yield _by_address(rows)
        case Sort.NAME:
            yield _by_name(rows)


def _newest(rows: Rows) -> _Stretch:
    return _Stretch(
        sign="n",
        rows=rows.order_by("-pk"),
        key=lambda each: str(each.pk),
        behind=lambda rows, key: rows.filter(pk__lt=_number(key)),
    )


def _by_address(rows: Rows) -> _Stretch:
    return _Stretch(
        sign="a",
        rows=rows.order_by(InByteOrder(F("address"))),
        key=lambda each: each.address,
        behind=lambda rows, key: rows.filter(address__behind=key),
    )


def _by_name(rows: Rows) -> _Stretch:
    return _Stretch(
        sign="m",
        rows=rows.alias(folded_name=FoldedAttribute("name")).order_by("folded_name", "pk"),
        key=lambda each: f"{each.pk}:{fold(str(each.attributes.get('name') or ''))}",
        behind=_behind_name,
    )


def _behind_name(rows: Rows, key: str) -> Rows:
    number, _colon, name = key.partition(":")
    further = Q(folded_name__gt=name) | Q(pk__gt=_number(number))
    named = rows.alias(folded_name=FoldedAttribute("name"))
    return named.filter(further, folded_name__gte=name)


def _by_membership(asked: Asked, narrow: Narrow) -> _Stretch:
    """Along the list's own index: of a list with ten members nobody else is looked at."""

    def members(**position: int) -> Rows:
        wanted = {f"memberships__{name}": value for name, value in _standing(asked).items()}
        return narrow(_filtered(asked, Subscriber.people.filter(**wanted, **position), listed=True))

    return _Stretch(
        sign="l",
        rows=members().order_by("-memberships__subscriber_id"),
        key=lambda each: str(each.pk),
        behind=lambda _rows, key: members(memberships__subscriber_id__lt=_number(key)).order_by(
            "-memberships__subscriber_id"
        ),
    )


def _beginning_with(search: str, rows: Rows) -> Rows:
    prefix = search.casefold()
    return rows.filter(address__from=prefix, address__before=behind_prefix(prefix))


def _named(search: str, rows: Rows) -> Rows:
    """Those whose name begins so; not again who was found by address."""
    name, address = fold(search), search.casefold()
    by_address = Q(address__from=address, address__before=behind_prefix(address))
    rows = rows.alias(folded_name=FoldedAttribute("name")).exclude(by_address)
    return rows.filter(folded_name__gte=name, folded_name__lt=behind_prefix(name))


def _filtered(asked: Asked, rows: Rows, *, listed: bool = False) -> Rows:
    """listed: the membership is looked at already."""
    if asked.topic:
        unwanted = TopicChoice.objects.filter(
            topic=asked.topic, wanted=False, subscriber=OuterRef("pk")
        )
        rows = rows.filter(~Exists(unwanted))
    if asked.state is State.SUPPRESSED:
        rows = rows.filter(address__in=_stopped().values("address"))
    standing = _standing(asked)
    if standing and not listed:
        rows = rows.filter(Exists(Membership.objects.filter(subscriber=OuterRef("pk"), **standing)))
    return rows


def _standing(asked: Asked) -> dict[str, object]:
    """What the membership must be, by the names of its fields."""
    standing: dict[str, object] = {"list": asked.list} if asked.list else {}
    match asked.state:
        case State.SUBSCRIBED:
            standing |= {"status": Membership.Status.SUBSCRIBED.value}
        case State.UNSUBSCRIBED:
            standing |= {"status": Membership.Status.UNSUBSCRIBED.value}
        case State.NOT_AGREED:
            standing |= {
                "status": Membership.Status.SUBSCRIBED.value,
                "consented_at__isnull": True,
            }
    return standing


def _stopped() -> QuerySet[LedgerSuppression]:
    """Whose address is not mailed at all, but not because they left."""
    stops = LedgerSuppression.objects.filter(scope=EVERYTHING)
    return stops.exclude(reason=Reason.UNSUBSCRIBED.value)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
