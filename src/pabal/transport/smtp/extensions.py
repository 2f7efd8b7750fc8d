"""What a server offers in its answer to EHLO (RFC 5321 4.1.1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pabal.domain.outcome import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """The extensions that Pabal knows how to use; all others are ignored.

    keywords: everything that was offered, upper case.
    size: whether SIZE is offered (RFC 1870). size_limit_bytes: None for no limit.
    login_mechanisms: of AUTH (RFC 4954).
    mails_per_connection: None where LIMITS does not say (RFC 9422: MAILMAX).
    """

    keywords: frozenset[str] = frozenset()
    size_limit_bytes: int | None = None
    login_mechanisms: frozenset[str] = field(default_factory=frozenset[str])
    mails_per_connection: int | None = None

    @property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.keywords

    @property
    def starttls(self) -> bool:
        return "STARTTLS" in self.keywords

    @property
    def size(self) -> bool:
        return "SIZE" in self.keywords

    @property
    def smtputf8(self) -> bool:
        """Whether addresses may be in UTF-8 (RFC 6531 3.1 asks for 8BITMIME as well)."""
        return "SMTPUTF8" in self.keywords and "8BITMIME" in self.keywords


def parse_extensions(reply: Reply) -> Extensions:
    """Read the lines of an answer to EHLO; the first is the server's name."""
    keywords: set[str] = set()
    mechanisms: set[str] = set()
    limit = mails = None
    for line in reply.text.upper().split("\n")[1:]:
        # Some servers write “AUTH=LOGIN” for clients that are older than RFC 4954.
        keyword, *parameters = line.replace("AUTH=", "AUTH ").split() or [""]
        keywords.add(keyword)
        if keyword == "AUTH":
            mechanisms.update(parameters)
        if keyword == "SIZE" and parameters and parameters[0].isdecimal():
            limit = int(parameters[0]) or None
        if keyword == "LIMITS":
            mails = _limit_of("MAILMAX", parameters)
    return Extensions(
        keywords=frozenset(keywords),
        size_limit_bytes=limit,
        login_mechanisms=frozenset(mechanisms),
        mails_per_connection=mails,
    )


def _limit_of(name: str, limits: Sequence[str]) -> int | None:
    """Read one of the limits (RFC 9422); 0, or what is no number, is none."""
    for limit in limits:
        key, _, value = limit.partition("=")
        if key == name and value.isdecimal():
            return int(value) or None
    return None
