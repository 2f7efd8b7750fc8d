"""Whether providers throttle by themselves, or the server throttles us with all of them."""

from datetime import datetime, timedelta

_ENOUGH = 3  # domains
_CLOSE = timedelta(seconds=10)


class Suspicion:
    """Several that throttle close together, with no mail accepted between, are one."""

    def __init__(self) -> None:
        self._throttled: dict[str, datetime] = {}

    def add(self, domain: str, now: datetime) -> bool:
        """Note that a domain has throttled; return whether it is the server's doing."""
        recent = {each: at for each, at in self._throttled.items() if now - at <= _CLOSE}
        self._throttled = {**recent, domain: now}
        return len(self._throttled) >= _ENOUGH

    def clear(self) -> None:
        """A mail was accepted, or what was suspected is known."""
        self._throttled.clear()
