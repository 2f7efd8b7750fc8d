"""Lambda `send`: the deliveries of a batch of tickets, from claim to settlement.

A ticket that is done with is answered as such and leaves the queue. One whose delivery is to be
tried again is hidden until then and reported as failed, so that it comes back by itself.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from pabal.domain.errors import InputError, Refusal
from pabal.domain.identity import DeliveryId
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.calls import Ticket, read_ticket
from pabal.pipeline.aws.dispatch import Dispatch
from pabal.pipeline.aws.queues import Message, failures, read_messages
from pabal.pipeline.aws.wiring import Workshop, workshop

_LOG = logging.getLogger("pabal.mail")
_RESERVE = timedelta(seconds=5)  # of a call's time, kept for settling


class Context(Protocol):
    """What Lambda says of a call."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Messages of the send queue in, those that are to come back out."""
    parts = workshop()
    until = parts.now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    return failures(send(read_messages(event), parts, until=until))


def send(messages: Sequence[Message], parts: Workshop, *, until: datetime) -> Sequence[Message]:
    """Do what the tickets ask for; return those that stay in the queue, hidden for a while.

    until: when this process is stopped, whatever it does.

    Raises LedgerUnavailable, StoreUnavailable, ServiceUnavailable: nothing is lost, all of them
    come back; what was on the wire is settled or will be found doubtful.
    """
    staying: list[Message] = []
    for tickets in _by_package(_readable(messages, parts)).values():
        again = _dispatch(tickets, parts, until)
        for message, ticket in tickets:
            if (wait := again.get(ticket.delivery)) is not None:
                parts.queues.hide(parts.surroundings.send_queue, message, wait=wait)
                staying.append(message)
    return staying


def _dispatch(
    tickets: Sequence[tuple[Message, Ticket]], parts: Workshop, until: datetime
) -> Mapping[DeliveryId, timedelta]:
    first = tickets[0][1]
    try:
        package = parts.package(first.campaign, first.digest)
        dispatch = Dispatch(parts, package, first, until=until - _RESERVE)
    except Refusal as refusal:  # the package is not what was approved: that concerns them all
        Dispatch.halt(parts, first.campaign, str(refusal))
        return {}
    asyncio.run(dispatch.run([ticket for _, ticket in tickets]))
    metrics.tell(dispatch.figures, now=parts.now(), campaign=first.campaign)
    return dispatch.again


def _readable(messages: Sequence[Message], parts: Workshop) -> list[tuple[Message, Ticket]]:
    """Read tickets; what is none goes where a person looks."""
    found: list[tuple[Message, Ticket]] = []
    for message in messages:
        try:
            found.append((message, read_ticket(message.body)))
        except InputError as error:
            _LOG.error("message %s is no ticket: %s", message.id, error)
            parts.queues.give_up(parts.surroundings.dead_send_queue, message, cause=str(error))
    return found


def _by_package(
    tickets: Sequence[tuple[Message, Ticket]],
) -> dict[tuple[str, str], list[tuple[Message, Ticket]]]:
    groups: dict[tuple[str, str], list[tuple[Message, Ticket]]] = {}
    for message, ticket in tickets:
        groups.setdefault((ticket.campaign, ticket.digest), []).append((message, ticket))
    return groups
