"""Whatever can be the case has words."""

import enum
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, cast

import pytest

from pabal.cli import words as of_commands
from pabal.console.campaigns import words as of_pages
from pabal.pipeline import words


def tables(module: ModuleType) -> Iterator[tuple[str, Mapping[enum.Enum, object]]]:
    for name, value in vars(module).items():
        table = cast("dict[Any, object]", value) if isinstance(value, dict) else {}
        if all(isinstance(key, enum.Enum) for key in table) and table:
            yield name, table


@pytest.mark.parametrize("module", [words, of_commands, of_pages])
def test_each_case_has_a_word(module: ModuleType) -> None:
    for name, table in tables(module):
        if not name.endswith("_TONES"):
            assert set(table) == set(type(next(iter(table)))), f"{module.__name__}.{name}"
