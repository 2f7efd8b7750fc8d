"""Commands as processes of their own that need not import everything anew.

A process imports what commands stand on, once, and is forked for each: a command then takes a
tenth of a second of processor time instead of one. What a command is by itself stays what it
is: its modules, settings, language, streams, working directory and exit status.
"""

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

# Read by the loader before Python is there, or by Python before anything else.
_NEEDS_A_START = ("LD_", "PYTHON")
_STARTS_WITHIN = 60.0  # seconds


class Ended(NamedTuple):
    status: int
    stdout: str
    stderr: str


def can_run(environment: Mapping[str, str]) -> bool:
    """Whether a command with this environment may be forked."""
    own = {name: value for name, value in os.environ.items() if name.startswith(_NEEDS_A_START)}
    return own == {k: v for k, v in environment.items() if k.startswith(_NEEDS_A_START)}


def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], cwd: Path, timeout: float
) -> Ended:
    """Run `pabal` with these arguments. Raises TimeoutError."""
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as connection,
    ):
        connection.settimeout(timeout)
        connection.connect(_zygote())
        told = {"arguments": list(arguments), "environment": dict(environment), "cwd": str(cwd)}
        socket.send_fds(connection, [b"!"], [out.fileno(), err.fileno()])
        connection.sendall(json.dumps(told).encode())
        connection.shutdown(socket.SHUT_WR)
        status = json.loads(connection.recv(100))
        return Ended(status, _text(out.fileno()), _text(err.fileno()))


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode()


@cache
def _zygote() -> str:
    """Start the process that is forked; it ends with this one. Return where it listens."""
    place = Path(tempfile.mkdtemp(prefix="pabal-zygote-")) / "socket"
    command = [sys.executable, "-m", "builders.zygote", str(place)]
    tests = str(Path(__file__).parents[1])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tests)
    atexit.register(_end, process, place.parent)
    deadline = time.monotonic() + _STARTS_WITHIN
    while not place.exists():
        assert time.monotonic() < deadline, "the zygote did not start"
        time.sleep(0.02)
    return str(place)


def _end(process: "subprocess.Popen[bytes]", directory: Path) -> None:
    process.communicate()  # closes its standard input, which it ends for
    shutil.rmtree(directory, ignore_errors=True)


def _import_what_commands_stand_on() -> None:
    """Nothing that reads the environment, or speaks a language, when it is imported."""
    import django.contrib.auth.hashers
    import django.core.management
    import django.core.serializers.json
    import django.db.models
    import django.forms
    import django.template.loader
    import django.urls  # noqa: F401
    import rich.console
    import rich.progress
    import rich.table  # noqa: F401

    import pabal.authentication.examination
    import pabal.message.compile
    import pabal.pipeline.local.worker
    import pabal.preflight.checks.authentication
    import pabal.preflight.run
    import pabal.preflight.visiting  # noqa: F401


def _serve(place: str) -> None:
    """Fork for each who connects. Returns in the process that is to be the command."""
    with socket.socket(socket.AF_UNIX) as listening:
        hidden = f"{place}.new"
        listening.bind(hidden)
        listening.listen(16)
        Path(hidden).rename(place)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:  # whoever started this has ended
                os._exit(0)
            connection, _ = listening.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                break
            connection.close()
    if _become_the_command(connection):
        return
    os._exit(0)


def _become_the_command(connection: socket.socket) -> bool:
    """Fork once more: one is the command, the other says how it ended."""
    _, files, _, _ = socket.recv_fds(connection, 1, 2)
    told = json.loads(b"".join(iter(lambda: connection.recv(65_536), b"")))
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        connection.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode())
        return False
    connection.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, file in enumerate([nothing, *files]):
        os.dup2(file, target)
        os.close(file)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["cwd"])
    time.tzset()
    sys.argv = ["pabal", *told["arguments"]]
    return True


if __name__ == "__main__":
    _import_what_commands_stand_on()
    _serve(sys.argv[1])
    from pabal.cli.main import main

    main()
