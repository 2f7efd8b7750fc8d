"""A finding: one result of a check, with its remedy and the rule that it comes from."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


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

    def explain(self, translate: Callable[[str], str]) -> str:
        return translate(self.message).format(**self.details)

    def advise(self, translate: Callable[[str], str]) -> str:
        return translate(self.remedy).format(**self.details)
