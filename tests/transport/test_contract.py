"""The transports keep the contract: SMTP in plain text, with STARTTLS and with TLS; and SES."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pabal.domain.outcome import Stage
from pabal.transport.mailbox.script import DROP, Failure, FailureScript
from pabal.transport.mailbox.server import MailboxServer
from pabal.transport.mailbox.store import MailboxStore
from pabal.transport.ses.settings import SesSettings
from pabal.transport.ses.transport import SesTransport
from pabal.transport.smtp.settings import Security, SmtpSettings
from pabal.transport.smtp.transport import SmtpTransport
from servers.ses import LOST_ANSWER, THROTTLED, Fault, an_account
from servers.ses_wire import aws_environment, running_ses
from servers.smtp import Certificates, make_certificates
from transport.contract import BUSY, NOBODY, TOO_LARGE_FOR, VANISHES, Place, TransportContract

SCRIPT = FailureScript(
    by_recipient={
        BUSY: Failure(replies=("451 4.3.0 later",), always=True),
        NOBODY: Failure(replies=("550 5.1.1 no such user",), always=True),
        TOO_LARGE_FOR: Failure(replies=("552 5.3.4 too large",), always=True, after_content=True),
        VANISHES: Failure(replies=(DROP,), always=True, after_content=True),
    }
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("security", Security, ids=lambda security: security.value)
class TestSmtp(TransportContract):
    @pytest.fixture
    async def place(
        self, security: Security, certificates: Certificates, tmp_path: Path
    ) -> AsyncIterator[Place]:
        store = MailboxStore(tmp_path / "mailbox")
        server = MailboxServer(
            "127.0.0.1:0",
            store,
            now=lambda: datetime.now(UTC),
            script=SCRIPT,
            tls=None if security is Security.NONE else certificates.good(),
            tls_from_start=security is Security.TLS,
        )
        await server.start()
        settings = SmtpSettings(
            host=server.host, port=server.port, security=security, ca_file=certificates.ca_file
        )
        transport = SmtpTransport(settings)
        yield Place(transport=transport, store=store)
        await transport.close()
        await server.close()


class TestSes(TransportContract):
    @pytest.fixture
    async def place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
        """An account in the sandbox, where NOBODY alone is not verified."""
        ses = an_account(tmp_path, per_second=10_000, per_day=10_000)
        ses.verify("shop.example", "alice@customer.example", TOO_LARGE_FOR, BUSY, VANISHES)
        ses.verify(*(f"r{n}@customer.example" for n in range(60)))
        ses.fail(BUSY, THROTTLED, always=True)
        too_long = "Message length is more than 41943040 bytes long."
        ses.fail(TOO_LARGE_FOR, Fault(error="MessageRejected", text=too_long), always=True)
        ses.fail(VANISHES, LOST_ANSWER, always=True)
        with running_ses(ses) as endpoint:
            for name, value in aws_environment(sesv2=endpoint).items():
                monkeypatch.setenv(name, value)
            transport = SesTransport(SesSettings())
            yield Place(
                transport=transport,
                store=ses.store,
                takes_sender=False,
                refuses_at=Stage.CONTENT,
                knows_mailboxes=False,
            )
            await transport.close()
