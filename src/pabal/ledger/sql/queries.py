"""Reads the named statements of a .sql file."""

import re
from functools import cache
from importlib.resources import files

OURS = "pabal.ledger.sql"

_HEAD = re.compile(r"^-- (?P<name>\w+)(?: \[(?P<dialect>\w+)\])?: .+\n", re.MULTILINE)


@cache
def read_statements(file_name: str, dialect: str, package: str = OURS) -> dict[str, str]:
    """Return the statements that `dialect` uses, by name, in the file's order."""
    text = files(package).joinpath(file_name).read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        head["name"]: _without_comments(text[head.end() : end]).strip().rstrip(";")
        for head, end in zip(heads, ends, strict=True)
        if head["dialect"] in (None, dialect)
    }


def _without_comments(text: str) -> str:
    return re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
