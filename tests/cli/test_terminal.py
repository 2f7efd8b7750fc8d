"""What a person at a terminal sees: colours, bars, and no traceback."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime

import pytest

from builders.installed import Installation
from pabal.transport.mailbox.server import running_mailbox


def at_a_terminal(installation, *arguments):
    """Run a command on a pseudo-terminal; return its exit status and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pabal.cli", *arguments],
        env=installation.environment | {"TERM": "xterm-256color"},
        cwd=installation.home.parent,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while chunk := read(ours):
        shown += chunk
    os.close(ours)
    return process.wait(60), shown.decode()


def read(terminal):
    """What is there to read; nothing at the end, which Linux tells by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_the_demo_shows_a_bar_and_ends_with_the_report(tmp_path):
    """The main job as a newcomer sees it, but for the pages at its end."""
    installation = Installation(tmp_path / "demo")
    status, shown = at_a_terminal(installation, "demo", "--no-serve")
    assert "Traceback" not in shown
    assert status == 0
    assert "200/200" in shown
    assert "sent 198" in shown
    assert "Report:" in shown
    assert "2 addresses are suppressed; the next campaign skips them." in shown
    came_back = shown.partition("What came back")[2]
    assert "reported as spam" in came_back
    assert "Bounced for good: 0.51%; reported as spam: 0.51%" in came_back


def test_the_demo_is_calm_and_its_next_campaign_skips_whom_it_lost(tmp_path):
    installation = Installation(tmp_path / "a demo", {"PABAL_LANGUAGE": "ko"})
    shown = installation.run("demo", "--no-serve")
    said = [line for line in shown.splitlines() if "/200 " not in line]
    assert len(said) < 58, "progress aside, it fits on a screen or two"
    assert not list((installation.home / "bounces" / "new").iterdir()), "read means removed"
    mailed = installation.ask("campaign", "list")[0]
    copy = installation.ask("campaign", "copy", mailed["campaign"])["campaign"]
    checked = installation.ask("campaign", "preflight", copy, status=1)  # the mailbox is closed
    # One was suppressed for a bounce in the session, one for the one that came back.
    assert checked["excluded"] == {"suppressed": 2, "unsubscribed": 1}
    assert checked["recipients"] == 197


class SlowKeeper:
    """A mailbox that takes its time, so that there is something on the wire at any moment."""

    def __init__(self, seconds):
        self.kept = 0
        self._seconds = seconds

    def add(self, _mail):
        time.sleep(self._seconds)
        self.kept += 1
        return "kept"


@pytest.mark.parametrize("nohup", [False, True], ids=["as usual", "nohup"])
def test_a_terminal_that_is_closed_leaves_no_doubt(tmp_path, nohup):
    """What is on the wire is settled, as with Ctrl-C; under nohup the sending goes on."""
    keeper = SlowKeeper(0.1 if nohup else 0.5)
    with running_mailbox(keeper, now=lambda: datetime.now(UTC)) as server:
        url = f"smtp://{server.address}?tls=none"
        installation = Installation(tmp_path / "home", {"PABAL_SMTP_URL": url})
        campaign = installation.with_campaign(60)
        closing = in_a_terminal_that_closes(
            installation, campaign, lambda: keeper.kept > 10, nohup=nohup
        )
        assert closing.wait(60) is not None
    counts = installation.ask("campaign", "report", campaign)["counts"]
    assert counts["doubtful"] == counts["sending"] == 0
    assert counts["sent"] == keeper.kept
    assert (counts["sent"] == 60) == nohup


def in_a_terminal_that_closes(installation, campaign, when, *, nohup):
    ours, theirs = pty.openpty()
    command = installation.command("campaign", "send", campaign)
    process = subprocess.Popen(
        ["nohup", *command] if nohup else command,
        env=installation.environment,
        cwd=installation.home.parent,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_at_a_terminal,
    )
    os.close(theirs)
    while not when():
        if not read(ours):  # under nohup nothing is shown
            time.sleep(0.02)
    os.close(ours)
    return process


def _at_a_terminal():
    """The tests may run under nohup themselves."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
