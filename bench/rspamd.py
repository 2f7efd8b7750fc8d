"""rspamd on loopback, by its own rules and without a network: it judges how a mail is built."""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ports import free_port, wait_for

_START = 60.0  # seconds; it compiles its rules first
# A name server that nobody is: questions of the network end at once and without an answer.
_SETTINGS = {
    "local.d/options.inc": 'dns { nameserver = ["127.0.0.1:9"]; timeout = 50ms; retransmits = 1; }',
    "local.d/worker-normal.inc": 'bind_socket = "127.0.0.1:PORT"; count = 1;',
    "local.d/worker-controller.inc": "enabled = false;",
    "local.d/worker-proxy.inc": "enabled = false;",
    "local.d/worker-fuzzy.inc": "enabled = false;",
    "local.d/fuzzy_check.conf": "enabled = false;",
    "override.d/fuzzy_check.conf": "rules {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """score: points; it would do something from 4 on. symbols: points by name, heaviest first."""

    score: float
    action: str
    symbols: tuple[tuple[float, str], ...]


@contextmanager
def running_rspamd() -> Iterator[int]:
    """Start it in a directory of its own; yields its port."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pabal-rspamd-") as folder:
        home = Path(folder)
        home.chmod(0o777)  # its workers run as somebody else
        _write_settings(home, port)
        names = {"LOCAL_CONFDIR": home, "DBDIR": home, "RUNDIR": home, "LOGDIR": home}
        variables = [f"--var={name}={path}" for name, path in names.items()]
        process = subprocess.Popen(
            [_program(), "--no-fork", "--insecure", *variables],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(port, _START)
            yield port
        finally:
            process.terminate()
            process.wait()
            time.sleep(0.1)  # its workers write their last line


def ask(port: int, mail: bytes) -> Opinion:
    """Let it look at a mail as it comes over SMTP."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/checkv2", data=mail, headers={"IP": "127.0.0.1"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    symbols = sorted(
        ((found["score"], name) for name, found in answer["symbols"].items()), reverse=True
    )
    return Opinion(score=answer["score"], action=answer["action"], symbols=tuple(symbols))


def _write_settings(home: Path, port: int) -> None:
    for name, content in _SETTINGS.items():
        path = home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content.replace("PORT", str(port)))


def _program() -> str:
    return shutil.which("rspamd") or "/usr/bin/rspamd"
