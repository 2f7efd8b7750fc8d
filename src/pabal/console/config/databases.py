"""A database's URL as Django wants it."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_BUSY_SECONDS = 20
# A host that is off lets a connection wait for minutes; a page has nobody who waits so long.
_CONNECT_SECONDS = 5

# A page that reads must never make the worker wait, nor the other way round: WAL. What
# a page was told is stored must survive a power cut: FULL. What was erased must not stay in
# pages that are free: secure_delete.
_SQLITE_OPTIONS = {
    "timeout": _BUSY_SECONDS,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
}


def database(url: str) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for a URL that the settings allow."""
    if url.startswith("sqlite:"):
        return _sqlite(url)
    return _postgresql(url)


def _sqlite(url: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": url.removeprefix("sqlite:///"),
        "OPTIONS": _SQLITE_OPTIONS,
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **dict(parse_qsl(parts.query))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or options.pop("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
