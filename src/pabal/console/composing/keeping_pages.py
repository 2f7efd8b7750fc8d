"""The pages of templates: all of them, one with its versions, and keeping a draft as one."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.console.composing.forms import TemplateNameForm
from pabal.console.composing.previewing import Preview, preview, readers
from pabal.console.design.framing import FRAME_POLICY, framed, in_the_dark
from pabal.console.mail_templates.gallery import GALLERY
from pabal.console.mail_templates.keeping import changes, keep, last_versions
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Source


@require_safe
@requires(Act.SEE_REPORTS)
def templates(request: SignedInRequest) -> HttpResponse:
    context = {"own": last_versions(), "gallery": GALLERY}
    return render(request, "composing/mail_templates.html", context)


@require_safe
@requires(Act.SEE_REPORTS)
def template(request: SignedInRequest, template_id: int) -> HttpResponse:
    """One template: how it looks, its versions, and what has changed since the chosen one."""
    shown = get_object_or_404(MailTemplate, pk=template_id)
    versions = list(shown.versions.select_related("made_by"))
    since = request.GET.get("since", "")
    older = next((each for each in versions if str(each.number) == since), None)
    trouble = look(versions[0].as_source()).trouble
    context = {
        "template": shown,
        "trouble": trouble.explain(gettext) if trouble else "",
        "versions": versions,
        "last": versions[0],
        "older": older,
        "changes": changes(older, versions[0]) if older else [],
    }
    return render(request, "composing/mail_template.html", context)


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def restore(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Make what an older version said the next version."""
    number = request.POST.get("number", "")
    rows = TemplateVersion.objects.filter(template=template_id).select_related("template")
    version = next((each for each in rows if str(each.number) == number), None)
    if version is None:
        raise Http404
    with transaction.atomic():
        keep(version.template.name, version.as_source(), by=request.user, now=timezone.now())
        note_saved(request, version.template.name)
    messages.success(request, gettext("The older version is in use again."))
    return redirect("composing:template", template_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def keep_draft(request: SignedInRequest, campaign_id: str) -> HttpResponse:
    """Keep what a campaign says as a template, or as the next version of one."""
    campaign = get_object_or_404(Campaign, pk=campaign_id, trial_of=None)
    form = TemplateNameForm(request.POST or None, initial={"name": campaign.name})
    if not form.is_valid():
        return render(request, "composing/keep.html", {"campaign": campaign, "form": form})
    name = form.cleaned_data["name"]
    with transaction.atomic():
        kept = keep(name, campaign.as_source(), by=request.user, now=timezone.now())
        note_saved(request, name)
    messages.success(request, gettext("The template has been saved."))
    return redirect("composing:template", kept.template_id)


@require_safe
@requires(Act.SEE_REPORTS)
def gallery_frame(request: SignedInRequest, name: str) -> HttpResponse:
    for each in GALLERY:
        if each.name == name:
            return mail_frame(each.source())
    raise Http404


@require_safe
@requires(Act.SEE_REPORTS)
def template_frame(request: SignedInRequest, template_id: int, number: int) -> HttpResponse:
    version = get_object_or_404(TemplateVersion, template=template_id, number=number)
    return mail_frame(version.as_source())


def mail_frame(source: Source, search: str = "", *, is_dark: bool = False) -> HttpResponse:
    """The mail's HTML alone, for a frame; nothing where it cannot be made."""
    mail = look(source, search).mail
    content = framed(mail.html) if mail else ""
    content = in_the_dark(content) if is_dark else content
    return HttpResponse(content, headers={"Content-Security-Policy": FRAME_POLICY})


def note_saved(request: SignedInRequest, name: str) -> None:
    audit.note(request.user, audit.Deed.TEMPLATE_SAVED, name, now=timezone.now())


def look(source: Source, search: str = "") -> Preview:
    """Return the mail as a subscriber of the first list would get it, the first one or another."""
    draft = _unsaved_draft(source)
    found = readers(draft, search)
    return preview(draft, found[0] if found else None)


def _unsaved_draft(source: Source) -> Campaign:
    """With a sender and a list to name; before there are any, with empty ones."""
    return Campaign(
        id="0" * 8,
        subject=source.subject,
        preview_text=source.preview,
        markup=source.markup.value,
        body=source.body,
        text=source.text,
        sender=SenderIdentity.objects.order_by("pk").first() or SenderIdentity(),
        list=List.objects.order_by("pk").first() or List(),
    )
