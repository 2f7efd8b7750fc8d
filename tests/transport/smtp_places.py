"""Transports at test servers, with time-outs that tests can wait for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pabal.transport.smtp.settings import Security, SmtpSettings, Timeouts
from pabal.transport.smtp.transport import SmtpTransport

SHORT = Timeouts(
    connect=2,
    greeting=0.3,
    mail=0.3,
    rcpt=0.3,
    data=0.3,
    block=0.3,
    content=0.3,
    idle=0.2,
    quit=0.2,
)
LONG = Timeouts(connect=5, greeting=5, mail=5, rcpt=5, data=5, block=5, content=5, idle=5, quit=0.5)


def settings_for(
    port: int, *, connections: int = 1, timeouts: Timeouts = LONG, **others: object
) -> SmtpSettings:
    return SmtpSettings(
        **{  # type: ignore[arg-type]
            "host": "127.0.0.1",
            "port": port,
            "security": Security.NONE,
            "local_name": "localhost",
            "connections": connections,
            "timeouts": timeouts,
            **others,
        }
    )


@asynccontextmanager
async def transport_to(
    port: int, *, connections: int = 1, timeouts: Timeouts = LONG, **others: object
) -> AsyncIterator[SmtpTransport]:
    transport = SmtpTransport(
        settings_for(port, connections=connections, timeouts=timeouts, **others)
    )
    try:
        yield transport
    finally:
        await transport.close()
