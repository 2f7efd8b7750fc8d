"""What the law wants people told about their consent is sent by itself, by a running worker."""

import signal
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic, sleep

import pytest

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore

_LEAVE = """\
from datetime import UTC, datetime
from pabal.cli.command import open_workshop
open_workshop()
from pabal.console.audience.leaving import leave_everything
from pabal.console.audience.models import Subscriber
for number in (1, 2):
    person = Subscriber.objects.get(pk=number)
    leave_everything(person, source="preferences page", now=datetime.now(UTC))
"""


@pytest.fixture
def store(tmp_path):
    return MailboxStore(tmp_path / "mailbox")


@pytest.fixture
def installation(tmp_path, store):
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        yield Installation(
            tmp_path / "home", {"PABAL_SMTP_URL": f"smtp://{server.address}?tls=none"}
        )


def work_until(installation, is_done, seconds=30):
    """Run a worker until something is so, and a moment longer."""
    worker = installation.start("worker", log=installation.home.parent / "worker.log")
    try:
        _until_it_can_be_told_to_end(worker)
        ends_at = monotonic() + seconds
        while not is_done() and monotonic() < ends_at:
            sleep(0.1)
        sleep(1)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


def _until_it_can_be_told_to_end(worker):
    """Wait until the process catches SIGTERM: it has read its settings and begins to work."""
    status, deadline = Path(f"/proc/{worker.pid}/status"), monotonic() + 60
    while not int(status.read_text().split("SigCgt:")[1].split()[0], 16) >> signal.SIGTERM - 1 & 1:
        assert monotonic() < deadline
        sleep(0.05)


def test_who_refused_is_told_so_exactly_once(installation, store):
    """K10: the result, though they have just refused; without “(광고)”; never twice."""
    installation.with_list()
    installation.run("import", installation.customers(3), "--list", "고객")
    installation._run([sys.executable, "-c", _LEAVE], 0)

    work_until(installation, lambda: len(store.page(limit=10)) == 2)
    work_until(installation, lambda: False, seconds=2)

    mails = store.page(limit=10)
    assert sorted(mail.recipients for mail in mails) == [("c0@example.com",), ("c1@example.com",)]
    parsed = message_from_bytes(store.get(mails[0].id).raw, policy=policy.default)
    assert parsed["Subject"] == "수신 동의 처리 결과를 알려 드립니다"
    text = parsed.get_body(("plain",)).get_content()
    assert "파발상점 주식회사" in text
    assert "수신 거부로 처리했으며" in text

    why = installation.ask("why", "c0@example.com")
    assert [each["state"] for each in why["deliveries"]] == ["sent"]
