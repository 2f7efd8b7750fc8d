"""The installation's secrets: one file of keys, newest last, from which all others derive."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pabal.configuration.errors import SettingsRefused
from pabal.domain.erasure import Aliases
from pabal.domain.token import TokenKeys

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys by number (0 to 255)."""

    masters: dict[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        return max(self.masters)

    def derive(self, purpose: str, number: int | None = None) -> bytes:
        """Return the key for one purpose, of the newest or the named master key."""
        master = self.masters[self.newest if number is None else number]
        return hmac.new(master, purpose.encode(), hashlib.sha256).digest()

    @property
    def token_keys(self) -> TokenKeys:
        """Links are signed with the newest key; older ones keep verifying."""
        secrets_by_number = {n: self.derive("public links", n) for n in self.masters}
        return TokenKeys(current=self.newest, secrets=secrets_by_number)

    @property
    def aliases(self) -> Aliases:
        """Erased addresses are known by every key that there ever was."""
        newest_first = sorted(self.masters, reverse=True)
        return Aliases(tuple(self.derive("erased addresses", n) for n in newest_first))


def load_keyring(home: Path) -> Keyring:
    """Read `keys` in the home directory, or make it with one new key.

    Raises SettingsRefused: the file is there and cannot be read.
    """
    path = home / "keys"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _add_line(path, 1)
    try:
        return read_keyring(path.read_text())
    except (ValueError, OSError) as error:
        raise _unreadable(path, str(error)) from error


def read_keyring(text: str) -> Keyring:
    """Read what a file `keys` says. Raises ValueError: it has no usable key."""
    lines = (line.split() for line in text.splitlines())
    masters = {int(number): bytes.fromhex(key) for number, key in lines}
    if not masters or any(len(key) < _KEY_BYTES or not 0 <= n <= 255 for n, key in masters.items()):
        raise ValueError("it has no usable key")
    return Keyring(masters)


def rotate_keyring(home: Path) -> Keyring:
    """Add a new key, which signs from now on. Links signed before stay valid."""
    number = load_keyring(home).newest + 1
    _add_line(home / "keys", number)
    return load_keyring(home)


def _add_line(path: Path, number: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{number} {secrets.token_hex(_KEY_BYTES)}\n")


def _unreadable(path: Path, reason: str) -> SettingsRefused:
    return SettingsRefused(
        name="PABAL_HOME",
        value=str(path),
        reason=reason,
        allowed="a directory whose file `keys` was made by Pabal and is readable",
    )
