"""An emulator of Amazon Web Services on loopback: ministack from its wheel, without Docker."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from servers.ses_wire import aws_environment

_PATIENCE = 30  # seconds


@dataclass
class Emulator:
    """A running emulator. process: to kill it, as a failure of the region would."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def environment(self, *services: str) -> dict[str, str]:
        """Return what boto3 needs in the environment to find these services here."""
        return aws_environment(**dict.fromkeys(services, self.endpoint))


@contextmanager
def start_ministack(*, python: str = sys.executable, **settings: str) -> Iterator[Emulator]:
    """Start an emulator that forgets everything when it ends.

    python: which one it runs in. settings: more of its environment, such as AUTH="true".
    """
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="pabal-emulator-") as home,
        (Path(home) / "log").open("wb") as log,
    ):
        process = subprocess.Popen(
            [python, "-m", "ministack"],
            env={
                **os.environ,
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",
                "LOG_LEVEL": "WARNING",
                "HOME": home,
                "TMPDIR": home,
                "S3_DATA_DIR": f"{home}/s3",
                **settings,
            },
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            emulator = Emulator(f"http://127.0.0.1:{port}", process)
            _wait_for(emulator)
            yield emulator
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(emulator: Emulator) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{emulator.endpoint}/_ministack/health", timeout=5).close()
        except (URLError, ConnectionError, TimeoutError):
            if emulator.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
