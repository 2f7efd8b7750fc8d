"""Somebody is added, or leaves, while a file is being imported: nothing of that is lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from builders.console import a_list
from builders.files import a_csv_file
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.importing.report import ImportReport
from pabal.console.audience.models import Consent, List, Subscriber

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HEADER = ("email", "name", "consent_at")
LEFT = "update audience_membership set status = 'unsubscribed', changed_at = %(at)s"
ADDED = """
insert into audience_subscriber
    (email, wire, address, language, attributes, created_at, updated_at)
values (%(a)s, %(a)s, %(a)s, 'en', '{"name": "박하준", "size": "M"}', now(), now())
"""


@pytest.fixture
def somebody_else() -> Iterator[psycopg.Connection]:
    with psycopg.connect(**connection.get_connection_params()) as other:
        yield other


def test_the_file_wins_and_what_it_does_not_say_stays(
    tmp_path: Path, somebody_else: psycopg.Connection
) -> None:
    news = a_list()
    path = a_csv_file(tmp_path / "a.csv", [HEADER, ("jiho@example.com", "이지호", "")])
    somebody_else.execute(ADDED, {"a": "jiho@example.com"})

    report = import_while_another_commits(path, news, somebody_else)

    jiho = Subscriber.objects.get()
    assert (jiho.attributes, jiho.language) == ({"name": "이지호", "size": "M"}, "en")
    assert news.memberships.get().subscriber == jiho
    assert report.counts.new == 1


def test_whoever_leaves_meanwhile_has_left(
    tmp_path: Path, somebody_else: psycopg.Connection
) -> None:
    """The file's consent is younger than the one that was known, and older than the leaving."""
    news = a_list()
    before, later = (
        a_csv_file(tmp_path / f"{day}.csv", [HEADER, ("jiho@example.com", "", day)])
        for day in ("2026-01-05", "2026-06-01")
    )
    import_file(before, news, now=NOW)
    somebody_else.execute(LEFT, {"at": NOW})

    report = import_while_another_commits(later, news, somebody_else)

    assert report.counts.kept_out == 1
    assert news.memberships.get().status == "unsubscribed"
    assert Consent.objects.count() == 1


def import_while_another_commits(
    path: Path, into: List, somebody_else: psycopg.Connection
) -> ImportReport:
    """Import up to where the other's transaction stands in the way; then they commit."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        importing = thread.submit(import_and_hang_up, path, into)
        wait_for_a_waiter()
        somebody_else.commit()
        return importing.result(timeout=30)


def import_and_hang_up(path: Path, into: List) -> ImportReport:
    try:
        return import_file(path, into, now=NOW)
    finally:
        connection.close()


def wait_for_a_waiter() -> None:
    """Return when a session of our database waits for another's."""
    waiting = """
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise TimeoutError("nobody waits")
