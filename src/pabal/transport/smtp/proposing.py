"""From what was measured to settings, with the reason for each."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from pabal.transport.smtp.measured import Measured, Rung
from pabal.transport.smtp.providers import Provider

_NOTICEABLE = 1.1  # times as fast; less is no reason for more connections
_BELOW_COMPLAINT = 0.8  # of the rate at which the server complained


class Reason(enum.Enum):
    """Why a setting is proposed."""

    DOCUMENTED = "the provider documents this limit"
    REFUSED = "the server refused one connection more"
    NOT_FASTER = "more connections were not faster"
    TAKEN = "as many as were tried were taken"
    COMPLAINED = "the server complained at a higher rate"
    NO_COMPLAINT = "nothing was complained of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to set. rate: mails a second; None for no limit of ours."""

    connections: int
    connections_because: Reason
    rate: float | None
    rate_because: Reason


def propose(measured: Measured, provider: Provider | None) -> Proposal | None:
    """Propose settings; None where the server took nothing that could be measured."""
    if not (measured.envelopes or measured.mails):
        return None
    connections, because = _connections(measured)
    if provider and provider.connections and connections >= provider.connections:
        connections, because = provider.connections, Reason.DOCUMENTED
    rate, rate_because = _rate(measured, provider)
    return Proposal(
        connections=connections,
        connections_because=because,
        rate=rate,
        rate_because=rate_because,
    )


def mails_per_second(measured: Measured, proposal: Proposal) -> float | None:
    """How many mails a second to expect with the proposal; None where no mail was sent."""
    if not measured.mails:
        return None
    fitting = [rung for rung in measured.mails if rung.connections <= proposal.connections]
    fastest = max(rung.per_second for rung in fitting or measured.mails[:1])
    return fastest if proposal.rate is None else min(fastest, proposal.rate)


def _connections(measured: Measured) -> tuple[int, Reason]:
    """The fewest that are about as fast as the fastest; without mails, all that were taken."""
    enough = _fewest_that_are_fast(measured.mails)
    if enough is not None and enough is not measured.mails[-1]:
        return enough.connections, Reason.NOT_FASTER
    refused = any(complaint.refuses_connection for complaint in measured.complaints)
    return measured.connections, Reason.REFUSED if refused else Reason.TAKEN


def _fewest_that_are_fast(rungs: Sequence[Rung]) -> Rung | None:
    fastest = max((rung.per_second for rung in rungs), default=0.0)
    return next((rung for rung in rungs if rung.per_second * _NOTICEABLE >= fastest), None)


def _rate(measured: Measured, provider: Provider | None) -> tuple[float | None, Reason]:
    if provider and provider.mails_per_minute:
        return provider.mails_per_minute / 60, Reason.DOCUMENTED
    for complaint in measured.complaints:
        if complaint.asks_for_less and complaint.per_second:
            return _rounded_down(complaint.per_second * _BELOW_COMPLAINT), Reason.COMPLAINED
    return None, Reason.NO_COMPLAINT


def _rounded_down(rate: float) -> float:
    """Two figures are as exact as this is."""
    if rate <= 0:
        return rate
    step = 10.0 ** (math.floor(math.log10(rate)) - 1)
    return round(math.floor(rate / step) * step, 6)
