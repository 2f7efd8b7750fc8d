"""Postfix's smtp-sink and its place on this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ports import free_port, wait_for

SERVER = "1"  # core


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Run Postfix's smtp-sink on a core of its own; yields its port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        ["taskset", "-c", SERVER, tool("smtp-sink"), *user, *options, f"127.0.0.1:{port}", "256"]
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def tool(name: str) -> str:
    """Return the path of a program, "" where it is missing."""
    # Distributions put Postfix's tools where ordinary users do not look.
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or ""
