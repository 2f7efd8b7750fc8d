"""What the pipeline needs from the console, which implements it."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pabal.domain.campaign import CampaignPlan
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.recipient import Recipient
from pabal.message.dkim import DkimKey
from pabal.message.source import Source


class Exclusion(enum.Enum):
    """Why somebody on the list is not a recipient."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no consent"
    TRANSACTION_OVER = "transaction over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Somebody on the list who is not mailed. `detail` says more, for a person."""

    address: str
    reason: Exclusion
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """What a marketer has decided, before it is frozen."""

    plan: CampaignPlan
    source: Source


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
        Recipients are numbered from position 0 without gaps.
        """
        ...

    def record_prepared(
        self,
        campaign: CampaignId,
        *,
        digest: str,
        recipients: int,
        excluded: Mapping[Exclusion, int],
        now: datetime,
    ) -> None:
        """Keep the digest of what will be sent."""
        ...

    def prepared_digest(self, campaign: CampaignId) -> str:
        """The digest that was recorded last; "" where none was."""
        ...

    def record_ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        """The campaign has nothing more to send; `explanation` is "" when all went well."""
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

    def leave_list(self, delivery: DeliveryId, *, at: datetime) -> None:
        """Take the recipient of a delivery off the list that it was sent to, as one click does.

        They asked for it by mail, `at`. Doing it twice changes nothing; nor does it for
        somebody who was erased. Raises Unavailable: repeat it.
        """
        ...
