"""Deliveries that change: read, changed by the table, written at once.

Begin, settle, sweep and resolve are all this: a ledger reads the rows in a transaction,
`Changes.happen` takes each through TRANSITIONS, and the ledger writes rows, history and tally.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zlib import crc32

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State, after
from pabal.domain.erasure import is_alias
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome
from pabal.domain.suppression import Reason
from pabal.ledger.instants import to_micros
from pabal.ledger.port import RunState

# A mail that kills its worker, or that a server never answers, would go out for ever.
AUTOMATIC_ATTEMPTS = 4
TEXT_LIMIT = 500  # characters of a server's words that are kept
SLOTS = 16  # parts of a campaign's tally
OVER = frozenset({RunState.CANCELLED, RunState.FINISHED})


@dataclass(slots=True, kw_only=True)
class Row:
    """A delivery as it stands in this transaction, with what its campaign says.

    stop: why its address is suppressed for this campaign; None where it is not.
    """

    id: DeliveryId
    campaign: str
    position: int
    address: str
    state: State
    attempts: int
    failures: int
    not_before: int
    worker: str
    begun_at: int | None
    last: str
    run: RunState
    on_doubt: OnDoubt
    stop: Reason | None

    @property
    def resends_itself(self) -> bool:
        """Whether a doubt about this delivery is answered by sending it again."""
        return (
            self.on_doubt is OnDoubt.RESEND
            and self.run not in OVER
            and self.attempts < AUTOMATIC_ATTEMPTS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What was said when something happened, by the server or by Pabal."""

    code: int = 0
    enhanced: str = ""
    text: str = ""

    @classmethod
    def of(cls, outcome: Outcome) -> "Words":
        if outcome.reply is None:
            return cls(text=_clean(outcome.text))
        return cls(
            code=outcome.reply.code,
            enhanced=_clean(outcome.reply.enhanced),
            text=_clean(outcome.reply.text or outcome.text),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code or ""), self.enhanced, self.text)))

    @classmethod
    def plain(cls, text: str) -> "Words":
        return cls(text=_clean(text))

    def about(self, address: str) -> "Words":
        """Leave out what a server wrote about somebody who was erased: it may name them."""
        return replace(self, text=ERASED.text) if self.text and is_alias(address) else self


NOTHING_SAID = Words()
ERASED = Words(text="The recipient was erased on request.")
CAMPAIGN_ENDED = Words(text="The campaign has ended.")
_OF_NO_ATTEMPT = frozenset({Happening.ENQUEUED, Happening.SUPPRESSED, Happening.CANCELLED})


@dataclass(slots=True)
class Changes:
    """What happens to held deliveries in one transaction.

    slot: the worker's part of the tally, so that workers do not wait for each other.
    rows: those that changed. history: what happened, in order. tally: by campaign and state.
    """

    slot: int = 0
    rows: dict[DeliveryId, Row] = field(default_factory=dict[DeliveryId, Row])
    history: list[Mapping[str, object]] = field(default_factory=list[Mapping[str, object]])
    tally: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def happen(
        self, row: Row, happening: Happening, at: datetime, words: Words = NOTHING_SAID
    ) -> None:
        """Take a delivery through TRANSITIONS. Raises IllegalTransition.

        What would be queued in a campaign that has ended is cancelled instead.
        """
        before, row.state = row.state, after(row.state, happening)
        words = words.about(row.address)
        self.tally[row.campaign, before.value] -= 1
        self.tally[row.campaign, row.state.value] += 1
        self.history.append(entry(row, happening, at, words))
        self.rows[row.id] = row
        if happening is not Happening.BEGUN:
            row.last = str(words)
        if row.state is State.QUEUED:
            self._queue_again(row, at)

    def release(self, row: Row) -> None:
        """Give a claim back."""
        row.worker = ""
        self.rows[row.id] = row

    def _queue_again(self, row: Row, at: datetime) -> None:
        row.worker = ""
        # Never 0 again: the index of what was never begun is left for ever.
        row.not_before = max(row.not_before, to_micros(at))
        if row.run in OVER:
            self.happen(row, Happening.CANCELLED, at, CAMPAIGN_ENDED)


def slot_of(worker: str) -> int:
    return crc32(worker.encode()) % SLOTS


def entry(row: Row, happening: Happening, at: datetime, words: Words) -> Mapping[str, object]:
    return {
        "delivery": row.id,
        "at": to_micros(at),
        "happening": happening.value,
        "attempt": 0 if happening in _OF_NO_ATTEMPT else row.attempts,
        "worker": row.worker,
        **said(words),
    }


def said(words: Words) -> Mapping[str, object]:
    return {"code": words.code, "enhanced": words.enhanced, "text": words.text}


def _clean(text: str) -> str:
    """Keep what both databases can: no NUL, no half characters, not endless."""
    return text[:TEXT_LIMIT].replace("\0", "").encode("utf-8", "replace").decode()
