"""What the parts of a draft's page show, gathered for the templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext

from pabal.console.accounts.access import Act, SignedInRequest, may
from pabal.console.accounts.models import organisation
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Check
from pabal.console.campaigns.starting import Readiness, readiness
from pabal.console.campaigns.words import STATE_TONES, STATES
from pabal.console.campaigns.working import somebody_works
from pabal.console.composing.findings import ShownFinding, shown_finding
from pabal.console.composing.previewing import Preview, preview, readers, subject_length
from pabal.console.composing.steps import steps
from pabal.console.design.components import Tone
from pabal.domain.delivery import State

_PATIENCE = timedelta(seconds=5)  # for a worker to begin
_TRIALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMail:
    """One test mail, and what became of it so far. reason: why it failed or waits."""

    address: str
    label: str | Promise
    tone: Tone
    delivery: str
    reason: str


def of_preview(draft: Campaign, search: str = "") -> dict[str, Any]:
    found = readers(draft, search)
    seen = preview(draft, found[0] if found else None)
    return {
        "campaign": draft,
        "seen": seen,
        "people": found,
        "search": search,
        "is_nobody": not found,
        "explained": shown_trouble(seen),
    }


def shown_trouble(seen: Preview) -> dict[str, object] | None:
    """What is wrong with the template, at which line of which field."""
    if seen.trouble is None:
        return None
    return {
        "text": seen.trouble.explain(gettext),
        "advice": seen.trouble.advise(gettext),
        "line": seen.trouble.details.get("line", 0),
        "field": seen.trouble.details.get("field", "body"),
    }


def of_check(request: SignedInRequest, draft: Campaign, now: datetime) -> dict[str, Any]:
    """What the parts about checking, approving and starting show."""
    check = Check.objects.filter(pk=draft.pk).first()
    ready = ready_of(draft, check, now)
    is_under_way = check is not None and check.state != Check.State.DONE
    return {
        "campaign": draft,
        "check": check,
        "ready": ready,
        "is_under_way": is_under_way,
        "nobody_works": is_under_way and check is not None and _nobody_works(check, now),
        "is_stale": not is_under_way and check is not None and ready.result is None,
        "findings": _findings(request, draft, ready),
        "may_start": may(request.user, Act.START_CAMPAIGNS),
        "keeps_mails": settings.PABAL.keeps_mails,
        "is_editor": request.GET.get("on") != "review" and may(request.user, Act.EDIT_CAMPAIGNS),
        "may_approve": may(request.user, Act.APPROVE_CAMPAIGNS)
        and draft.edited_by_id != request.user.pk,
    }


def _findings(
    request: SignedInRequest, draft: Campaign, ready: Readiness
) -> Sequence[ShownFinding]:
    if ready.result is None:
        return ()
    domain = draft.sender.address.rpartition("@")[2] if may(request.user, Act.EDIT_SENDERS) else ""
    return [shown_finding(each, domain=domain) for each in ready.result.findings]


def of_page(request: SignedInRequest, draft: Campaign, now: datetime) -> dict[str, Any]:
    """What the page shows beside the form's fields."""
    search = request.POST.get("as", request.GET.get("as", ""))
    context = of_preview(draft, search) | of_check(request, draft, now)
    return context | {
        "steps": steps(draft, context["seen"], context["ready"]),
        "length": subject_length(draft.shown_subject),
        "zone": settings.TIME_ZONE,
        "is_dark": "dark" in request.POST,
    }


def ready_of(draft: Campaign, check: Check | None, now: datetime) -> Readiness:
    return readiness(draft, check, needs_approval=organisation().needs_approval, now=now)


def trial_mails(draft: Campaign) -> Sequence[TrialMail]:
    """Return the test mails of the last few tests, newest first."""
    trials = list(draft.trials.order_by("-created_at")[:_TRIALS])
    here = LedgerDelivery.objects.filter(campaign__in=[trial.pk for trial in trials])
    there = [row for t in trials if t.is_on_aws for row in elsewhere.every(t.pk)]
    rows = [*here, *there]
    sent = {(row.campaign, row.position): row for row in rows}
    return [
        _trial_mail(email, sent.get((trial.pk, position)))
        for trial in trials
        for position, email in enumerate(
            trial.trial_recipients.order_by("pk").values_list("email", flat=True)
        )
    ]


def _trial_mail(email: str, row: LedgerDelivery | None) -> TrialMail:
    state = row.delivery_state if row else State.QUEUED
    return TrialMail(
        address=email,
        label=STATES[state],
        tone=STATE_TONES[state] if row else Tone.BUSY,
        delivery=row.pk if row and state is State.SENT else "",
        reason=row.last if row and state is not State.SENT else "",
    )


def _nobody_works(check: Check, now: datetime) -> bool:
    is_waiting = check.state == Check.State.ASKED and now - check.asked_at > _PATIENCE
    return is_waiting and not somebody_works(now)
