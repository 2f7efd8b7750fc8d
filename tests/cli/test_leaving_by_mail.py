"""A recipient's mail program unsubscribes by the mail that List-Unsubscribe asks for."""

import re
import smtplib
from datetime import UTC, datetime
from email import message_from_bytes, policy
from time import monotonic, sleep
from urllib.parse import unquote, urlsplit

import pytest

from builders.installed import Installation
from pabal.feedback.roads.maildir import Maildir
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore


@pytest.fixture
def store(tmp_path):
    return MailboxStore(tmp_path / "mailbox")


@pytest.fixture
def installation(tmp_path, store):
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        yield Installation(
            tmp_path / "home",
            {
                "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
                "PABAL_BOUNCE_URL": f"maildir://{tmp_path}/bounces",
            },
        )


def mailto(store, recipient="c0@example.com"):
    """The mailto address that a recipient's mail carries."""
    sent = next(each for each in store.page(limit=100) if each.recipients == (recipient,))
    mail = message_from_bytes(store.get(sent.id).raw, policy=policy.default)
    return urlsplit(re.findall(r"<(mailto:[^>]+)>", mail["List-Unsubscribe"])[0])


def a_request(target, sender="other@work.example"):
    """What a mail program makes of such an address (RFC 6068)."""
    subject = unquote(target.query.removeprefix("subject="))
    to = unquote(target.path)
    return to, f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\n\r\n".encode()


def test_the_mail_of_a_mail_program_unsubscribes(installation, store, tmp_path):
    """Send, answer as Gmail would, read: who asked has left, the others have not."""
    campaign = installation.with_campaign(2)
    installation.run("campaign", "send", campaign)
    to, request = a_request(mailto(store))
    assert to.startswith("b+u-")
    box = Maildir(tmp_path / "bounces")
    box.deliver(request, moment=1)
    box.deliver(request.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"), moment=2)
    first = min((tmp_path / "bounces" / "new").iterdir())
    assert "a request to leave the list" in installation.run("feedback", "show", first)

    collected = installation.ask("feedback", "read")
    assert (collected["left"], collected["automatic"], collected["applied"]) == (1, 1, 0)
    assert installation.ask("feedback", "read")["left"] == 0
    copy = installation.ask("campaign", "copy", campaign)["campaign"]
    assert installation.ask("campaign", "preflight", copy)["recipients"] == 1
    assert "unsubscribed" in installation.run("why", "c0@example.com")


def test_the_mail_server_hands_it_over_by_lmtp(installation, store, tmp_path):
    """Nothing but the envelope says whom it was sent to."""
    del installation.settings["PABAL_BOUNCE_URL"]
    installation.settings["PABAL_LEAVE_BY_MAIL"] = "true"
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    to, _ = a_request(mailto(store))
    log = tmp_path / "lmtp.log"
    server = installation.start("feedback", "serve", "--lmtp", "127.0.0.1:0", log=log)
    try:
        deadline = monotonic() + 60
        while "Listening" not in log.read_text():
            assert monotonic() < deadline
            sleep(0.1)
        port = int(log.read_text().split("127.0.0.1:")[1].split(".")[0])
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.sendmail("c0@example.com", [to], b"Subject: unsubscribe\r\n\r\n")
    finally:
        server.terminate()
        server.wait(30)
    assert "unsubscribed" in installation.run("why", "c0@example.com")


def test_where_nobody_reads_it_a_person_does(installation, store):
    """Without a road for what comes back, the mail goes to the sender's contact address."""
    del installation.settings["PABAL_BOUNCE_URL"]
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    assert mailto(store).path == "help@shop.example"
