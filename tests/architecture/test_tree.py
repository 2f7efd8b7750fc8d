"""The tree keeps its own rules."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "pabal").rglob("*.py"))


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_committed_file_names_a_registry_or_a_machine():
    """Locks carry hashes and no addresses; paths are relative to the checkout."""
    wrong = re.compile(rb"pypi\.org|pythonhosted|registry\.npmjs|/root/|/home/[a-z]+/|/work/")
    found = [
        path.relative_to(ROOT)
        for path in tracked()
        if path != Path(__file__) and wrong.search(path.read_bytes())
    ]
    assert found == []


def test_every_locked_package_has_a_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        packages = re.findall(r"^[a-z][^\n]*(?:\n {4}[^\n]*)*", lock.read_text(), re.MULTILINE)
        assert packages
        assert [each for each in packages if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize(
    "room", sorted(p.name for p in (ROOT / "src/pabal").iterdir() if (p / "__init__.py").exists())
)
def test_a_room_explains_itself_and_imports_nothing(room):
    text = (ROOT / "src" / "pabal" / room / "__init__.py").read_text()
    assert text.startswith('"""')
    assert not re.search(r"^(import|from) ", text, re.MULTILINE)


def test_modules_stay_small():
    """Over 400 lines of code a module is two modules."""

    def code_lines(path):
        return sum(1 for line in path.read_text().splitlines() if line.strip())

    large = [p.name for p in SOURCES if "migrations" not in p.parts and code_lines(p) > 450]
    assert large == []
