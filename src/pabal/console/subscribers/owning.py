"""What a person may ask of their own data: to have it, to have it gone (개인정보 보호법 35, 36)."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience import erasing
from pabal.console.audience.models import Subscriber
from pabal.console.disclosing.attaching import attachment
from pabal.console.disclosing.exporting import export


@require_safe
@requires(Act.EXPORT_SUBSCRIBERS)
def data(request: SignedInRequest, number: int) -> HttpResponse:
    """Everything that is known of one person, as a file to give to them."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    known = export(subscriber.address, now=timezone.now())
    audit.note(
        request.user, audit.Deed.SUBSCRIBERS_EXPORTED, f"#{subscriber.pk}", now=timezone.now()
    )
    return attachment(known, f"subscriber-{subscriber.pk}.json")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def erase(request: SignedInRequest, number: int) -> HttpResponse:
    """Erase one person for good, behind a page that says what goes. Files follow by a worker."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    aliases = erasing.installed_aliases()
    if request.method == "POST":
        now = timezone.now()
        with transaction.atomic():
            erasing.erase(subscriber.address, aliases, now=now)
            audit.note(request.user, audit.Deed.SUBSCRIBER_ERASED, f"#{number}", now=now)
        messages.success(request, gettext("The person was erased."))
        return redirect("subscribers:table")
    context = {"subscriber": subscriber, "traces": erasing.traces(subscriber.address, aliases)}
    return render(request, "subscribers/erase.html", context)
