"""LMTP: the mail server hands over what comes back, and is told the truth about it."""

import asyncio
import smtplib
import threading
from contextlib import contextmanager

import pytest

from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.lmtp import LmtpServer

MAIL = b"Subject: failure notice\r\n\r\n.dot\r\n550 5.1.1 gone\r\n"


@contextmanager
def running(take):
    server = LmtpServer("127.0.0.1:0", take)
    with asyncio.Runner() as runner:
        runner.run(server.start())
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        host, _, port = server.address.rpartition(":")
        try:
            with smtplib.LMTP(host, int(port)) as client:
                yield client
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)


def hand_over(client, *recipients):
    """Return the replies behind the content: one for each recipient (RFC 2033 4.2)."""
    client.ehlo_or_helo_if_needed()
    client.mail("")
    for recipient in recipients:
        client.rcpt(recipient)
    first, _ = client.data(MAIL)
    return [first, *(client.getreply()[0] for _ in recipients[1:])]


def test_every_recipient_is_taken_by_itself():
    taken = []
    with running(lambda raw, recipient: taken.append((raw, recipient))) as client:
        assert hand_over(client, "b+1@bounces.example", "b+2@bounces.example") == [250, 250]
    assert taken == [(MAIL, "b+1@bounces.example"), (MAIL, "b+2@bounces.example")]


def test_what_cannot_be_made_durable_is_asked_for_again():
    """451 leaves the mail with the mail server."""

    def take(raw, recipient):
        raise RoadUnavailable(place="disk", reason="full")

    with running(take) as client:
        assert hand_over(client, "b+1@bounces.example", "b+2@bounces.example") == [451, 451]
        assert client.noop()[0] == 250


def test_lines_without_end_are_taken():
    taken = []
    long = b"Subject: x\r\n\r\n" + b"z" * 200_000 + b"\r\n"
    with running(lambda raw, recipient: taken.append(raw)) as client:
        client.sendmail("", ["b+1@bounces.example"], long)
    assert taken == [long]


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "no address", "203.0.113.1:24"])
async def test_an_address_that_cannot_be_used_is_an_error(address):
    with pytest.raises((OSError, ValueError, OverflowError)):
        await LmtpServer(address, print).start()
