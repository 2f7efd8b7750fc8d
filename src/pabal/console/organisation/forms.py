"""What an owner fills in. Everything that a mail has to say about its sender is asked for here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.accounts.models import RECORDED, Organisation, Role, User
from pabal.console.campaigns.models import SenderIdentity
from pabal.console.campaigns.words import ALLOWED
from pabal.console.domains.adding import Wanted
from pabal.console.domains.models import SendingDomain
from pabal.domain.address import parse_address
from pabal.domain.errors import InputError, PabalError
from pabal.domain.tracking import Tracking

if TYPE_CHECKING:
    OfOrganisation = forms.ModelForm[Organisation]
    OfSender = forms.ModelForm[SenderIdentity]
else:  # Django's forms take no type at run time
    OfOrganisation = OfSender = forms.ModelForm


class MailAddressField(forms.CharField):
    """An address by the grammar that mails are sent by, in its normal form."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return parse_address(text).wire
        except InputError as error:
            raise ValidationError(error.explain(gettext)) from error


# What browsers may fill in (HTML: autofill)
_KINDS = {"name": "organization", "postal_address": "street-address", "phone": "tel"}

# What ends in a header or an address line of a mail has no line of its own to begin.
_one_line = RegexValidator(r"\A[^\x00-\x1f\x7f]*\Z", _("Write it in one line."))


class OrganisationForm(OfOrganisation):
    email = MailAddressField(
        label=_("E-mail"), help_text=_("Where customers reach you; it stands in each mail.")
    )

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = (
            "name",
            "postal_address",
            "phone",
            "email",
            "needs_approval",
            "tracking",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tracking" in self.fields:
            self._offer_tracking(settings.PABAL.tracking)
        for name, kind in _KINDS.items():
            self.fields[name].required = True
            self.fields[name].validators.append(_one_line)
            self.fields[name].widget.attrs["autocomplete"] = kind

    def _offer_tracking(self, allowed: Tracking) -> None:
        """Offer what the installation allows; where that is nothing, what was chosen stays."""
        field = self.fields["tracking"]
        field.help_text = str(ALLOWED[allowed])
        field.disabled = allowed is Tracking.OFF
        stored = self.instance.tracking
        if stored and not field.disabled:
            self.initial["tracking"] = Tracking(stored).within(allowed).value
        offered = [(value, name) for value, name in RECORDED if _is_within(value, allowed)]
        field.choices = [  # type: ignore[attr-defined]
            ("", _("As much as the installation allows")),
            *(RECORDED if field.disabled else offered),
        ]


def _is_within(value: str, allowed: Tracking) -> bool:
    return Tracking(value).within(allowed) is Tracking(value)


class SenderForm(OfSender):
    """Who a mail is from, and what the law wants named in it (정보통신망법 50(4))."""

    address = MailAddressField(
        label=_("From address"),
        help_text=_("At a domain of yours. Mails from gmail.com or naver.com end in spam."),
    )
    reply_to = MailAddressField(
        label=_("Answers go to"), required=False, help_text=_("Empty: to the From address.")
    )
    contact_email = MailAddressField(label=_("E-mail for enquiries"))

    class Meta:
        model = SenderIdentity
        fields = (
            "name",
            "address",
            "reply_to",
            "company",
            "postal_address",
            "phone",
            "contact_email",
        )
        labels = {
            "name": _("Name that readers see"),
            "company": _("Company"),
            "postal_address": _("Address"),
            "phone": _("Telephone"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "company", "postal_address", "phone"):
            self.fields[name].validators.append(_one_line)


class SetUpForm(OrganisationForm):
    """All that the first person answers, once."""

    owner_name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    owner_email = MailAddressField(
        label=_("Your e-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=_("You sign in with it from now on."),
    )
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters."),
    )
    sender_name = forms.CharField(
        label=_("Name that readers see"),
        max_length=100,
        help_text=_("Mostly your shop's name."),
        validators=[_one_line],
    )
    sender_address = MailAddressField(
        label=_("From address"),
        help_text=_("At a domain of yours. Mails from gmail.com or naver.com end in spam."),
    )

    class Meta(OrganisationForm.Meta):
        fields: tuple[str, ...] = ("name", "postal_address", "phone", "email")

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        for name in ("email", "sender_name", "sender_address"):
            self.fields[name].widget.attrs["autocomplete"] = "off"  # not the owner's own

    def clean_owner_email(self) -> str:
        email = str(self.cleaned_data["owner_email"]).lower()
        if User.objects.filter(email=email).exclude(pk=self.owner.pk).exists():
            raise ValidationError(_("Somebody signs in with this address already."))
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.owner)
        return password


_REFUSED: Mapping[str, tuple[str, str | Promise]] = {
    "senders-unknown": (
        "spf",
        _("Write ip4:192.0.2.1 for a server with this address, or include:… of your provider."),
    ),
    "spf-term-refused": ("spf", ""),
    "tokens-refused": ("tokens", _("Copy them from the CNAME names that SES shows.")),
}


class DomainForm(forms.Form):
    """How mails of a domain leave; for SES, what its console shows of the identity."""

    transport = forms.ChoiceField(
        label=_("Mails leave by"),
        choices=[("smtp", _("a mail server; Pabal signs them")), ("ses", "Amazon SES")],
        widget=forms.RadioSelect,
        initial="smtp",
    )
    spf = forms.CharField(
        label=_("Who sends, as terms of SPF"),
        required=False,
        help_text=_("Such as ip4:192.0.2.1 or include:mail.example. Empty: by the mail server."),
    )
    region = forms.CharField(label=_("Region of SES"), required=False, max_length=30)
    tokens = forms.CharField(
        label=_("The three DKIM tokens of SES"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. SES shows them where the identity was made."),
    )

    def refuse(self, error: PabalError) -> None:
        """Say at its field what is wrong, and what to do on a page, where no option is typed."""
        field, remedy = _REFUSED.get(error.code, (None, ""))
        self.add_error(field, f"{error.explain(gettext)} {remedy or error.advise(gettext)}")

    def wanted(self, name: str, bounce_domain: str) -> Wanted:
        """Return the domain that was asked for. Only once the form is valid."""
        asked = self.cleaned_data
        by_ses = asked["transport"] == "ses"
        return Wanted(
            name=name,
            transport=SendingDomain.Transport(asked["transport"]),
            spf=() if by_ses else tuple(asked["spf"].split()),
            bounce_domain="" if by_ses else bounce_domain,
            region=asked["region"] if by_ses else "",
            tokens=tuple(asked["tokens"].split()) if by_ses else (),
        )


class TestMailForm(forms.Form):
    to = MailAddressField(label=_("Send a test mail to"))


class InvitationForm(forms.Form):
    email = MailAddressField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MARKETER)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("Somebody signs in with this address already."))
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
