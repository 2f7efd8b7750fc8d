from django import forms
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import Role
from pabal.console.api.keys import ROLES


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("Which program uses it, such as: web shop."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, role.label) for role in ROLES],
        initial=Role.MARKETER,
        help_text=_("Marketers start campaigns and change subscribers. Viewers read."),
    )
