"""The pages that make and change templates: begin one, write it, look at it, delete it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.composing.forms import DraftForm
from pabal.console.composing.inserting import of_everybody, of_readers
from pabal.console.composing.keeping_pages import look, mail_frame, note_saved
from pabal.console.composing.lines import Line
from pabal.console.composing.showing import shown_trouble
from pabal.console.composing.starting_points import starting_point, starting_points
from pabal.console.design.editing import editor_phrases
from pabal.console.mail_templates.errors import NameTaken, TemplateChanged
from pabal.console.mail_templates.keeping import DiffLine, changes, keep, keep_edited
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.console.visual.pieces import PIECES
from pabal.message.source import Markup, Source


class TemplateForm(forms.Form):
    """version: the one that was changed, to notice what somebody else has saved meanwhile."""

    name = Line(label=_("Name of the template"))
    subject = DraftForm.base_fields["subject"]
    preview_text = DraftForm.base_fields["preview_text"]
    markup = DraftForm.base_fields["markup"]
    body = DraftForm.base_fields["body"]
    text = DraftForm.base_fields["text"]
    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": "version"}))

    @classmethod
    def of(cls, version: TemplateVersion) -> "TemplateForm":
        fields = ("subject", "preview_text", "markup", "body", "text")
        initial = {name: getattr(version, name) for name in fields}
        return cls(initial=initial | {"name": version.template.name, "version": version.number})

    def source(self) -> Source:
        return Source(
            subject=self.cleaned_data["subject"],
            preview=self.cleaned_data["preview_text"],
            body=self.cleaned_data["body"].replace("\r\n", "\n"),
            markup=Markup(self.cleaned_data["markup"]),
            text=self.cleaned_data["text"].replace("\r\n", "\n"),
        )


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def begin(request: SignedInRequest) -> HttpResponse:
    """Make a template of one's own from the gallery, or from another one of one's own."""
    start = request.POST.get("start_from", "empty")
    if start not in {each.name for each in starting_points()}:
        return HttpResponse(status=400)
    chosen = starting_point(start)
    name = _free_name(str(chosen.label) if start != "empty" else gettext("New template"))
    with transaction.atomic():
        kept = keep(name, chosen.source(), by=request.user, now=timezone.now())
        note_saved(request, name)
    return redirect("composing:template-edit", kept.template_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def edit(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Write a template; each save is a version."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    if request.method != "POST":
        return _page(request, template, TemplateForm.of(template.versions.all()[0]))
    form = TemplateForm(request.POST)
    if form.is_valid():
        try:
            _save(request, template, form)
        except TemplateChanged as error:
            return _page(request, template, _newer(form, template), refusal=error)
        except NameTaken as error:
            form.add_error("name", f"{error.explain(gettext)} {error.advise(gettext)}")
        else:
            messages.success(request, gettext("The template has been saved."))
            return redirect("composing:template-edit", template.pk)
    return _page(request, template, form)


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def check(request: SignedInRequest) -> HttpResponse:
    """What is wrong with the source as it was typed, for the page to put in its place."""
    form = TemplateForm(request.POST)
    trouble = shown_trouble(look(form.source())) if form.is_valid() else None
    return render(request, "composing/template_trouble.html", {"explained": trouble})


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def frame(request: SignedInRequest) -> HttpResponse:
    """The mail of the source as it was typed, for the frame; as one reader gets it."""
    form = TemplateForm(request.POST)
    source = form.source() if form.is_valid() else Source(subject="", body="", markup=Markup.HTML)
    return mail_frame(source, request.POST.get("as", ""), is_dark="dark" in request.POST)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def delete(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Delete a template with its versions; campaigns have their own copies."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    if request.method != "POST":
        return render(request, "composing/template_delete.html", {"template": template})
    with transaction.atomic():
        audit.note(request.user, audit.Deed.TEMPLATE_DELETED, template.name, now=timezone.now())
        template.delete()
    messages.success(request, gettext("The template was deleted."))
    return redirect("composing:templates")


def _save(request: SignedInRequest, template: MailTemplate, form: TemplateForm) -> None:
    """Raises TemplateChanged, NameTaken."""
    name = form.cleaned_data["name"]
    with transaction.atomic():
        keep_edited(
            template,
            name,
            form.source(),
            based_on=form.cleaned_data["version"],
            by=request.user,
            now=timezone.now(),
        )
        note_saved(request, name)


def _newer(form: TemplateForm, template: MailTemplate) -> TemplateForm:
    """The same with the number of the last version, so that saving again is a decision."""
    last = template.versions.all()[0]
    return TemplateForm({**dict(form.data.items()), "version": last.number})


def _page(
    request: HttpRequest,
    template: MailTemplate,
    form: TemplateForm,
    *,
    refusal: TemplateChanged | None = None,
) -> HttpResponse:
    seen = look(form.source() if form.is_bound and form.is_valid() else _last(template))
    context: dict[str, Any] = {
        "template": template,
        "form": form,
        "explained": shown_trouble(seen),
        "of_readers": of_readers(),
        "of_everybody": of_everybody(),
        "phrases": editor_phrases(),
        "pieces": PIECES,
        "refusal": refusal and f"{refusal.explain(gettext)} {refusal.advise(gettext)}",
        "changes": _differences(template, form) if refusal else (),
    }
    return render(request, "composing/template_edit.html", context, status=409 if refusal else 200)


def _last(template: MailTemplate) -> Source:
    return template.versions.all()[0].as_source()


def _differences(template: MailTemplate, form: TemplateForm) -> list[DiffLine]:
    source = form.source()
    typed = TemplateVersion(
        subject=source.subject, preview_text=source.preview, body=source.body, text=source.text
    )
    return list(changes(template.versions.all()[0], typed))


def _free_name(wanted: str) -> str:
    taken = set(MailTemplate.objects.values_list("name", flat=True))
    names = (wanted if n == 1 else f"{wanted} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
