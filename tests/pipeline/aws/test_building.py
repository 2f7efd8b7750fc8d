"""The functions' package: whole without our environment, and small."""

import subprocess
import sys
import zipfile

import pytest

from pabal.cli.aws.building import pack

FUNCTIONS = ("prepare", "enqueue", "send", "dead", "feedback", "public", "control", "report")
_UNZIPPED_LIMIT = 262_144_000  # bytes; Lambda: quotas
_LOAD = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module("pabal.pipeline.aws." + name).handler
print(sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def unpacked(archive, tmp_path_factory):
    directory = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(directory)
    return directory


def test_each_handler_finds_all_that_it_needs_in_the_package(unpacked):
    """A fresh Python without site-packages, as Lambda's own."""
    command = [sys.executable, "-I", "-S", "-c", _LOAD, str(unpacked), *FUNCTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "django" not in done.stdout


def test_the_package_has_no_console_and_fits_into_lambda(unpacked):
    names = {path.name for path in (unpacked / "pabal").iterdir()}
    assert not names & {"console", "cli", "authentication"}
    size = sum(path.stat().st_size for path in unpacked.rglob("*") if path.is_file())
    assert size < _UNZIPPED_LIMIT / 4


def test_equal_content_is_an_equal_archive(unpacked, tmp_path):
    """So that a deployment without a change changes nothing."""
    pack(unpacked, tmp_path / "one.zip")
    pack(unpacked, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
