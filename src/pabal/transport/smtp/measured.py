"""What a mail server takes: what is to be measured, and what was.

Where no limit was met, what was taken is a floor: perhaps the server takes more.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from pabal.domain.outcome import Outcome, Verdict
from pabal.transport.port import Envelope
from pabal.transport.smtp.probe import ServerFacts

_MAILS_EACH = 2  # mails a connection, for a number of connections to be worth a try


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure.

    envelope: of the trials and of the mails; recipient "" offers the sender alone.
    size_bytes: said of the trials' mails, which are never given.
    connections: at most so many at once.
    mails: to be really sent, over one connection and over more; () to send nothing.
    commands, seconds: after which no more is asked, but for the mails. An answer that is
    due is waited for.
    pause: seconds between an envelope and the next on a connection.
    """

    envelope: Envelope
    size_bytes: int = 100_000
    connections: int = 4
    mails: Sequence[Sequence[bytes]] = ()
    commands: int = 200
    seconds: float = 5.0
    pause: float = 0.02


class Asked(enum.Enum):
    """What the server was asked when it complained."""

    CONNECTION = "connection"  # one more, beside those that it had taken
    ENVELOPE = "envelope"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What the server would not take.

    connections: open at that moment.
    per_second: how fast envelopes or mails had been taken, pauses included.
    carried: how many of them the connection had taken.
    ends_connection: the server wants no more of it on this connection, or hung up.
    """

    asked: Asked
    outcome: Outcome
    connections: int
    per_second: float = 0.0
    carried: int = 0
    ends_connection: bool = False

    @property
    def refuses_connection(self) -> bool:
        return self.asked is Asked.CONNECTION

    @property
    def is_limit(self) -> bool:
        """Whether it tells a limit of connections, and nothing is wrong with what was asked."""
        return self.refuses_connection or (self.ends_connection and self.carried > 0)

    @property
    def asks_for_less(self) -> bool:
        """Whether the server says that it would take it later (RFC 5321 4.2.1)."""
        said = self.outcome.reply is not None and self.outcome.verdict is Verdict.TRANSIENT
        return said and not self.is_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """How fast it went over so many connections at once. seconds: pauses left out."""

    connections: int
    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found out. envelopes, mails: by number of connections, rising.

    connections: taken at once.
    envelopes_carried, mails_carried: by the connection that carried most.
    """

    facts: ServerFacts
    connections: int
    envelopes: Sequence[Rung]
    envelopes_carried: int
    mails: Sequence[Rung]
    mails_carried: int
    complaints: Sequence[Complaint]


def numbers_to_try(most: int) -> Iterator[int]:
    """1, 2, 4, ... and the most itself."""
    number = 1
    while number < most:
        yield number
        number *= 2
    yield most


def shares(mails: int, connections: int) -> Sequence[tuple[int, int]]:
    """Part mails among numbers of connections, in proportion: (connections, mails).

    A number for which there are too few mails is left out, but never 1.
    """
    numbers = list(numbers_to_try(connections))
    affordable = takewhile(lambda total: _MAILS_EACH * total <= mails, accumulate(numbers))
    tried = numbers[: max(1, len(list(affordable)))]
    ends = [round(mails * total / sum(tried)) for total in accumulate(tried)]
    return [(n, end - start) for n, start, end in zip(tried, [0, *ends], ends, strict=False)]
