from collections.abc import Generator
from pathlib import Path

import pytest

from builders.office import Office, an_office


@pytest.fixture
def office(tmp_path: Path) -> Generator[Office]:
    with an_office(tmp_path) as made:
        yield made
