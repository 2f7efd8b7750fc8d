"""A draft's pages: begin one, write it, look at it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.models import List
from pabal.console.campaigns import checking, editing
from pabal.console.campaigns.drafting import create_campaign
from pabal.console.campaigns.errors import ChangedMeanwhile, NotADraft
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.console.campaigns.words import EXCLUSIONS
from pabal.console.composing import showing
from pabal.console.composing.forms import DraftForm, NewCampaignForm, TestMailForm
from pabal.console.composing.inserting import of_everybody, of_readers
from pabal.console.composing.previewing import preview as preview_of
from pabal.console.composing.previewing import readers
from pabal.console.composing.reaching import reach as reach_of
from pabal.console.composing.reaching import split_of
from pabal.console.composing.starting_points import starting_point, starting_points
from pabal.console.design.editing import editor_phrases
from pabal.console.design.framing import FRAME_POLICY, framed, in_the_dark
from pabal.console.visual.pieces import PIECES
from pabal.domain.campaign import Kind


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def new(request: SignedInRequest) -> HttpResponse:
    """Begin a campaign, to the list that a link names, or as the last one from its sender."""
    last = Campaign.objects.filter(is_automatic=False).order_by("-created_at").first()
    sender = last.sender if last else SenderIdentity.objects.order_by("pk").first()
    audience = _linked_list(request) or (last.list if last else List.objects.last())
    form = NewCampaignForm(request.POST or None, initial=_chosen(request))
    if sender is None or audience is None or not form.is_valid():
        context = {"form": form, "has_sender": sender, "has_list": audience}
        return render(request, "composing/new.html", context)
    made = create_campaign(
        name=form.cleaned_data["name"],
        kind=Kind(form.cleaned_data["kind"]),
        source=starting_point(form.cleaned_data["start_from"]).source(),
        sender=sender,
        audience=audience,
        now=timezone.now(),
    )
    Campaign.objects.filter(pk=made.pk).update(edited_by=request.user, edited_at=timezone.now())
    return redirect("composing:edit", made.pk)


@require_safe
@requires(Act.EDIT_CAMPAIGNS)
def edit(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """A draft, from its content to its start."""
    draft = _campaign(campaign_id)
    if draft.status != Campaign.Status.DRAFT:
        messages.warning(request, NotADraft().explain(gettext))
        return redirect("reports:campaign", draft.pk)
    return _page(request, draft, DraftForm.of(draft, now=timezone.now()))


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def save(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Keep what was typed; asked by htmx, answer with what has changed on the page.

    Where something is wrong with a field, the others are kept.
    """
    draft, now = _campaign(campaign_id), timezone.now()
    form = DraftForm(request.POST, now=now, bounds=draft.bounds)
    overwrites = request.POST.get("do") == "overwrite"
    version = draft.version if overwrites else _number(request.POST.get("version", ""))
    try:
        is_changed = editing.change(
            draft, form.sound_values(), version=version, by=request.user, now=now
        )
    except (NotADraft, ChangedMeanwhile) as refusal:
        return _refused(request, draft, form, refusal)
    if "HX-Request" in request.headers:
        context = showing.of_page(request, draft, now) | {"form": form, "is_changed": is_changed}
        answer = render(request, "composing/saved.html", context)
        answer["X-Draft-Saved"] = "yes" if form.is_valid() else "in part"
        if form.takes_template:
            answer["HX-Refresh"] = "true"
        return answer
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    if request.POST.get("do") == "check":
        checking.ask(draft, request.user, now=now)
        return redirect(reverse("composing:edit", args=[draft.pk]) + "#check")
    return redirect("composing:edit", draft.pk)


@require_safe
@requires(Act.SEE_REPORTS)
def review(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """A draft for those who do not write it: what goes to whom, what the check found."""
    draft = _campaign(campaign_id)
    if draft.status != Campaign.Status.DRAFT:
        return redirect("reports:campaign", draft.pk)
    context = showing.of_page(request, draft, timezone.now()) | {
        "is_editor": False,
        "subjects": draft.subjects(),
    }
    return render(request, "composing/review.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def preview(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The mail as one reader gets it, for the page to put in its place."""
    variant = showing.asked_variant(request)
    context = showing.of_preview(_campaign(campaign_id), request.GET.get("as", ""), variant)
    context["is_dark"] = "dark" in request.GET
    return render(request, "composing/preview.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def frame(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """The mail's HTML alone, for the frame."""
    draft = _campaign(campaign_id)
    found = readers(draft, request.GET.get("as", ""))
    seen = preview_of(draft, found[0] if found else None, variant=showing.asked_variant(request))
    content = framed(seen.mail.html) if seen.mail else ""
    content = in_the_dark(content) if "dark" in request.GET else content
    return HttpResponse(content, headers={"Content-Security-Policy": FRAME_POLICY})


@require_safe
@requires(Act.SEE_REPORTS)
def reach(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Who would get the mail, and who would not: counted beside the page, which is there first."""
    draft = _campaign(campaign_id)
    found = reach_of(draft, timezone.now())
    left_out = [(EXCLUSIONS[reason], count) for reason, count in found.excluded.items()]
    split = split_of(draft, found.recipients)
    context = {"campaign": draft, "reach": found, "left_out": left_out, "split": split}
    return render(request, "composing/reach.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def check(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """How far the check is, or what it found."""
    draft, now = _campaign(campaign_id), timezone.now()
    context, template = showing.of_check(request, draft, now), "composing/check.html"
    if context["is_editor"] and not context["is_under_way"]:
        context, template = showing.of_page(request, draft, now), "composing/checked.html"
    response = render(request, template, context)
    if draft.status != Campaign.Status.DRAFT:
        response["HX-Redirect"] = reverse("reports:campaign", args=[draft.pk])
    return response


@require_safe
@requires(Act.EDIT_CAMPAIGNS)
def trials(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """What became of the test mails."""
    draft = _campaign(campaign_id)
    mails = showing.trial_mails(draft)
    return render(request, "composing/trials.html", {"campaign": draft, "trials": mails})


def _page(
    request: SignedInRequest, draft: Campaign, form: DraftForm, *, status: int = 200, **more: object
) -> HttpResponse:
    context = showing.of_page(request, draft, timezone.now()) | {
        "form": form,
        "test_form": TestMailForm.to(request.user.email),
        "trials": showing.trial_mails(draft),
        "of_readers": of_readers(),
        "of_everybody": of_everybody(),
        "phrases": editor_phrases(),
        "pieces": PIECES,
        **more,
    }
    return render(request, "composing/edit.html", context, status=status)


def _refused(
    request: SignedInRequest,
    draft: Campaign,
    form: DraftForm,
    refusal: NotADraft | ChangedMeanwhile,
) -> HttpResponse:
    """Say why nothing was kept. What was typed stays in the page."""
    told = {
        "refusal": {"text": refusal.explain(gettext), "advice": refusal.advise(gettext)},
        "may_overwrite": isinstance(refusal, ChangedMeanwhile),
        "campaign": draft,
    }
    if "HX-Request" in request.headers:
        return render(request, "composing/refused.html", told)
    if isinstance(refusal, NotADraft):
        messages.warning(request, refusal.explain(gettext))
        return redirect("reports:campaign", draft.pk)
    return _page(request, draft, form, status=409, **told)


def _campaign(campaign_id: str) -> Campaign:
    """No test is a campaign of its own here."""
    rows = Campaign.objects.select_related("sender", "list", "topic", "edited_by")
    return get_object_or_404(rows, pk=campaign_id, trial_of=None)


def _chosen(request: SignedInRequest) -> dict[str, str]:
    """What the page of templates, or a link elsewhere, has chosen to start from."""
    name = request.GET.get("start_from", "")
    point = next((each for each in starting_points() if each.name == name), None)
    if point is None:
        return {}
    return {"start_from": name, "kind": (point.kind or Kind.ADVERTISING).value}


def _linked_list(request: SignedInRequest) -> List | None:
    number = _number(request.GET.get("list", ""))
    return List.objects.filter(pk=number, archived_at=None).first()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
