"""An attribute's text as a number or a day, within the database; nothing where it is none.

The grammar is that of conditions.py, written once for each database: neither may raise for a
text that is no number, and both must take the same texts for one.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FloatField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from pabal.console.audience.text_order import FoldedAttribute

_Sql = tuple[str, Any]

_NUMBER_POSTGRESQL = (
    "case when length(%(expressions)s) <= 16 and %(expressions)s ~ '^-?[0-9]+([.][0-9]+)?$' "
    "then (%(expressions)s)::double precision end"
)
_BARE = "substr(%(expressions)s, 1 + (substr(%(expressions)s, 1, 1) = '-'))"
_NUMBER_SQLITE = (
    f"case when length(%(expressions)s) <= 16 and {_BARE} glob '[0-9]*' "
    f"and {_BARE} not glob '*[^0-9.]*' and {_BARE} not glob '*.*.*' and {_BARE} not glob '*.' "
    "then cast(%(expressions)s as real) end"
)
_DAY_POSTGRESQL = (
    "case when %(expressions)s ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' then left(%(expressions)s, 10) end"
)
_DAY_SQLITE = (
    "case when %(expressions)s glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' "
    "then substr(%(expressions)s, 1, 10) end"
)


class _PerDatabase(Func):
    postgresql = ""
    sqlite = ""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> _Sql:
        return super().as_sql(compiler, connection, template=self.postgresql, **extra)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> _Sql:
        return super().as_sql(compiler, connection, template=self.sqlite, **extra)


class NumberOf(_PerDatabase):
    """The attribute as a number."""

    postgresql, sqlite = _NUMBER_POSTGRESQL, _NUMBER_SQLITE

    def __init__(self, name: str) -> None:
        super().__init__(FoldedAttribute(name), output_field=FloatField())


class DayOf(_PerDatabase):
    """The attribute as a day, written 2026-01-31: as text it is in the order of days."""

    postgresql, sqlite = _DAY_POSTGRESQL, _DAY_SQLITE

    def __init__(self, name: str) -> None:
        super().__init__(FoldedAttribute(name), output_field=TextField())
