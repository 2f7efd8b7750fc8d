"""Django's settings, made of Pabal's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pabal.configuration.keyring import rotate_keyring
from pabal.console.config.databases import database

_SHOW = """
import json
from pabal.console.config import settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "ALLOWED_HOSTS", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "CSRF_TRUSTED_ORIGINS", "DEBUG", "TIME_ZONE")}))
"""


def _settings(home: Path, **environment: str) -> dict[str, object]:
    """Read the settings as a new process sees them."""
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW],
        env=os.environ | {"PABAL_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(shown.stdout)


def test_over_https_cookies_are_for_https_only(tmp_path: Path) -> None:
    shown = _settings(tmp_path, PABAL_BASE_URL="https://mail.shop.example")

    assert shown["SESSION_COOKIE_SECURE"]
    assert shown["CSRF_COOKIE_SECURE"]
    assert shown["SECURE_HSTS_SECONDS"]
    assert "mail.shop.example" in shown["ALLOWED_HOSTS"]  # type: ignore[operator]
    assert shown["CSRF_TRUSTED_ORIGINS"] == ["https://mail.shop.example"]


def test_on_loopback_it_works_without_https(tmp_path: Path) -> None:
    shown = _settings(tmp_path)

    assert not shown["SESSION_COOKIE_SECURE"]
    assert not shown["SECURE_HSTS_SECONDS"]
    assert not shown["DEBUG"]


def test_sessions_outlive_a_rotation_of_the_keys(tmp_path: Path) -> None:
    before = _settings(tmp_path)
    rotate_keyring(tmp_path)
    after = _settings(tmp_path)

    assert after["SECRET_KEY"] != before["SECRET_KEY"]
    assert after["SECRET_KEY_FALLBACKS"] == [before["SECRET_KEY"]]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///pabal-data/pabal.sqlite3", "pabal-data/pabal.sqlite3"),
        ("sqlite:////var/lib/pabal.sqlite3", "/var/lib/pabal.sqlite3"),
    ],
)
def test_a_sqlite_url_is_a_path(url: str, name: str) -> None:
    entry = database(url)

    assert entry["NAME"] == name
    assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_postgresql_url_is_taken_apart() -> None:
    entry = database("postgresql://pabal:p%40ss@db.example:5433/mail?sslmode=require")

    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "5433", "mail")
    assert (entry["USER"], entry["PASSWORD"]) == ("pabal", "p@ss")
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["CONN_HEALTH_CHECKS"]


def test_a_database_server_that_is_off_is_not_waited_for_long() -> None:
    url = "postgresql://pabal@db.example/mail"
    assert database(url)["OPTIONS"]["connect_timeout"] == 5
    assert database(f"{url}?connect_timeout=30")["OPTIONS"]["connect_timeout"] == "30"


def test_a_socket_directory_is_a_host() -> None:
    assert database("postgresql://postgres@/mail?host=/run/postgresql")["HOST"] == "/run/postgresql"
