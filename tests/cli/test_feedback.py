"""Bounces and complaints as an operator has to do with them: every command as it is typed."""

import smtplib
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from builders.installed import Installation
from builders.returned import CORPUS
from ledger.desk import ACCEPTED, Database, Desk
from pabal.domain.outcome import Reply
from pabal.domain.reputation import Harm
from pabal.feedback.composing import bounce_of, complaint_about
from pabal.feedback.roads.maildir import Maildir
from pabal.ledger.port import RunState
from pabal.pipeline.words import PAUSES
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore

GONE = Reply(code=550, enhanced="5.1.1", text="no such user")


@pytest.fixture
def store(tmp_path):
    return MailboxStore(tmp_path / "mailbox")


@pytest.fixture
def box(tmp_path):
    return Maildir(tmp_path / "bounces")


@pytest.fixture
def installation(tmp_path, store):
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        yield Installation(
            tmp_path / "home",
            {
                "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
                "PABAL_BOUNCE_URL": f"maildir://{tmp_path}/bounces",
                "PABAL_BOUNCE_SECONDS": "1",
            },
        )


def a_bounce(store, recipient):
    """Return what would have come back of a mail that the mailbox took."""
    mail = next(each for each in store.page(limit=100) if each.recipients == (recipient,))
    return bounce_of(
        store.get(mail.id).raw,
        sender=mail.sender,
        recipient=recipient,
        reply=GONE,
        now=datetime.now(UTC),
    )


def a_complaint(store, recipient):
    mail = next(each for each in store.page(limit=100) if each.recipients == (recipient,))
    raw = store.get(mail.id).raw
    return complaint_about(raw, to="fbl@shop.example", recipient="", now=datetime.now(UTC))


def test_what_comes_back_is_read_told_and_heeded(installation, store, box):
    """Send; bounce and complain; the report and `why` tell it; who complained is left out."""
    campaign = installation.with_campaign(4)
    installation.run("campaign", "send", campaign)
    box.deliver(a_bounce(store, "c0@example.com"), moment=1)
    box.deliver(a_complaint(store, "c1@example.com"), moment=2)
    box.deliver((CORPUS / "ooo-outlook.eml").read_bytes(), moment=3)

    collected = installation.ask("feedback", "read")
    assert (collected["applied"], collected["automatic"]) == (2, 1)

    report = installation.ask("campaign", "report", campaign)
    assert {"event": "bounced", "weight": "hard", "deliveries": 1} in report["returned"]
    assert "reported as spam" in installation.run("campaign", "report", campaign)
    (delivery,) = installation.ask("why", "c0@example.com")["deliveries"]
    assert [(event["event"], event["code"]) for event in delivery["events"]] == [("bounced", 550)]
    printed = installation.run("why", "c1@example.com")
    assert "suppressed and unsubscribed" in printed
    assert "Unsubscribed" in printed

    installation.run("feedback", "resume", "c0@example.com")
    assert "complained stays out" in installation.run(
        "feedback", "resume", "c1@example.com", status=1
    )
    copy = installation.ask("campaign", "copy", campaign)["campaign"]
    assert installation.ask("campaign", "preflight", copy)["recipients"] == 3


def test_show_explains_a_mail_and_changes_nothing(installation, tmp_path):
    shown = installation.run("feedback", "show", CORPUS / "sendmail-user-unknown.eml")
    assert "a bounce" in shown
    assert "550 5.1.1" in shown
    assert "none is named" in shown
    answer = installation.ask("feedback", "show", CORPUS / "ooo-naver.eml")
    assert answer == {"sort": "automatic answer", "events": [], "leaver": None}
    bomb = tmp_path / "bomb.eml"
    bomb.write_bytes(b"Content-Type: message/rfc822\n\n" * 200)
    assert "more than 100 parts" in installation.run("feedback", "show", bomb, status=1)


def test_a_mailbox_that_is_not_there_is_to_be_tried_again(installation):
    installation.with_list()
    assert "no Maildir" in installation.run("feedback", "read", status=75)
    wrong = installation.run("feedback", "read", "--from", "ftp://x", status=1)
    assert "PABAL_BOUNCE_URL" in wrong


def test_the_worker_reads_the_mailbox_by_itself(installation, store, box):
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    box.deliver(a_bounce(store, "c0@example.com"), moment=1)
    worker = installation.start("worker")
    try:
        deadline = monotonic() + 60
        while not installation.ask("why", "c0@example.com")["deliveries"][0]["events"]:
            assert monotonic() < deadline
            sleep(0.2)
    finally:
        worker.terminate()
        worker.communicate(timeout=30)


def _eventually(holds):
    deadline = monotonic() + 60
    while not holds():
        assert monotonic() < deadline
        sleep(0.2)


def test_a_campaign_stops_itself_and_is_resumed(installation, store, box, tmp_path):
    """Three of four complain while the fifth mail waits: the worker pauses, and says why."""
    installation.settings |= {"PABAL_PAUSE_MAILS": "4", "PABAL_RATE": "0.05", "PABAL_BURST": "4"}
    campaign = installation.with_campaign(6)
    installation.run("campaign", "send", campaign, "--detach")
    worker = installation.start("worker")
    try:
        _eventually(lambda: store.count() >= 4)
        complaints = [a_complaint(store, *mail.recipients) for mail in store.page(limit=100)[-3:]]
        for complaint in complaints:
            box.deliver(complaint, moment=1)
        asked = ("campaign", "status", campaign)
        _eventually(lambda: installation.ask(*asked)["state"] == "paused")
        assert "too many people report" in installation.run(*asked)
        assert "(paused: Paused by itself" in installation.run("campaign", "report", campaign)

        installation.run("campaign", "resume", campaign, "--detach")
        box.deliver(complaints[0], moment=2)
        _eventually(lambda: not list((tmp_path / "bounces" / "new").iterdir()))
        resumed = installation.ask(*asked)
        assert (resumed["state"], resumed["reason"]) == ("running", "")
    finally:
        worker.terminate()
        worker.communicate(timeout=30)
    (rate,) = installation.ask("feedback", "rates")
    assert (rate["domain"], rate["complaints"], rate["regard"]) == ("shop.example", 3, "endangered")
    assert (rate["complaint_share"], rate["bounce_share"]) == (3 / rate["sent"], 0)
    said = installation.run("feedback", "rates")
    for part in ("endangered", "SES 5.00%, SES 10.00%", "Gmail 0.30%, SES 0.50%"):
        assert part in said
    (rate,) = installation.ask("feedback", "rates", "--by", "campaign")
    assert (rate["campaign"], rate["complaints"]) == (campaign, 3)
    by_recipient = installation.ask("feedback", "rates", "--by", "recipient")
    assert {each["domain"] for each in by_recipient} == {"example.com"}


def test_a_campaign_that_stopped_itself_behind_its_last_mail_ends(installation):
    """There is nothing to resume; the report keeps why it had stopped."""
    campaign = installation.with_campaign(3)
    installation.run("campaign", "send", campaign, "--detach")
    database = Database(f"sqlite:///{installation.home}/pabal.sqlite3")
    desk = Desk(database, database.ledger(), campaign=campaign).start(3)
    desk.settle(desk.put_on_wire(3), ACCEPTED)
    desk.set_state(RunState.PAUSED, PAUSES[Harm.BOUNCES])
    desk.ledger.close()
    worker = installation.start("worker")
    try:
        asked = ("campaign", "status", campaign)
        _eventually(lambda: installation.ask(*asked)["state"] == "finished")
    finally:
        worker.terminate()
        worker.communicate(timeout=30)
    assert "too many mails bounce" in installation.ask("campaign", "report", campaign)["reason"]
    assert "(finished: Paused by itself" in installation.run("campaign", "report", campaign)


def test_the_mail_server_hands_bounces_over_by_lmtp(installation, store, tmp_path):
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    log = tmp_path / "lmtp.log"
    server = installation.start("feedback", "serve", "--lmtp", "127.0.0.1:0", log=log)
    try:
        deadline = monotonic() + 60
        while "Listening" not in log.read_text():
            assert monotonic() < deadline
            sleep(0.1)
        port = int(log.read_text().split("127.0.0.1:")[1].split(".")[0])
        with smtplib.LMTP("127.0.0.1", port) as client:
            sender = store.page()[0].sender
            client.sendmail("", [sender], a_bounce(store, "c0@example.com"))
            client.sendmail("", [sender], b"Subject: when?\r\n\r\nwhen is it there?\r\n")
    finally:
        server.terminate()
        server.wait(30)
    (delivery,) = installation.ask("why", "c0@example.com")["deliveries"]
    assert [event["event"] for event in delivery["events"]] == ["bounced"]
    kept = list((installation.home / "feedback" / "new").iterdir())
    assert [b"when is it there?" in path.read_bytes() for path in kept] == [True]
