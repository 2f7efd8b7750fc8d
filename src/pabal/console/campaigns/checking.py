"""Checks of drafts: asked for in the pages, done by a worker, read by the pages again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from pabal.console.accounts.models import User
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Check
from pabal.domain.identity import CampaignId
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.run import Preflight


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check has found. figures: sizes in bytes, seconds, quota; empty where it broke off."""

    passed: bool
    findings: Sequence[Finding]
    figures: Mapping[str, float]
    digest: str
    finished_at: datetime


def ask(draft: Campaign, user: User, *, now: datetime) -> None:
    """Have a draft checked. One that is waiting or under way already begins anew."""
    Check.objects.update_or_create(
        campaign=draft,
        defaults={
            "state": Check.State.ASKED,
            "asked_at": now,
            "asked_by": user,
            "worker": "",
            "alive_until": None,
            "done": 0,
            "finished_at": None,
            "digest": "",
            "passed": False,
            "findings": [],
            "figures": {},
        },
    )


def result_of(draft: Campaign, check: Check | None) -> Result | None:
    """Return what was found about a draft as it is now; None where that was not checked."""
    if check is None or check.state != Check.State.DONE or check.finished_at is None:
        return None
    if check.version != draft.version or (check.passed and check.digest != draft.prepared_digest):
        return None
    return Result(
        passed=check.passed,
        findings=[_read(row) for row in check.findings],
        figures=check.figures,
        digest=check.digest,
        finished_at=check.finished_at,
    )


# What a worker does


def take(*, worker: str, now: datetime, until: datetime) -> CampaignId | None:
    """Take the check that waits longest. Its draft is the one of the version that is kept here.

    The version is read before the draft is: a change in between makes the check stale.
    """
    is_free = Q(state=Check.State.ASKED) | Q(state=Check.State.RUNNING, alive_until__lt=now)
    first = Check.objects.filter(is_free).order_by("asked_at").first()
    if first is None:
        return None
    version = Campaign.objects.filter(pk=OuterRef("campaign_id")).values("version")
    taken = Check.objects.filter(is_free, pk=first.pk).update(
        state=Check.State.RUNNING, worker=worker, alive_until=until, version=Subquery(version)
    )
    return CampaignId(first.pk) if taken else None


def tell(campaign: CampaignId, *, done: int, worker: str, until: datetime) -> None:
    _under_way(campaign, worker).update(done=done, alive_until=until)


def record(
    campaign: CampaignId, checked: Preflight, *, digest: str, worker: str, now: datetime
) -> None:
    sizes = checked.sizes
    _under_way(campaign, worker).update(
        state=Check.State.DONE,
        done=checked.recipients,
        finished_at=now,
        digest=digest,
        passed=checked.passed,
        findings=[_written(finding) for finding in checked.findings],
        figures={
            "recipients": checked.recipients,
            "smallest": sizes.smallest,
            "mean": sizes.mean,
            "largest": sizes.largest,
            "seconds": checked.duration.total_seconds(),
            "quota_left": checked.quota.remaining,
            "quota_limit": checked.quota.limit,
        },
    )


def record_trouble(campaign: CampaignId, finding: Finding, *, worker: str, now: datetime) -> None:
    _under_way(campaign, worker).update(
        state=Check.State.DONE,
        finished_at=now,
        passed=False,
        findings=[_written(finding)],
        figures={},
    )


def _under_way(campaign: CampaignId, worker: str) -> QuerySet[Check]:
    return Check.objects.filter(pk=campaign, state=Check.State.RUNNING, worker=worker)


def _written(finding: Finding) -> dict[str, object]:
    details = {name: _plain(value) for name, value in finding.details.items()}
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "rule": finding.rule,
        "details": details,
        "rows": list(finding.rows),
        "count": finding.count,
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


def _read(row: Mapping[str, Any]) -> Finding:
    return Finding(**{**row, "severity": Severity(row["severity"]), "rows": tuple(row["rows"])})
