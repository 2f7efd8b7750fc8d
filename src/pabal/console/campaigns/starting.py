"""From a checked draft to a campaign that is due: approved where that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from pabal.console.accounts.models import User
from pabal.console.campaigns import elsewhere, launching
from pabal.console.campaigns.checking import Result, result_of
from pabal.console.campaigns.drafting import mark_started
from pabal.console.campaigns.errors import NotADraft, NotReady, NotTheirs, TooLate
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Approval, Check
from pabal.domain.errors import Explained

_WORKERS_MAY_HAVE_IT = timedelta(seconds=30)  # their clocks are not ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What stands between a draft and its start.

    result: of the check of this very draft; None where there is none.
    approvals: of this very package, none of them by whoever wrote it last.
    """

    result: Result | None
    approvals: Sequence[Approval]
    needs_approval: bool
    has_come: bool

    @property
    def is_checked(self) -> bool:
        return self.result is not None and self.result.passed

    @property
    def waits_for_approval(self) -> bool:
        return self.is_checked and self.needs_approval and not self.approvals

    @property
    def may_start(self) -> bool:
        return self.is_checked and not self.waits_for_approval and not self.has_come


def readiness(
    draft: Campaign, check: Check | None, *, needs_approval: bool, now: datetime
) -> Readiness:
    """needs_approval: the organisation lets nothing go out on one person's word."""
    result = result_of(draft, check)
    approvals: Sequence[Approval] = ()
    if needs_approval and result is not None and result.passed:
        of_package = Approval.objects.filter(campaign=draft, digest=result.digest)
        approvals = list(of_package.exclude(by=draft.edited_by).select_related("by"))
    has_come = draft.scheduled_at is not None and draft.scheduled_at <= now
    return Readiness(
        result=result, approvals=approvals, needs_approval=needs_approval, has_come=has_come
    )


def approve(draft: Campaign, *, digest: str, by: User, now: datetime) -> None:
    """Let a package go out. Safe to repeat.

    digest: of what `by` has looked at.
    Raises NotReady: that is not what is checked now. NotTheirs: they wrote it themselves.
    """
    result = result_of(draft, Check.objects.filter(pk=draft.pk).first())
    if result is None or not result.passed or result.digest != digest:
        raise NotReady
    if draft.edited_by_id == by.pk:
        raise NotTheirs
    Approval.objects.get_or_create(campaign=draft, digest=digest, by=by, defaults={"at": now})


def start(draft: Campaign, *, digest: str, needs_approval: bool, now: datetime) -> None:
    """Make a draft due, now or at its time, with the package that was checked.

    digest: of what whoever starts it has looked at.
    Raises NotADraft. NotReady: it is not checked, not approved, or not that package any more.
    """
    if draft.status != Campaign.Status.DRAFT:
        raise NotADraft
    check = Check.objects.filter(pk=draft.pk).first()
    ready = readiness(draft, check, needs_approval=needs_approval, now=now)
    if not ready.may_start or ready.result is None or ready.result.digest != digest:
        raise NotReady
    if not mark_started(draft, digest=digest, now=now):
        raise NotADraft if draft.status != Campaign.Status.DRAFT else NotReady


def hand_over(started: Campaign, *, now: datetime) -> None:
    """Let AWS have it at once where it can be; else a worker does it, and the report says why."""
    try:
        elsewhere.hand_over(started.pk, now=now)
    except Explained as error:
        launching.RequestHandovers().record_trouble(started.campaign_id, error, now=now)


def take_back(campaign: Campaign, *, now: datetime) -> None:
    """Make a draft again of a campaign whose time has not come.

    Raises TooLate. ServiceUnavailable: it waits on AWS, which does not answer; nothing is changed.
    """
    far_enough = now + _WORKERS_MAY_HAVE_IT
    waiting = Campaign.objects.filter(
        pk=campaign.pk, status=Campaign.Status.STARTED, scheduled_at__gt=far_enough
    )
    if waiting.exists() and campaign.is_on_aws:
        elsewhere.call_off(campaign.pk)
    with transaction.atomic():
        taken = waiting.update(
            status=Campaign.Status.DRAFT,
            started_at=None,
            version=F("version") + 1,
            prepared_digest="",
        )
        if not taken:
            raise TooLate
        launching.forget(campaign)
