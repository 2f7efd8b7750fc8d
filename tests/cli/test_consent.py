"""What an operator shows when they are asked about somebody's consent."""

import sqlite3
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from builders.installed import HTML, Installation


@pytest.fixture
def installation(tmp_path):
    nobody = {"PABAL_SMTP_URL": "smtp://127.0.0.1:1?tls=none"}  # no mail is sent here
    installation = Installation(tmp_path / "home", nobody)
    installation.with_list()
    installation.run("import", installation.customers(3), "--list", "고객",
                     "--consent-wording", "광고성 정보 수신동의 v2")  # fmt: skip
    return installation


def forge(installation, statement):
    """Change the database as somebody would who is not Pabal."""
    with sqlite3.connect(installation.home / "pabal.sqlite3") as database:
        database.execute(statement)
    database.close()


def test_consent_is_shown_with_who_what_when_how_and_until_when(installation):
    """K1: time, source, wording, for an address and a purpose (정보통신망법 50(1))."""
    answer = installation.ask("consent", "show", "C1@Example.com")
    [record] = answer["records"]
    assert answer["address"] == "c1@example.com"
    assert (record["action"], record["about"], record["basis"]) == ("granted", "고객", "consent")
    assert record["happened_at"] == "2026-01-02T01:00:00+00:00"
    assert record["wording"] == "광고성 정보 수신동의 v2"
    assert record["source"] == "회원가입 (customers.csv, row 3)"
    assert record["expires_at"] is None

    said = installation.run("consent", "show", "c1@example.com")
    for part in ("2026-01-02 10:00:00", "회원가입", "광고성 정보 수신동의 v2", "it is withdrawn"):
        assert part in said


def test_nobody_with_that_address_is_said(installation):
    answer = installation.ask("consent", "show", "nobody@example.com", status=1)
    assert answer["error"]["code"] == "unknown-subscriber"


def test_a_whole_log_is_said_to_be_whole(installation):
    assert installation.ask("consent", "verify") == {"whole": True, "records": 3, "people": 3}


def test_the_first_broken_record_is_named_with_what_is_wrong(installation):
    forge(installation, "update audience_consent set wording = 'v3' where subscriber_id >= 2")

    answer = installation.ask("consent", "verify", status=1)
    assert answer["whole"] is False
    assert answer["broken"] == {"record": 2, "subscriber": 2, "why": "changed"}
    said = installation.run("consent", "verify", status=1)
    assert "Record 2, of subscriber 2, does not fit: it was changed after" in said
    assert "The 1 records before it fit." in said


def test_a_consent_that_no_record_shows_is_named(installation):
    forge(installation, "delete from audience_consent where subscriber_id = 3")

    answer = installation.ask("consent", "verify", status=1)
    assert answer["unrecorded"] == {"subscriber": 3, "list": 1}


def test_a_transaction_runs_out_and_everybody_is_told_why(installation):
    """K2: at six months and a day excluded; preflight counts it and `why` says it."""
    day = timedelta(days=1)
    today = datetime.now(ZoneInfo("Asia/Seoul")).date()
    buyers = installation.file(
        "orders.csv",
        "email,name,coupon_code,거래종료일\n"
        f"fresh@example.com,가,A,{today - 30 * day}\n"
        f"long-ago@example.com,나,B,{today - 186 * day}\n",
    )
    into = ("import", buyers, "--list", "고객", "--goods", "의류")
    assert installation.ask(*into, status=1)["error"]["code"] == "goods-unsaid"
    installation.run("list", "goods", "고객", "의류")
    installation.run(*into)

    mail = installation.file("mail.html", HTML)
    said = ("--list", "고객", "--subject", "소식")
    campaign = installation.ask("campaign", "create", mail, *said)["campaign"]
    preflight = installation.ask("campaign", "preflight", campaign, status=1)
    assert (preflight["recipients"], preflight["excluded"]) == (4, {"transaction over": 1})
    assert preflight["grounds"] == {
        "consent": {"under 1 year": 3, "1 to 2 years": 0, "2 years and more": 0},
        "transaction": 1,
    }
    said = installation.run("campaign", "preflight", campaign, status=1)
    assert "3 recipients agreed to advertising (3 less than a year ago" in said
    assert "1 on the list are left out: 0 have left, 0 are suppressed, 0 have not agreed" in said
    installation.settings["PABAL_LANGUAGE"] = "ko"
    said = installation.run("campaign", "preflight", campaign, status=1)
    assert "수신에 동의한 수신자 3명(1년 미만 3명" in said
    assert "거래 후 6개월 경과 1명" in said
    installation.settings["PABAL_LANGUAGE"] = "en"
    assert "is over, six months after" in installation.run("why", "long-ago@example.com")
    assert f"by the transaction that ended on {today - 30 * day}" in installation.run(
        "why", "fresh@example.com"
    )
    assert "agreed to advertising on 2026-01-01" in installation.run("why", "c0@example.com")

    [record] = installation.ask("consent", "show", "fresh@example.com")["records"]
    assert (record["basis"], record["wording"]) == ("transaction", "의류")
    assert datetime.fromisoformat(record["expires_at"]).date() > today + 140 * day
    refused = installation.ask("list", "goods", "고객", "가전", status=1)
    assert refused["error"]["code"] == "goods-in-use"
