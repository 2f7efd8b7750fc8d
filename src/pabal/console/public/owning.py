"""Somebody's own data: theirs to have (개인정보 보호법 35), and to have erased (36)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.disclosing.attaching import attachment
from pabal.console.disclosing.exporting import export
from pabal.console.public.answering import public_page, show
from pabal.console.public.links import Invitation
from pabal.domain.token import Purpose


@require_http_methods(["GET", "HEAD", "POST"])
@public_page(Purpose.PREFERENCES)
def own_data(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Save everything, or erase it. A GET does neither: scanners fetch it."""
    subscriber = invitation.subscriber
    match request.POST.get("action"):
        case "save":
            known = export(subscriber.address, now=timezone.now())
            return attachment(known, "my-data.json")
        case "erase" if "sure" in request.POST:
            erase(subscriber.address, installed_aliases(), now=timezone.now())
            return show(request, "public/erased.html", invitation)
        case asked:
            return show(request, "public/own_data.html", invitation, is_unsure=asked == "erase")
