"""The mails of one connection, from the first to the last."""

import asyncio
from collections import deque
from collections.abc import Callable

from pabal.domain.classify import classify, network_failure
from pabal.domain.outcome import Outcome, Stage
from pabal.transport.smtp.channel import ConnectionLost, Silence
from pabal.transport.smtp.connection import Connection, Nonsense
from pabal.transport.smtp.dialogue import Answered, GoAhead
from pabal.transport.smtp.offer import Offer, WaitingLine


class Carrier:
    """Takes mails from the line and brings them to the server, one behind the other.

    On the wire are at most two: the first awaits the answer to its content, and the
    envelope of the second was written together with that content. Where the answer takes
    long the second is offered to the other connections, and this one ends with the answer:
    its server waits for a content that does not come.

    pass_on: gives a mail to a free connection; returns False where none is free.
    hurry: how many seconds the second waits for the first.
    """

    def __init__(
        self,
        connection: Connection,
        line: WaitingLine,
        *,
        pass_on: Callable[[Offer], bool] = lambda _: False,
        hurry: float = 60.0,
    ) -> None:
        self._connection = connection
        self._line = line
        self._pass_on = pass_on
        self._hurry = hurry
        self._on_wire: deque[Offer] = deque()
        self._answered = 0
        self._passed_on = False
        self._given_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def has_mail(self) -> bool:
        return bool(self._on_wire)

    @property
    def answered(self) -> int:
        """How many mails the server has taken or refused on this connection."""
        return self._answered

    def begin(self) -> bool:
        """Offer the next mail of the line; return whether there is one on the wire.

        Raises ConnectionLost.
        """
        if self._on_wire:
            return True
        if self._passed_on:
            raise ConnectionLost("The answer to a mail took too long for the next one.")
        self._connection.listen()
        if offer := self._line.take(self._connection.extensions):
            self._on_wire.append(offer)
            self._connection.offer(offer.envelope, size_bytes=offer.size_bytes)
        return bool(self._on_wire)

    async def carry(self) -> None:
        """Take the next step with the mails on the wire. Raises ConnectionLost."""
        event = await self._connection.hear()
        match event:
            case GoAhead():
                self._give()
            case Answered():
                self._settle(event)

    def account_for(self, lost: ConnectionLost) -> None:
        """Say of every mail on the wire what the loss of the connection means for it.

        Only the oldest can be in doubt: no byte of the second's content has left.
        """
        oldest = True
        for offer in self._on_wire:
            if self._goes_again(offer, lost, oldest=oldest):
                self._send_back(offer)
            else:
                offer.settle(self._failure(lost, oldest=oldest))
            oldest = False
        self._on_wire.clear()

    def _give(self) -> None:
        connection = self._connection
        connection.listen()
        mail = self._on_wire[0].mail
        pipelining = connection.extensions.pipelining
        following = self._line.take(connection.extensions) if pipelining else None
        if following is None:
            connection.give(mail)
        else:
            self._on_wire.append(following)
            connection.give(mail, following.envelope, size_bytes=following.size_bytes)
            self._given_at = asyncio.get_running_loop().time()
            self._watch()

    def _watch(self) -> None:
        """Look again when the second mail has waited for long; one timer for all of them."""
        if self._timer is None:
            due = self._given_at + self._hurry
            self._timer = asyncio.get_running_loop().call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if len(self._on_wire) < 2:
            return
        now = asyncio.get_running_loop().time()
        if now < self._given_at + self._hurry:
            self._watch()
        elif self._pass_on(self._on_wire[-1]):
            self._on_wire.pop()
            self._passed_on = True
        else:
            self._given_at = now
            self._watch()

    def _settle(self, answer: Answered) -> None:
        offer = self._on_wire.popleft()
        if self._is_limit_of_connection(answer):
            self._send_back(offer)
            return
        self._answered += 1
        offer.settle(classify(answer.reply, stage=answer.stage))

    def _is_limit_of_connection(self, answer: Answered) -> bool:
        """Whether the server wants no more mails on this connection, but on another."""
        return answer.reply.code == 421 and answer.stage is Stage.MAIL and self._answered > 0

    def _goes_again(self, offer: Offer, lost: ConnectionLost, *, oldest: bool) -> bool:
        """Whether a mail can be offered on another connection as if nothing had been.

        A connection that has brought mails may have come to its limit, which is no fault
        of the next one; one that has brought none uses up the mail's only second chance.
        """
        if offer.again and self._answered == 0:
            return False
        if not oldest:
            return True
        return self._connection.unanswered and not isinstance(lost, Silence | Nonsense)

    def _send_back(self, offer: Offer) -> None:
        offer.again = offer.again or self._answered == 0
        self._line.rejoin(offer)

    def _failure(self, lost: ConnectionLost, *, oldest: bool) -> Outcome:
        stage = self._connection.stage if oldest else Stage.MAIL
        left = oldest and self._connection.dot_left
        return network_failure(str(lost), stage=stage, last_byte_left=left)
