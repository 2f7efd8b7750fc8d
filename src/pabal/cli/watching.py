"""How others get to see what a worker counts: at an address of its own, or through the pages."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from pabal.cli.errors import MetricsAddressRefused
from pabal.configuration.handover import WorkerPage
from pabal.configuration.settings import Settings
from pabal.pipeline.local.worker import Worker
from pabal.telemetry.metrics import Source

_PROCESS = "pabal_worker"  # with what the names of its process's figures begin


@contextmanager
def shown_at_its_address(worker: Worker, settings: Settings) -> Generator[None]:
    """Show what a worker counts at PABAL_METRICS_ADDRESS, if that is set.

    Raises MetricsAddressRefused: nobody can listen there.
    """
    if not settings.metrics_address:
        yield
        return
    with _showing(worker.measures, settings.metrics_address, settings.metrics_token):
        yield


@contextmanager
def shown_through_the_pages(worker: Worker | None) -> Generator[Mapping[str, str]]:
    """Show it to the pages' process alone; yields what that has to find in its environment."""
    if worker is None:
        yield {}
        return
    token = secrets.token_urlsafe()
    with _showing(worker.measures, "127.0.0.1:0", token) as address:
        yield WorkerPage(address=address, token=token).as_environment()


@contextmanager
def _showing(source: Source, address: str, token: str) -> Generator[str]:
    # Imported here: who shows nothing needs neither a server nor a writer.
    from pabal.telemetry.access import Gate
    from pabal.telemetry.page import Page
    from pabal.telemetry.prometheus import write
    from pabal.telemetry.server import listening, serving

    page = Page(gate=Gate(token=token), write=lambda: write(source.read(), process=_PROCESS))
    try:
        server = listening(page, address)
    except OSError as error:
        raise MetricsAddressRefused(address=address, reason=error.strerror or error) from error
    with serving(server):
        yield server.address
