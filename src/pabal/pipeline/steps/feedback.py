"""Feedback: what comes back is made durable, who complains or asks to leave has left.

Repeating is safe.

A campaign of which too much comes back is paused, before a provider stops us altogether.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.event import EventKind, FeedbackEvent
from pabal.domain.identity import CampaignId, split_delivery_id
from pabal.domain.reputation import HARMFUL, Limits
from pabal.feedback.errors import EventUnreadable, MailRefused
from pabal.feedback.letter import Letter, Sort
from pabal.feedback.reading import read_letter
from pabal.feedback.roads.port import Found, Road
from pabal.feedback.seals import Seals
from pabal.feedback.ses import read_event
from pabal.ledger.port import Ledger, Recorded, RunState
from pabal.pipeline.ports import Audience
from pabal.pipeline.words import PAUSES

_LOG = logging.getLogger("pabal.feedback")
_NOTHING_OF_OURS = "It tells nothing about a delivery of ours."
_LEAVES = frozenset({Weight.COMPLAINT, Weight.LEFT})


@dataclass(slots=True)
class Collected:
    """What a visit to the bounce mailbox came to, in mails.

    applied: told an event about a delivery of ours, new or known, and were removed.
    left: asked to leave the list, which was done, and were removed.
    alarms: events among them that are about us: our reputation, our authentication.
    unproven: bounces and complaints that prove no delivery of ours; kept, as are the rest.
    """

    applied: int = 0
    left: int = 0
    alarms: int = 0
    unproven: int = 0
    automatic: int = 0
    other: int = 0
    refused: int = 0

    @property
    def kept(self) -> int:
        return self.unproven + self.automatic + self.other + self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads what comes back, by whatever road, and does what follows from it."""

    seals: Seals
    audience: Audience
    policy: BouncePolicy
    limits: Limits
    now: Callable[[], datetime]

    def collect(
        self, road: Road, ledger: Ledger, *, stopped: Callable[[], bool] = lambda: False
    ) -> Collected:
        """Visit a mailbox once.

        A mail is removed only when its events are durable, and left where it was when
        something fails.

        Raises Unavailable: the mailbox or the database cannot be reached; go again later.
        """
        collected = Collected()
        with road.visit() as visit:
            for found in visit.waiting():
                refused = self._read(found, ledger, collected)
                if refused is None:
                    visit.remove(found)
                else:
                    visit.keep(found, reason=refused)
                if stopped():
                    break
        return collected

    def _read(self, found: Found, ledger: Ledger, collected: Collected) -> str | None:
        """Return why it is to be kept; None where what it tells is durable."""
        if found.is_event:
            return self.take_event(found.raw, ledger, collected)
        if self.take(found.raw, "", ledger, collected):
            return None
        return _NOTHING_OF_OURS

    def take_event(self, raw: bytes, ledger: Ledger, collected: Collected) -> str | None:
        """Read an event of SES; return why it cannot be thrown away now, or None.

        Raises Unavailable: take it again.
        """
        try:
            events = read_event(raw.decode(errors="replace"), self.seals, received_at=self.now())
        except EventUnreadable as error:
            _LOG.warning("%s", error)
            collected.refused += 1
            return str(error)
        told = [self.apply(event, ledger) for event in events]
        if told and all(recorded.delivery is None for recorded in told):
            collected.unproven += 1
            return _NOTHING_OF_OURS
        collected.applied += 1
        collected.alarms += sum(r.is_new and r.weight is Weight.ABOUT_US for r in told)
        return None

    def take(self, raw: bytes, recipient: str, ledger: Ledger, collected: Collected) -> bool:
        """Read one mail; return whether it may be thrown away now. Raises Unavailable."""
        letter = Letter(raw=raw, found_at=self.now(), recipient=recipient)
        try:
            reading = read_letter(letter, self.seals)
        except MailRefused as error:
            _LOG.warning("a mail in the bounce mailbox is not read: %s", error)
            collected.refused += 1
            return False
        if reading.leaver is not None:
            self.audience.leave_list(reading.leaver, at=letter.found_at)
            collected.left += 1
            return True
        told = [self.apply(event, ledger) for event in reading.events]
        return _counted(collected, reading.sort, told)

    def apply(self, event: FeedbackEvent, ledger: Ledger) -> Recorded:
        return apply_event(
            event,
            ledger=ledger,
            audience=self.audience,
            policy=self.policy,
            limits=self.limits,
            now=self.now(),
        )


def apply_event(
    event: FeedbackEvent,
    *,
    ledger: Ledger,
    audience: Audience,
    policy: BouncePolicy,
    limits: Limits,
    now: datetime,
) -> Recorded:
    """Keep an event and do what follows from it.

    When it returns, all is durable: the mail that told it may be thrown away.

    Raises Unavailable: repeat it. The parts are transactions of their own, so the later ones
    are done also for an event that was told before: the first time may have ended between.
    """
    event = _as_allowed(event, audience)
    recorded = ledger.record_event(event, policy=policy, now=now)
    if recorded.delivery is not None and recorded.weight in _LEAVES:
        audience.leave(recorded.delivery, source=event.kind.value, at=event.at)
    if recorded.delivery is not None and recorded.weight in HARMFUL:
        campaign, _ = split_delivery_id(recorded.delivery)
        _pause_if_too_much(campaign, ledger, limits, now)
    if recorded.is_new:
        _log(event, recorded)
    return recorded


def _as_allowed(event: FeedbackEvent, audience: Audience) -> FeedbackEvent:
    """Leave of an open or a click that nobody may record only what it proves: arrival."""
    if event.delivery is None or event.kind not in (EventKind.OPENED, EventKind.CLICKED):
        return event
    if audience.allows(event.delivery).sees(event.kind):
        return event
    return replace(event, kind=EventKind.DELIVERED, label="", hit=None)


def _pause_if_too_much(campaign: CampaignId, ledger: Ledger, limits: Limits, now: datetime) -> None:
    harm = limits.passed(ledger.toll(campaign))
    if harm is None or ledger.run(campaign).state is not RunState.RUNNING:
        return
    ledger.set_state(campaign, RunState.PAUSED, reason=PAUSES[harm], now=now)
    _LOG.error("campaign %s: %s", campaign, PAUSES[harm], extra={"harm": harm.value})


def _counted(collected: Collected, sort: Sort, told: list[Recorded]) -> bool:
    """Count a mail; return whether it was about a delivery of ours."""
    if any(recorded.delivery is not None for recorded in told):
        collected.applied += 1
        collected.alarms += sum(r.is_new and r.weight is Weight.ABOUT_US for r in told)
        return True
    if sort in (Sort.BOUNCE, Sort.COMPLAINT):
        collected.unproven += 1
    elif sort is Sort.AUTOMATIC_ANSWER:
        collected.automatic += 1
    else:
        collected.other += 1
    return False


def _log(event: FeedbackEvent, recorded: Recorded) -> None:
    """No address is logged; what is about us is worth a look each time."""
    level = logging.WARNING if recorded.weight is Weight.ABOUT_US else logging.INFO
    _LOG.log(
        level,
        "delivery %s: %s, %s",
        recorded.delivery,
        event.kind.value,
        recorded.weight.value,
        extra={
            "delivery": recorded.delivery,
            "event": event.id,
            "code": event.reply.code,
            "text": event.reply.text,
        },
    )
