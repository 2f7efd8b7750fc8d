"""Lambda `prepare`: hold what SES allows against the campaign, and open it in the ledger.

The console has proved the mails before; what only the account can say is asked here, when the
campaign starts, and once more when its time has come.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pabal.domain.delivery import State
from pabal.domain.errors import Refusal
from pabal.domain.quota import Quota
from pabal.domain.rate import Rate
from pabal.domain.sending_account import SendingAccount, stricter_quota
from pabal.message.compiled import Compiled
from pabal.message.errors import CompiledUnreadable
from pabal.package.errors import PackageMissing
from pabal.package.package import Package
from pabal.package.shards import shard_name
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.bucket import Linked
from pabal.pipeline.aws.calls import Allowance, Start, allowance_to_json, read_start
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.enqueue import open_run
from pabal.preflight.checks.allowance import check_quota
from pabal.preflight.checks.experiment import check_experiment
from pabal.preflight.checks.ses import (
    check_rate,
    check_sandbox,
    check_sender,
    check_standing,
    duration_at,
)
from pabal.preflight.finding import Finding, Severity
from pabal.transport.ses.account import read_account
from pabal.transport.ses.settings import SesSettings

_NO_LIMIT = 10**9  # mails a day
_ALL_AT_ONCE = Finding(
    code="all-at-once",
    severity=Severity.ERROR,
    message="The pipeline on AWS sends a campaign to everybody at once.",
    remedy="Choose one moment for all, or send it with `pabal worker`.",
)
_SHORTEST_PATIENCE = timedelta(hours=1)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """The step `Prepare`: input of a campaign's start in, verdict and plan out."""
    start = read_start(event)
    return prepare(start, read_account(SesSettings()), workshop())


def prepare(start: Start, account: SendingAccount, parts: Workshop) -> dict[str, Any]:
    """Say whether the campaign may go, and how. When it goes, the ledger knows it on return.

    Raises CallUnreadable, LedgerUnavailable, StoreUnavailable, ServiceUnavailable.
    """
    now = parts.now()
    try:
        package = Package(parts.store, start.campaign, start.digest)
        _check_shards(package, parts)
        linked = _linked(package)
    except (Refusal, CompiledUnreadable) as refusal:
        return _told(start, verdict="refused", reason=str(refusal))
    recipients, counts = package.manifest.recipients, parts.ledger().counts(start.campaign)
    if sum(counts.values()) >= recipients:
        return _watched(start, account, counts, parts)
    quota = _quota(account, parts.surroundings.daily_limit)
    findings = sorted(prove(package, account, quota), key=lambda each: -each.severity)
    metrics.tell({"QuotaUsed": 100 * quota.used / max(1, quota.limit)}, now=now)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return _told(start, verdict="refused", findings=findings, reason=_reason(findings))
    if start.starts_at and start.starts_at > now:
        return _told(start, verdict="scheduled", findings=findings)
    allowance = Allowance(per_second=account.per_second, per_day=_per_day(quota))
    parts.bucket.keep_linked(start.campaign, linked)
    open_run(package, parts.ledger(allowance.daily_limit), now=now)
    duration = duration_at(recipients, allowance.rate)
    return _told(start, verdict="go", findings=findings) | {
        "recipients": recipients,
        "bucket": parts.surroundings.bucket,
        "prefix": parts.store.key(start.campaign, start.digest, "recipients-"),
        **_patience(allowance, duration, now),
    }


def _watched(
    start: Start, account: SendingAccount, counts: Mapping[State, int], parts: Workshop
) -> dict[str, Any]:
    """Go on with a campaign whose recipients were all proved and enqueued before."""
    quota, now = _quota(account, parts.surroundings.daily_limit), parts.now()
    allowance = Allowance(per_second=account.per_second, per_day=_per_day(quota))
    duration = duration_at(counts.get(State.QUEUED, 0), allowance.rate)
    return _told(start, verdict="watch") | _patience(allowance, duration, now)


def _patience(allowance: Allowance, duration: timedelta, now: datetime) -> dict[str, Any]:
    """What the states behind this one go by."""
    return {
        "allowance": allowance_to_json(allowance),
        "predicted_seconds": duration.total_seconds(),
        "watch": {},
        "deadline": _stamp(now + max(_SHORTEST_PATIENCE, 3 * duration)),
    }


def prove(package: Package, account: SendingAccount, quota: Quota) -> Iterable[Finding]:
    """Hold one campaign against the account."""
    plan, recipients = package.manifest.plan, package.manifest.recipients
    rate = Rate(per_second=account.per_second) if account.per_second > 0 else None
    yield from check_standing(account)
    yield from check_sender(account, plan.sender.address)
    yield from check_quota(recipients, quota)
    yield from check_rate(recipients, rate)
    yield from check_sandbox(account, (each.address.wire for each in package.recipients()))
    if plan.local_time is not None:
        yield _ALL_AT_ONCE
    yield from check_experiment(package.manifest, is_on_aws=True)


def _check_shards(package: Package, parts: Workshop) -> None:
    """Raises PackageMissing: the state machine goes by what the bucket lists, and would miss it."""
    campaign = package.manifest.plan.id
    there = parts.store.names(campaign, package.manifest.digest)
    for number in range(len(package.manifest.shards)):
        if shard_name(number) not in there:
            raise PackageMissing(campaign=campaign, name=shard_name(number))


def _linked(package: Package) -> Linked:
    """Raises PackageMissing, PackageChanged, CompiledUnreadable, StoreUnavailable."""
    plan, compiled = package.manifest.plan, Compiled.from_bytes(package.compiled())
    sender = plan.sender
    return Linked(
        digest=package.manifest.digest,
        list_name=plan.list_name,
        tracking=plan.tracking,
        links=compiled.tracked.links if compiled.tracked else (),
        sender=(
            f"{sender.company} · {sender.postal_address}",
            f"{sender.phone} · {sender.contact_email}",
        ),
    )


def _quota(account: SendingAccount, daily_limit: int | None) -> Quota:
    ours = Quota(limit=daily_limit or _NO_LIMIT, used=account.sent)
    return stricter_quota(ours, account.quota)


def _per_day(quota: Quota) -> int:
    return 0 if quota.limit >= _NO_LIMIT else quota.limit


def _told(
    start: Start, *, verdict: str, findings: Iterable[Finding] = (), reason: str = ""
) -> dict[str, Any]:
    told = start.to_json() | {"verdict": verdict, "reason": reason}
    if start.starts_at:
        told["starts_at"] = _stamp(start.starts_at)
    return told | {"findings": [_finding(each) for each in findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "message": finding.explain(str),
        "remedy": finding.advise(str),
        "rows": list(finding.rows),
    }


def _reason(findings: Iterable[Finding]) -> str:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    told = (
        " ".join([each.explain(str), *([f"({', '.join(each.rows)})"] if each.rows else [])])
        for each in errors
    )
    return " ".join(told)


def _stamp(moment: datetime) -> str:
    """RFC 3339 with `Z`, as a Wait state wants it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
