"""Where a link leads, in the one form in which it may be kept and sent a reader to."""

from urllib.parse import quote, urlsplit, urlunsplit

LONGEST = 2_000  # characters
_LONGEST_HOST = 253  # RFC 1035 2.3.4; Python is slow at longer ones
_IGNORED = str.maketrans("", "", "\t\r\n")  # as browsers do: URL Standard, basic URL parser
_SAFE = "/%:@!$&'()*+,;=?#[]~-._"  # RFC 3986 2.2, 2.3; what is quoted already stays so


def target_of(address: str) -> str | None:
    """Return a web address in ASCII; None where it is none that a reader may be sent to.

    http and https only: `javascript:` and `data:` run what they carry. No control
    characters, so that a header can hold it.
    """
    cleaned = address.translate(_IGNORED).strip(" ")
    if len(cleaned) > LONGEST or not cleaned.isprintable() or "\\" in cleaned:
        return None
    try:
        parts = urlsplit(cleaned)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or " " in parts.netloc:
        return None
    if not host or len(host) > _LONGEST_HOST:
        return None
    try:
        name = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if " " in name:  # what IDNA makes of a spacing mark, such as ¨
        return None
    place = (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")
    rest = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, place, *rest))
