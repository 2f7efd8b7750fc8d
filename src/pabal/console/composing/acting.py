"""What the buttons of a draft's page do."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.accounts.models import organisation
from pabal.console.adapters import OrmCampaignSource
from pabal.console.campaigns import editing, starting
from pabal.console.campaigns.drafting import copy_campaign, mark_started
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.trials import add_trial
from pabal.console.composing import showing
from pabal.console.composing.forms import TestMailForm
from pabal.console.composing.previewing import readers, workshop
from pabal.domain.errors import InputError, Refusal
from pabal.pipeline.steps.prepare import prepare

_NAME = 180  # characters, with room for what says that it is a copy


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def test(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Send the draft as it is kept to some addresses, rendered as the chosen reader."""
    draft, form = _campaign(campaign_id), TestMailForm(request.POST)
    trouble = "" if form.is_valid() else " ".join(map(str, form.errors["addresses"]))
    if not trouble:
        try:
            _send_test(draft, form, request.POST.get("as", ""), timezone.now())
        except InputError as error:
            trouble = error.explain(gettext)
    context = {"campaign": draft, "trials": showing.trial_mails(draft), "trouble": trouble}
    if "HX-Request" in request.headers:
        return render(request, "composing/trials.html", context)
    if trouble:
        messages.error(request, trouble)
    return redirect("composing:edit", draft.pk)


@require_POST
@requires(Act.APPROVE_CAMPAIGNS)
def approve(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    draft, digest = _campaign(campaign_id), request.POST.get("digest", "")
    try:
        starting.approve(draft, digest=digest, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return _told(request, draft, refusal)
    _note(request, audit.Deed.CAMPAIGN_APPROVED, draft)
    messages.success(request, gettext("You have approved this campaign."))
    return redirect("composing:review", draft.pk)


@require_POST
@requires(Act.START_CAMPAIGNS)
def start(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    draft = _campaign(campaign_id)
    try:
        starting.start(
            draft,
            digest=request.POST.get("digest", ""),
            needs_approval=organisation().needs_approval,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _told(request, draft, refusal)
    _note(request, audit.Deed.CAMPAIGN_STARTED, draft)
    starting.hand_over(draft, now=timezone.now())
    return redirect("reports:campaign", draft.pk)


@require_POST
@requires(Act.START_CAMPAIGNS)
def take_back(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Make a scheduled campaign a draft again."""
    campaign = _campaign(campaign_id)
    try:
        starting.take_back(campaign, now=timezone.now())
    except Refusal as refusal:
        return _told(request, campaign, refusal)
    _note(request, audit.Deed.CAMPAIGN_TAKEN_BACK, campaign)
    messages.success(request, gettext("The campaign is a draft again and will not be sent."))
    return redirect("composing:edit", campaign.pk)


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def duplicate(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    original = _campaign(campaign_id)
    name = gettext("%(name)s (copy)") % {"name": original.name[:_NAME]}
    made = copy_campaign(original, name=name, now=timezone.now())
    Campaign.objects.filter(pk=made.pk).update(edited_by=request.user, edited_at=timezone.now())
    messages.success(request, gettext("This is a copy; the original stays as it is."))
    return redirect("composing:edit", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def delete(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Ask, and then throw a draft away."""
    draft = _campaign(campaign_id)
    if request.method != "POST":
        return render(request, "composing/delete.html", {"campaign": draft})
    try:
        editing.delete(draft)
    except Refusal as refusal:
        return _told(request, draft, refusal)
    _note(request, audit.Deed.DRAFT_DELETED, draft)
    messages.success(request, gettext("The draft was deleted."))
    return redirect("reports:campaigns")


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def archive(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Put a campaign away, or bring it back."""
    campaign = _campaign(campaign_id)
    if request.POST.get("do") == "bring-back":
        editing.bring_back(campaign)
        return redirect("reports:campaign", campaign.pk)
    editing.archive(campaign, now=timezone.now())
    messages.success(request, gettext("The campaign is in the archive."))
    return redirect("reports:campaigns")


def _send_test(draft: Campaign, form: TestMailForm, search: str, now: datetime) -> None:
    """Send each variant once. Raises InputError: one cannot be compiled; nothing is sent."""
    found = readers(draft, search)
    reader, addresses = found[0] if found else None, form.cleaned_data["addresses"]
    trials = [add_trial(draft, each, addresses, reader, now=now) for each in draft.sources()]
    try:
        digests = [_prepared(trial, now) for trial in trials]
    except InputError:
        for trial in trials:
            editing.delete(trial)
        raise
    for trial, digest in zip(trials, digests, strict=True):
        mark_started(trial, digest=digest, now=now)


def _prepared(trial: Campaign, now: datetime) -> str:
    parts = workshop()
    prepared = prepare(
        trial.campaign_id,
        source=OrmCampaignSource(),
        store=parts.store,
        limits=parts.limits,
        now=now,
    )
    return prepared.manifest.digest


def _note(request: SignedInRequest, deed: audit.Deed, campaign: Campaign) -> None:
    audit.note(request.user, deed, campaign.name, now=timezone.now())


def _told(request: SignedInRequest, campaign: Campaign, refusal: Refusal) -> HttpResponse:
    """Say why nothing was done, on the page where the campaign is now."""
    messages.error(request, f"{refusal.explain(gettext)} {refusal.advise(gettext)}")
    campaign.refresh_from_db()
    if campaign.status != Campaign.Status.DRAFT:
        return redirect("reports:campaign", campaign.pk)
    return redirect("composing:review", campaign.pk)


def _campaign(campaign_id: str) -> Campaign:
    rows = Campaign.objects.select_related("sender", "list", "topic", "edited_by")
    return get_object_or_404(rows, pk=campaign_id, trial_of=None)
