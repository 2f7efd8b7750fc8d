"""The manifest: what belongs to a package. Its digest stands for all of it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pabal.domain.campaign import CampaignPlan, Kind, OnDoubt, SenderIdentity
from pabal.domain.experiment import Experiment, Measure
from pabal.domain.identity import CampaignId
from pabal.domain.local_time import LocalTime
from pabal.domain.tracking import Tracking

MANIFEST = "manifest.json"
COMPILED = "compiled.json"
_FORMAT = 1


def compiled_name(variant: int) -> str:
    """Return the file of a variant's compiled template; of variant 0 it is COMPILED."""
    return f"compiled-{variant}.json" if variant else COMPILED


def content_digest(content: bytes) -> str:
    """Return the SHA-256 of a file of the package, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was approved.

    compiled: digest of the compiled template.
    recipients: how many.
    shards: digests of the shards of recipients, in order.
    alternatives: digests of the compiled templates of further variants, from 1.
    """

    plan: CampaignPlan
    compiled: str
    recipients: int
    shards: tuple[str, ...]
    alternatives: tuple[str, ...] = ()

    @property
    def templates(self) -> tuple[str, ...]:
        """Digests of the compiled templates of all variants, from 0."""
        return (self.compiled, *self.alternatives)

    @property
    def digest(self) -> str:
        """Equal for equal content, whenever and wherever it was prepared."""
        return content_digest(self.to_bytes())

    def to_bytes(self) -> bytes:
        plan = asdict(self.plan) | {
            "kind": self.plan.kind.value,
            "on_doubt": self.plan.on_doubt.value,
            "tracking": self.plan.tracking.value,
        }
        plan |= {
            "local_time": _local_time_to_json(self.plan.local_time),
            "experiment": _experiment_to_json(self.plan.experiment),
        }
        content = {
            "format": _FORMAT,
            "plan": plan,
            "compiled": self.compiled,
            "recipients": self.recipients,
            "shards": self.shards,
            "alternatives": self.alternatives,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Raises ValueError: written by another version of Pabal."""
        values = json.loads(content)
        if values["format"] != _FORMAT:
            raise ValueError(f"a package of format {values['format']}, this Pabal reads {_FORMAT}")
        plan = values["plan"]
        return cls(
            plan=CampaignPlan(
                id=CampaignId(plan["id"]),
                name=plan["name"],
                kind=Kind(plan["kind"]),
                sender=SenderIdentity(**plan["sender"]),
                list_id=plan["list_id"],
                list_name=plan["list_name"],
                scopes=tuple(plan["scopes"]),
                on_doubt=OnDoubt(plan["on_doubt"]),
                tracking=Tracking(plan.get("tracking", Tracking.OFF.value)),
                local_time=_local_time_from_json(plan.get("local_time")),
                experiment=_experiment_from_json(plan.get("experiment")),
            ),
            compiled=values["compiled"],
            recipients=values["recipients"],
            shards=tuple(values["shards"]),
            alternatives=tuple(values.get("alternatives", ())),
        )


def _local_time_to_json(local: LocalTime | None) -> dict[str, str] | None:
    return asdict(local) | {"wall": local.wall.isoformat()} if local else None


def _local_time_from_json(values: dict[str, str] | None) -> LocalTime | None:
    if values is None:
        return None
    wall = datetime.fromisoformat(values["wall"])
    return LocalTime(wall=wall, attribute=values["attribute"], fallback=values["fallback"])


def _experiment_to_json(experiment: Experiment | None) -> dict[str, Any] | None:
    return asdict(experiment) | {"measure": experiment.measure.value} if experiment else None


def _experiment_from_json(values: dict[str, Any] | None) -> Experiment | None:
    if values is None:
        return None
    return Experiment(
        variants=values["variants"],
        share=values["share"],
        measure=Measure(values["measure"]),
        hours=values["hours"],
        start=values["start"],
    )
