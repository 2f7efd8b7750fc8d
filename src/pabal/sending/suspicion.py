"""Whether providers throttle by themselves, or the server throttles us with all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

_ENOUGH = 3  # domains
_CLOSE = timedelta(seconds=10)


class Suspicion:
    """Several domains that complain close together, with no mail accepted between, are one."""

    def __init__(self) -> None:
        self._complained: dict[str, datetime] = {}

    def add(self, domain: str, now: datetime) -> Sequence[str]:
        """Note a complaint; return the domains that were not meant, or none."""
        recent = {each: at for each, at in self._complained.items() if now - at <= _CLOSE}
        self._complained = {**recent, domain: now}
        return tuple(self._complained) if len(self._complained) >= _ENOUGH else ()

    def clear(self) -> None:
        """A mail was accepted, or what was suspected is known."""
        self._complained.clear()
