"""Forms about one subscriber. What was typed is kept; what is wrong is said at its field."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import Language
from pabal.console.audience.attributes import AttributeType, KnownAttribute
from pabal.console.audience.importing.mapping import attribute_name
from pabal.console.audience.importing.values import plain_date, plain_number, tidy_text
from pabal.console.audience.models import List, Subscriber
from pabal.domain.address import Address, AddressError, parse_address

_PREFIX = "attribute:"
_LONGEST = 2_000


def lists_in_use() -> Any:
    return List.objects.filter(archived_at=None).order_by("name")


class AddressField(forms.CharField):
    """Reads an address; cleaned, it is an Address."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_address(text) if text else None
        except AddressError as error:
            raise forms.ValidationError(error.explain(gettext)) from error


class ProfileForm(forms.Form):
    """Address, language, and an attribute a field; a last pair of fields adds an attribute."""

    email = AddressField(label=_("E-mail address"), max_length=320)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    new_name = forms.CharField(
        label=_("Another attribute"),
        required=False,
        max_length=100,
        help_text=_("Its name, as templates will use it, such as grade."),
    )
    new_value = forms.CharField(label=_("Its value"), required=False, max_length=_LONGEST)

    def __init__(self, *arguments: Any, known: Sequence[KnownAttribute], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.known = known
        for attribute in known:
            self.fields[_PREFIX + attribute.name] = _field_of(attribute)
        self.order_fields(
            ["email", "language", *(_PREFIX + each.name for each in known), "new_name"]
        )

    @property
    def attribute_fields(self) -> Sequence[forms.BoundField]:
        return [self[_PREFIX + attribute.name] for attribute in self.known]

    def clean_new_name(self) -> str:
        typed: str = self.cleaned_data["new_name"]
        return attribute_name(typed) if typed.strip() else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("new_value") and not cleaned.get("new_name"):
            self.add_error("new_name", gettext("Give the value a name."))
        return cleaned

    @property
    def address(self) -> Address:
        address: Address = self.cleaned_data["email"]
        return address

    @property
    def attributes(self) -> Mapping[str, str]:
        """The values that are not empty, by name."""
        values = {each.name: self.cleaned_data[_PREFIX + each.name] for each in self.known}
        if self.cleaned_data["new_name"]:
            values[self.cleaned_data["new_name"]] = self.cleaned_data["new_value"]
        tidied = {name: tidy_text(value)[0] for name, value in values.items()}
        return {name: value for name, value in tidied.items() if value}


def profile_initial(subscriber: Subscriber) -> dict[str, str]:
    """Return what a ProfileForm shows of somebody."""
    values = {_PREFIX + name: value for name, value in subscriber.attributes.items()}
    return {"email": subscriber.email, "language": subscriber.language, **values}


class JoinForm(forms.Form):
    """Putting somebody on a list, with the consent that they gave, if they gave one."""

    list = forms.ModelChoiceField(label=_("List"), queryset=List.objects.none())
    has_agreed = forms.BooleanField(
        label=_("They agreed to advertising"),
        required=False,
        help_text=_("Without consent they get notices only, such as changed opening hours."),
    )
    agreed_on = forms.DateField(
        label=_("On"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(
        label=_("How they agreed"),
        required=False,
        max_length=200,
        help_text=_("For example: card at the till, order 1234."),
    )
    wording = forms.CharField(
        label=_("The text that they agreed to"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *arguments: Any, is_optional: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = self.fields["list"]
        assert isinstance(choices, forms.ModelChoiceField)  # noqa: S101 made above
        choices.queryset = lists_in_use()
        choices.required = not is_optional

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("has_agreed"):
            return cleaned
        if not cleaned.get("list") and "list" not in self.errors:
            self.add_error("list", gettext("Choose the list that they agreed to."))
        # 정보통신망법 50(1): a consent that cannot be shown is no consent.
        for name in ("agreed_on", "source", "wording"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, gettext("A consent needs this, to be shown if asked for."))
        if cleaned.get("agreed_on") and cleaned["agreed_on"] > timezone.localdate():
            self.add_error("agreed_on", gettext("This day is still to come."))
        return cleaned

    def consented_at(self, now: datetime) -> datetime | None:
        """A day is its first minute; today is this moment, so that it is younger than a leaving."""
        if not self.cleaned_data["has_agreed"]:
            return None
        day = self.cleaned_data["agreed_on"]
        if day == timezone.localdate(now):
            return now
        return timezone.make_aware(datetime.combine(day, time()))


class LeaveForm(forms.Form):
    """Taking somebody off a list, or all, as they asked by telephone or letter."""

    list = forms.ModelChoiceField(queryset=List.objects.all(), required=False)
    source = forms.CharField(label=_("How they asked for it"), max_length=200)


class StopForm(forms.Form):
    reason = forms.CharField(label=_("Why no mail is to go there"), max_length=200)


def _field_of(attribute: KnownAttribute) -> forms.Field:
    label = attribute.name
    match attribute.type:
        case AttributeType.NUMBER:
            return _NumberText(label=label, required=False, max_length=40)
        case AttributeType.DATE:
            return _DateText(label=label, required=False, max_length=40)
        case _:
            return forms.CharField(label=label, required=False, max_length=_LONGEST)


class _NumberText(forms.CharField):
    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        number = plain_number(text) if text else ""
        if number is None:
            raise forms.ValidationError(gettext("This is no number, such as 12 or 3.5."))
        return number


class _DateText(forms.CharField):
    widget = forms.TextInput(attrs={"placeholder": "2026-01-31"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and plain_date(text[:10]) and len(text) > 10:
            return text  # with a time of day
        day = plain_date(text) if text else ""
        if day is None:
            raise forms.ValidationError(gettext("This is no date, such as 2026-01-31."))
        return day
