"""A finding: one result of a check, with its remedy and the rule that it comes from."""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pabal.domain.errors import SPOKEN
from pabal.domain.reasons import spoken

EXAMPLES = 20  # rows that a finding names


class Severity(enum.IntEnum):
    """Errors stop the campaign; warnings want a look; notes are good to know."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    message, remedy: English, ids of the translation catalogue; `details` fill their names.
    rule: where it comes from, such as "docs/rules.md K7".
    rows: whom it concerns, some examples; count says how many in all.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    rule: str = ""
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    rows: tuple[str, ...] = ()
    count: int = 0

    def of(self, rows: Sequence[str]) -> Iterator["Finding"]:
        """Say it once for all rows with this trouble, some of them named; not at all for none.

        The message may use {count}.
        """
        if rows:
            yield replace(
                self,
                details={**self.details, "count": len(rows)},
                rows=tuple(dict.fromkeys(rows))[:EXAMPLES],
                count=len(rows),
            )

    def joined(self, other: "Finding") -> "Finding":
        """Name the rows of both, which say the same of two mails."""
        rows = tuple(dict.fromkeys((*self.rows, *other.rows)))
        count = max(self.count, other.count, len(rows))
        details = {**self.details, "count": count} if "count" in self.details else self.details
        return replace(self, rows=rows[:EXAMPLES], count=count, details=details)

    def explain(self, translate: Callable[[str], str]) -> str:
        return translate(self.message).format(**self._spoken(translate))

    def advise(self, translate: Callable[[str], str]) -> str:
        return translate(self.remedy).format(**self._spoken(translate))

    def _spoken(self, translate: Callable[[str], str]) -> Mapping[str, object]:
        words = {k: v for k, v in self.details.items() if k in SPOKEN and isinstance(v, str)}
        return {**self.details, **{name: spoken(text, translate) for name, text in words.items()}}
