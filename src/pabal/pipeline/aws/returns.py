"""What the console has to know of what happened on AWS: messages of the returns queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import Reason, Suppression
from pabal.pipeline.aws.calls import read_campaign, read_delivery, read_json, read_moment
from pabal.pipeline.aws.errors import CallUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The recipient of a delivery asked to get nothing more. scope: what they left."""

    delivery: DeliveryId
    scope: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """The recipient of a delivery wants no opens and clicks of theirs recorded."""

    delivery: DeliveryId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """An address was suppressed by what came back about it."""

    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A campaign has nothing more to send. explanation: "" when all went well."""

    campaign: CampaignId
    explanation: str


Return = Left | Objected | Stopped | Ended


def to_json(told: Return) -> Mapping[str, Any]:
    match told:
        case Left():
            at = told.at.isoformat()
            about = {"delivery": told.delivery, "scope": told.scope, "source": told.source}
            return {"kind": "left", **about, "at": at}
        case Objected():
            return {"kind": "objected", "delivery": told.delivery, "at": told.at.isoformat()}
        case Stopped(suppression=suppression):
            return {
                "kind": "stopped",
                "address": suppression.address,
                "scope": suppression.scope,
                "reason": suppression.reason.value,
                "at": suppression.since.isoformat(),
                "detail": suppression.detail,
            }
        case Ended():
            return {"kind": "ended", "campaign": told.campaign, "explanation": told.explanation}


def read_return(body: str) -> Return:
    """Raises CallUnreadable."""
    told = read_json(body)
    try:
        match told.get("kind"):
            case "left":
                return Left(
                    delivery=read_delivery(told["delivery"]),
                    scope=str(told["scope"]),
                    source=str(told["source"]),
                    at=read_moment(told["at"]),
                )
            case "objected":
                return Objected(
                    delivery=read_delivery(told["delivery"]), at=read_moment(told["at"])
                )
            case "stopped":
                return Stopped(suppression=_suppression(told))
            case "ended":
                campaign = read_campaign(told["campaign"])
                return Ended(campaign=campaign, explanation=str(told["explanation"]))
            case _:
                raise CallUnreadable(reason="its kind is none that is known")
    except (KeyError, ValueError) as error:
        raise CallUnreadable(reason=f"it lacks or misspells {error}") from error


def _suppression(told: Mapping[str, Any]) -> Suppression:
    return Suppression(
        address=str(told["address"]),
        scope=str(told["scope"]),
        reason=Reason(told["reason"]),
        since=read_moment(told["at"]),
        detail=str(told.get("detail", "")),
    )
