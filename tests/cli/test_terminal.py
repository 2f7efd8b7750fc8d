"""What a person at a terminal sees: colours, bars, and no traceback."""

import os
import pty
import subprocess
import sys

from builders.installed import Installation


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
