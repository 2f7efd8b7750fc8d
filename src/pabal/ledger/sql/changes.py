"""Deliveries that change: read and locked, changed by the table, written at once.

Begin, settle, sweep and resolve are all this: `hold` reads the rows, `Changes.happen`
takes each through TRANSITIONS, `Changes.write` writes rows, history and tally.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State, after
from pabal.domain.erasure import is_alias
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Outcome
from pabal.domain.suppression import Reason, stops
from pabal.ledger.port import RunState
from pabal.ledger.sql.instants import to_micros
from pabal.ledger.sql.session import Answer, Statements

# A mail that kills its worker, or that a server never answers, would go out for ever.
AUTOMATIC_ATTEMPTS = 4
TEXT_LIMIT = 500  # characters of a server's words that are kept
_SLOTS = 16
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


def hold(sql: Statements, deliveries: Iterable[DeliveryId]) -> dict[DeliveryId, Row]:
    """Read deliveries; nobody else changes them or their runs' states before we commit."""
    return read_held(ask_to_hold(sql, deliveries))


def ask_to_hold(sql: Statements, deliveries: Iterable[DeliveryId]) -> Answer:
    """The first half of `hold`: other questions may follow before the answer is read."""
    ids = sorted(set(deliveries))
    if not ids:
        return list[Any]
    sql.lock("hold_runs")
    return sql.ask("hold", {"ids": sql.array(ids)})


def read_held(answer: Answer) -> dict[DeliveryId, Row]:
    """The second half of `hold`."""
    held: dict[DeliveryId, Row] = {}
    for *columns, scopes, scope, reason in answer():
        row = held.get(columns[0])
        if row is None:
            row = held[columns[0]] = _row(*columns)
        if scope is not None and stops(scope, Reason(reason), _scopes(scopes)):
            row.stop = Reason(reason)
    return held


@dataclass(slots=True)
class Changes:
    """What happens to held deliveries in one transaction.

    slot: the worker's part of the tally, so that workers do not wait for each other.
    """

    slot: int = 0
    _rows: dict[DeliveryId, Row] = field(default_factory=dict[DeliveryId, Row])
    _history: list[Mapping[str, object]] = field(default_factory=list[Mapping[str, object]])
    _tally: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def happen(
        self, row: Row, happening: Happening, at: datetime, words: Words = NOTHING_SAID
    ) -> None:
        """Take a delivery through TRANSITIONS. Raises IllegalTransition.

        What would be queued in a campaign that has ended is cancelled instead.
        """
        before, row.state = row.state, after(row.state, happening)
        words = words.about(row.address)
        self._tally[row.campaign, before.value] -= 1
        self._tally[row.campaign, row.state.value] += 1
        self._history.append(_entry(row, happening, at, words))
        self._rows[row.id] = row
        if happening is not Happening.BEGUN:
            row.last = str(words)
        if row.state is State.QUEUED:
            self._queue_again(row, at)

    def release(self, row: Row) -> None:
        """Give a claim back."""
        row.worker = ""
        self._rows[row.id] = row

    def write(self, sql: Statements) -> None:
        sql.execute_rows("change", [_columns(self._rows[id]) for id in sorted(self._rows)])
        sql.execute_rows("add_history", self._history)
        count(sql, self._tally, slot=self.slot)

    def _queue_again(self, row: Row, at: datetime) -> None:
        row.worker = ""
        # Never 0 again: the index of what was never begun is left for ever.
        row.not_before = max(row.not_before, to_micros(at))
        if row.run in OVER:
            self.happen(row, Happening.CANCELLED, at, CAMPAIGN_ENDED)


def record_enqueued(
    sql: Statements, campaign: CampaignId, deliveries: Sequence[DeliveryId], at: datetime
) -> None:
    """Write history and tally of deliveries that are new."""
    state = after(None, Happening.ENQUEUED)
    blank = _said(NOTHING_SAID)
    entry = {"at": to_micros(at), "happening": Happening.ENQUEUED.value, "attempt": 0, "worker": ""}
    sql.execute_rows(
        "add_history", [{"delivery": delivery, **entry, **blank} for delivery in deliveries]
    )
    count(sql, {(campaign, state.value): len(deliveries)})


def count(sql: Statements, changes: Mapping[tuple[str, str], int], *, slot: int = 0) -> None:
    """Add to the tally, always in one order so that two workers cannot deadlock."""
    sql.execute_rows(
        "count",
        [
            {"campaign": campaign, "state": state, "slot": slot, "n": n}
            for (campaign, state), n in sorted(changes.items())
            if n
        ],
    )


def slot_of(worker: str) -> int:
    return crc32(worker.encode()) % _SLOTS


def _entry(row: Row, happening: Happening, at: datetime, words: Words) -> Mapping[str, object]:
    return {
        "delivery": row.id,
        "at": to_micros(at),
        "happening": happening.value,
        "attempt": 0 if happening in _OF_NO_ATTEMPT else row.attempts,
        "worker": row.worker,
        **_said(words),
    }


def _said(words: Words) -> Mapping[str, object]:
    return {"code": words.code, "enhanced": words.enhanced, "text": words.text}


def _columns(row: Row) -> Mapping[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "attempts": row.attempts,
        "failures": row.failures,
        "not_before": row.not_before,
        "worker": row.worker,
        "begun_at": row.begun_at,
        "last": row.last,
    }


def _row(
    id: str,
    campaign: str,
    position: int,
    address: str,
    state: str,
    attempts: int,
    failures: int,
    not_before: int,
    worker: str,
    begun_at: int | None,
    last: str,
    run: str,
    on_doubt: str,
) -> Row:
    return Row(
        id=DeliveryId(id),
        campaign=campaign,
        position=position,
        address=address,
        state=State(state),
        attempts=attempts,
        failures=failures,
        not_before=not_before,
        worker=worker,
        begun_at=begun_at,
        last=last,
        run=RunState(run),
        on_doubt=OnDoubt(on_doubt),
        stop=None,
    )


@lru_cache(maxsize=256)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _clean(text: str) -> str:
    """Keep what both databases can: no NUL, no half characters, not endless."""
    return text[:TEXT_LIMIT].replace("\0", "").encode("utf-8", "replace").decode()
