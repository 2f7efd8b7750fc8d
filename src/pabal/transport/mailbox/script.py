"""Failures to order: what the mailbox answers to certain recipients.

So that a campaign can be tried against a full mailbox, a slow greylist or a connection
that breaks at the worst moment, without a real server that has them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The replies that a recipient's successive attempts get.

    replies: such as “451 4.3.0 Try again later”; or DROP, which ends the connection
    without one. Behind the last the mail is accepted, unless `always` repeats it.
    after_content: given behind the final dot instead of behind RCPT. A DROP there comes
    when the mail has been kept: the sender cannot know.
    """

    replies: tuple[str, ...]
    always: bool = False
    after_content: bool = False

    def reply(self, attempt: int) -> str | None:
        """Return what to say to an attempt (1 is the first); None to accept it."""
        if attempt <= len(self.replies):
            return self.replies[attempt - 1]
        return self.replies[-1] if self.always and self.replies else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureScript:
    """What happens to whom, by the recipient's address; upper and lower case are alike."""

    by_recipient: Mapping[str, Failure] = field(default_factory=dict[str, Failure])

    def failure_for(self, recipient: str, *, after_content: bool) -> Failure | None:
        for address, failure in self.by_recipient.items():
            if address.lower() == recipient.lower() and failure.after_content is after_content:
                return failure
        return None

    def to_json(self) -> str:
        return json.dumps({name: asdict(f) for name, f in self.by_recipient.items()}, indent=2)


def parse_script(text: str) -> FailureScript:
    """Read what `FailureScript.to_json` wrote. Raises ValueError: it is not that."""
    try:
        entries = {str(name): _failure(item) for name, item in json.loads(text).items()}
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a script of failures: {error}") from error
    return FailureScript(by_recipient=entries)


def read_script(path: Path) -> FailureScript:
    """Read a script from a file. Raises OSError, ValueError."""
    return parse_script(path.read_text())


def _failure(item: Any) -> Failure:
    return Failure(
        replies=tuple(str(reply) for reply in item["replies"]),
        always=bool(item.get("always", False)),
        after_content=bool(item.get("after_content", False)),
    )
