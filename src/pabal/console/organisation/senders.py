"""Sender identities: who mails are from."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.accounts.models import Organisation, organisation
from pabal.console.campaigns.drafting import add_sender_identity
from pabal.console.campaigns.models import SenderIdentity
from pabal.console.domains.adding import governing
from pabal.console.organisation.forms import SenderForm


@require_safe
@requires(Act.EDIT_SENDERS)
def all_senders(request: SignedInRequest) -> HttpResponse:
    """The senders, each with whether its domain signs."""
    rows = [
        (sender, domain_of(sender), governing(domain_of(sender)))
        for sender in SenderIdentity.objects.order_by("pk")
    ]
    return render(request, "organisation/senders.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_SENDERS)
def add(request: SignedInRequest) -> HttpResponse:
    """A new sender, with the organisation's contact already there."""
    form = SenderForm(request.POST or None, initial=_from(organisation()))
    if request.method == "POST" and form.is_valid():
        sender = add_sender_identity(form.cleaned_data)
        audit.note(request.user, audit.Deed.SENDER_ADDED, str(sender), now=timezone.now())
        messages.success(request, _("The sender was added."))
        return redirect("organisation:domain", domain_of(sender))
    return render(request, "organisation/sender.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_SENDERS)
def change(request: SignedInRequest, number: int) -> HttpResponse:
    """Change a sender. Campaigns that were prepared keep what they were prepared with."""
    sender = get_object_or_404(SenderIdentity, pk=number)
    form = SenderForm(request.POST or None, instance=sender)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(request.user, audit.Deed.SENDER_CHANGED, str(sender), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("organisation:senders")
    context = {"form": form, "sender": sender, "domain": domain_of(sender)}
    return render(request, "organisation/sender.html", context)


def domain_of(sender: SenderIdentity) -> str:
    return sender.address.rpartition("@")[2]


def _from(ours: Organisation) -> dict[str, str]:
    return {
        "name": ours.name,
        "company": ours.name,
        "postal_address": ours.postal_address,
        "phone": ours.phone,
        "contact_email": ours.email,
    }
