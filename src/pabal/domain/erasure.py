"""What an address is called when everything else about its owner is gone.

개인정보 보호법 21, 36; GDPR 17: personal data is destroyed on request. The same person has
asked not to be mailed, so an address that comes back in a later file must be known again.
A keyed hash does both: who has the database alone can neither read it nor try addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pabal.domain.seal import seal

_PREFIX = "erased:"  # no address begins so: a colon is not allowed before the @
_ALIAS_BYTES = 16


def is_alias(address: str) -> bool:
    return address.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class Aliases:
    """Makes aliases.

    secrets: the newest first. What was erased under an older one is known by it for ever,
    so an address is looked up under each.
    """

    secrets: tuple[bytes, ...] = field(repr=False)

    def newest(self, address: str) -> str:
        """Return the alias to keep of an address (Address.identity). The same every time."""
        return _alias(self.secrets[0], address)

    def of(self, address: str) -> Sequence[str]:
        """Return all aliases that an address may be kept under."""
        return [_alias(secret, address) for secret in self.secrets]


def _alias(secret: bytes, address: str) -> str:
    return _PREFIX + seal(secret, address.encode())[:_ALIAS_BYTES].hex()
