from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pabal.console.accounts import devices, signing_in
from pabal.console.accounts.access import SignedInRequest
from pabal.console.accounts.models import Language
from pabal.domain.errors import PabalError

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@require_GET
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a link from the terminal. A GET, for it is opened, not submitted."""
    try:
        user = signing_in.redeem(token, timezone.now())
    except PabalError as error:
        return render(
            request,
            "accounts/link_refused.html",
            {"what": error.explain(gettext), "remedy": signing_in.LinkSpent().advise(gettext)},
            status=403,
        )
    login(request, user, backend=_BACKEND)
    devices.remember(request)
    return redirect("home:start")


@require_POST
def language(request: SignedInRequest) -> HttpResponse:
    """Remember in which language somebody wants the pages."""
    asked = request.POST.get("language", "")
    if asked in Language.values:
        request.user.language = asked
        request.user.save(update_fields=["language"])
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "home:start")
