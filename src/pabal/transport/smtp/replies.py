"""A server's bytes into replies, however the network has cut them (RFC 5321 4.2)."""

from functools import lru_cache

from pabal.domain.outcome import Reply

# RFC 5321 4.5.3.1.5 allows 512 octets a line. Servers that explain themselves say more;
# beyond these limits it is not a reply but a flood.
MAX_LINE_BYTES = 4096
MAX_LINES = 128


class Unintelligible(Exception):
    """The bytes are not a reply. Carries a sentence that says how."""


class ReplyReader:
    """Collects bytes and gives them back as replies.

    The lines of a reply are joined by line ends in `Reply.text`, each without its code
    and its enhanced code.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._code = 0
        self._enhanced = ""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def next(self) -> Reply | None:
        """Return the next whole reply, or None where more bytes are needed.

        Raises Unintelligible: what the server says is not SMTP.
        """
        while (line := self._next_line()) is not None:
            if self._read_line(line):
                return self._finish()
        return None

    def _next_line(self) -> bytes | None:
        end = self._bytes.find(b"\n", 0, MAX_LINE_BYTES)
        if end < 0:
            if len(self._bytes) >= MAX_LINE_BYTES:
                raise Unintelligible(f"a line of more than {MAX_LINE_BYTES} bytes")
            return None
        line = bytes(self._bytes[:end]).removesuffix(b"\r")
        del self._bytes[: end + 1]
        return line

    def _read_line(self, line: bytes) -> bool:
        """Add a line to the reply; return whether it is the last."""
        code, enhanced, text, is_last = _parse_line(line)
        if self._lines and code != self._code:
            raise Unintelligible(f"a reply with two codes, {self._code} and {code}")
        if len(self._lines) >= MAX_LINES:
            raise Unintelligible(f"a reply of more than {MAX_LINES} lines")
        self._code = code
        self._enhanced = self._enhanced or enhanced
        self._lines.append(text)
        return is_last

    def _finish(self) -> Reply:
        reply = Reply(code=self._code, enhanced=self._enhanced, text="\n".join(self._lines))
        self._enhanced, self._lines = "", []
        return reply


# Three of the four replies to a mail are the same for every mail.
@lru_cache(maxsize=64)
def _parse_line(line: bytes) -> tuple[int, str, str, bool]:
    """Return code, enhanced code, text, and whether the reply ends here."""
    code, mark = line[:3], line[3:4]
    is_code = len(code) == 3 and code.isdigit() and b"200" <= code <= b"599"
    if not is_code or mark not in (b" ", b"-", b""):
        raise Unintelligible(f"“{_readable(line[:60])}”")
    enhanced, text = _split_enhanced(_readable(line[4:]))
    return int(code), enhanced, text, mark != b"-"


def _split_enhanced(text: str) -> tuple[str, str]:
    """Part the enhanced status code (RFC 3463) from the words behind it.

    It is taken also where ENHANCEDSTATUSCODES (RFC 2034) was not offered: many servers
    write it all the same, and nothing else looks like it.
    """
    if text[1:2] != "." or text[0] not in "245":
        return "", text
    word, _, rest = text.partition(" ")
    numbers = word.split(".")
    if len(numbers) == 3 and all(n.isascii() and n.isdigit() and len(n) <= 3 for n in numbers):
        return word, rest
    return "", text


def _readable(line: bytes) -> str:
    """Decode what people will read; control characters would reach their terminals."""
    text = line.decode("utf-8", "replace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "·" for c in text)
