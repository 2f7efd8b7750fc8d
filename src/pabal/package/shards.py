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
    # JSON has no line end within a line, so the lines are the items of one array: read at
    # once, they cost half, and all recipients share the attributes' names.
    array = b"[%b]" % content.removesuffix(b"\n").replace(b"\n", b",")
    return [_restored(*values) for values in json.loads(array)]


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
    if recipient.objects:
        values.append(True)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _restored(
    key: str,
    position: int,
    wire: str,
    original: str,
    language: str,
    attributes: dict[str, str],
    objects: bool = False,
) -> Recipient:
    return Recipient(
        key=key,
        position=position,
        address=restore_address(wire, original),
        language=language,
        attributes=attributes,
        objects=objects,
    )
