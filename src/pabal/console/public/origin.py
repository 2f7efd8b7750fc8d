"""The network address that a request came from, for the record of consent."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def origin_of(request: HttpRequest) -> str:
    """Return the address of whoever asks; "" where nobody can say.

    Where PABAL_BASE_URL is set, a proxy stands in front. What it has added itself is the
    last entry of X-Forwarded-For; those before it anybody can make up.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.PABAL.base_url else ""
    nearest = forwarded.rpartition(",")[2].strip()
    return _address(nearest) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
