"""The table as a CSV file, a part at a time: memory does not grow with it."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence

from pabal.console.audience.importing.report import harmless_cell
from pabal.console.audience.models import Subscriber

# The mark tells spreadsheet programs that it is UTF-8.
_MARK = "\ufeff"
_REST = "other_attributes"


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(parts: Iterable[Sequence[Subscriber]], names: Sequence[str]) -> Iterator[str]:
    """Write subscribers as lines of CSV, which import as they are and calculate nothing.

    names: of the attributes that get a column; what somebody has beside them stands in the
    last one, as JSON.
    """
    writer = csv.writer(_Echo())
    yield _MARK + str(writer.writerow(["email", "language", "created_at", *names, _REST]))
    for part in parts:
        yield "".join(str(writer.writerow(_cells(each, names))) for each in part)


def _cells(subscriber: Subscriber, names: Sequence[str]) -> list[str]:
    attributes = subscriber.attributes
    rest = {name: value for name, value in attributes.items() if name not in set(names)}
    values = [
        subscriber.email,
        subscriber.language,
        subscriber.created_at.isoformat(timespec="seconds"),
        *(str(attributes.get(name, "")) for name in names),
        json.dumps(rest, ensure_ascii=False) if rest else "",
    ]
    return [harmless_cell(value) for value in values]
