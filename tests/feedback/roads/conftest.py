import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("feedback.roads.contract")

from servers.dovecot import start_dovecot  # noqa: E402


@pytest.fixture(scope="session")
def dovecot():
    """One Dovecot for all tests. pytest's own directories are closed to its users."""
    with (
        tempfile.TemporaryDirectory(prefix="pabal-dovecot-") as directory,
        start_dovecot(Path(directory)) as server,
    ):
        yield server
