"""What the parsers are fed: honest samples that were damaged, and pieces in any order."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

LONG = 20_000  # octets or characters of one input, about: time grows with it where it may

odd_text = st.text(max_size=40) | st.sampled_from(
    ["", "\0", "\r\n", "\x85", "\u2028", "\ud800", "١٢٣", "1" * 5_000, "a" * 3_000, "-1", "9e999"]
)


def pieces(*samples: str, most: int = 60) -> st.SearchStrategy[str]:
    """Texts of a grammar's own words, in any order, with strange ones between."""
    return st.lists(st.sampled_from(samples) | odd_text, max_size=most).map("".join)


def octet_pieces(*samples: bytes, most: int = 60) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(samples) | st.binary(max_size=20), max_size=most).map(b"".join)


def damaged(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Samples of which some places were changed, cut out, repeated or taken from another."""
    return st.builds(_damage, st.sampled_from(samples), st.lists(_damages(samples), max_size=20))


def damaged_archive(archive: bytes) -> st.SearchStrategy[bytes]:
    """A zip file whose parts were damaged and packed again: damage to the whole shows at once."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return st.fixed_dictionaries(
        {name: st.just(content) | damaged([content]) for name, content in parts.items()}
    ).map(_packed)


def _packed(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def _damages(samples: Sequence[bytes]) -> st.SearchStrategy[tuple[int, int, bytes]]:
    """Where, how many octets go, and what comes instead."""
    foreign = st.builds(
        lambda sample, at, length: sample[at : at + length],
        st.sampled_from(samples),
        st.integers(0, 4_000),
        st.integers(0, 400),
    )
    repeated = st.builds(lambda octets, n: octets * n, st.binary(min_size=1, max_size=8), _counts)
    return st.tuples(
        st.integers(0, 6_000),
        st.sampled_from([0, 0, 1, 2, 20, 300]),
        st.binary(max_size=6) | foreign | repeated,
    )


_counts = st.sampled_from([1, 2, 50, 1_000])


def _damage(sample: bytes, damages: list[tuple[int, int, bytes]]) -> bytes:
    raw = bytearray(sample)
    for place, gone, instead in damages:
        at = place % (len(raw) + 1)
        raw[at : at + gone] = instead
    return bytes(raw[: 2 * LONG])


def objects(known: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[str]:
    """JSON objects with known names, whose values are honest, strange, or of another kind."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | odd_text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_text, inner, max_size=3),
        max_leaves=6,
    )
    fields = {name: st.sampled_from(list(values)) | anything for name, values in known.items()}
    told = st.fixed_dictionaries({}, optional=fields)
    return st.builds(json.dumps, told) | st.builds(_deep, st.sampled_from([1, 900, 100_000]))


def _deep(depth: int) -> str:
    return '{"mail":' * depth + "[" * depth


def around(honest: str) -> st.SearchStrategy[str]:
    """Texts that differ from an honest one in one place, and any others."""
    changed = st.builds(
        lambda at, other: f"{honest[:at]}{other}{honest[at + 1 :]}",
        st.integers(0, len(honest)),
        st.text(max_size=2),
    )
    return st.just(honest) | st.just(honest.upper()) | changed | odd_text
