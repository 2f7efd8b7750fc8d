"""Trying a mail server's settings out, without a mail."""

import statistics
from dataclasses import dataclass

from pabal.transport.errors import ServerBusy, ServerUnreachable, ServerUnusable
from pabal.transport.smtp.channel import ConnectionLost
from pabal.transport.smtp.connection import Connection, Nonsense, TurnedAway
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
            return await look_at(connection)
        finally:
            await connection.quit()
    except (TurnedAway, ConnectionLost) as trouble:
        raise as_unusable(trouble, settings) from trouble


async def look_at(connection: Connection, *, round_trips: int = 1) -> ServerFacts:
    """Say what is known of the server at the other end of a connection that is open.

    round_trips: how many to measure; the median counts. Raises ConnectionLost.
    """
    tls = connection.tls
    return ServerFacts(
        greeting=connection.greeting,
        extensions=connection.extensions,
        tls_version=tls.version if tls else "",
        certificate=tls.certificate() if tls else None,
        round_trip_seconds=statistics.median(
            [await connection.measure() for _ in range(round_trips)]
        ),
    )


def as_unusable(trouble: TurnedAway | ConnectionLost, settings: SmtpSettings) -> ServerUnusable:
    """Explain to a person why there is no conversation with the server."""
    match trouble:
        case TurnedAway():
            kind = ServerBusy if trouble.reply.code < 500 else ServerUnusable
            return kind(server=settings.server, reason=f"it answers {trouble}")
        case Nonsense():
            return ServerUnusable(server=settings.server, reason=str(trouble))
        case _:
            return ServerUnreachable(server=settings.server, reason=str(trouble))
