"""A mail that waits for a connection, and the line in which it waits."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pabal.domain.outcome import Outcome, Scope, Stage, Verdict
from pabal.transport.errors import ServerUnusable
from pabal.transport.port import Envelope
from pabal.transport.smtp.dialogue import can_be_written
from pabal.transport.smtp.extensions import Extensions


@dataclass(slots=True, eq=False)
class Offer:
    """A mail, and the task that waits for its outcome.

    again: it has had its second chance, after a connection that ended without an answer.
    """

    envelope: Envelope
    mail: Sequence[bytes]
    size_bytes: int
    answer: asyncio.Future[Outcome]
    again: bool = False

    def settle(self, outcome: Outcome) -> None:
        """Tell the waiting task; nobody where it has been cancelled."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, error: ServerUnusable) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class WaitingLine:
    """Mails that no connection has taken yet, oldest first."""

    def __init__(self) -> None:
        self._offers: deque[Offer] = deque()

    def __bool__(self) -> bool:
        return bool(self._offers)

    def join(self, offer: Offer) -> None:
        self._offers.append(offer)

    def rejoin(self, offer: Offer) -> None:
        """Put a mail that was not sent back to the front."""
        self._offers.appendleft(offer)

    def take(self, extensions: Extensions) -> Offer | None:
        """Return the next mail that a server with these extensions can take.

        Those that it cannot are settled; those that nobody waits for are dropped.
        """
        while self._offers:
            offer = self._offers.popleft()
            if offer.answer.done():
                continue
            misfit = _misfit(offer, extensions)
            if misfit is None:
                return offer
            offer.settle(misfit)
        return None

    def settle_all(self, outcome: Outcome) -> None:
        while self._offers:
            self._offers.popleft().settle(outcome)

    def fail_all(self, error: ServerUnusable) -> None:
        """Raise an error in each waiting task: one of its own, for it carries a traceback."""
        while self._offers:
            self._offers.popleft().fail(type(error)(**error.details))


def _misfit(offer: Offer, extensions: Extensions) -> Outcome | None:
    """Say why the server would not take a mail; nothing of it is sent then."""
    sender, recipient = offer.envelope.sender, offer.envelope.recipient
    if not (can_be_written(sender) and can_be_written(recipient)):
        return _refused(Scope.ADDRESS, "The address cannot be written in an SMTP command.")
    utf8 = offer.envelope.needs_smtputf8 or not (sender + recipient).isascii()
    if utf8 and not extensions.smtputf8:
        return _refused(
            Scope.ADDRESS,
            "The address is not in ASCII, and the mail server does not offer SMTPUTF8.",
        )
    limit = extensions.size_limit_bytes
    if limit is not None and offer.size_bytes > limit:
        return _refused(
            Scope.MESSAGE,
            f"The mail has {offer.size_bytes} bytes; the mail server takes at most {limit}.",
        )
    return None


def _refused(scope: Scope, text: str) -> Outcome:
    return Outcome(verdict=Verdict.PERMANENT, scope=scope, stage=Stage.MAIL, text=text)
