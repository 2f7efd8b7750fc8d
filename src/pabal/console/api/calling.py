"""An operation of the API, and a call of one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pabal.console.accounts.access import Act
from pabal.console.api.asked import Asked
from pabal.console.api.models import ApiKey
from pabal.console.api.told import Told

AskedT = TypeVar("AskedT", bound=Asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[AskedT]):
    """target: what stands in the path's blank; "" where it has none."""

    key: ApiKey
    target: str
    asked: AskedT
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """path: behind /api/v1/, as OpenAPI writes it. asked: the query of a GET, else the body.

    do: its docstring's first line is what the documentation says. answer: None for no content.
    """

    method: str
    path: str
    act: Act
    do: Callable[[Call[Any]], Told | None]
    asked: type[Asked]
    answer: type[Told] | None

    @property
    def name(self) -> str:
        return self.do.__name__

    @property
    def summary(self) -> str:
        return (self.do.__doc__ or "").strip().partition("\n")[0]
