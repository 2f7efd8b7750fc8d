"""What functions are called with, as values. Nothing of it is believed before it is read here."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pabal.domain.identity import CampaignId, DeliveryId, is_campaign_id, split_delivery_id
from pabal.domain.rate import Rate
from pabal.domain.token import Purpose, TokenKeys
from pabal.pipeline.aws.errors import BodyTooLarge, CallUnreadable

LARGEST_CALL = 64_000  # bytes of a request's body; what is read needs a few hundred
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHARD = re.compile(r"recipients-(\d{6,9})\.jsonl")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What SES and the owner allow, as it stood when the campaign was prepared.

    per_second: 0 for no limit. per_day: messages in any 24 hours; 0 for no limit.
    """

    per_second: float
    per_day: int

    @property
    def rate(self) -> Rate | None:
        return Rate(per_second=self.per_second) if self.per_second > 0 else None

    @property
    def daily_limit(self) -> int | None:
        return self.per_day or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A campaign to send: which package, and not before when. None: at once."""

    campaign: CampaignId
    digest: str
    starts_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"campaign": self.campaign, "digest": self.digest}
        return told | ({"starts_at": self.starts_at.isoformat()} if self.starts_at else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Recipients to put into ledger and queue."""

    start: Start
    allowance: Allowance
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A message of the send queue: a delivery may be due."""

    delivery: DeliveryId
    position: int
    digest: str
    allowance: Allowance

    @property
    def campaign(self) -> CampaignId:
        return split_delivery_id(self.delivery)[0]

    def to_json(self) -> dict[str, Any]:
        return {
            "delivery": self.delivery,
            "position": self.position,
            "digest": self.digest,
            "allowance": allowance_to_json(self.allowance),
        }


def read_json(text: str | bytes) -> Json:
    """Raises BodyTooLarge, CallUnreadable: it is no JSON object."""
    if len(text) > LARGEST_CALL:
        raise BodyTooLarge(limit=LARGEST_CALL)
    try:
        told = json.loads(text)
    except ValueError as error:
        raise CallUnreadable(reason=f"it is no JSON ({error})") from error
    return _object(told, "it")


def read_start(told: Json) -> Start:
    """Raises CallUnreadable."""
    return Start(
        campaign=read_campaign(told.get("campaign")),
        digest=_matching(told.get("digest"), _DIGEST, "its digest is not 64 hexadecimal digits"),
        starts_at=None if told.get("starts_at") is None else read_moment(told["starts_at"]),
    )


def read_campaign(told: object) -> CampaignId:
    """Raises CallUnreadable."""
    if not isinstance(told, str) or not is_campaign_id(told):
        raise CallUnreadable(reason="it names no campaign")
    return CampaignId(told)


def read_shard(told: Json) -> Shard:
    """Raises CallUnreadable."""
    name = str(told.get("key", "")).rpartition("/")[2]
    found = _SHARD.fullmatch(name)
    if found is None:
        raise CallUnreadable(reason="its key is none of a shard")
    return Shard(start=read_start(told), allowance=read_allowance(told), number=int(found[1]))


def read_ticket(body: str) -> Ticket:
    """Raises CallUnreadable."""
    told = read_json(body)
    return Ticket(
        delivery=read_delivery(told.get("delivery")),
        position=int(_number(told.get("position"), "its position")),
        digest=_matching(told.get("digest"), _DIGEST, "its digest is not 64 hexadecimal digits"),
        allowance=read_allowance(told),
    )


def read_allowance(told: Json) -> Allowance:
    """Raises CallUnreadable."""
    allowance = _object(told.get("allowance"), "its allowance")
    return Allowance(
        per_second=_number(allowance.get("per_second"), "its rate"),
        per_day=int(_number(allowance.get("per_day"), "its quota")),
    )


def allowance_to_json(allowance: Allowance) -> dict[str, float]:
    return {"per_second": allowance.per_second, "per_day": allowance.per_day}


def read_delivery(told: object) -> DeliveryId:
    """Raises CallUnreadable."""
    try:
        split_delivery_id(str(told))
    except ValueError:
        raise CallUnreadable(reason="it names no delivery") from None
    return DeliveryId(str(told))


def read_moment(told: object) -> datetime:
    """Raises CallUnreadable."""
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        raise CallUnreadable(reason="a moment in it is none of ISO 8601") from None
    if moment.tzinfo is None:
        raise CallUnreadable(reason="a moment in it has no offset from UTC")
    return moment


def part_of(told: Json, name: str) -> Json:
    """Return an object within another; empty where there is none."""
    part = told.get(name)
    return cast(Json, part) if isinstance(part, dict) else {}


def _object(told: object, what: str) -> Json:
    if not isinstance(told, dict):
        raise CallUnreadable(reason=f"{what} is no JSON object")
    return cast(Json, told)


def _matching(told: object, pattern: re.Pattern[str], otherwise: str) -> str:
    if not isinstance(told, str) or pattern.fullmatch(told) is None:
        raise CallUnreadable(reason=otherwise)
    return told


def _number(told: object, what: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 1e12:
        raise CallUnreadable(reason=f"{what} is no number from 0")
    return told


def read_link(event: Json, keys: TokenKeys, purpose: Purpose) -> DeliveryId:
    """Return the delivery that a public link names. Raises TokenInvalid: we did not make it."""
    token = str(part_of(event, "pathParameters").get("token", ""))
    return DeliveryId(keys.verify(token, purpose))
