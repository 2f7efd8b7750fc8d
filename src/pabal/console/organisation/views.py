"""Setting up, the organisation, the way mails leave, and who did what."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.mail import EmailMessage
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pabal.console.accounts import audit, devices
from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.accounts.models import AuditEntry, organisation
from pabal.console.campaigns.models import SenderIdentity
from pabal.console.organisation.forms import OrganisationForm, SetUpForm, TestMailForm
from pabal.console.organisation.setting_up import keep_answers
from pabal.domain.reasons import reason_of, spoken

_ENTRIES = 50


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
def set_up(request: SignedInRequest) -> HttpResponse:
    """Ask for everything once; afterwards the settings' own pages change it."""
    ours = organisation()
    if ours.is_named and SenderIdentity.objects.exists():
        return redirect("organisation:details")
    form = SetUpForm(request.POST or None, instance=ours, owner=request.user)
    if request.method == "POST" and form.is_valid():
        keep_answers(form, now=timezone.now())
        update_session_auth_hash(request, form.owner)
        devices.remember(request)
        messages.success(request, _("Pabal is set up. Next: try the mail server out."))
        return redirect("organisation:sending")
    return render(request, "organisation/set_up.html", {"form": form})


@require_safe
@requires(Act.EDIT_SENDERS)
def settings_of_whom(request: SignedInRequest) -> HttpResponse:
    """Lead to the first of the settings that somebody may change."""
    is_owner = may(request.user, Act.MANAGE)
    return redirect("organisation:details" if is_owner else "organisation:senders")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
def details(request: SignedInRequest) -> HttpResponse:
    """The organisation's name and contact."""
    form = OrganisationForm(request.POST or None, instance=organisation())
    if request.method == "POST" and form.is_valid():
        _keep_details(request, form)
        messages.success(request, _("Saved."))
        return redirect("organisation:details")
    return render(request, "organisation/details.html", {"form": form})


@transaction.atomic
def _keep_details(request: SignedInRequest, form: OrganisationForm) -> None:
    kept, now = form.save(), timezone.now()
    if form.changed_data != ["tracking"]:
        audit.note(request.user, audit.Deed.ORGANISATION_CHANGED, now=now)
    if "tracking" in form.changed_data:
        audit.note(request.user, audit.Deed.TRACKING_CHANGED, kept.usual_tracking.value, now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
def sending(request: SignedInRequest) -> HttpResponse:
    """How mails leave, and a mail that tries it."""
    form = TestMailForm(request.POST or None, initial={"to": request.user.email})
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            _test_mail(to).send()
        except OSError as error:  # of which SMTPException is one
            why = spoken(reason_of(error), _)
            form.add_error("to", _("The mail server did not take it: %s") % why)
        else:
            audit.note(request.user, audit.Deed.TEST_MAIL_SENT, now=timezone.now())
            messages.success(request, _("A test mail was handed over for %s.") % to)
            return redirect("organisation:sending")
    context = {"form": form, "pabal": settings.PABAL, "server": settings.EMAIL_HOST}
    return render(request, "organisation/sending.html", context)


@require_safe
@requires(Act.MANAGE)
def activity(request: SignedInRequest) -> HttpResponse:
    """Who did what, newest first."""
    entries = Paginator(AuditEntry.objects.order_by("-at", "-id"), _ENTRIES)
    page = entries.get_page(request.GET.get("page"))
    rows = [(entry, audit.words_of(entry.act)) for entry in page]
    return render(request, "organisation/activity.html", {"rows": rows, "page": page})


def _test_mail(to: str) -> EmailMessage:
    sender = SenderIdentity.objects.order_by("pk").first()
    return EmailMessage(
        subject=_("A test mail from Pabal"),
        body=_("If you can read this, the mail server takes Pabal's mails."),
        from_email=str(sender) if sender else organisation().email or "pabal@localhost",
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834 5: nobody answers it
    )
