"""Forms of lists and topics. A name is no other's: people choose by it."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.models import List, Topic


class NamedForm(forms.Form):
    """others: those that may not have the same name."""

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Subscribers read it where they choose what they get."),
    )

    others: QuerySet[List] | QuerySet[Topic]

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if self.others.filter(name__iexact=name).exists():
            raise forms.ValidationError(gettext("There is one with this name already."))
        return name


class ListForm(NamedForm):
    goods = forms.CharField(
        label=_("Kind of goods"),
        required=False,
        max_length=200,
        help_text=_(
            "What its mails advertise. Whoever bought the same may get them for six months "
            "without having agreed."
        ),
    )


class KnownListForm(ListForm):
    """takes_sign_ups: whether anybody may ask to be on it, at a page of its own."""

    takes_sign_ups = forms.BooleanField(
        label=_("Anybody may sign up at a page of its own"), required=False
    )


class TopicForm(NamedForm):
    pass
