"""Whoever asks to leave while the database does not answer has left as soon as it does."""

import re
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore
from servers.smtp import free_port

PATIENCE = 30.0  # seconds
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
READERS = ("c0@example.com", "c1@example.com", "c2@example.com")


@pytest.fixture
def store(tmp_path):
    return MailboxStore(tmp_path / "mailbox")


@contextmanager
def served(tmp_path, store, **settings):
    """An installation that has mailed three readers, and its pages."""
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        installation = Installation(
            tmp_path / "home",
            {
                "PABAL_SMTP_URL": f"smtp://{server.address}?tls=none",
                "PABAL_WEB_ADDRESS": f"127.0.0.1:{free_port()}",
                **settings,
            },
        )
        installation.run("campaign", "send", installation.with_campaign(3))
    pages = installation.start("serve", "--no-worker", log=tmp_path / "pages.log")
    try:
        until(lambda: ask(f"http://{installation.settings['PABAL_WEB_ADDRESS']}/")[0])
        yield installation
    finally:
        pages.terminate()
        pages.wait(30)


def link(store, reader):
    """The address at which a reader's mail is left."""
    sent = next(each for each in store.page(limit=10) if each.recipients == (reader,))
    mail = message_from_bytes(store.get(sent.id).raw, policy=policy.default)
    return re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])[0]


def ask(url, form=None, language="ko", cookie=""):
    """Return the status and the text of an answer."""
    data = urllib.parse.urlencode(form).encode() if form else None
    headers = {"Accept-Language": language, "Cookie": cookie}
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def until(what):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if what():
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def waiting(installation):
    """What is kept and not yet done."""
    return list((installation.home / "kept" / "new").iterdir())


def left(installation):
    """Who has left, and how: by the records of consent."""
    story = {reader: installation.ask("consent", "show", reader) for reader in READERS}
    return {
        reader: last["source"]
        for reader, told in story.items()
        if (last := told["records"][-1])["action"] == "withdrawn"
    }


def test_a_database_that_is_held_by_another_loses_nobody(tmp_path, store):
    """SQLite has one writer. A mail program asks once, and waits for a few seconds."""
    with served(tmp_path, store) as installation:
        with closing(sqlite3.connect(installation.home / "pabal.sqlite3")) as importer:
            importer.execute("begin immediate")
            began = time.monotonic()
            assert ask(link(store, READERS[0]), ONE_CLICK) == (200, "unsubscribed\n")
            assert time.monotonic() - began < 10
            assert left(installation) == {}
        until(lambda: not waiting(installation))
        assert left(installation) == {READERS[0]: "one-click"}


def test_a_database_that_is_away_loses_nobody(tmp_path, store, postgres_server):
    url = postgres_server.fresh_database()
    name = postgres_server.name_of(url)
    with served(tmp_path, store, PABAL_DATABASE_URL=url, PABAL_LANGUAGE="auto") as installation:
        postgres_server.execute(f"alter database {name} with allow_connections false")
        postgres_server.execute(
            f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'"
        )
        status, page = ask(link(store, READERS[1]))
        assert (status, 'value="leave"' in page) == (503, True)
        assert "수신 거부는 하실 수 있습니다" in page
        status, page = ask(link(store, READERS[1]), {"action": "leave"}, language="en")
        assert (status, "We have your request." in page) == (202, True)
        assert ask(link(store, READERS[2]), ONE_CLICK) == (200, "unsubscribed\n")
        assert ask(link(store, READERS[2])[:-3] + "AAA", ONE_CLICK)[0] == 404
        start_page = f"http://{installation.settings['PABAL_WEB_ADDRESS']}/"
        status, page = ask(start_page, cookie=f"pabal_session={'a' * 32}")
        assert (status, "데이터베이스가 응답하지 않습니다" in page) == (503, True)

        postgres_server.execute(f"alter database {name} with allow_connections true")
        until(lambda: not waiting(installation))
        assert left(installation) == {READERS[1]: "confirm page", READERS[2]: "one-click"}
    assert "Traceback" not in (tmp_path / "pages.log").read_text()
