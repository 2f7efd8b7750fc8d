"""The console keeps its promises on PostgreSQL as on SQLite: the same tests, run again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PEOPLE = [
    "audience/test_consenting.py",
    "audience/importing/test_at_the_same_time.py",
    "audience/importing/test_importing.py",
    "audience/importing/test_same_as_slowly.py",
    "audience/test_hearing.py",
    "audience/test_joining.py",
    "audience/test_mirroring.py",
    "audience/test_statements.py",
]
PRIVACY = [
    "audience/test_erasing.py",
    "disclosing",
    "public/test_old_links.py",
    "test_forgetting.py",
    "test_retention.py",
]
CAMPAIGNS = [
    "campaigns",
    "composing",
    "metrics",
    "domains",
    "hooks",
    "public",
    "reports",
    "imports",
    "segments",
    "lists",
    "subscribers",
    "api/test_at_the_same_time.py",
    "api/test_campaigns.py",
    "api/test_keys.py",
    "api/test_subscribers.py",
    "test_adapters.py",
    "test_vendor.py",
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("again", [PEOPLE, PRIVACY, CAMPAIGNS], ids=["people", "privacy", "rest"])
def test_the_same_tests_pass_on_postgresql(postgres_url: str, again: list[str]) -> None:
    """In a process of its own: Django knows one database at a time."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
        + [str(HERE / path) for path in again],
        env=_fresh_environment() | {"TEST_DATABASE_URL": postgres_url},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-5000:]


def _fresh_environment() -> dict[str, str]:
    """Without the name of the settings: pytest-django would read them before the conftest does."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
