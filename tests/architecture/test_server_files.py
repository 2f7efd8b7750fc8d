"""What is put onto a host of one's own is sound, and speaks of what there is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pabal.configuration.settings import Settings

HERE = Path(__file__).parents[2] / "deploy" / "server"
UNITS = sorted(HERE.glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_understands_its_unit(unit: Path, tmp_path: Path) -> None:
    """All but that the program is there, which is so on the host alone."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("it needs systemd-analyze, which Debian's package systemd has")
    copy = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8")
    copy.write_text(text.replace("/opt/pabal/bin/pabal", sys.executable), encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True
    )
    complaints = [line for line in said.stderr.splitlines() if unit.name in line]
    assert complaints == []


def test_both_units_guard_their_host_in_the_same_way() -> None:
    own = re.compile(r"^(Description|ExecStart|TimeoutStopSec|#).*\n", re.MULTILINE)
    assert len({own.sub("", unit.read_text(encoding="utf-8")) for unit in UNITS}) == 1


def test_the_example_sets_what_can_be_set() -> None:
    names = re.findall(r"^PABAL_(\w+)=", (HERE / "env.example").read_text(encoding="utf-8"), re.M)
    assert names
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_the_script_begins_with_what_has_to_be_filled_in(tmp_path: Path) -> None:
    """It changes nothing on a host before it knows where the database is."""
    run = subprocess.run(
        ["sh", HERE / "install.sh"],
        env={"INTO": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 3
    env = tmp_path / "etc" / "pabal" / "env"
    assert str(env) in run.stderr
    assert env.stat().st_mode & 0o077 == 0
    assert f"PABAL_HOME={tmp_path}/var/lib/pabal" in env.read_text(encoding="utf-8")
    assert not (tmp_path / "opt" / "pabal").exists()
