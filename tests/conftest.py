import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator

import django
import hypothesis
import pytest

from chaos.seed import SEED
from servers.ministack import Emulator, start_ministack
from servers.postgres import Postgres, start_postgres

pytest.register_assert_rewrite("ledger.desk")  # before the first test file imports it

# How long an example takes depends on who else has the processor; and no test is timed.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# Tests see no setting of the machine they run on, and keep nothing on it.
for _name in [name for name in os.environ if name.startswith("PABAL_")]:
    del os.environ[_name]
os.environ["PABAL_HOME"] = tempfile.mkdtemp(prefix="pabal-tests-")
atexit.register(shutil.rmtree, os.environ["PABAL_HOME"])
if "TEST_DATABASE_URL" in os.environ:  # console/test_postgresql.py
    os.environ["PABAL_DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
os.environ["DJANGO_SETTINGS_MODULE"] = "pabal.console.config.settings"
django.setup()


def pytest_report_header() -> str:
    return f"chaos: SEED={SEED}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for all tests that ask for it."""
    with start_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """The URL of its maintenance database."""
    return postgres_server.url


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator of Amazon Web Services for all tests that ask for it."""
    with start_ministack() as running:
        yield running
