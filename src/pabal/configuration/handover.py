"""What `pabal serve` tells the process that shows its pages, through the environment.

Nothing here is for an operator to set.
"""

import os
from dataclasses import dataclass

_ADDRESS = "PABAL_HANDOVER_METRICS_ADDRESS"
_TOKEN = "PABAL_HANDOVER_METRICS_TOKEN"  # noqa: S105 -- a name


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPage:
    """Where the worker of the same `pabal serve` shows what it counts, to who knows the token."""

    address: str
    token: str

    def as_environment(self) -> dict[str, str]:
        return {_ADDRESS: self.address, _TOKEN: self.token}


def load_worker_page() -> WorkerPage | None:
    """Return what was handed over; None where no worker runs beside the pages."""
    address, token = os.environ.get(_ADDRESS, ""), os.environ.get(_TOKEN, "")
    return WorkerPage(address=address, token=token) if address and token else None
