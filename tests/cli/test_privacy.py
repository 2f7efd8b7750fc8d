"""What people may ask of their data: to have it (개인정보 보호법 35), to have it gone (36)."""

import json

import pytest

from builders.installed import Installation


@pytest.fixture
def installation(tmp_path):
    nobody = {"PABAL_SMTP_URL": "smtp://127.0.0.1:1?tls=none"}  # no mail is sent here
    installation = Installation(tmp_path / "home", nobody)
    installation.with_list()
    installation.run("import", installation.customers(3), "--list", "고객",
                     "--consent-wording", "광고성 정보 수신동의 v2")  # fmt: skip
    return installation


def test_erasing_is_shown_first_and_done_with_yes(installation):
    shown = installation.ask("subscriber", "erase", "C1@example.com")
    assert (shown["erased"], shown["attributes"], shown["consents"]) == (False, 2, 1)
    assert installation.ask("consent", "show", "c1@example.com")["subscriber"] == 2

    assert installation.ask("subscriber", "erase", "c1@example.com", "--yes")["erased"] is True

    assert installation.ask("consent", "show", "c1@example.com", status=1)
    assert installation.ask("consent", "verify")["whole"] is True
    again = installation.ask("subscriber", "erase", "c1@example.com", "--yes")
    assert again["erased_before"] is True
    assert "erased before; nothing is left" in installation.run(
        "subscriber", "erase", "c1@example.com"
    )
    database = b"".join(path.read_bytes() for path in installation.home.glob("pabal.sqlite3"))
    assert b"c2@example.com" in database
    report = installation.ask("import", installation.customers(3), "--list", "고객")
    assert report["counts"]["kept_out"] == 1
    assert "Not mailed (everything): erased on request" in installation.run("why", "c1@example.com")


def test_nothing_of_somebody_who_was_erased_is_left_in_the_files_of_the_database(installation):
    """Not even in pages that SQLite has freed, or in its journal."""
    installation.run("subscriber", "erase", "c1@example.com", "--yes")

    files = [path for path in installation.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"c1@example.com" in path.read_bytes()] == []
    assert [path.name for path in files if b"CODE1" in path.read_bytes()] == []


def test_somebody_unknown_cannot_be_erased(installation):
    answer = installation.ask("subscriber", "erase", "x@example.com", "--yes", status=1)
    assert answer["error"]["code"] == "unknown-subscriber"


def test_everything_that_is_known_is_written_for_the_person(installation, tmp_path):
    out = tmp_path / "c1.json"
    installation.run("subscriber", "export", "c1@example.com", "--out", out)

    known = json.loads(out.read_text(encoding="utf-8"))
    assert known["subscriber"]["attributes"] == {"name": "고객1", "coupon_code": "CODE1"}
    assert known["lists"][0]["list"] == "고객"
    assert known["consent"][0]["wording"] == "광고성 정보 수신동의 v2"
    assert known["consent"][0]["happened_at"] == "2026-01-02T01:00:00+00:00"
    assert (known["mails"], known["not_mailed"]) == ([], [])
    printed = installation.run("subscriber", "export", "c1@example.com", "--out", "-")
    assert json.loads(printed)["subscriber"] == known["subscriber"]


def test_keys_are_rotated_and_their_numbers_shown(installation):
    assert installation.ask("keys", "list") == {"keys": [1], "signs": 1}
    assert installation.ask("keys", "rotate") == {"keys": [1, 2], "signs": 2}
    said = installation.run("keys", "list")
    assert "signs" in said
    assert "verifies older links" in said
    secrets = (installation.home / "keys").read_text().split()[1::2]
    assert not any(secret in said for secret in secrets)


def test_how_long_what_is_kept_is_shown_and_done(installation):
    installation.settings["PABAL_RETAIN_MAILS"] = "0"
    kept = installation.ask("retention", "show")
    assert kept == {
        "PABAL_RETAIN_PACKAGES": 90,
        "PABAL_RETAIN_MAILS": None,
        "PABAL_RETAIN_REPLIES": 365,
    }
    said = installation.run("retention", "show")
    assert "90 days" in said
    assert "always: it is the proof that the law asks for" in said
    assert installation.ask("retention", "apply") == {"packages": 0, "mails": 0, "events": 0}
