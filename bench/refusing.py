"""The sink in a bad mood: it refuses some attempts passingly, and notes what it did.

Whether an attempt is refused depends on the seed, the recipient and how often they were
offered, and on nothing else: the same seed refuses the same mails, in whatever order they
come.
"""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.sink import Sink, serve

_REFUSAL = b"451 4.3.0 not at the moment\r\n"
_NOBODY = b"554 5.5.1 no valid recipients\r\n"


@dataclass(slots=True)
class Mood:
    """What all connections share. share: of attempts that are refused, 0 to 1.

    notes: gets a line for every attempt that was decided: recipient and reply code.
    """

    seed: int
    share: float
    notes: Path
    offers: Counter[str] = field(default_factory=Counter[str])

    def throw(self, recipient: str) -> float:
        """Throw the dice for the next attempt: a number in [0, 1)."""
        self.offers[recipient] += 1
        return Random(f"{self.seed} {recipient} {self.offers[recipient]}").random()

    def note(self, recipient: str, reply: bytes) -> None:
        with self.notes.open("a") as file:
            file.write(f"{recipient} {reply[:3].decode()}\n")


class RefusingSink(Sink):
    """Half of the refusals come at RCPT, the others behind the dot."""

    def __init__(self, mood: Mood) -> None:
        self._mood = mood
        self._recipient = ""
        self._fate = 0.0

    def answer(self, line: bytes) -> bytes:
        command = line[:4].upper()
        if command == b"RCPT":
            return self._answer_recipient(line.partition(b"<")[2].partition(b">")[0].decode())
        if command == b"DATA" and not self._recipient:
            return _NOBODY
        return super().answer(line)

    def answer_content(self) -> bytes:
        refused = self._fate < self._mood.share
        return self._decided(_REFUSAL if refused else super().answer_content())

    def _answer_recipient(self, recipient: str) -> bytes:
        self._recipient = recipient
        self._fate = self._mood.throw(recipient)
        if self._fate < self._mood.share / 2:
            return self._decided(_REFUSAL)
        return b"250 2.1.5 fine\r\n"

    def _decided(self, reply: bytes) -> bytes:
        self._mood.note(self._recipient, reply)
        self._recipient = ""
        return reply


if __name__ == "__main__":
    shared = Mood(seed=int(sys.argv[1]), share=float(sys.argv[2]), notes=Path(sys.argv[3]))
    asyncio.run(serve(lambda: RefusingSink(shared)))
