"""Opens and clicks, from the setting to the report, with the commands as they are typed."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from builders.installed import HTML, Installation
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.ledger.sql.connect import open_ledger
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore

BODY = HTML.replace("</body>", '<a href="https://shop.example/autumn">보러 가기</a></body>')
LINK = re.compile(r'href="http://[^"]*/c/[^"]*/1"')


@pytest.fixture
def mailbox(tmp_path):
    store = MailboxStore(tmp_path / "mailbox")
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        server.store = store
        yield server


@pytest.fixture
def installation(tmp_path, mailbox):
    smtp = f"smtp://{mailbox.address}?tls=none"
    return Installation(
        tmp_path / "home",
        {"PABAL_SMTP_URL": smtp, "PABAL_TRACKING": "clicks", "PABAL_CHECK_LINKS": "false"},
    )


def _html(mailbox):
    (summary,) = mailbox.store.page()
    mail = message_from_bytes(mailbox.store.get(summary.id).raw, policy=policy.default)
    return mail.get_body(("html",)).get_content()


def test_a_campaign_tracks_what_the_organisation_has_chosen(installation, mailbox):
    campaign = installation.with_campaign(1, body=BODY)
    checked = installation.ask("campaign", "preflight", campaign)
    assert (checked["passed"], checked["tracking"]) == (True, "clicks")

    installation.run("campaign", "send", campaign)
    html = _html(mailbox)
    assert LINK.search(html)
    assert "/o/" not in html
    assert re.search(r'href="http://[^"]*/u/', html)
    report = installation.ask("campaign", "report", campaign)["engagement"]
    none = {"person": 0, "proxy": 0, "machine": 0}
    assert report == {
        "tracked": "clicks",
        "opened": none,
        "clicked": none,
        "links": [{"number": 1, "target": "https://shop.example/autumn", **none}],
    }
    printed = installation.run("campaign", "report", campaign)
    assert "Opens are not reliable" in printed
    assert "https://shop.example/autumn" in printed


def test_why_tells_what_is_known_of_a_reader(installation, mailbox):
    """All of it: whoever asks what is kept about them gets this (GDPR 15)."""
    campaign = installation.with_campaign(1, body=BODY)
    installation.run("campaign", "send", campaign)
    asked = installation.ask("why", "c0@example.com", campaign)
    assert asked["deliveries"][0]["hits"] == []
    delivery = DeliveryId(asked["deliveries"][0]["delivery"])
    ledger = open_ledger(f"sqlite:///{installation.home}/pabal.sqlite3", daily_limit=None)
    now = datetime.now(UTC) + timedelta(hours=1)
    hit = Hit(delivery=delivery, kind=EventKind.CLICKED, sign=Sign.BROWSER, at=now, link=1)
    ledger.record_hit(hit, policy=BouncePolicy(), now=now)
    ledger.close()

    (known,) = installation.ask("why", "c0@example.com", campaign)["deliveries"][0]["hits"]
    assert (known["event"], known["link"], known["times"]) == ("clicked", 1, 1)
    assert (known["sign"], known["actor"]) == ("browser", "person")
    assert "clicked" in installation.run("why", "c0@example.com", campaign)


def test_what_was_approved_is_sent_whatever_is_set_meanwhile(installation, mailbox):
    """The package is prepared again by `send`; what it says then is what counts."""
    campaign = installation.with_campaign(1, "--track", "off", body=BODY)
    installation.settings["PABAL_TRACKING"] = "on"
    installation.run("campaign", "send", campaign)

    html = _html(mailbox)
    assert 'href="https://shop.example/autumn"' in html
    assert "/o/" not in html
    assert "Opens and clicks" not in installation.run("campaign", "report", campaign)


def test_a_campaign_cannot_track_more_than_that(installation):
    installation.with_list()
    template = installation.file("mail.html", BODY)
    said = ("--list", "고객", "--subject", "x", "--track", "on")

    refused = installation.ask("campaign", "create", template, *said, status=1)
    assert refused["error"]["code"] == "tracks-too-much"


def test_a_copy_tracks_the_same(installation):
    campaign = installation.with_campaign(1, "--track", "off", body=BODY)
    copy = installation.ask("campaign", "copy", campaign)["campaign"]

    assert installation.ask("campaign", "preflight", copy)["tracking"] == "off"
