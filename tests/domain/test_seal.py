"""A seal is the HMAC of RFC 2104, as the standard library computes it."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.seal import seal


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_a_seal_is_the_hmac_for_any_secret_and_text(secret: bytes, text: bytes) -> None:
    """Secrets longer than a block of SHA-256 are hashed first (RFC 2104 2)."""
    assert seal(secret, text) == hmac.digest(secret, text, "sha256")


def test_one_text_leaves_nothing_behind_for_the_next() -> None:
    first, second = seal(b"secret", b"one"), seal(b"secret", b"two")
    assert (seal(b"secret", b"one"), seal(b"secret", b"two")) == (first, second)
    assert first != second
