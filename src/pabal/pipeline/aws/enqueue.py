"""Lambda `enqueue`: one shard's recipients into the ledger, and a ticket for each into the queue.

Both may be repeated: the ledger keeps what it has, and a ticket too many finds nothing to do.
"""

from collections.abc import Mapping
from typing import Any

from pabal.domain.errors import Refusal
from pabal.ledger.port import RunState
from pabal.pipeline.aws.calls import Shard, Ticket, read_shard
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.enqueue import enqueue_shard


def handler(event: Mapping[str, Any], _context: object) -> int:
    """A child of the step `Enqueue`: a shard's key in, how many were new out."""
    return enqueue_or_hold(read_shard(event), workshop())


def enqueue_or_hold(shard: Shard, parts: Workshop) -> int:
    """Raises what `enqueue` does. A refusal holds the campaign, with the reason.

    Of a child that fails the state machine learns only that one has.
    """
    try:
        return enqueue(shard, parts)
    except Refusal as refusal:
        parts.ledger().set_state(
            shard.start.campaign, RunState.PAUSED, reason=str(refusal), now=parts.now()
        )
        raise


def enqueue(shard: Shard, parts: Workshop) -> int:
    """Raises PackageMissing, PackageChanged; LedgerUnavailable, ServiceUnavailable: repeat it."""
    start = shard.start
    package = parts.package(start.campaign, start.digest)
    aliases = parts.keyring.aliases
    new = enqueue_shard(package, shard.number, parts.ledger(), aliases=aliases, now=parts.now())
    tickets = (
        Ticket(
            delivery=recipient.delivery(start.campaign),
            position=recipient.position,
            digest=start.digest,
            allowance=shard.allowance,
        ).to_json()
        for recipient in package.shard(shard.number)
    )
    parts.queues.put(parts.surroundings.send_queue, tickets)
    return new
