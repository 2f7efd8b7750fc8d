"""The pages' own process, which ends with the one that started it: `python -m pabal.cli.web`.

granian is two processes, of which one forks the other. Where `pabal serve` is killed, both
would go on for ever and share its port with the next one: half of the requests would be
answered by yesterday's program. So each of the two looks after its parent.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.server import Server

_BETWEEN_LOOKS = 0.5  # seconds
_GRACE = 5.0  # for requests under way


def main(host: str, port: str, parent: str) -> None:
    """Serve the pages until SIGTERM comes, or the process with the number `parent` is gone."""
    server = Server(
        "pabal.console.config.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        log_enabled=False,
    )
    server.on_startup(lambda: _leave_with(int(parent)))
    server.serve(target_loader=_load)


def _load(_target: str) -> Callable[..., Any]:
    """Load the application, in the process that runs it."""
    _leave_with(os.getppid())
    from pabal.console.config.wsgi import application

    return application


def _leave_with(parent: int) -> None:
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)  # it was starting just then: granian loses a signal that comes too early


if __name__ == "__main__":
    main(*sys.argv[1:])
