"""The mailbox server takes every mail on this machine, and fails on demand."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pabal.domain.outcome import Verdict
from pabal.transport.errors import MailboxAddressRefused
from pabal.transport.mailbox.script import (
    DROP,
    Failure,
    FailureScript,
    parse_script,
    read_script,
)
from pabal.transport.mailbox.server import MailboxServer, running_mailbox
from pabal.transport.mailbox.store import CountingStore, MailboxStore
from pabal.transport.port import Envelope
from transport.contract import a_mail, an_envelope
from transport.smtp_places import transport_to

CUSTOMER = "alice@customer.example"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> MailboxStore:
    return MailboxStore(tmp_path / "mailbox")


@pytest.fixture
async def server(store: MailboxStore) -> AsyncIterator[MailboxServer]:
    server = MailboxServer("127.0.0.1:0", store, now=now)
    await server.start()
    yield server
    await server.close()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:25", "[::]:0", "mail.example:25"])
def test_an_address_that_others_reach_is_refused(address: str) -> None:
    """It would take mail from everybody."""
    with pytest.raises(MailboxAddressRefused):
        MailboxServer(address, CountingStore(), now=now)


@pytest.mark.parametrize("address", ["127.0.0.1:0", "localhost:0", "127.8.9.1:0"])
async def test_loopback_is_listened_on(address: str) -> None:
    server = MailboxServer(address, CountingStore(), now=now)
    await server.start()
    assert server.port > 0
    await server.close()


async def test_a_port_that_is_taken_is_said_to_be(server: MailboxServer) -> None:
    second = MailboxServer(server.address, CountingStore(), now=now)
    with pytest.raises(MailboxAddressRefused, match="in use"):
        await second.start()


async def test_it_offers_what_pabal_uses(server: MailboxServer) -> None:
    def ask() -> dict[str, str]:
        with smtplib.SMTP(server.host, server.port) as client:
            client.ehlo()
            return client.esmtp_features

    offered = await asyncio.to_thread(ask)
    assert {"pipelining", "size", "8bitmime", "smtputf8", "enhancedstatuscodes"} <= set(offered)


async def test_a_whole_conversation_in_one_packet_is_answered_in_order(
    server: MailboxServer, store: MailboxStore
) -> None:
    """PIPELINING is offered, so nothing that stands behind a command may be lost."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    mail = b"Subject: %d\r\n\r\n..dot\r\nsentence.\r\n.\r\n"
    envelope = b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n"
    writer.write(b"EHLO me\r\n" + b"".join(envelope + mail % n for n in range(3)) + b"QUIT\r\n")
    replies = (await reader.read()).decode().splitlines()
    writer.close()
    codes = [line[:3] for line in replies if line[3:4] != "-"]
    assert codes == ["220", "250", *["250", "250", "354", "250"] * 3, "221"]
    assert [m.header for m in store.page()] == [b"Subject: 2", b"Subject: 1", b"Subject: 0"]
    stored = store.get(store.page()[0].id)
    assert stored is not None
    assert stored.raw == b"Subject: 2\r\n\r\n.dot\r\nsentence.\r\n"


@pytest.mark.parametrize("content", [b"", b"\r\n", b"a\r\n", b".\r\n", b"a.\r\n", b"..\r\n\r\n"])
async def test_the_smallest_contents_are_taken_as_they_are(
    server: MailboxServer, store: MailboxStore, content: bytes
) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    writer.write(
        b"EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n"
        + stuffed
        + b".\r\nQUIT\r\n"
    )
    await reader.read()
    writer.close()
    stored = store.get(store.page()[0].id)
    assert stored is not None
    assert stored.raw == content


async def test_a_mail_above_the_limit_is_refused_and_the_next_taken(
    server: MailboxServer, store: MailboxStore
) -> None:
    async with transport_to(server.port) as transport:
        too_large = [b"x" * 78 + b"\r\n"] * 500_000
        refused = await transport.submit(an_envelope(), too_large)
        taken = await transport.submit(an_envelope(), a_mail())
    assert refused.verdict is Verdict.PERMANENT
    assert taken.verdict is Verdict.ACCEPTED
    assert store.count() == 1


async def test_addresses_in_utf8_are_taken(server: MailboxServer, store: MailboxStore) -> None:
    envelope = Envelope(sender="a@x.example", recipient="민수@x.example", needs_smtputf8=True)
    async with transport_to(server.port) as transport:
        outcome = await transport.submit(envelope, a_mail())
    assert outcome.verdict is Verdict.ACCEPTED
    assert store.page()[0].recipients == ("민수@x.example",)


def test_it_runs_in_a_thread_for_code_that_is_not_asynchronous(store: MailboxStore) -> None:
    with running_mailbox(store, now=now) as server:
        with smtplib.SMTP(server.host, server.port) as client:
            client.sendmail(
                "a@x.example", ["b@x.example", "c@x.example"], b"Subject: x\r\n\r\nx\r\n"
            )
        port = server.port
    assert store.page()[0].recipients == ("b@x.example", "c@x.example")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


# Failures on demand


async def verdicts(failure: Failure, attempts: int) -> tuple[list[str], int]:
    """Submit to one recipient again and again; return the verdicts and what was kept."""
    keeper = CountingStore()
    script = FailureScript(by_recipient={"Alice@Customer.example": failure})
    server = MailboxServer("127.0.0.1:0", keeper, now=now, script=script)
    await server.start()
    async with transport_to(server.port) as transport:
        outcomes = [
            await transport.submit(an_envelope(CUSTOMER), a_mail()) for _ in range(attempts)
        ]
        other = await transport.submit(an_envelope("bob@customer.example"), a_mail())
    await server.close()
    assert other.verdict is Verdict.ACCEPTED
    return [outcome.verdict.value for outcome in outcomes], keeper.count - 1


async def test_a_recipient_can_fail_twice_and_then_be_taken() -> None:
    busy = Failure(replies=("451 4.3.0 later",) * 2)
    assert await verdicts(busy, 3) == (["transient", "transient", "accepted"], 1)


async def test_a_recipient_can_fail_for_ever() -> None:
    gone = Failure(replies=("550 5.1.1 no such user",), always=True)
    assert await verdicts(gone, 3) == (["permanent"] * 3, 0)


async def test_the_content_can_be_refused() -> None:
    large = Failure(replies=("552 5.3.4 too large",), after_content=True)
    assert await verdicts(large, 2) == (["permanent", "accepted"], 1)


async def test_the_connection_can_break_at_the_recipient() -> None:
    """Then nothing is kept, and nothing is in doubt."""
    assert await verdicts(Failure(replies=(DROP,)), 2) == (["transient", "accepted"], 1)


async def test_the_connection_can_break_behind_a_mail_that_was_kept() -> None:
    assert await verdicts(Failure(replies=(DROP,), after_content=True), 1) == (["unknown"], 1)


def test_a_script_is_written_and_read_back(tmp_path: Path) -> None:
    script = FailureScript(
        by_recipient={
            CUSTOMER: Failure(replies=("451 4.3.0 later", "550 5.1.1 no"), always=True),
            "bob@customer.example": Failure(replies=(DROP,), after_content=True),
        }
    )
    (tmp_path / "script.json").write_text(script.to_json())
    assert read_script(tmp_path / "script.json") == script


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"a": 1}', '{"a": {}}', '{"a": {"replies": 5}}']
)
def test_what_is_no_script_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_script(text)
