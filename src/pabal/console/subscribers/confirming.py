"""The page that asks whether people whose consent is old were asked elsewhere."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.overdue import overdue_confirmations, owe_overdue, settle_overdue


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.START_CAMPAIGNS)
def confirmations(request: SignedInRequest) -> HttpResponse:
    """Say how many are due, and decide about all of them at once."""
    if request.method == "POST":
        _decide(request, tells=request.POST.get("do") == "tell")
        return redirect("home:start")
    context = {"people": overdue_confirmations().count()}
    return render(request, "subscribers/confirmations.html", context)


@transaction.atomic
def _decide(request: SignedInRequest, *, tells: bool) -> None:
    people = owe_overdue() if tells else settle_overdue()
    deed = audit.Deed.CONFIRMATIONS_SENT if tells else audit.Deed.CONFIRMATIONS_SETTLED
    audit.note(request.user, deed, f"{people:,}", now=timezone.now())
    messages.success(request, (_told if tells else _settled)(people))


def _told(people: int) -> str:
    said = ngettext("%(n)s person is told.", "%(n)s people are told.", people)
    return said % {"n": f"{people:,}"}


def _settled(people: int) -> str:
    said = ngettext(
        "Noted for %(n)s person. Confirmations come by themselves from here on.",
        "Noted for %(n)s people. Confirmations come by themselves from here on.",
        people,
    )
    return said % {"n": f"{people:,}"}
