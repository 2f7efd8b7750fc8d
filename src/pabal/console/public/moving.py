"""A subscriber's change of address: asked for with a link of theirs, confirmed at the new one."""

from smtplib import SMTPException

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pabal.console.audience.models import AddressChange
from pabal.console.audience.moving import ask_to_move, move
from pabal.console.public import mails
from pabal.console.public.answering import open_page, public_page, refuse, show
from pabal.console.public.links import Invitation, row_behind
from pabal.domain.errors import PabalError
from pabal.domain.token import Purpose, TokenInvalid

_page = require_http_methods(["GET", "HEAD", "POST"])


@_page
@public_page(Purpose.PREFERENCES)
def ask(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Ask for the new address, and write to it."""
    email, wrong = request.POST.get("email", "").strip(), ""
    if request.method == "POST":
        wrong = _asked(invitation, email)
        if not wrong:
            return redirect(f"{request.path}?sent=1")
    context = {"email": email, "wrong": wrong, "is_sent": "sent" in request.GET}
    return show(request, "public/move.html", invitation, **context)


@_page
@open_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Move whoever opens the link. A GET changes nothing: scanners fetch it."""
    try:
        change = row_behind(token, Purpose.ADDRESS, AddressChange.objects.all())
        if request.method == "POST":
            move(change, now=timezone.now())
    except TokenInvalid as error:
        return refuse(request, error, status=404)
    except PabalError as error:
        return refuse(request, error, status=410)
    is_done = request.method == "POST" or change.done_at is not None
    context = {"email": change.email, "is_done": is_done, "sender": mails.usual_sender()}
    return render(request, "public/move_confirm.html", context)


def _asked(invitation: Invitation, email: str) -> str:
    """Return what is wrong; "" where a mail has gone."""
    try:
        change = ask_to_move(invitation.subscriber, email, now=timezone.now())
        mail = mails.LinkMail(
            to=change.email,
            heading=gettext("Confirm your new address"),
            template="public/mails/move.txt",
            purpose=Purpose.ADDRESS,
            page="public:move-confirm",
            subject=change.nonce,
        )
        mails.send(mail, invitation.campaign.sender)
    except PabalError as error:
        return error.explain(gettext)
    except (OSError, SMTPException):
        return gettext("The mail could not be sent. Try again in some minutes.")
    return ""
