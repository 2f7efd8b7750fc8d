"""A mail as a page, for whoever cannot read it in their mail program."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.deciding import variant_of
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.public.answering import public_page, refuse
from pabal.console.public.links import Invitation
from pabal.domain.errors import PabalError, Refusal
from pabal.domain.identity import delivery_id
from pabal.domain.token import Purpose
from pabal.pipeline.local.wiring import Workshop

# The mail was written by a marketer and shows a customer's own values: no script runs, and
# nothing is known to it of the pages it stands among.
_POLICY = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


class MailGone(Refusal):
    code = "mail-gone"
    message = "This mail is no longer kept."
    remedy = "Look for it in your mail program."


@require_safe
@public_page(Purpose.WEB_VIEW)
def web_view(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Render the mail that this delivery was, from the package that was sent."""
    try:
        html = _html(invitation)
    except PabalError as error:
        return refuse(request, error, status=410)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = _POLICY
    return response


def _html(invitation: Invitation) -> str:
    """Raises MailGone: nothing of it is kept. PackageMissing, PackageChanged, TemplateError."""
    campaign = invitation.campaign
    delivery = delivery_id(campaign.campaign_id, invitation.subscriber.key)
    if campaign.is_on_aws:
        row = elsewhere.delivery(delivery)
    else:
        row = LedgerDelivery.objects.filter(pk=delivery).first()
    if row is None or not campaign.prepared_digest:
        raise MailGone
    workshop = Workshop(settings.PABAL)
    package = workshop.package(campaign.campaign_id, campaign.prepared_digest)
    recipient = package.recipient(row.position)
    if recipient.key != invitation.subscriber.key:
        raise MailGone
    variant = variant_of(campaign, recipient.position)
    if variant is None:
        raise MailGone
    return workshop.renderer(package, variant).plain(recipient).html
