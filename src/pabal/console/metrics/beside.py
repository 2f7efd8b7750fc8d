"""The worker that runs beside the pages, in the same `pabal serve`."""

from http.client import HTTPConnection, HTTPException

from pabal.configuration.handover import WorkerPage
from pabal.telemetry.metrics import PATH

_PATIENCE = 2.0  # seconds for its answer


def ask(worker: WorkerPage) -> bytes:
    """Return the worker's own page; empty where it does not answer."""
    connection = HTTPConnection(worker.address, timeout=_PATIENCE)
    try:
        connection.request("GET", PATH, headers={"Authorization": f"Bearer {worker.token}"})
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else b""
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()
