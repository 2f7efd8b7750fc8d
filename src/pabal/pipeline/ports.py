"""What the pipeline needs from the console, which implements it."""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pabal.domain.campaign import CampaignPlan
from pabal.domain.consent import Ground
from pabal.domain.errors import Explained
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import Suppression
from pabal.domain.tracking import Tracking
from pabal.message.dkim import DkimKey
from pabal.message.source import Source

if TYPE_CHECKING:  # a function on AWS that knows ports need not know what proves
    from pabal.preflight.finding import Finding
    from pabal.preflight.run import Preflight


class Exclusion(enum.Enum):
    """Why somebody on the list is not a recipient."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no consent"
    TRANSACTION_OVER = "transaction over"
    RESTING = "resting"
    WEEKLY = "had one this week"
    NOT_IN_SEGMENT = "not in the segment"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Somebody on the list who is not mailed. `detail` says more, for a person."""

    address: str
    reason: Exclusion
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Recipient):
    """A recipient of advertising, with what lets us send it to them.

    since: when they agreed, or their transaction ended.
    """

    ground: Ground
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """What a marketer has decided, before it is frozen.

    sources: the mail, or each variant of it where there is an experiment.
    """

    plan: CampaignPlan
    sources: Sequence[Source]


class CampaignSource(Protocol):
    """The campaigns and their audiences, as the pipeline sees them.

    Every method raises Unavailable where its database is out of reach: wait and repeat.
    """

    def due(self, *, now: datetime) -> Sequence[CampaignId]:
        """Campaigns that were started, whose time has come, and that have not ended."""
        ...

    def draft(self, campaign: CampaignId) -> CampaignDraft: ...

    def audience(self, campaign: CampaignId, *, now: datetime) -> Iterator[Recipient | Excluded]:
        """Everybody on the campaign's list, in a stable order, streamed.

        now: what lets us send to somebody may have run out by then.
        Recipients are numbered from position 0 without gaps; those of advertising are Admitted.
        """
        ...

    def record_prepared(
        self,
        campaign: CampaignId,
        *,
        digest: str,
        recipients: int,
        excluded: Mapping[Exclusion, int],
        tracking: Tracking,
        links: Sequence[str],
        now: datetime,
    ) -> None:
        """Keep the digest of what will be sent, and where its tracked links lead."""
        ...

    def prepared_digest(self, campaign: CampaignId) -> str:
        """The digest that was recorded last; "" where none was."""
        ...

    def choice(self, campaign: CampaignId, *, is_out: bool, now: datetime) -> int | None:
        """Return the variant that the rest of an experiment's recipients get; None while open.

        is_out: every mail of the test has been tried once; from then on the hours count after
        which this call decides. It is decided once, whoever asks, and durable on return.
        """
        ...

    def record_ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """The campaign has nothing more to send; `explanation` is "" when all went well."""
        ...


class Checks(Protocol):
    """The checks that people ask for; each is done by one worker.

    Every method raises Unavailable where its database is out of reach.
    """

    def take(self, *, worker: str, now: datetime, until: datetime) -> CampaignId | None:
        """Take the check that waits longest, one of a worker that is silent included.

        until: from when on another worker may take it.
        """
        ...

    def tell(self, campaign: CampaignId, *, done: int, worker: str, until: datetime) -> None:
        """Keep how many mails were rendered so far, and that this worker is alive."""
        ...

    def record(
        self,
        campaign: CampaignId,
        checked: "Preflight",
        *,
        digest: str,
        worker: str,
        now: datetime,
    ) -> None:
        """Keep the result; nothing where somebody else has taken the check over."""
        ...

    def record_trouble(
        self, campaign: CampaignId, finding: "Finding", *, worker: str, now: datetime
    ) -> None:
        """Keep why it could not be checked."""
        ...


class Notices(Protocol):
    """What subscribers are owed to be told about their consent."""

    def gather(self, *, now: datetime) -> Sequence[CampaignId]:
        """Put what is owed into campaigns; return those that are not started.

        What is in one is in no other, ever. Raises Unavailable: repeat it.
        """
        ...

    def start(self, campaign: CampaignId, *, digest: str, now: datetime) -> bool:
        """Make one of them due, with this package; return whether this call did it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Somebody who is in the database no more. key: identity.subscriber_key."""

    key: str
    alias: str
    erased_at: datetime


class Erasures(Protocol):
    """Who was erased from the database and may still be in files.

    Every method raises Unavailable: repeat it.
    """

    def pending(self) -> Sequence[Erased]: ...

    def packages(self) -> Mapping[CampaignId, str]:
        """The digests of packages that nothing is sent from, of ended campaigns and drafts."""
        ...

    def replace_package(self, campaign: CampaignId, digest: str, by: str) -> bool:
        """Let another package stand for a campaign; "" for none, as behind a new draft.

        Return whether it does: not where the campaign is sent again meanwhile.
        """
        ...

    def all_ended(self) -> bool:
        """Whether no campaign is on its way."""
        ...

    def done(self, erased: Sequence[Erased]) -> None:
        """They are in no file any more."""
        ...


class Archive(Protocol):
    """The campaigns that are over. Raises Unavailable: repeat it."""

    def ended_before(self, moment: datetime) -> Mapping[CampaignId, str]:
        """The digests of their packages, by campaign; a package may be gone already."""
        ...


class Imports(Protocol):
    """Customer files that were uploaded."""

    def do_next(self, *, now: datetime, stopped: Callable[[], bool]) -> bool:
        """Check or import the one that waits longest; return whether there was one.

        A process that dies in it leaves nothing of it, and it is begun anew. stopped: asked now
        and then; once it is true, what was begun is undone. Raises Unavailable: repeat it.
        """
        ...


class SigningKeys(Protocol):
    """The DKIM keys of the installation's sending domains."""

    def keys(self, domain: str) -> Sequence[DkimKey]:
        """The keys that sign mails from a domain now; none where nobody has added it.

        Blocks. Raises Unavailable: its database is out of reach. SealBroken: the keys are
        there and do not open.
        """
        ...


class NoSigningKeys:
    """SigningKeys of an installation that keeps none."""

    def keys(self, domain: str) -> Sequence[DkimKey]:
        return ()


class Audience(Protocol):
    """The subscribers, as what comes back concerns them."""

    def leave(self, delivery: DeliveryId, *, source: str, at: datetime) -> None:
        """Take the recipient of a delivery off every list that they joined before `at`.

        source: how they asked for it, for the record of consent. Doing it twice changes
        nothing; nor does it for somebody who was erased. Raises Unavailable: repeat it.
        """
        ...

    def allows(self, delivery: DeliveryId) -> Tracking:
        """What may be recorded of how the recipient of a delivery uses its mail.

        No more than the installation and they allow; of somebody who was erased, nothing.
        Raises Unavailable: repeat it.
        """
        ...

    def leave_list(self, delivery: DeliveryId, *, at: datetime) -> None:
        """Take the recipient of a delivery off the list that it was sent to, as one click does.

        They asked for it by mail, `at`. Doing it twice changes nothing; nor does it for
        somebody who was erased. Raises Unavailable: repeat it.
        """
        ...


# The pipeline on AWS, from the console's side


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A campaign that is to be sent on AWS. starts_at: not before; None for at once."""

    campaign: CampaignId
    digest: str
    starts_at: datetime | None


class Handovers(Protocol):
    """The campaigns that were started and that AWS does not know yet.

    Every method raises Unavailable: repeat it.
    """

    def waiting(self) -> Sequence[Handover]:
        """Those that are to be handed over, oldest first."""
        ...

    def record_done(self, handover: Handover, *, execution: str, now: datetime) -> bool:
        """Keep that AWS has it. Return False where it was taken back meanwhile."""
        ...

    def record_trouble(self, campaign: CampaignId, error: Explained, *, now: datetime) -> None:
        """Keep why it could not be handed over, for whoever waits for it."""
        ...


class Returns(Protocol):
    """What was decided where the console was not asked, by links in mails and by what came back.

    Each is durable on return. message: by what the same one is known when it comes again; then
    nothing changes. Every method raises Unavailable: repeat it.
    """

    def left(
        self, delivery: DeliveryId, *, scope: str, source: str, at: datetime, message: str
    ) -> None:
        """The recipient of a delivery left a scope; nothing where they came back since."""
        ...

    def objected(self, delivery: DeliveryId, *, at: datetime, message: str) -> None:
        """The recipient of a delivery wants no opens and clicks of theirs recorded."""
        ...

    def stopped(self, suppression: Suppression, *, message: str) -> None:
        """An address was stopped by what came back about it."""
        ...

    def ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """A campaign has nothing more to send; `explanation` is "" when all went well."""
        ...

    def forget(self, *, before: datetime) -> None:
        """Messages from before will not come again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChange:
    """A suppression was made or lifted, so that another ledger has to follow.

    number: in the order of the changes. at: when it was decided.
    alias: what stands for the address from now on, if it was erased; "" otherwise.
    """

    number: int
    address: str
    scope: str
    at: datetime
    alias: str = ""


class StopChanges(Protocol):
    """Changes of suppressions that the ledger on AWS does not know yet.

    Every method raises Unavailable: repeat it.
    """

    def take(self, *, holder: str, now: datetime, until: datetime) -> Sequence[StopChange]:
        """Return the oldest, some hundreds; none where somebody else holds them.

        until: from when on another may, unless `holder` takes them again before.
        """
        ...

    def standing(self, change: StopChange) -> Suppression | None:
        """Return what stops the address in the scope as it stands now."""
        ...

    def done(self, change: StopChange) -> None:
        """The other ledger knows it."""
        ...

    def release(self, *, holder: str) -> None:
        """Let others take them at once."""
        ...
