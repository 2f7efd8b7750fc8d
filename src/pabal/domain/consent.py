"""Consent: an append-only record, chained so that a changed past shows."""

import enum
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

# Made once: making it takes longer than writing a record.
_CONTENT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class ConsentAction(enum.Enum):
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """Who agreed to what, when and how (정보통신망법 50; GDPR 7(1): be able to show it).

    subscriber: the subscriber's number.
    purpose: the scope of suppression.py that it is about: a list, a topic or all.
    source: how: a form's name, a file's name and row, the one-click link.
    wording: the text that was agreed to, or its version.
    happened_at: when the person did it; may lie before it was recorded.
    """

    subscriber: int
    action: ConsentAction
    purpose: str
    source: str
    wording: str
    happened_at: datetime

    def digest(self, previous: str) -> str:
        """Return the link of the hash chain after `previous` ("" for the first), 64 hex digits."""
        content = _CONTENT.encode(
            [
                previous,
                self.subscriber,
                self.action.value,
                self.purpose,
                self.source,
                self.wording,
                self.happened_at.timestamp(),
            ]
        )
        return hashlib.sha256(content.encode()).hexdigest()
