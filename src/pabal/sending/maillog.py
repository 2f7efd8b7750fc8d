"""The mail log: one function an event. No address is logged; the delivery's id leads to it."""

import logging

from pabal.domain.delivery import Attempt, Happening
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Outcome
from pabal.ledger.port import Settlement

_LOG = logging.getLogger("pabal.mail")

_LEVELS = {
    Happening.ACCEPTED: logging.DEBUG,
    Happening.DEFERRED: logging.INFO,
    Happening.LOST_SIGHT: logging.ERROR,
}


def settled(settlement: Settlement) -> None:
    happening = settlement.decision.happening
    level = _LEVELS.get(happening, logging.WARNING)
    if not _LOG.isEnabledFor(level):
        return  # most mails are accepted, and few logs want to know it
    _LOG.log(
        level,
        "delivery %s: %s",
        settlement.attempt.delivery,
        happening.value,
        extra=_of_attempt(settlement.attempt) | _of_outcome(settlement.outcome),
    )


def render_failed(attempt: Attempt, error: Exception) -> None:
    _LOG.error(
        "delivery %s cannot be rendered: %s", attempt.delivery, error, extra=_of_attempt(attempt)
    )


def broke(attempt: Attempt, error: Exception) -> None:
    """An error that nobody has foreseen, with its traceback."""
    _LOG.error("delivery %s broke", attempt.delivery, exc_info=error, extra=_of_attempt(attempt))


def skipped(delivery: DeliveryId) -> None:
    _LOG.info("delivery %s skipped: the recipient has left", delivery, extra={"delivery": delivery})


def doubtful_found(delivery: DeliveryId) -> None:
    _LOG.error(
        "delivery %s is doubtful: its worker ended without saying what became of it",
        delivery,
        extra={"delivery": delivery},
    )


def campaign_stopped(campaign: CampaignId, reason: str) -> None:
    _LOG.error("campaign %s paused: %s", campaign, reason, extra={"campaign": campaign})


def server_unreachable(campaign: CampaignId, reason: str, seconds: float) -> None:
    _LOG.warning(
        "campaign %s waits %.0f s for the mail server: %s",
        campaign,
        seconds,
        reason,
        extra={"campaign": campaign},
    )


def domain_throttled(domain: str, seconds: float) -> None:
    _LOG.warning(
        "mails to %s wait %.0f s and then go more slowly: it asks for fewer",
        domain,
        seconds,
        extra={"domain": domain},
    )


def domain_recovered(domain: str) -> None:
    _LOG.info("mails to %s go as before", domain, extra={"domain": domain})


def quota_used_up(campaign: CampaignId) -> None:
    _LOG.warning("campaign %s waits for the quota", campaign, extra={"campaign": campaign})


def ledger_unavailable(error: Exception, seconds: float) -> None:
    _LOG.error("the ledger is tried again in %.1f s: %s", seconds, error)


def _of_attempt(attempt: Attempt) -> dict[str, object]:
    return {"delivery": attempt.delivery, "attempt": attempt.number}


def _of_outcome(outcome: Outcome) -> dict[str, object]:
    reply = outcome.reply
    return {
        "verdict": outcome.verdict.value,
        "code": reply.code if reply else 0,
        "text": outcome.text,
    }
