"""Certificates of SNS, by the standard library: a function needs no more of HTTP."""

from urllib.error import URLError
from urllib.request import urlopen

from pabal.feedback.errors import FetchFailed
from pabal.feedback.sns import is_of_sns

_LARGEST = 65_536  # bytes
_PATIENCE = 5.0  # seconds


def fetch_certificate(url: str) -> bytes:
    """Return what is at an address of SNS, over TLS.

    Raises FetchFailed: it is no address of SNS, or nobody answers; fetch it again later.
    """
    if not is_of_sns(url):
        raise FetchFailed(url=url, reason="it is no address of SNS")
    try:
        with urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 -- https, of SNS
            return answer.read(_LARGEST)
    except (URLError, OSError) as error:
        raise FetchFailed(url=url, reason=str(error)) from error
