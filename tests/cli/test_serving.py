"""`pabal serve` is several processes, and none of them outlives the others."""

import contextlib
import signal
import time
import urllib.request

import psutil
import pytest

from builders.installed import Installation
from servers.smtp import free_port


@pytest.fixture
def empty(tmp_path):
    return Installation(
        tmp_path / "home",
        {
            "PABAL_WEB_ADDRESS": f"127.0.0.1:{free_port()}",
            "PABAL_MAILBOX_ADDRESS": f"127.0.0.1:{free_port()}",
        },
    )


@pytest.fixture
def installation(empty):
    empty.with_list()
    return empty


@pytest.fixture
def serving(installation, tmp_path):
    """`pabal serve` with its pages: the process, its child that holds them, and the child's."""
    with installation.start("serve", log=tmp_path / "log") as process:
        until(lambda: answers(installation))
        head = psutil.Process(process.pid)
        family = [head, *head.children(recursive=True)]
        assert len(family) == 3
        yield family
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()


def answers(installation):
    url = f"http://{installation.settings['PABAL_WEB_ADDRESS']}/"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def until(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("victim", [0, 1, 2], ids=["serve", "the pages", "their worker"])
def test_where_one_is_killed_all_end(installation, serving, victim):
    """Else a part of the old would answer beside the new one, on the same port."""
    serving[victim].kill()
    _, left = psutil.wait_procs(serving, timeout=30)
    assert left == []
    assert not answers(installation)


def test_where_it_is_asked_to_end_all_end(installation, serving):
    serving[0].send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs(serving, timeout=30)
    assert left == []


@pytest.mark.parametrize("tenths", range(8, 28, 4))
def test_where_it_is_killed_while_it_starts_all_end(installation, tmp_path, tenths):
    with installation.start("serve", log=tmp_path / "log") as process:
        time.sleep(tenths / 10)
        head = psutil.Process(process.pid)
        family = [head, *head.children(recursive=True)]
        process.kill()
        _, left = psutil.wait_procs(family, timeout=30)
    assert left == []
    assert not answers(installation)


def test_it_is_the_only_command_where_nothing_is_yet(empty, tmp_path):
    log = tmp_path / "log"
    with empty.start("serve", log=log) as process:
        until(lambda: answers(empty))
        process.send_signal(signal.SIGTERM)
    assert f"Ready in {empty.home}." in log.read_text()
    assert empty.ask("campaign", "list") == []


def test_it_makes_no_second_database_beside_the_keys_of_a_lost_one(installation):
    (installation.home / "pabal.sqlite3").unlink()
    for name in ("-wal", "-shm"):
        (installation.home / f"pabal.sqlite3{name}").unlink(missing_ok=True)
    refused = installation.ask("serve", status=1)
    assert refused["error"]["code"] == "not-initialised"
