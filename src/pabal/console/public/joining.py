"""The page at which anybody may ask to be on a list, and the one that its mail leads to.

The form needs no script and no third party against robots: a field that people do not see,
and a seal with the time at which the form was shown, which is neither too young nor too old.
A form on the shop's own pages has no such seal, and leads to this one with what was typed.
"""

from smtplib import SMTPException
from typing import Any

from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pabal.console.accounts.models import organisation
from pabal.console.audience.models import List, SignUp
from pabal.console.audience.signing_up import Asked, ask_to_join, confirm_sign_up
from pabal.console.public import mails
from pabal.console.public.answering import open_page, refuse
from pabal.console.public.links import row_behind
from pabal.console.public.origin import origin_of
from pabal.domain.errors import InputError, PabalError
from pabal.domain.token import Purpose, TokenInvalid

_YOUNGEST, _OLDEST = 2, 24 * 60 * 60  # seconds since the form was shown
_signer = TimestampSigner(salt="sign-up")
_page = require_http_methods(["GET", "HEAD", "POST"])


class JoinForm(forms.Form):
    """Who wants to join, with two consents apart from each other, neither ticked before."""

    email = forms.CharField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}), max_length=320
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    privacy = forms.BooleanField()
    advertising = forms.BooleanField(required=False)
    website = forms.CharField(required=False, label=_("Leave this empty"))
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wording = gettext(
            "Advertising e-mail: I agree to receive advertising by e-mail from %s. "
            "I can withdraw at any time, free of charge."
        ) % (company,)
        self.privacy_wording = gettext(
            "Personal data: I agree that %s keeps my e-mail address and my name in order to "
            "send me its news, until I unsubscribe."
        ) % (company,)
        self.fields["privacy"].label = self.privacy_wording
        self.fields["advertising"].label = self.wording

    @property
    def is_of_a_robot(self) -> bool:
        return bool(self.cleaned_data["website"])

    @property
    def was_shown(self) -> bool:
        """Whether a person has had the time to read the form that we showed."""
        try:
            _signer.unsign(self.cleaned_data["shown"], max_age=_OLDEST)
            shown_at = float(self.cleaned_data["shown"].partition("|")[0])
        except (BadSignature, ValueError):
            return False
        return timezone.now().timestamp() - shown_at >= _YOUNGEST


@_page
@open_page
def join(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show the form; keep what was asked for; write to whoever asked."""
    target = get_object_or_404(List, identifier=identifier, takes_sign_ups=True)
    form = JoinForm(request.POST or None, company=_company())
    if request.method != "POST" or not form.is_valid():
        return _form(request, target, form)
    if form.is_of_a_robot or form.was_shown:
        return _taken(request, target, form)
    # What was ticked elsewhere was ticked beside other words.
    typed = {name: form.cleaned_data[name] for name in ("email", "name")}
    return _form(request, target, JoinForm(initial=typed, company=_company()), is_unread=True)


@_page
@open_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Put whoever opens the link on the list. A GET changes nothing: scanners fetch it."""
    try:
        sign_up = row_behind(token, Purpose.SIGN_UP, SignUp.objects.select_related("list"))
        if request.method == "POST":
            confirm_sign_up(sign_up, origin=origin_of(request), now=timezone.now())
    except TokenInvalid as error:
        return refuse(request, error, status=404)
    except PabalError as error:
        return refuse(request, error, status=410)
    is_done = request.method == "POST" or sign_up.confirmed_at is not None
    context = {"list": sign_up.list, "email": sign_up.email, "is_done": is_done}
    return render(request, "public/join_confirm.html", {**context, "sender": mails.usual_sender()})


def _taken(request: HttpRequest, target: List, form: JoinForm) -> HttpResponse:
    """Answer all alike: whether an address is on a list is nobody else's business."""
    if not form.is_of_a_robot:
        try:
            _ask(request, target, form)
        except InputError as error:
            form.add_error("email", error.explain(gettext))
            return _form(request, target, form)
        except PabalError as error:
            return refuse(request, error, status=429)
        except (OSError, SMTPException):
            form.add_error(None, gettext("The mail could not be sent. Try again in some minutes."))
            return _form(request, target, form)
    context = {"list": target, "email": form.cleaned_data["email"]}
    return render(request, "public/join_sent.html", {**context, "sender": mails.usual_sender()})


def _ask(request: HttpRequest, target: List, form: JoinForm) -> None:
    answers = form.cleaned_data
    asked = Asked(
        email=answers["email"],
        name=answers["name"],
        language=(get_language() or "ko")[:2],
        wording=form.wording if answers["advertising"] else "",
        privacy_wording=form.privacy_wording,
        origin=origin_of(request),
    )
    kept = ask_to_join(target, asked, now=timezone.now())
    if kept is None:
        return
    mail = mails.LinkMail(
        to=kept.email,
        heading=gettext("Confirm that you want mail from “%s”") % target.name,
        template="public/mails/join.txt",
        purpose=Purpose.SIGN_UP,
        page="public:join-confirm",
        subject=kept.nonce,
    )
    mails.send(mail, mails.usual_sender(), list=target)


def _form(
    request: HttpRequest, target: List, form: JoinForm, *, is_unread: bool = False
) -> HttpResponse:
    """is_unread: it was sent without the time to read it, or from a page elsewhere."""
    shown = _signer.sign(f"{timezone.now().timestamp():.0f}|")
    context = {"list": target, "form": form, "shown": shown, "sender": mails.usual_sender()}
    return render(request, "public/join.html", context | {"is_unread": is_unread})


def _company() -> str:
    sender = mails.usual_sender()
    return sender.company if sender else organisation().name
