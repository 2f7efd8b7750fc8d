"""The page on which a template is written, and what it looks like while it is."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.attributes import known_attributes
from pabal.console.composing.previewing import preview, readers, unsaved_draft
from pabal.console.composing.showing import of_preview
from pabal.console.composing.template_forms import SourceForm
from pabal.console.design.framing import FRAME_POLICY, framed
from pabal.console.mail_templates.errors import TemplateChanged
from pabal.console.mail_templates.keeping import keep_next, source_changes
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Source

_OF_EVERY_MAIL = (
    "unsubscribe_url",
    "sender.company",
    "sender.postal_address",
    "sender.phone",
    "sender.contact_email",
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def edit(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Write a template; saving makes its next version."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    last = template.versions.order_by("-number")[0]
    form = SourceForm(request.POST) if request.method == "POST" else SourceForm.of(last.as_source())
    if not form.is_bound:
        return _page(request, last, form, last.as_source())
    if not form.is_valid():
        return _page(request, last, form, typed(request.POST), status=422)
    return _saved(request, last, form)


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def look(request: SignedInRequest) -> HttpResponse:
    """Say what is wrong with the text as it is typed, or make room for its frame."""
    context = of_preview(unsaved_draft(typed(request.POST)), request.POST.get("as", ""))
    return render(request, "composing/template_look.html", context)


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def look_frame(request: SignedInRequest) -> HttpResponse:
    """The mail's HTML alone, of the text as it is typed."""
    draft = unsaved_draft(typed(request.POST))
    found = readers(draft, request.POST.get("as", ""))
    mail = preview(draft, found[0] if found else None).mail
    content = framed(mail.html) if mail else ""
    return HttpResponse(content, headers={"Content-Security-Policy": FRAME_POLICY})


def typed(given: QueryDict) -> Source:
    """Return what stands in the fields, whether or not it could be saved."""
    form = SourceForm(given)
    form.is_valid()
    rest = {name: given.get(name, "") for name in ("subject", "preview_text", "body", "text")}
    form.cleaned_data = {"markup": "mjml", **rest, **form.cleaned_data}
    return form.source()


def _saved(request: SignedInRequest, last: TemplateVersion, form: SourceForm) -> HttpResponse:
    after = request.POST.get("version", "")
    source = form.source()
    try:
        with transaction.atomic():
            kept = keep_next(
                last.template,
                source,
                after=int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0,
                by=request.user,
                now=timezone.now(),
            )
            _note_saved(request, kept)
    except TemplateChanged as refusal:
        told = {
            "refusal": {"text": refusal.explain(gettext), "advice": refusal.advise(gettext)},
            "changes": source_changes(last.as_source(), source),
        }
        return _page(request, last, form, source, status=409, **told)
    messages.success(request, gettext("The template has been saved."))
    reader = urlencode({"as": request.POST.get("as", "")})
    return redirect(f"{reverse('templates:edit', args=[last.template_id])}?{reader}")


def _note_saved(request: SignedInRequest, kept: TemplateVersion) -> None:
    name = kept.template.name
    audit.note(request.user, audit.Deed.TEMPLATE_SAVED, name, now=timezone.now())


def _page(
    request: SignedInRequest,
    last: TemplateVersion,
    form: SourceForm,
    source: Source,
    *,
    status: int = 200,
    **told: object,
) -> HttpResponse:
    """With the form as it was typed. Saving again puts it behind the version that is shown."""
    search = request.POST.get("as", request.GET.get("as", ""))
    context = of_preview(unsaved_draft(source), search) | {
        "template": last.template,
        "last": last,
        "form": form,
        "variables": [each.name for each in known_attributes()],
        "of_every_mail": _OF_EVERY_MAIL,
    }
    return render(request, "composing/template_edit.html", context | told, status=status)
