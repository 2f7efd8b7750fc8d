"""What a server offers in its answer to EHLO (RFC 5321 4.1.1.1)."""

from dataclasses import dataclass, field

from pabal.domain.outcome import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """The extensions that Pabal knows how to use; all others are ignored.

    keywords: everything that was offered, upper case.
    size: whether SIZE is offered (RFC 1870). size_limit_bytes: None for no limit.
    login_mechanisms: of AUTH (RFC 4954).
    """

    keywords: frozenset[str] = frozenset()
    size_limit_bytes: int | None = None
    login_mechanisms: frozenset[str] = field(default_factory=frozenset[str])

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
    limit = None
    for line in reply.text.upper().split("\n")[1:]:
        # Some servers write “AUTH=LOGIN” for clients that are older than RFC 4954.
        keyword, *parameters = line.replace("AUTH=", "AUTH ").split() or [""]
        keywords.add(keyword)
        if keyword == "AUTH":
            mechanisms.update(parameters)
        if keyword == "SIZE" and parameters and parameters[0].isdecimal():
            limit = int(parameters[0]) or None
    return Extensions(
        keywords=frozenset(keywords),
        size_limit_bytes=limit,
        login_mechanisms=frozenset(mechanisms),
    )
