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
from pabal.console.campaigns.experiments import letters_of
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
from pabal.domain.experiment import MOST

_PATIENCE = timedelta(seconds=5)  # for a worker to begin
_TRIALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMail:
    """One test mail, and what became of it so far. reason: why it failed or waits."""

    address: str
    subject: str
    label: str | Promise
    tone: Tone
    delivery: str
    reason: str


def of_preview(draft: Campaign, search: str = "", variant: int = 0) -> dict[str, Any]:
    found = readers(draft, search)
    seen = preview(draft, found[0] if found else None, variant=variant)
    return {
        "variant": variant,
        "letters": letters_of(draft.experiment),
        "campaign": draft,
        "seen": seen,
        "people": found,
        "search": search,
        "is_nobody": not found,
        "explained": shown_trouble(seen, of_editor=not variant),
    }


def shown_trouble(seen: Preview, *, of_editor: bool = True) -> dict[str, object] | None:
    """What is wrong with the template, at which line of which field.

    of_editor: its source is in the page's first editor, where the line can be shown.
    """
    if seen.trouble is None:
        return None
    return {
        "text": seen.trouble.explain(gettext),
        "advice": seen.trouble.advise(gettext),
        "line": seen.trouble.details.get("line", 0) if of_editor else 0,
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
        "setup": draft.experiment,
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
    variant = asked_variant(request)
    context = of_preview(draft, search, variant) | of_check(request, draft, now)
    return context | {
        "steps": steps(draft, context["seen"], context["ready"]),
        "length": subject_length(draft.shown_subject),
        "zone": settings.TIME_ZONE,
        "is_dark": "dark" in request.POST,
    }


def asked_variant(request: SignedInRequest) -> int:
    """Return the variant that a page wants to see."""
    asked = request.POST.get("variant", request.GET.get("variant", ""))
    return int(asked) if asked in {str(number) for number in range(MOST)} else 0


def ready_of(draft: Campaign, check: Check | None, now: datetime) -> Readiness:
    return readiness(draft, check, needs_approval=organisation().needs_approval, now=now)


def trial_mails(draft: Campaign) -> Sequence[TrialMail]:
    """Return the test mails of the last few tests, newest first."""
    each = max(1, len(letters_of(draft.experiment)))
    trials = list(draft.trials.order_by("-created_at", "pk")[: _TRIALS * each])
    here = LedgerDelivery.objects.filter(campaign__in=[trial.pk for trial in trials])
    there = [row for t in trials if t.is_on_aws for row in elsewhere.every(t.pk)]
    rows = [*here, *there]
    sent = {(row.campaign, row.position): row for row in rows}
    return [
        _trial_mail(trial, email, sent.get((trial.pk, position)))
        for trial in trials
        for position, email in enumerate(
            trial.trial_recipients.order_by("pk").values_list("email", flat=True)
        )
    ]


def _trial_mail(trial: Campaign, email: str, row: LedgerDelivery | None) -> TrialMail:
    state = row.delivery_state if row else State.QUEUED
    return TrialMail(
        address=email,
        subject=trial.subject,
        label=STATES[state],
        tone=STATE_TONES[state] if row else Tone.BUSY,
        delivery=row.pk if row and state is State.SENT else "",
        reason=row.last if row and state is not State.SENT else "",
    )


def _nobody_works(check: Check, now: datetime) -> bool:
    is_waiting = check.state == Check.State.ASKED and now - check.asked_at > _PATIENCE
    return is_waiting and not somebody_works(now)
