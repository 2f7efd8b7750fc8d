"""Workers are killed again and again; the ledger is right all the same."""

import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox

MAILS = 300
SLOTS = 16  # 4 connections, 4 attempts begun for each


class SlowKeeper:
    """Keeps count of who got a mail, a little slowly, so that kills find mails on the wire."""

    def __init__(self):
        self.counts = Counter()

    def add(self, mail):
        time.sleep(0.04)
        self.counts.update(mail.recipients)
        return "kept"


@pytest.fixture
def keeper():
    return SlowKeeper()


@pytest.fixture
def installation(tmp_path, keeper):
    with running_mailbox(keeper, now=lambda: datetime.now(UTC)) as server:
        yield Installation(
            tmp_path / "home",
            {
                "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
                "PABAL_LEASE_SECONDS": "1",
                "PABAL_RETRY_WAITS": "0.2,0.2,0.2",
            },
        )


def seed():
    chosen = int(os.environ.get("SEED", time.time_ns() % 10**6))
    sys.stdout.write(f"SEED={chosen}\n")
    return random.Random(chosen)


def ended(installation, campaign):
    return installation.ask("campaign", "status", campaign)["state"] == "finished"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("workers", [1, 3])
def test_killed_workers_lose_nobody_and_mail_nobody_twice(installation, keeper, workers):
    """kill -9 at random moments: at most once each, nobody lost, few doubts, and it ends."""
    dice = seed()
    campaign = installation.with_campaign(MAILS)
    installation.run("campaign", "send", campaign, "--detach")
    kills = 0
    for _round in range(4):
        running = [installation.start("worker") for _ in range(workers)]
        time.sleep(dice.uniform(1.5, 3.0))
        dice.choice(running).kill()
        kills += 1
        for each in running:
            each.terminate()
        for each in running:
            each.communicate(timeout=60)
    last = installation.start("worker")
    try:
        deadline = time.monotonic() + 90
        while not ended(installation, campaign) and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        last.send_signal(signal.SIGTERM)
        last.communicate(timeout=60)
    report = installation.ask("campaign", "report", campaign)
    check(report, keeper.counts, kills)


def check(report, received, kills):
    everybody = {f"c{n}@example.com" for n in range(MAILS)}
    doubtful = {each["address"] for each in report["doubtful"]}
    assert report["state"] == "finished"
    assert max(received.values()) == 1
    assert everybody - set(received) <= doubtful
    assert len(doubtful) <= kills * SLOTS
    assert report["counts"]["sent"] + report["counts"]["doubtful"] == MAILS
    assert report["counts"]["sent"] == len(set(received) - doubtful)
