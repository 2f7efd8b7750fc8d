"""An operator's day: every command as it is typed, against the real mailbox."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from builders.installed import HTML, Installation
from ledger.desk import Database, Desk
from pabal.domain.campaign import OnDoubt
from pabal.ledger.sql.connect import open_ledger
from pabal.transport.mailbox.script import Failure, FailureScript
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore


@pytest.fixture
def mailbox(tmp_path):
    store = MailboxStore(tmp_path / "mailbox")
    script = FailureScript(
        by_recipient={
            "c1@example.com": Failure(replies=("451 4.3.0 busy",)),
            "c2@example.com": Failure(replies=("550 5.1.1 no such user",), always=True),
            "c3@example.com": Failure(replies=("451 4.3.0 busy",), always=True),
        }
    )
    with running_mailbox(store, now=lambda: datetime.now(UTC), script=script) as server:
        server.store = store
        yield server


@pytest.fixture
def installation(tmp_path, mailbox):
    return Installation(
        tmp_path / "home",
        {
            "PABAL_SMTP_URL": f"smtp://{mailbox.address}?tls=none",
            "PABAL_RETRY_WAITS": "0.1,0.2,0.3",
        },
    )


def test_a_campaign_from_an_empty_directory_to_the_report(installation, mailbox):
    """Import, preflight, send, report, why: the main job by hand."""
    campaign = installation.with_campaign(20)
    checked = installation.ask("campaign", "preflight", campaign)
    assert checked["passed"]
    assert checked["recipients"] == 20
    assert mailbox.store.count() == 0

    printed = installation.run("campaign", "send", campaign)
    assert "Nothing stands in the way." in printed
    report = installation.ask("campaign", "report", campaign)
    assert report["state"] == "finished"
    assert report["counts"]["sent"] == 18
    assert report["counts"]["failed"] == 2
    assert mailbox.store.count() == 18

    why = installation.ask("why", "c2@example.com", campaign)
    assert [entry["happening"] for entry in why["deliveries"][0]["history"]][-1] == "refused"
    assert any("mailbox does not exist" in line for line in why["standing"])
    why = installation.ask("why", "C3@Example.com", campaign)
    happenings = [entry["happening"] for entry in why["deliveries"][0]["history"]]
    assert happenings.count("deferred") == 3
    assert happenings[-1] == "gave up"


def test_the_mail_is_whole_and_personal(installation, mailbox):
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    (summary,) = mailbox.store.page()
    mail = message_from_bytes(mailbox.store.get(summary.id).raw, policy=policy.default)
    assert mail["Subject"] == "(광고) 고객0님께"
    assert "고객0님, 안녕하세요. 쿠폰 CODE0" in mail.get_body(("html",)).get_content()
    assert "CODE0" in mail.get_body(("plain",)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert summary.sender.startswith(f"b+{campaign}-")


def test_starting_twice_is_refused_and_sends_nothing(installation, mailbox):
    campaign = installation.with_campaign(5)
    installation.run("campaign", "send", campaign)
    kept = mailbox.store.count()
    refused = installation.ask("campaign", "send", campaign, status=1)
    assert refused["error"]["code"] == "already-started"
    assert mailbox.store.count() == kept


def test_who_was_suppressed_is_left_out_of_the_next_campaign(installation):
    campaign = installation.with_campaign(4)
    installation.run("campaign", "send", campaign)
    copy = installation.ask("campaign", "copy", campaign)["campaign"]
    checked = installation.ask("campaign", "preflight", copy)
    assert checked["excluded"] == {"suppressed": 1}
    assert "suppressed 1" in installation.run("campaign", "preflight", copy)


def test_a_missing_value_names_the_rows_and_sends_nothing(installation, mailbox):
    campaign = installation.with_campaign(3, body=HTML.replace("coupon_code", "voucher"))
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    (finding,) = [each for each in refused["findings"] if each["code"] == "missing-value"]
    assert "voucher" in finding["message"]
    assert finding["count"] == 3
    assert finding["rows"][0] == "c0@example.com"
    printed = installation.run("campaign", "send", campaign, status=1)
    assert "nothing was sent" in printed
    assert mailbox.store.count() == 0


def test_the_exit_status_follows_the_severity_that_matters(installation, mailbox):
    """A program that prepares campaigns may want to be stopped by less than an error."""
    body = HTML.replace("{{ name }}", '{{ name }}<img src="https://shop.example/a.png">')
    campaign = installation.with_campaign(1, body=body)
    preflight = ("campaign", "preflight", campaign)
    checked = installation.ask(*preflight)
    severities = {each["code"]: each["severity"] for each in checked["findings"]}
    assert severities["image-without-words"] == "warning"
    assert "error" not in severities.values()
    assert installation.ask(*preflight, "--fail-on", "error") == checked
    for gravest in ("warning", "note"):
        assert installation.ask(*preflight, "--fail-on", gravest, status=1) == checked


def test_a_syntax_error_names_line_and_column(installation):
    campaign = installation.with_campaign(1, body=HTML.replace("{{ name }}", "{{ name "))
    error = installation.ask("campaign", "preflight", campaign, status=1)["error"]
    assert error["code"] == "template-error"
    assert "line 2" in error["message"]


def test_an_endless_template_is_stopped(installation):
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    campaign = installation.with_campaign(1, body=HTML.replace("안녕하세요", loops))
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    assert "template" in str(refused)


def test_a_mail_over_the_limit_is_refused(installation):
    installation.settings["PABAL_MAX_MAIL_BYTES"] = "10000"
    campaign = installation.with_campaign(2, body=HTML.replace("안녕하세요", "가" * 9000))
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    assert refused["findings"][0]["code"] == "message-too-large"


def test_a_quota_that_is_too_small_sends_nothing_and_says_how_to_split(installation, mailbox):
    """Never cut silently: how many fit today, and how to split the rest."""
    installation.settings["PABAL_DAILY_LIMIT"] = "8"
    campaign = installation.with_campaign(20)
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    (finding,) = [each for each in refused["findings"] if each["severity"] == "error"]
    assert finding["code"] == "quota-too-small"
    assert "8 + 8 + 4" in finding["remedy"]
    installation.run("campaign", "send", campaign, status=1)
    assert mailbox.store.count() == 0


def test_a_server_that_is_down_is_said_before_anything_starts(installation):
    installation.settings["PABAL_SMTP_URL"] = "smtp://127.0.0.1:1?tls=none"
    campaign = installation.with_campaign(2)
    refused = installation.ask("campaign", "preflight", campaign, status=1)
    codes = [each["code"] for each in refused["findings"]]
    assert codes == ["server-unreachable", "consent-grounds", "domain-not-asked", "links-not-https"]
    assert installation.ask("campaign", "status", campaign, status=1)["error"]


def test_without_a_sender_no_campaign_can_be_made(installation):
    installation.run("init")
    installation.run("list", "add", "고객")
    template = installation.file("mail.html", HTML)
    refused = installation.ask(
        "campaign", "create", template, "--list", "고객", "--subject", "x", status=1
    )
    assert refused["error"]["code"] == "no-sender"


def test_commands_before_init_say_so(installation):
    assert installation.ask("campaign", "list", status=1)["error"]["code"] == "not-initialised"


def test_a_wrong_setting_is_refused_by_name(installation):
    installation.settings["PABAL_DAILY_LIMIT"] = "lots"
    printed = installation.run("init", status=1)
    assert "PABAL_DAILY_LIMIT" in printed
    assert "Allowed" in printed


def test_cancelling_leaves_what_was_not_sent(installation, mailbox):
    campaign = installation.with_campaign(3)
    installation.run("campaign", "send", campaign, "--detach")
    started = installation.ask("campaign", "send", campaign, "--detach", status=1)
    assert started["error"]["code"] == "already-started"
    done = installation.ask("campaign", "cancel", campaign)
    assert done["state"] == "cancelled"
    assert mailbox.store.count() == 0


def test_a_trial_says_that_the_dns_was_not_asked(installation):
    """shop.example on loopback: the demo works without DNS, and says so."""
    campaign = installation.with_campaign(1)
    findings = installation.ask("campaign", "preflight", campaign)["findings"]
    [note] = [each for each in findings if each["code"] == "domain-not-asked"]
    assert note["severity"] == "note"


def test_doctor_says_what_is_wrong(installation):
    installation.run("init")
    assert installation.ask("doctor")["well"]
    installation.settings["PABAL_SMTP_URL"] = "smtp://127.0.0.1:1?tls=none"
    checks = installation.ask("doctor", status=1)["checks"]
    assert [each["well"] for each in checks].count(False) == 1


@pytest.mark.parametrize(("language", "word"), [("ko", "캠페인"), ("en", "campaign")])
def test_help_speaks_the_users_language(installation, language, word):
    installation.settings["PABAL_LANGUAGE"] = language
    assert word in installation.run("--help")


def test_all_doubtful_mails_are_listed_however_many(installation):
    """The report shows the first and says how many there are; `doubtful` has all of them."""
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign, "--detach")
    addresses = _lose_sight_of(1_100, installation, campaign)

    report = installation.run("campaign", "report", campaign)
    assert "perhaps sent and perhaps not: 1,100" in report
    assert f"pabal campaign doubtful {campaign}" in report
    assert 0 < sum(address in report for address in addresses) < 20
    listed = installation.ask("campaign", "doubtful", campaign)
    assert [each["address"] for each in listed] == addresses
    assert {each["last"] for each in listed} == {"The worker stopped before an answer was written."}
    printed = installation.run("campaign", "doubtful", campaign).splitlines()
    assert [line.split()[0] for line in printed] == addresses


def _lose_sight_of(count, installation, campaign):
    """Begin deliveries for a worker that is never heard of again; return their addresses."""
    database = Database(f"sqlite:///{installation.home}/pabal.sqlite3")
    desk = Desk(database, database.ledger(), campaign=campaign)
    desk.ledger.enqueue(campaign, desk.entries(count), now=desk.now)
    desk.put_on_wire(count)
    desk.wait(hours=1)
    desk.ledger.sweep(now=desk.now)
    desk.ledger.close()
    return [desk.address(position) for position in range(count)]


def test_without_doubts_none_are_listed(installation):
    campaign = installation.with_campaign(1)
    installation.run("campaign", "send", campaign)
    assert "perhaps" not in installation.run("campaign", "report", campaign)
    assert installation.ask("campaign", "doubtful", campaign) == []
    assert installation.run("campaign", "doubtful", campaign) == ""


def test_a_campaign_can_be_told_to_send_again_on_doubt(installation):
    """Its copy is told so as well."""
    first = installation.with_campaign(1, "--on-doubt", "resend")
    copy = installation.ask("campaign", "copy", first)["campaign"]
    for campaign in (first, copy):
        installation.run("campaign", "send", campaign)
        assert _run(installation, campaign).on_doubt is OnDoubt.RESEND


def _run(installation, campaign):
    ledger = open_ledger(f"sqlite:///{installation.home}/pabal.sqlite3", daily_limit=None)
    try:
        return ledger.run(campaign)
    finally:
        ledger.close()
