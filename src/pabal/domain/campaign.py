"""A campaign as the sending side sees it: what, from whom, under which rules."""

import enum
from dataclasses import dataclass
from datetime import timedelta

from pabal.domain.experiment import Experiment
from pabal.domain.identity import CampaignId
from pabal.domain.local_time import LocalTime
from pabal.domain.tracking import Tracking

PROMISE = timedelta(minutes=5)  # from the start to the last mail that is submitted


class Kind(enum.Enum):
    """Advertising needs consent and “(광고)” (정보통신망법 50); a notice does not."""

    ADVERTISING = "advertising"
    NOTICE = "notice"


class OnDoubt(enum.Enum):
    """What is done with a delivery of which nobody knows whether it was sent."""

    ASK = "ask"  # it stays doubtful until evidence or a person settles it
    RESEND = "resend"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """Who the mail is from, and whom the law wants named in it (정보통신망법 50(4)).

    address: header From, ASCII.
    bounce_domain: domain of the envelope sender.
    """

    name: str
    address: str
    company: str
    postal_address: str
    phone: str
    contact_email: str
    bounce_domain: str
    reply_to: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan:
    """Everything about a campaign that every recipient shares.

    list_id: the identifier for List-Id (RFC 2919), without angle brackets.
    scopes: suppression scopes that keep a recipient out, EVERYTHING included; or OWED.
    tracking: what its mails let us see of their readers.
    local_time: when each recipient gets it, by their own clock; None for all at once.
    experiment: who gets which variant of the mail; None where there is one mail for all.
    """

    id: CampaignId
    name: str
    kind: Kind
    sender: SenderIdentity
    list_id: str
    list_name: str
    scopes: tuple[str, ...]
    on_doubt: OnDoubt = OnDoubt.ASK
    tracking: Tracking = Tracking.OFF
    local_time: LocalTime | None = None
    experiment: Experiment | None = None
