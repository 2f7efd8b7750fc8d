"""An engine's surroundings for a test, and the mailbox's script of failures."""

import asyncio
from collections.abc import Callable
from contextlib import closing

import pytest
import uvloop

from builders.engine import Received, Surroundings, wall
from pabal.ledger.sql.connect import open_ledger, open_session
from pabal.ledger.sql.schema import create_schema
from pabal.sending.ledger_thread import LedgerThread
from pabal.transport.mailbox.script import FailureScript
from pabal.transport.mailbox.server import MailboxServer
from pabal.transport.smtp.settings import Security, SmtpSettings
from pabal.transport.smtp.transport import SmtpTransport


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The engine and its connections run on the loop that workers have."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def script():
    """Tests replace it by parametrising."""
    return FailureScript()


@pytest.fixture
async def around(tmp_path, script):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with closing(open_session(url)) as session:
        create_schema(session)
    received = Received()
    server = MailboxServer("127.0.0.1:0", received, now=wall, script=script)
    await server.start()
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=server.port, security=Security.NONE)
    )
    surroundings = Surroundings(url=url, transport=transport, received=received, server=server)
    with surroundings.opened:
        yield surroundings
    await transport.close()
    await server.close()


@pytest.fixture
async def ledger(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with closing(open_session(url)) as session:
        create_schema(session)
    thread = LedgerThread(lambda: open_ledger(url, daily_limit=None))
    yield thread
    await thread.close()
