"""A visit to a mail server: the connections that it lets us have, and its complaints."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pabal.domain.classify import classify, network_failure
from pabal.domain.outcome import Outcome, Stage
from pabal.transport.errors import ServerUnusable
from pabal.transport.smtp.channel import ConnectionLost
from pabal.transport.smtp.connection import Connection, TurnedAway
from pabal.transport.smtp.measured import Asked, Complaint
from pabal.transport.smtp.settings import SmtpSettings
from pabal.transport.smtp.tls import tls_context


@dataclass(slots=True, eq=False)
class Seat:
    """A connection, and what it has carried."""

    connection: Connection
    envelopes: int = 0
    mails: int = 0


class Visit:
    """Connections to one server.

    open, ever_open: seats. most: as many as there may be at once; a refusal lowers it.
    taken: envelopes or mails, since the last `begin_to_count`.
    """

    def __init__(self, settings: SmtpSettings, *, most: int) -> None:
        """Raises CertificateRefused: the settings' authorities cannot be read."""
        self._settings = settings
        self._context = tls_context(settings)
        self.clock: Callable[[], float] = asyncio.get_running_loop().time
        self.most = most
        self.most_open = 0
        self.open: list[Seat] = []
        self.ever_open: list[Seat] = []
        self.complaints: list[Complaint] = []
        self.begin_to_count()

    def begin_to_count(self) -> None:
        self.taken = 0
        self._since = self.clock()

    @property
    def unwelcome(self) -> bool:
        """Whether something is wrong that is no limit of connections."""
        return not all(complaint.is_limit for complaint in self.complaints)

    async def take_seat(self) -> None:
        """Open one more connection. Raises TurnedAway, ConnectionLost, ServerUnusable."""
        seat = Seat(await Connection.open(self._settings, self._context))
        self.open.append(seat)
        self.ever_open.append(seat)
        self.most_open = max(self.most_open, len(self.open))

    async def try_to_take_seat(self) -> None:
        """Open one more; a refusal is the last word about how many there may be."""
        try:
            await self.take_seat()
        except TurnedAway as refused:
            self._refused_seat(classify(refused.reply, stage=refused.stage))
        except (ServerUnusable, ConnectionLost) as trouble:
            self._refused_seat(network_trouble(trouble, stage=Stage.CONNECT))

    def _refused_seat(self, outcome: Outcome) -> None:
        self.most = len(self.open)
        self.complain(Asked.CONNECTION, outcome)

    def give_up(self, seat: Seat) -> None:
        """Leave a connection that has ended."""
        seat.connection.close()
        self.open.remove(seat)

    def complain(
        self, asked: Asked, outcome: Outcome, *, carried: int = 0, ends_connection: bool = False
    ) -> None:
        """Note what the server would not take."""
        self.complaints.append(
            Complaint(
                asked=asked,
                outcome=outcome,
                connections=len(self.open),
                per_second=self.taken / max(self.clock() - self._since, 0.001),
                carried=carried,
                ends_connection=ends_connection,
            )
        )

    async def leave(self) -> None:
        """Say goodbye on every connection."""
        await asyncio.gather(*(seat.connection.quit() for seat in self.open))


def network_trouble(trouble: Exception, *, stage: Stage) -> Outcome:
    return network_failure(str(trouble), stage=stage, last_byte_left=False)
