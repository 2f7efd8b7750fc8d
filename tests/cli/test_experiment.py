"""An A/B test from the command that makes it to the report."""

import time
from datetime import UTC, datetime

import pytest

from builders.installed import HTML, Installation
from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.port import Ledger
from pabal.ledger.sql.connect import open_ledger
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore

PEOPLE = 20


@pytest.fixture
def installation(tmp_path):
    store = MailboxStore(tmp_path / "mailbox")
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        settings = {
            "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
            "PABAL_CHECK_LINKS": "false",
        }
        yield Installation(tmp_path / "home", settings)


def test_the_test_goes_out_somebody_decides_and_everybody_has_one_mail(installation):
    campaign = installation.with_campaign(
        PEOPLE, "--subject-b", "두 번째 제목", "--test-share", "40", body=HTML
    )
    log = installation.home / "sending.log"
    sending = installation.start("campaign", "send", campaign, log=log)
    try:
        _until_the_test_is_out(installation, campaign)
        assert installation.ask("campaign", "decide", campaign, "b")["chosen"] == "B"
        assert sending.wait(timeout=30) == 0
    finally:
        sending.kill()

    assert "operator has chosen B for the rest." in log.read_text("utf-8")
    report = installation.ask("campaign", "report", campaign)
    assert report["counts"]["sent"] == PEOPLE
    told = report["experiment"]
    assert (told["chosen"], told["decided_by"], told["waits"]) == ("B", "operator", False)
    assert sum(each["sent"] for each in told["variants"]) < PEOPLE
    stories = [installation.ask("why", f"c{n}@example.com", campaign) for n in (0, 1)]
    assert {each["deliveries"][0]["variant"] for each in stories} <= {"A", "B"}


def test_what_cannot_be_is_refused_when_it_is_asked_for(installation):
    """By itself without clicks, five variants, and a letter that is none."""
    installation.with_list()
    template = installation.file("mail.html", HTML)
    create = ("campaign", "create", template, "--list", "고객", "--subject", "x")

    blind = installation.run(*create, "--subject-b", "y", "--decide-after", "4", status=1)
    assert "PABAL_TRACKING" in blind
    many = [word for _ in range(4) for word in ("--subject-b", "y")]
    assert "4 variants at most" in installation.run(*create, *many, status=1)
    campaign = installation.ask(*create, "--subject-b", "y")["campaign"]
    assert "There are: A, B" in installation.run("campaign", "decide", campaign, "C", status=1)
    assert "waits for a decision" in installation.run("campaign", "decide", campaign, "A", status=1)


def _until_the_test_is_out(installation: Installation, campaign: str) -> None:
    ledger = open_ledger(f"sqlite:///{installation.home}/pabal.sqlite3", daily_limit=None)
    deadline = time.monotonic() + 30
    while not _sent(ledger, CampaignId(campaign)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    ledger.close()
    waiting = installation.ask("campaign", "status", campaign)["experiment"]
    assert (waiting["waits"], waiting["chosen"]) == (True, None)


def _sent(ledger: Ledger, campaign: CampaignId) -> int:
    return ledger.counts(campaign).get(State.SENT, 0)
