"""The ledger's port.

Synchronous on purpose: sqlite3, psycopg and boto3 are. The engine calls it from one
thread of its own (sending.ledger_thread), a Lambda calls it directly.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.engagement import Actor, Hit, Hits
from pabal.domain.event import EventKind, FeedbackEvent, Source
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Outcome
from pabal.domain.rate import Rate
from pabal.domain.reputation import Toll
from pabal.domain.retry import Decision
from pabal.domain.suppression import Suppression

ALL_MAILS = "all"  # the name of the rate of all mails together
# How long workers and quota are remembered. Nothing older than a day is asked for; the rest is
# for clocks: whoever forgets by one that is days ahead must not forget what still counts.
KEPT = timedelta(days=31)
# Thirteen months: until the same season's mailing can be compared (GDPR 5(1)(e)). The tally stays.
HITS_KEPT = timedelta(days=400)


class RunState(enum.Enum):
    """Whether the deliveries of a campaign may go out."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A campaign as the ledger knows it.

    reason: why it is paused or cancelled, for a person; "" where nobody said.
    """

    campaign: CampaignId
    state: RunState
    reason: str
    scopes: tuple[str, ...]
    on_doubt: OnDoubt
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A delivery to enqueue. `address` is Address.identity.

    aliases: what the address is kept under if it was erased after the package was frozen.
    """

    delivery: DeliveryId
    position: int
    address: str
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this worker alone may begin. `address` is Address.identity."""

    delivery: DeliveryId
    position: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What may go on the wire now, and what may not at all.

    attempts: their intents are durable; only these may be sent.
    skipped: deliveries whose recipient has left since the package was frozen.
    left: deliveries that are no longer this worker's: paused, cancelled, taken over.
    beyond_quota: deliveries for which the quota had no room; still claimed.
    """

    attempts: Sequence[Attempt]
    skipped: Sequence[DeliveryId] = ()
    left: Sequence[DeliveryId] = ()
    beyond_quota: Sequence[DeliveryId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of an attempt, and what follows from it."""

    attempt: Attempt
    outcome: Outcome
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it stands. `address` is Address.identity.

    attempts: begun so far. failures: transient ones among them.
    not_before: when it is due again, while it is queued after a failure or was put off.
    last: what the server or Pabal said last, for a person.
    """

    id: DeliveryId
    campaign: CampaignId
    position: int
    address: str
    state: State
    attempts: int
    failures: int
    not_before: datetime | None
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a delivery.

    attempt: its number, or 0 where it did not concern an attempt.
    code, enhanced, text: the server's reply; 0 and "" where none.
    """

    delivery: DeliveryId
    at: datetime
    happening: Happening
    attempt: int
    worker: str
    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A campaign that is over. `elapsed` counts from its start, pauses included."""

    deliveries: Mapping[State, int]
    elapsed: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How all campaigns stand together, for whoever keeps watch.

    deliveries: by state, of the campaigns that run or are paused.
    doubts: of all campaigns; a doubt outlives its campaign.
    waiting_again: queued deliveries that were attempted before.
    due_since: since when the longest due delivery has not been begun; None where none is due.
    running_since: when the longest running campaign was started; None where none runs.
    last_finished: the campaign that finished last; None where none has.
    returned: deliveries of all campaigns by what came back about them.
    """

    runs: Mapping[RunState, int]
    deliveries: Mapping[State, int]
    doubts: int
    waiting_again: int
    due_since: datetime | None
    running_since: datetime | None
    last_finished: FinishedRun | None
    workers_alive: int
    returned: Mapping[tuple[EventKind, Weight], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignToll:
    """What a campaign has cost since it was started, pardoned or not.

    to: the domain that its mails went to; "" for all of them.
    """

    campaign: CampaignId
    started_at: datetime
    toll: Toll
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What an event was found to be about.

    delivery: None where the ledger knows no such delivery, or nothing proves it.
    weight: what it means for the delivery's address.
    is_new: it was not told before.
    """

    delivery: DeliveryId | None
    weight: Weight
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """Something that came back about a delivery, and what it meant for its address."""

    id: str
    kind: EventKind
    weight: Weight
    at: datetime
    source: Source
    label: str
    code: int
    enhanced: str
    text: str


class Ledger(Protocol):
    """Every method is durable when it returns, and safe to repeat.

    Raises LedgerUnavailable: whether it was written is not known (a commit's answer can
    be lost). The caller waits and repeats.
    """

    # Runs

    def open(
        self,
        campaign: CampaignId,
        *,
        scopes: Sequence[str],
        on_doubt: OnDoubt,
        now: datetime,
    ) -> Run:
        """Make the campaign known, running. One that is there already stays as it is."""
        ...

    def run(self, campaign: CampaignId) -> Run:
        """Raises CampaignNotOpen: it was never opened."""
        ...

    def set_state(
        self, campaign: CampaignId, state: RunState, *, reason: str, now: datetime
    ) -> Run:
        """Pause, resume, cancel or finish. What is cancelled or finished stays so.

        Behind it nothing begins in a campaign that is paused or has ended. Cancelling also
        cancels every delivery that is queued. The first reason for a state stays. Resuming
        pardons what came back before: `toll` counts from there.
        """
        ...

    # Deliveries

    def enqueue(self, campaign: CampaignId, entries: Sequence[Entry], *, now: datetime) -> int:
        """Add deliveries; those already there stay. Return how many are new.

        Whoever was erased meanwhile is called by their alias. In a campaign that was
        cancelled meanwhile they are cancelled at once.

        Raises CampaignNotOpen: it was never opened.
        """
        ...

    def heartbeat(self, worker: str, *, until: datetime) -> None:
        """Say that the worker is alive until then. Its claims and attempts hold so long.

        What is long over is forgotten by the way: workers that are silent for a month, the
        quota of minutes so long ago, and hits of 400 days ago.
        """
        ...

    def claim(
        self,
        campaign: CampaignId,
        *,
        worker: str,
        limit: int,
        now: datetime,
        holding: Sequence[DeliveryId] | None = None,
    ) -> Sequence[Claimed]:
        """Take up to `limit` due deliveries; none where the campaign does not run.

        Retries that are due are taken first, then the package's order. No other worker
        gets them while this one's heartbeat holds.

        holding: what the worker has claimed and not begun. Any other claim of its own is
        returned again: it was made in a call whose answer was lost, and nobody would
        begin it. None: not said; nothing of its own is returned.
        """
        ...

    def release(self, deliveries: Sequence[DeliveryId], *, worker: str) -> None:
        """Give back claims that were not begun."""
        ...

    def put_off(self, until: Mapping[DeliveryId, datetime], *, worker: str) -> None:
        """Give back claims that were not begun; nobody is to claim them earlier than said.

        It counts as no attempt and no failure. The moments lie a few minutes ahead at
        most: for a delivery that was never begun, one further away is taken for a wrong
        clock's.
        """
        ...

    def begin(self, deliveries: Sequence[DeliveryId], *, worker: str, now: datetime) -> Begun:
        """Write the intent to send, and reserve the quota for it.

        Suppressions are looked up here, for the last time before the wire. Repeated by
        the same worker before settling, it returns the same attempts: a worker's name
        is its own and is never used by the next process.

        A worker whose heartbeat has lapsed begins nothing. Claims that are `left` because
        of that or of a pause are free again.
        """
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Write what became of attempts. Settling one twice changes nothing.

        Quota of attempts that were neither accepted nor unknown is given back. A
        delivery that has become doubtful meanwhile is settled: the answer is evidence.
        An outcome that says `suppress` also suppresses the address everywhere. What would
        be queued again in a campaign that has ended is cancelled. A doubt is answered by
        sending again where the campaign resends on doubt, as in `sweep`.
        """
        ...

    def turn(
        self,
        settlements: Sequence[Settlement],
        deliveries: Sequence[DeliveryId],
        *,
        worker: str,
        now: datetime,
    ) -> Begun:
        """Settle, then begin, in one durable step: half the waits for the disk."""
        ...

    def sweep(self, *, now: datetime) -> Sequence[DeliveryId]:
        """Find attempts whose worker is no longer alive; return those found.

        They become doubtful, or are queued again where the campaign resends on doubt: up
        to four attempts, since a mail that kills its worker would otherwise go out for
        ever. Claims of dead workers become free without it.
        """
        ...

    def resolve(
        self, delivery: DeliveryId, happening: Happening, *, note: str, now: datetime
    ) -> State:
        """Settle a doubtful delivery by hand or evidence: FOUND_SENT or RESENT.

        RESENT lets a campaign that has finished run again.

        Raises IllegalTransition: it is not doubtful. CampaignOver: it would be sent again
        in a campaign that was cancelled.
        """
        ...

    # What comes back

    def record_event(
        self, event: FeedbackEvent, *, policy: BouncePolicy, now: datetime
    ) -> Recorded:
        """Keep an event and do what follows from it, once; in any order.

        Its address is suppressed or paused by domain.bouncing. A delivery that is doubtful
        or waits for another attempt is sent: something has come back about it. Nothing is
        kept of what names no delivery of ours, or does not prove that it means it.
        """
        ...

    def events(self, delivery: DeliveryId) -> Sequence[ToldEvent]:
        """Everything that came back about a delivery, oldest first."""
        ...

    def event_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, Weight], int]:
        """Deliveries of a campaign by what came back about them; cheap at a million."""
        ...

    def record_hit(self, hit: Hit, *, policy: BouncePolicy, now: datetime) -> bool:
        """Keep that a mail was opened or a link in it clicked; return whether it is ours.

        Every call counts one request, in any order; repeated, one too many is counted, and
        nothing else is different. Of a delivery that is sent or doubtful the first one, by
        whomever, proves that its mail has arrived: it is kept as an event too. At most some
        rows a link come of it, however many requests there are.
        """
        ...

    def hits(self, delivery: DeliveryId) -> Sequence[Hits]:
        """Who opened and clicked the mail of a delivery, the first first."""
        ...

    def hit_counts(self, campaign: CampaignId) -> Mapping[tuple[EventKind, int, Actor], int]:
        """Deliveries of a campaign by what was opened or clicked, and by whom; cheap.

        Each counts once for a link, and once for ANY_LINK, by the nearest to a person.
        """
        ...

    def toll(self, campaign: CampaignId) -> Toll:
        """Return what a campaign has cost since it was started or last resumed; cheap."""
        ...

    def tolls(self, since: datetime) -> Sequence[CampaignToll]:
        """Return what each campaign has cost that was started since then, oldest first."""
        ...

    def tolls_by_domain(self, since: datetime) -> Sequence[CampaignToll]:
        """The same by the domains that mails went to; those without a sent mail are left out.

        Reads every delivery of these campaigns.
        """
        ...

    # What is known

    def counts(self, campaign: CampaignId) -> Mapping[State, int]:
        """Deliveries by state, without those of which there are none; cheap at a million."""
        ...

    def deferred(self, campaign: CampaignId) -> int:
        """How many of the queued ones wait for a retry."""
        ...

    def next_due(self, campaign: CampaignId, *, now: datetime) -> datetime | None:
        """When the next queued, unclaimed delivery may begin; None where there is none.

        `now` where it may begin already.
        """
        ...

    def deliveries(
        self,
        campaign: CampaignId,
        *,
        state: State | None = None,
        after: int = -1,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        """A page of deliveries in the package's order, behind position `after`."""
        ...

    def delivery(self, delivery: DeliveryId) -> Delivery | None: ...

    def find(self, address: str, campaign: CampaignId | None = None) -> Sequence[Delivery]:
        """Deliveries to an address (Address.identity), newest campaign first."""
        ...

    def history(self, delivery: DeliveryId) -> Sequence[HistoryEntry]:
        """Everything that happened to it, oldest first."""
        ...

    def overview(self, *, now: datetime) -> Overview:
        """How all campaigns stand together; cheap at a million deliveries."""
        ...

    # Quota, rate, suppressions

    def quota_used(self, *, now: datetime) -> int:
        """Messages reserved in the rolling 24 hours."""
        ...

    def take_turn(
        self, rate: Rate, *, count: int, now: datetime, name: str = ALL_MAILS
    ) -> datetime:
        """Return when `count` messages may go at the rate that all workers share.

        name: whose rate; each is used up by itself.
        """
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Stop an address in a scope. The first reason stays."""
        ...

    def lift(self, address: str, scope: str) -> None:
        """Remove a suppression; no error where there is none."""
        ...

    def suppressions(
        self, addresses: Sequence[str], scopes: Sequence[str]
    ) -> Mapping[str, Suppression]:
        """Return the suppressions, by address, that keep addresses out of these scopes."""
        ...

    # Forgetting

    def forget_hits(self, address: str) -> None:
        """Drop who opened and clicked the mails to an address, by hits and by events.

        That mails arrived stays, and so does what is counted.
        """
        ...

    def erase(self, address: str, alias: str, *, now: datetime) -> None:
        """Forget an address everywhere; whatever names it is called by the alias from then on.

        What waits to be sent to it is skipped. What servers have said about it, and will say,
        is left out. The alias is suppressed in its place, before anything else is done.
        """
        ...

    def forget_replies(self, *, before: datetime, behind: int, limit: int) -> int | None:
        """Forget the words of servers from before a moment; their codes stay.

        Looks at up to `limit` entries of the history, in transactions as short. behind: what
        the call before returned; 0: from the first. Return where to go on; None: no more are
        old.
        """
        ...

    def forget_details(self, *, before: datetime, limit: int) -> int:
        """Forget words and details of up to `limit` events told before; return of how many."""
        ...

    def close(self) -> None:
        """Give up the connection. The ledger is not used afterwards."""
        ...
