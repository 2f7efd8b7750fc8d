"""What the buttons beside a template do."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.composing.template_forms import RenameForm
from pabal.console.mail_templates.gallery import GALLERY
from pabal.console.mail_templates.keeping import free_name, keep
from pabal.console.mail_templates.models import MailTemplate
from pabal.message.source import Source


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def take(request: SignedInRequest, name: str) -> HttpResponse:
    """Make a template of the gallery one of the organisation's own."""
    for each in GALLERY:
        if each.name == name:
            return _kept(request, str(each.label), each.source())
    raise Http404


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def duplicate(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Make a template of what another says. Its older versions stay with the other."""
    original = get_object_or_404(MailTemplate, pk=template_id)
    last = original.versions.order_by("-number")[0]
    return _kept(request, original.name, last.as_source())


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def rename(request: SignedInRequest, template_id: int) -> HttpResponse:
    template = get_object_or_404(MailTemplate, pk=template_id)
    former = template.name
    form = RenameForm(request.POST or None, template=template)
    if not form.is_valid():
        context = {"template": template, "form": form}
        return render(request, "composing/template_rename.html", context)
    template.name = form.cleaned_data["name"]
    with transaction.atomic():
        template.save(update_fields=["name"])
        _note(request, audit.Deed.TEMPLATE_RENAMED, f"{former} → {template.name}")
    return redirect("templates:one", template.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def delete(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Ask, and then throw a template away with its versions. Campaigns keep what they say."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    if request.method != "POST":
        return render(request, "composing/template_delete.html", {"template": template})
    with transaction.atomic():
        _note(request, audit.Deed.TEMPLATE_DELETED, template.name)
        template.delete()
    messages.success(request, gettext("The template was deleted."))
    return redirect("templates:all")


@transaction.atomic
def _kept(request: SignedInRequest, name: str, source: Source) -> HttpResponse:
    kept = keep(free_name(name), source, by=request.user, now=timezone.now())
    _note(request, audit.Deed.TEMPLATE_SAVED, kept.template.name)
    return redirect("templates:edit", kept.template_id)


def _note(request: SignedInRequest, deed: audit.Deed, name: str) -> None:
    audit.note(request.user, deed, name, now=timezone.now())
