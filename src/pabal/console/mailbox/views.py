from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.accounts.models import User
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.design.framing import FRAME_POLICY, SANDBOX, framed
from pabal.console.mailbox import finding
from pabal.console.mailbox.reading import read_mail
from pabal.transport.mailbox.store import StoredMail


@require_safe
@requires(Act.SEE_MAILBOX)
def inbox(request: SignedInRequest) -> HttpResponse:
    """What the built-in mailbox has received, newest first."""
    search = request.GET.get("q", "").strip()
    asked = request.GET.get("offset", "")
    offset = int(asked) if asked.isascii() and asked.isdigit() else 0
    store = finding.open_store()
    if search:
        found = finding.to_recipient(store, search, offset=offset)
    else:
        found = finding.newest(store, offset=offset)
    context = {
        "mails": found[: finding.PAGE],
        "count": store.count(),
        "search": search,
        "reach": finding.REACH,
        "newer": _link(search, max(0, offset - finding.PAGE)) if offset else "",
        "older": _link(search, offset + finding.PAGE) if len(found) > finding.PAGE else "",
    }
    return render(request, "mailbox/inbox.html", context)


@require_safe
@requires(Act.SEE_MAILBOX)
def mail(request: SignedInRequest, mail_id: str) -> HttpResponse:
    """One mail: how it looks, its text, its headers."""
    read = read_mail(_stored(request, mail_id))
    delivery = LedgerDelivery.objects.filter(pk=read.delivery).first() if read.delivery else None
    context = {"mail": read, "delivery": delivery, "sandbox": SANDBOX}
    return render(request, "mailbox/mail.html", context)


@require_safe
@requires(Act.SEE_MAILBOX)
def html(request: SignedInRequest, mail_id: str) -> HttpResponse:
    """The mail's HTML alone, for the frame."""
    content = framed(read_mail(_stored(request, mail_id)).html)
    return HttpResponse(content, headers={"Content-Security-Policy": FRAME_POLICY})


@require_safe
@requires(Act.SEE_MAILBOX)
def raw(request: SignedInRequest, mail_id: str) -> HttpResponse:
    """The mail as it arrived, byte for byte."""
    response = HttpResponse(_stored(request, mail_id).raw, content_type="text/plain; charset=utf-8")
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{mail_id}.eml"'
    return response


@require_safe
@requires(Act.SEE_MAILBOX)
def of_delivery(request: SignedInRequest, delivery_id: str) -> HttpResponse:
    """Go to the mail of a delivery."""
    row = finding.of_delivery(finding.open_store(), delivery_id)
    if row is None:
        return render(request, "mailbox/not_here.html", {"reach": finding.REACH}, status=404)
    return redirect("mailbox:mail", row.id)


def _stored(request: SignedInRequest, mail_id: str) -> StoredMail:
    """Only owners see other members' mails: a link in one may sign its reader in as them."""
    stored = finding.open_store().get(mail_id)
    if stored is None:
        raise Http404
    if not may(request.user, Act.MANAGE):
        recipients = {each.casefold() for each in stored.recipients} - {request.user.email}
        if User.objects.filter(email__in=recipients).exists():
            raise PermissionDenied
    return stored


def _link(search: str, offset: int) -> str:
    asked = {"q": search, "offset": str(offset) if offset else ""}
    return "?" + urlencode({name: value for name, value in asked.items() if value})
