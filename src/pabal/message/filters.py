"""The filters of templates: Jinja's that are safe, and ours for Korean.

Filters for text take no lists, so that nobody prints one by mistake, and nothing here
can make much of little: what repeats, pads or rolls dice is left out, and so is `safe`,
because the data is not ours.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from sys import getsizeof
from typing import Any, cast

from jinja2 import TemplateRuntimeError, filters, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Undefined
from markupsafe import Markup, escape

from pabal.message.meter import Meter

_TEXT_FILTERS = (
    "abs capitalize d default e escape float int lower string striptags title trim truncate"
    " upper urlencode wordcount"
).split()
_LIST_FILTERS = "count first last length list max min reverse sort sum unique".split()
_SINGLE = (str, int, float, type(None), Undefined)
_NUMBER = re.compile(r"(-?)([0-9]+)(\.[0-9]+)?")
_LONGEST_NUMBER = 40  # digits
_ENGLISH_MONTHS = (
    "January February March April May June July August September October November December"
).split()


class NotUsable(TemplateRuntimeError):
    """Something in a template cannot work with the value that it got."""


def filters_of(meter: Meter) -> dict[str, Callable[..., Any]]:
    """Return the filters that templates may use, by name; the meter counts what they make."""
    own = {"comma": comma, "won": won, "date": written_date, "round": _round}
    on_text = {name: filters.FILTERS[name] for name in _TEXT_FILTERS} | own
    on_lists = {name: filters.FILTERS[name] for name in _LIST_FILTERS}
    return {
        **{name: _for_text(filter_, meter) for name, filter_ in on_text.items()},
        **{name: _for_lists(filter_, meter) for name, filter_ in on_lists.items()},
        "join": _joining(meter),
        "replace": _replacing(meter),
    }


def comma(value: object) -> str:
    """Write a number with commas: 1234567 becomes 1,234,567."""
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return f"{int(text):,}"
    match = _NUMBER.fullmatch(text.strip().replace(",", ""))
    if match is None or len(match[2]) > _LONGEST_NUMBER:
        raise NotUsable(f"“{_short(value)}” is not a number")
    sign, whole, fraction = match.groups()
    return f"{sign}{int(whole):,}{fraction or ''}"


def won(value: object) -> str:
    """Write an amount of money: 1234567 becomes 1,234,567원."""
    return f"{comma(value)}원"


def written_date(value: object, language: str = "ko") -> str:
    """Write an ISO date for people: 2026년 11월 24일, or with "en" November 24, 2026."""
    try:
        day = date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise NotUsable(f"“{_short(value)}” is not a date such as 2026-11-24") from None
    if language == "en":
        return f"{_ENGLISH_MONTHS[day.month - 1]} {day.day}, {day.year}"
    return f"{day.year}년 {day.month}월 {day.day}일"


def single(value: Any) -> Any:
    """Return a text, a number or nothing as it is. Raises NotUsable: it is a list or so."""
    if isinstance(value, _SINGLE):
        return value
    raise NotUsable("a list or an object stands where a text or a number should")


def _round(value: float, precision: int = 0) -> float:
    return round(float(value), max(-15, min(precision, 15)))


def _for_text(filter_: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    first = _first_argument(filter_)

    @functools.wraps(filter_)
    def counted(*args: Any, **kwargs: Any) -> Any:
        for value in args[first:]:
            single(value)
        for value in kwargs.values():
            single(value)
        result = filter_(*args, **kwargs)
        meter.spend(getsizeof(result))
        return result

    return counted


def _for_lists(filter_: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    first = _first_argument(filter_)

    @functools.wraps(filter_)
    def counted(*args: Any, **kwargs: Any) -> Any:
        meter.spend(_weight(args[first]))
        result = filter_(*args, **kwargs)
        if isinstance(result, Iterator):
            result = list(cast(Iterator[Any], result))
        meter.spend(getsizeof(result))
        return result

    return counted


def _weight(value: Any) -> int:
    """What sorting or comparing has to read."""
    if not isinstance(value, list | tuple):
        return 0
    items = cast(Sequence[Any], value)
    return sum(len(item) if isinstance(item, str) else 8 for item in items)


def _first_argument(filter_: Callable[..., Any]) -> int:
    """Where the value stands: behind Jinja's context, if the filter is passed one."""
    return 1 if hasattr(filter_, "jinja_pass_arg") else 0


def _joining(meter: Meter) -> Callable[..., Any]:
    @pass_eval_context
    def join(context: EvalContext, value: Any, between: Any = "") -> Any:
        items = [_text(item, context) for item in value]
        glue = _text(between, context)
        meter.spend(sum(map(len, items)) + len(glue) * len(items))
        joined = glue.join(items)
        return Markup(joined) if context.autoescape else joined  # noqa: S704 - each is escaped

    return join


def _replacing(meter: Meter) -> Callable[..., Any]:
    @pass_eval_context
    def replace(context: EvalContext, value: Any, old: Any, new: Any) -> Any:
        text, wanted, put = (str(single(part)) for part in (value, old, new))
        meter.spend(len(text) + text.count(wanted) * len(put))
        return text.replace(wanted, put)

    return replace


def _text(value: Any, context: EvalContext) -> str:
    return str(escape(single(value))) if context.autoescape else str(single(value))


def _short(value: object) -> str:
    return str(value)[:40]
