"""One deployment for all tests of the pipeline on AWS: it takes seconds, a test tenths."""

import pytest

from builders.aws_stack import EMULATOR, deployed, functions_archive


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """The functions' code, packed as for Lambda, for this machine."""
    return functions_archive(tmp_path_factory.mktemp("functions"))


@pytest.fixture(scope="session")
def stack(archive, tmp_path_factory):
    if not EMULATOR.exists():
        pytest.fail("no emulator: make build/emulator/installed")
    with deployed(tmp_path_factory.mktemp("stack"), archive) as running:
        yield running
