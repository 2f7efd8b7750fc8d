"""The settings' page of keys. Only owners see it."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.accounts.models import Role
from pabal.console.api.forms import KeyForm
from pabal.console.api.keys import make_key
from pabal.console.api.keys import revoke as revoke_key
from pabal.console.api.models import ApiKey

_ORDER = (F("revoked_at").desc(nulls_first=True), "-made_at", "-pk")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
@never_cache
def keys(request: SignedInRequest) -> HttpResponse:
    """The keys, and a form that makes another.

    Its text is in the answer itself: passed on to another page, it would have to be kept.
    """
    form, text = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        _made, text = make_key(
            asked["name"],
            Role(asked["role"]),
            by=request.user,
            now=timezone.now(),
            expires_at=form.expires_at,
        )
        form = KeyForm()
    rows = ApiKey.objects.select_related("made_by").order_by(*_ORDER)
    return render(request, "api/keys.html", {"rows": rows, "form": form, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE)
def revoke(request: SignedInRequest, number: int) -> HttpResponse:
    """Ask, and then let a key open nothing any more."""
    found = get_object_or_404(ApiKey, pk=number)
    if request.method != "POST":
        return render(request, "api/revoke.html", {"key": found})
    revoke_key(found, by=request.user, now=timezone.now())
    messages.success(request, _("The key was revoked. It opens nothing any more."))
    return redirect("api:keys")
