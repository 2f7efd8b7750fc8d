"""Text compared byte by byte, in an order for which both databases have an index.

A server's own collation sorts people as a dictionary does; what begins with the same letters
then stands in no one stretch of an index, and a page of a million rows takes seconds.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, TextField
from django.db.models.expressions import OrderBy
from django.db.models.fields import CharField
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    _AnyLookup = Lookup[Any]
else:
    _AnyLookup = Lookup

_FOLDED = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_LAST = "\U0010ffff"
_NAME = re.compile(r"[^\W\d]\w{0,99}")

_Sql = tuple[str, Any]


def fold(text: str) -> str:
    """Make A to Z small and leave the rest: what both databases do alike."""
    return text.translate(_FOLDED)


def behind_prefix(prefix: str) -> str:
    """Return a text behind everything that begins with `prefix`."""
    return prefix + _LAST


def is_attribute_name(name: str) -> bool:
    """Whether it can stand in a statement as it is; import and forms make no other."""
    return _NAME.fullmatch(name) is not None and name.isidentifier()


class FoldedAttribute(Func):
    """The value of a subscriber's attribute, folded; "" where there is none.

    The name is written into the statement, not handed over: an index on the expression is
    found by its text.
    """

    def __init__(self, name: str, source: str = "attributes") -> None:
        if not is_attribute_name(name):
            raise ValueError(f"not an attribute's name: {name!r}")
        super().__init__(F(source), output_field=TextField())
        self.name = name

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> _Sql:
        template = f"lower(coalesce(%(expressions)s ->> '{self.name}', '') collate \"C\")"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> _Sql:
        # Python's JSON escapes what is not ASCII, and SQLite compares keys as they are written.
        keys = dict.fromkeys([json.dumps(self.name), f'"{self.name}"'])
        values = ", ".join(f"json_extract(%(expressions)s, '$.{key}')" for key in keys)
        template = f"lower(coalesce({values}, ''))"
        return super().as_sql(compiler, connection, template=template, **extra)


class InByteOrder(OrderBy):
    """Sorts a column as Django's index for `LIKE` has it (varchar_pattern_ops)."""

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        # The compiler looks for the word behind every expression that sorts.
        return super().as_sql(compiler, connection, template="%(expression)s using ~<~ /* ASC */")


class _ByBytes(_AnyLookup):
    operator = ""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        return self._compare(self.operator, compiler, connection)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Sql:
        return self._compare(f"~{self.operator}~", compiler, connection)

    def _compare(
        self, operator: str, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> _Sql:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} {operator} {right}", [*left_values, *right_values]


@CharField.register_lookup
class Behind(_ByBytes):
    lookup_name = "behind"
    operator = ">"


@CharField.register_lookup
class From(_ByBytes):
    lookup_name = "from"
    operator = ">="


@CharField.register_lookup
class Before(_ByBytes):
    lookup_name = "before"
    operator = "<"
