"""Server mode: PostgreSQL, and several workers that share one campaign."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox


class Keeper:
    def __init__(self):
        self.counts = Counter()
        self.signatures = Counter()

    def add(self, mail):
        time.sleep(0.02)
        self.signatures[mail.raw.count(b"DKIM-Signature: ")] += 1
        self.counts.update(mail.recipients)
        return "kept"


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def installation(tmp_path, keeper, postgres_server):
    url = postgres_server.fresh_database()
    with running_mailbox(keeper, now=lambda: datetime.now(UTC)) as server:
        yield Installation(
            tmp_path / "home",
            {
                "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
                "PABAL_DATABASE_URL": url,
            },
        )
    postgres_server.drop_database(url)


def test_three_workers_send_each_mail_once(installation, keeper):
    """The console starts it, workers on any host send it, SIGTERM ends them cleanly.

    All of them sign, by RSA and Ed25519, with the keys in the database.
    """
    campaign = installation.with_campaign(300)
    installation.run("domain", "add", "shop.example", "--spf", "ip4:192.0.2.10")
    workers = [installation.start("worker") for _ in range(3)]
    try:
        installation.run("campaign", "send", campaign, "--detach")
        deadline = time.monotonic() + 60
        while report_of(installation, campaign)["state"] == "running":
            assert time.monotonic() < deadline
    finally:
        for worker in workers:
            worker.terminate()
        ends = [worker.communicate(timeout=30) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], ends
    report = report_of(installation, campaign)
    assert report["counts"]["sent"] == 300
    assert keeper.counts == Counter(f"c{n}@example.com" for n in range(300))
    assert keeper.signatures == {2: 300}
    assert report["state"] == "finished"


def report_of(installation, campaign):
    return installation.ask("campaign", "report", campaign)
