"""A mail as a page, for whoever cannot read it in their mail program: /w/ of mails."""

from collections.abc import Mapping
from typing import Any

from pabal.domain.errors import Refusal
from pabal.domain.identity import split_delivery_id
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.domain.token import Purpose, TokenInvalid
from pabal.ledger.port import Delivery
from pabal.pipeline.aws import pages
from pabal.pipeline.aws.answers import Answer, mail_answer, page_answer
from pabal.pipeline.aws.calls import read_link
from pabal.pipeline.aws.wiring import Workshop


def web_view(event: Mapping[str, Any], language: str, parts: Workshop) -> Answer:
    """Render the mail that a delivery was, from the package that was sent.

    Raises TokenInvalid: we did not make the link, or nobody is behind it. Unavailable.
    """
    found = parts.ledger().delivery(read_link(event, parts.links.keys, Purpose.WEB_VIEW))
    if found is None or _was_erased(found, parts):
        raise TokenInvalid
    try:
        return mail_answer(_html(found, parts))
    except Refusal:  # packages are kept for a year
        return page_answer(410, pages.gone(language))


def _was_erased(delivery: Delivery, parts: Workshop) -> bool:
    stop = parts.ledger().suppressions([delivery.address], [EVERYTHING]).get(delivery.address)
    return stop is not None and stop.reason is Reason.ERASED


def _html(delivery: Delivery, parts: Workshop) -> str:
    """Raises PackageMissing, PackageChanged. TokenInvalid: it was somebody else's."""
    linked = parts.linked(delivery.campaign)
    if linked is None:
        raise TokenInvalid
    package = parts.package(delivery.campaign, linked.digest)
    recipient = package.recipient(delivery.position)
    if recipient.key != split_delivery_id(delivery.id)[1]:
        raise TokenInvalid
    return parts.renderer(package).plain(recipient).html
