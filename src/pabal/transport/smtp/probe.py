"""Trying a mail server's settings out, without a mail."""

from dataclasses import dataclass

from pabal.transport.errors import ServerUnusable
from pabal.transport.smtp.channel import ConnectionLost
from pabal.transport.smtp.connection import Connection, TurnedAway
from pabal.transport.smtp.extensions import Extensions
from pabal.transport.smtp.settings import SmtpSettings
from pabal.transport.smtp.tls import Certificate, tls_context


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a mail server is like.

    extensions: as offered after TLS and login.
    tls_version, certificate: "" and None for a connection in plain text.
    round_trip_seconds: what one command and its answer take.
    """

    greeting: str
    extensions: Extensions
    tls_version: str
    certificate: Certificate | None
    round_trip_seconds: float


async def probe(settings: SmtpSettings) -> ServerFacts:
    """Connect, encrypt, log in, and say goodbye.

    Raises ServerUnusable: it does not work now, for whatever reason; the error says which.
    """
    try:
        connection = await Connection.open(settings, tls_context(settings))
        try:
            return await _look_at(connection)
        finally:
            await connection.quit()
    except TurnedAway as refused:
        reason = f"it answers {refused}"
        raise ServerUnusable(server=settings.server, reason=reason) from refused
    except ConnectionLost as lost:
        raise ServerUnusable(server=settings.server, reason=str(lost)) from lost


async def _look_at(connection: Connection) -> ServerFacts:
    tls = connection.tls
    return ServerFacts(
        greeting=connection.greeting,
        extensions=connection.extensions,
        tls_version=tls.version if tls else "",
        certificate=tls.certificate() if tls else None,
        round_trip_seconds=await connection.measure(),
    )
