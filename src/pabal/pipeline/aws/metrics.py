"""Figures for CloudWatch, written into the log in its embedded metric format (EMF).

Source: CloudWatch user guide, Embedded Metric Format specification. They cost a line of the log
and no request. Nothing about a person is a dimension.
"""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

NAMESPACE = "Pabal"
_UNITS = {"CampaignSeconds": "Seconds", "BounceRate": "Percent", "ComplaintRate": "Percent",
          "QuotaUsed": "Percent"}  # fmt: skip


def tell(figures: Mapping[str, float], *, now: datetime, **about: str) -> None:
    """Write figures to standard output, where Lambda's log takes them from.

    about: what a reader of the log finds beside them, such as the campaign; no dimension.
    """
    if figures:
        sys.stdout.write(json.dumps(emf(figures, now=now, **about)) + "\n")
        sys.stdout.flush()


def emf(figures: Mapping[str, float], *, now: datetime, **about: str) -> dict[str, Any]:
    definitions = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in figures]
    directive: dict[str, Any] = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": definitions}
    return {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        **about,
        **figures,
    }
