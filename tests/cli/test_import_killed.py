"""A worker that is killed in an import leaves nothing of it, and the next one does all of it."""

import json
import subprocess
import sys
import time

from builders.installed import Installation

_ROWS = 30_000
_ORDER = """\
import sys
from pathlib import Path
from pabal.console.config.start import setup
setup()
from django.utils import timezone
from pabal.console.audience.importing.folder import folder_of
from pabal.console.audience.models import ImportRun, List
now, file = timezone.now(), Path(sys.argv[1])
run = ImportRun.objects.create(
    list=List.objects.get(), file=file.name, state="waiting", wording="agreed",
    mapping=["email", "name", "coupon_code", "consent_at", "consent_source"], created_at=now,
)
folder_of(Path(sys.argv[2]), run.pk).keep(file.name, [file.read_bytes()])
"""
_LOOK = """\
import json
from pabal.console.config.start import setup
setup()
from pabal.console.audience.models import Consent, ImportRun, Subscriber
run = ImportRun.objects.get()
print(json.dumps([Subscriber.objects.count(), Consent.objects.count(), run.state]))
"""


def test_a_kill_leaves_nothing_behind_and_loses_nothing(tmp_path):
    installation = Installation(tmp_path / "home")
    installation.with_list()
    _python(installation, _ORDER, installation.customers(_ROWS), installation.home)
    progress = installation.home / "imports" / "1" / "progress.json"

    killed = installation.start("worker", log=tmp_path / "first.log")
    _wait(lambda: progress.exists() and json.loads(progress.read_text())["rows"] > 0)
    killed.kill()
    killed.wait()
    assert json.loads(_python(installation, _LOOK)) == [0, 0, "waiting"]

    worker = installation.start("worker", log=tmp_path / "second.log")
    try:
        _wait(lambda: not progress.exists())
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    assert json.loads(_python(installation, _LOOK)) == [_ROWS, _ROWS, "done"]


def _python(installation, code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=installation.environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def _wait(is_so):
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
