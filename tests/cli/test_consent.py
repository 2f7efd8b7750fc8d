"""What an operator shows when they are asked about somebody's consent."""

import sqlite3

import pytest

from builders.installed import Installation


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path / "home")
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
