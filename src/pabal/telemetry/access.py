"""Who may read the metrics: whoever knows the token, or, where there is none, this machine."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

# What a proxy adds. A proxy on this machine makes every request come from loopback.
_ADDED_BY_PROXIES = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
)
_NOT_SAID = "Say “Authorization: Bearer …” with what PABAL_METRICS_TOKEN is set to."
_NOT_RIGHT = "That is not what PABAL_METRICS_TOKEN is set to."
_ONLY_HERE = (
    "Without PABAL_METRICS_TOKEN only this machine may read the metrics, at a loopback address "
    "and not through a proxy."
)
_BEHIND_PROXY = (
    "PABAL_BASE_URL is set, so a proxy may stand in front; set PABAL_METRICS_TOKEN to read the "
    "metrics."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Decides about requests.

    token: what a reader has to know; "" where there is none.
    behind_proxy: a proxy makes strangers look as if they were on this machine, and not
    every proxy says that it is one; so without a token nobody is let in.
    """

    token: str
    behind_proxy: bool = False

    def refusal(self, environ: Mapping[str, Any]) -> str:
        """Return why a request (as in PEP 3333) is refused, for a person; "" where it is not."""
        if self.token:
            return self._refusal_of_token(str(environ.get("HTTP_AUTHORIZATION", "")))
        if self.behind_proxy:
            return _BEHIND_PROXY
        return "" if _is_of_this_machine(environ) else _ONLY_HERE

    def _refusal_of_token(self, authorization: str) -> str:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return _NOT_SAID
        said = token.strip().encode("utf-8", "backslashreplace")
        return "" if hmac.compare_digest(said, self.token.encode()) else _NOT_RIGHT


def _is_of_this_machine(environ: Mapping[str, Any]) -> bool:
    """Whether a request comes from here and was meant for here.

    The name is looked at because a page in a browser of this machine can let its own
    name lead to loopback (DNS rebinding), and would then read what it gets.
    """
    if any(name in environ for name in _ADDED_BY_PROXIES):
        return False
    return is_loopback(str(environ.get("REMOTE_ADDR", ""))) and is_loopback(_host(environ))


def _host(environ: Mapping[str, Any]) -> str:
    host = str(environ.get("HTTP_HOST", ""))
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def is_loopback(host: str) -> bool:
    """Whether a name or an address is that of this machine for itself; IPv6 with or without []."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
