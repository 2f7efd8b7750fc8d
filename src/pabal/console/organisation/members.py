"""Members: who works with Pabal, as what."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.accounts.models import Role, User, organisation
from pabal.console.organisation.forms import InvitationForm, RoleForm
from pabal.domain.reasons import reason_of, spoken


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
def all_members(request: SignedInRequest) -> HttpResponse:
    """The members, and a form that invites another."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _invite(request, form)
        return redirect("organisation:members")
    members = User.objects.order_by("-is_active", "pk")
    rows = [(each, RoleForm(initial={"role": each.role}, prefix=str(each.pk))) for each in members]
    return render(request, "organisation/members.html", {"rows": rows, "form": form})


@require_POST
@requires(Act.MANAGE)
def member(request: SignedInRequest, number: int) -> HttpResponse:
    """Give a member another role, shut them out, or let them in again."""
    found = get_object_or_404(User, pk=number)
    if found == request.user:
        messages.error(request, _("Another owner has to change your own role."))
        return redirect("organisation:members")
    act = request.POST.get("act")
    if act == "shut out":
        _shut_out(request.user, found)
    elif act == "let in":
        _let_in(request.user, found)
    else:
        _give_role(request, found)
    return redirect("organisation:members")


def _invite(request: SignedInRequest, form: InvitationForm) -> None:
    """Make the account, and send whoever it is for a link at which they choose a password."""
    asked = form.cleaned_data
    with transaction.atomic():
        invited = User.objects.create_user(
            email=asked["email"], name=asked["name"], role=Role(asked["role"])
        )
        audit.note(request.user, audit.Deed.MEMBER_INVITED, invited.email, now=timezone.now())
    try:
        _send_link(request, invited)
    except OSError as error:
        text = _("%(email)s was added, but the invitation could not be sent: %(why)s")
        messages.error(request, text % {"email": invited.email, "why": spoken(reason_of(error), _)})
    else:
        messages.success(request, _("An invitation went to %s.") % invited.email)


def _send_link(request: SignedInRequest, invited: User) -> None:
    """The link is that of a forgotten password: it works once, and until one is chosen."""
    adapter, ours = get_adapter(request), organisation().name or "Pabal"
    key = f"{user_pk_to_url_str(invited)}-{default_token_generator.make_token(invited)}"
    told = {
        "who": request.user.name or request.user.email,
        "organisation": ours,
        "link": adapter.get_reset_password_from_key_url(key),
        "email": invited.email,
    }
    text = render_to_string("organisation/mails/invitation.txt", told)
    subject = adapter.format_email_subject(_("Your account for our mails"))
    EmailMessage(subject, text, adapter.get_from_email(), [invited.email]).send()


def _shut_out(by: User, found: User) -> None:
    with transaction.atomic():
        found.is_active = False
        found.save(update_fields=["is_active"])
        for session in UserSession.objects.filter(user=found):
            session.end()
        audit.note(by, audit.Deed.MEMBER_SHUT_OUT, found.email, now=timezone.now())


def _let_in(by: User, found: User) -> None:
    with transaction.atomic():
        found.is_active = True
        found.save(update_fields=["is_active"])
        audit.note(by, audit.Deed.MEMBER_LET_IN, found.email, now=timezone.now())


def _give_role(request: SignedInRequest, found: User) -> None:
    form = RoleForm(request.POST, prefix=str(found.pk))
    if not form.is_valid():
        return
    with transaction.atomic():
        found.role = form.cleaned_data["role"]
        found.save(update_fields=["role"])
        subject = f"{found.email}: {found.role}"
        audit.note(request.user, audit.Deed.ROLE_CHANGED, subject, now=timezone.now())
    messages.success(request, _("Saved."))
