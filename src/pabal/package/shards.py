"""Recipients as JSON Lines, some hundreds a shard, so that a package of any size streams."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pabal.domain.address import restore_address
from pabal.domain.recipient import Recipient

SHARD_SIZE = 500  # recipients


def shard_name(number: int) -> str:
    return f"recipients-{number:06}.jsonl"


def into_shards(recipients: Iterable[Recipient]) -> Iterator[bytes]:
    """Yield the content of shard 0, 1, ...; holds one shard in memory."""
    remaining = iter(recipients)
    while shard := list(islice(remaining, SHARD_SIZE)):
        yield b"".join(map(_to_line, shard))


def from_shard(content: bytes) -> Sequence[Recipient]:
    return [_from_line(line) for line in content.splitlines()]


def _to_line(recipient: Recipient) -> bytes:
    address = recipient.address
    values: list[object] = [
        recipient.key,
        recipient.position,
        address.wire,
        "" if address.original == address.wire else address.original,
        recipient.language,
        dict(recipient.attributes),
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _from_line(line: bytes) -> Recipient:
    key, position, wire, original, language, attributes = json.loads(line)
    return Recipient(
        key=key,
        position=position,
        address=restore_address(wire, original),
        language=language,
        attributes=attributes,
    )
