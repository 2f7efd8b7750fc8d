"""Events into the ledger, over the connection that the request has anyhow."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from pabal.console.adapters import OrmAudience
from pabal.console.audience.own_transactions import ledger_of_request
from pabal.domain.event import FeedbackEvent
from pabal.feedback.seals import Seals
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps.feedback import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many events were about deliveries of ours, and how many were about none."""

    ours: int
    others: int


def seals() -> Seals:
    return _workshop().seals


def apply(events: Iterable[FeedbackEvent]) -> Applied:
    """Apply events; durable when it returns. Raises Unavailable, or an error of the database."""
    reader, ledger = _reader(), ledger_of_request()
    told = [reader.apply(event, ledger).delivery is not None for event in events]
    return Applied(ours=sum(told), others=len(told) - sum(told))


def _reader() -> Reader:
    return _workshop().reader(OrmAudience())


@cache
def _workshop() -> Workshop:
    return Workshop(settings.PABAL)
