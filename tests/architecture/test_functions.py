"""What the functions on AWS load when they start cold: a count of modules, not of milliseconds."""

import json
import subprocess
import sys

import pytest

NEVER = {
    "django", "psycopg", "mrml", "css_inline", "aiosmtpd", "sqlite3", "pydantic", "requests",
    "dns", "structlog", "click", "rich", "pabal.console", "pabal.cli", "pabal.message.compile",
    "pabal.ledger.sql", "pabal.pipeline.local",
}  # fmt: skip
# By function, how many modules that are not Python's own its first call may have loaded; twenty
# more than it does.
BUDGETS = {
    "prepare": 290, "enqueue": 272, "send": 323, "dead": 273, "feedback": 350, "public": 278,
    "control": 280, "report": 277,
}  # fmt: skip
_LOAD = """
import importlib, json, sys
importlib.import_module("pabal.pipeline.aws." + sys.argv[1])
from pabal.configuration.aws import aws_client
aws_client("dynamodb", purpose="a test", region="ap-northeast-2")
print(json.dumps(sorted(sys.modules)))
"""


def _loaded(function):
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, function], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("function", BUDGETS)
def test_a_function_loads_what_it_needs_and_no_more(function):
    """Each module is a part of a cold start, and of what may break in it."""
    loaded = _loaded(function)
    assert not [name for name in NEVER if name in loaded]
    ours = [name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names]
    assert len(ours) <= BUDGETS[function], len(ours)


@pytest.mark.parametrize("function", sorted(set(BUDGETS) - {"prepare"}))
def test_only_prepare_knows_preflight(function):
    assert not [name for name in _loaded(function) if name.startswith("pabal.preflight")]
