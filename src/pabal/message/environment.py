"""Jinja as templates of mails get it: sandboxed, strict, counted, blind to files.

The sandbox is an allow-list: names, filters, tests, methods and tags that are not named
in this room do not exist. Values are text, numbers, and lists of them; lists of lists
only as they are written in the template, so that no template can build a structure of
which the text is larger than the memory.
"""

from collections.abc import Callable, Iterable, Mapping
from sys import getsizeof
from typing import Any

from jinja2 import StrictUndefined, UndefinedError, nodes, tests
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing
from markupsafe import escape

from pabal.domain.campaign import SenderIdentity
from pabal.message.filters import NotUsable, filters_of, single
from pabal.message.guard import guarded, hidden_filters
from pabal.message.meter import LimitReached, Meter
from pabal.message.statics import StaticsGenerator, StaticText

_TESTS = (
    "boolean defined divisibleby even false float in integer iterable lower mapping none"
    " number odd sequence string true undefined upper == != < <= > >= eq ne lt le gt ge"
    " equalto lessthan greaterthan"
).split()
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal"
        " isdigit islower isnumeric isspace istitle isupper lower lstrip partition"
        " removeprefix removesuffix rfind rindex rpartition rsplit rstrip split splitlines"
        " startswith strip swapcase title upper".split()
    ),
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    LoopContext: frozenset(
        "cycle depth depth0 first index index0 last length nextitem previtem revindex"
        " revindex0".split()
    ),
    SenderIdentity: frozenset({*SenderIdentity.__dataclass_fields__, "domain"}),
}
_ATTRIBUTES_OF_DICT = frozenset(dir(dict))
_INTERNAL = frozenset({"_loop_vars", "_block_vars", "caller"})  # what Jinja itself passes
_SHORT = 100  # characters that are not worth counting when they are printed
_LONGEST_NUMBER = 256  # bits
_LONGEST_RANGE = 10_000


class MissingName(UndefinedError):
    """A name that the recipient's data does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} is undefined")


class RecipientUndefined(StrictUndefined):
    """Fails as soon as it is used, and says which name it was."""

    def __init__(self, hint: Any = None, obj: Any = missing, name: Any = None, exc: Any = None):
        super().__init__(hint, obj, name, exc or UndefinedError)
        if hint is None and obj is missing:
            self._undefined_exception: Any = _MissingNamed(str(name))
        elif hint is None:
            self._undefined_hint = f"there is no “{name}” in it"


class _MissingNamed:
    """Stands where Jinja wants an exception class, because a message is all it passes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, message: str) -> MissingName:
        return MissingName(self._name)


class MailEnvironment(ImmutableSandboxedEnvironment):
    """The environment of one field of a campaign's mails.

    known: values that are the same for all recipients; printing them makes static text.
    statics: the constant texts of the templates that were compiled with it, in order.
    Not for two threads at once: the meter counts one rendering.
    """

    code_generator_class = StaticsGenerator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(
        self, meter: Meter, *, autoescape: bool, known: Mapping[str, Any] | None = None
    ) -> None:
        self.meter = meter
        self.known = known or {}
        self.statics: list[StaticText] = []
        self.printed = self._printed_in_html if autoescape else self._printed_in_text
        super().__init__(
            undefined=RecipientUndefined,
            autoescape=autoescape,
            optimized=False,
            keep_trailing_newline=True,
            finalize=self._printable,
            cache_size=0,
        )
        self.filters = filters_of(meter) | hidden_filters(meter)
        self.tests = {name: tests.TESTS[name] for name in _TESTS}
        self.globals = {"range": self._range, "dict": dict, "namespace": Namespace}

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        guarded(source, self)
        return super()._generate(source, *args, **kwargs)

    def concat(self, pieces: Iterable[str]) -> str:
        """Join what a macro or a set block has printed."""
        texts = list(pieces)
        self.meter.spend(sum(map(len, texts)))
        return "".join(texts)

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What loops ask for again and again, as the sandbox would answer: it looks for an
        # attribute first, and for an item that costs an exception.
        kind = obj.__class__
        if kind is dict:
            if attribute in obj and attribute not in _ATTRIBUTES_OF_DICT:
                return obj[attribute]
        elif attribute in _METHODS.get(kind, ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(obj, single(argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, Namespace):
            return not attr.startswith("_")
        return any(isinstance(obj, kind) and attr in names for kind, names in _METHODS.items())

    def wrap_str_format(self, value: Any) -> None:
        """`format` is no method that templates have."""
        return

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a method or a function of the allow-list."""
        self.meter.spend(0)
        if isinstance(obj, Macro):
            return super().call(context, obj, *args, **kwargs)
        kwargs = {name: kwargs[name] for name in kwargs.keys() - _INTERNAL}
        if obj is not Namespace:
            for value in (*args, *kwargs.values()):
                single(value)
        result = super().call(context, obj, *args, **kwargs)
        self.meter.spend(getsizeof(result))
        return result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute what could make much of little, after a look at what it would make."""
        self.meter.spend(_BINOP_SIZES[operator](left, right))
        return super().call_binop(context, operator, left, right)

    def _printed_in_html(self, value: object) -> str:
        """Return the text that stands for a value; most values need no second look."""
        if type(value) is str and len(value) <= _SHORT:
            return value if value.isalnum() else escape(value)
        if type(value) is int:
            return str(value)
        return escape(self._printable(value))

    def _printed_in_text(self, value: object) -> str:
        if type(value) is str and len(value) <= _SHORT:
            return value
        return str(self._printable(value))

    def _printable(self, value: Any) -> Any:
        """Return what may be printed: a text or a number."""
        if isinstance(value, str):
            if len(value) > _SHORT:
                self.meter.print(len(value))
            return value
        if value is None:
            raise NotUsable("there is nothing to print: the value is “none”")
        return single(value)

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        if len(numbers) > _LONGEST_RANGE:
            raise LimitReached(f"a range of more than {_LONGEST_RANGE} numbers")
        return numbers


def _size_of_sum(left: Any, right: Any) -> int:
    if isinstance(left, int | float):
        return _size_of_number(left, right, lambda a, b: max(a, b) + 1)
    return sum(map(_size_of_sequence, (left, right)))


def _size_of_product(left: Any, right: Any) -> int:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _size_of_number(left, right, lambda a, b: a + b)
    sequence, times = (right, left) if isinstance(left, int) else (left, right)
    return _size_of_sequence(sequence) * max(int(times), 0)


def _size_of_power(left: Any, right: Any) -> int:
    return _size_of_number(left, right, lambda a, b: a * abs(int(right)) if b else 0)


def _size_of_remainder(left: Any, right: Any) -> int:
    if isinstance(left, str):
        raise NotUsable("% does not format text in mails; use ~ to join")
    return 0


def _size_of_number(left: Any, right: Any, bits: Callable[[int, int], int]) -> int:
    if isinstance(left, int) and isinstance(right, int):
        wanted = bits(left.bit_length(), right.bit_length())
        if wanted > _LONGEST_NUMBER:
            raise LimitReached(f"a number of more than {_LONGEST_NUMBER} bits")
    return 0


def _size_of_sequence(value: Any) -> int:
    if not isinstance(value, str):
        for item in value:
            single(item)
    return len(value) * (1 if isinstance(value, str) else 8)


_BINOP_SIZES: dict[str, Callable[[Any, Any], int]] = {
    "+": _size_of_sum,
    "*": _size_of_product,
    "**": _size_of_power,
    "%": _size_of_remainder,
}
