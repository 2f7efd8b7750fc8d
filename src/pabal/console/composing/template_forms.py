"""What is filled in about a template."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pabal.console.composing.forms import DraftForm, Line, with_unix_lines
from pabal.console.mail_templates.models import MailTemplate
from pabal.message.source import Markup, Source

_NAME = 200  # characters


class SourceForm(forms.Form):
    """What a template says. Its fields are those of a draft."""

    subject = DraftForm.base_fields["subject"]
    preview_text = DraftForm.base_fields["preview_text"]
    markup = forms.ChoiceField(
        choices=[(each.value, each.value) for each in Markup], widget=forms.HiddenInput
    )
    body = DraftForm.base_fields["body"]
    text = DraftForm.base_fields["text"]

    @classmethod
    def of(cls, source: Source) -> "SourceForm":
        return cls(
            initial={
                "subject": source.subject,
                "preview_text": source.preview,
                "markup": source.markup.value,
                "body": source.body,
                "text": source.text,
            }
        )

    def source(self) -> Source:
        """Return what was typed, of a form that is valid."""
        given = self.cleaned_data
        return Source(
            subject=given["subject"],
            preview=given["preview_text"],
            body=with_unix_lines(given["body"]),
            markup=Markup(given["markup"]),
            text=with_unix_lines(given["text"]),
        )


class RenameForm(forms.Form):
    """template: the one that gets the name."""

    name = Line(_NAME, label=_("Name of the template"))

    def __init__(self, given: QueryDict | None, *, template: MailTemplate) -> None:
        super().__init__(given, initial={"name": template.name})
        self._template = template

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if MailTemplate.objects.filter(name=name).exclude(pk=self._template.pk).exists():
            raise forms.ValidationError(_("Another template has this name."))
        return name
