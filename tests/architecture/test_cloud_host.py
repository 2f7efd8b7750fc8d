"""The console's host on AWS: what it is begun with is there, and what it may do is what it does."""

import ast
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session

from builders.cloudformation import DEPLOYMENT, listed, read_template, statements
from pabal.cli.aws.command import settings_for
from pabal.configuration.settings import Settings

ROOT = DEPLOYMENT.parents[1]
SERVER = ROOT / "deploy" / "server"
OUTPUTS = ("Region", "Table", "Bucket", "StateMachine", "ReturnsQueue")
_PLACES = re.compile(r"(?<=[\s\"])/(?=(opt|etc|var)/)")
# What a console calls of AWS's services, apart from commands that an administrator gives.
CONSOLE = (
    "feedback/roads/sqs.py", "ledger/dynamodb/table.py", "package/s3.py",
    "pipeline/aws/launching.py", "pipeline/aws/remote.py", "transport/ses/account.py",
    "transport/ses/identity.py",
)  # fmt: skip
SERVICES = {"dynamodb": "dynamodb", "s3": "s3", "sqs": "sqs", "stepfunctions": "states",
            "sesv2": "ses"}  # fmt: skip
# Where an action is called otherwise than its operation (service authorization reference).
NAMED = {
    "s3:CopyObject": {"s3:GetObject", "s3:PutObject"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "sqs:DeleteMessageBatch": {"sqs:DeleteMessage"},
    "sqs:ChangeMessageVisibilityBatch": {"sqs:ChangeMessageVisibility"},
    "dynamodb:TransactWriteItems": {
        "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    },
}  # fmt: skip


# What it is begun with


@pytest.fixture(scope="module")
def console():
    return read_template("console.yaml")


@pytest.fixture
def begun(console, tmp_path):
    """Run what the host begins with, on a root of its own, with AWS's part played by files."""
    root, told = tmp_path / "root", settings_for({name: f"our-{name}" for name in OUTPUTS})
    values = {
        "AWS::Region": "ap-northeast-2",
        "SourceBucket": "sources",
        "SourceKey": "pabal.tar.gz",
        "KeysSecret": "keys",
        "DatabasePassword": "database",
        "Hostname": "mail.shop.example",
        "Database.Endpoint.Address": "database.internal",
        "SendingSettings": " ".join(f"{name}={value}" for name, value in told.items()),
    }
    script = console["Resources"]["Host"]["Properties"]["UserData"]["Fn::Base64"]
    script = script.removeprefix("!Sub ")
    for name, value in values.items():
        script = script.replace(f"${{{name}}}", value)
    assert "${" not in script
    script = _PLACES.sub(lambda place: f"{root}{place[0]}", script)
    a_source_archive(tmp_path / "pabal.tar.gz")
    done = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": f"{commands_of_aws(tmp_path)}:{os.environ['PATH']}", "ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return root, told


def a_source_archive(path):
    """What `git archive` makes of deploy/server, with a script that only says that it ran."""
    with tarfile.open(path, "w:gz") as archive:
        for each in SERVER.iterdir():
            archive.add(each, f"deploy/server/{each.name}")
        ran = path.with_name("ran.sh")
        ran.write_text('touch "$ROOT/installed"\n')
        archive.add(ran, "deploy/server/install.sh")


def commands_of_aws(home):
    """`aws` and `apt-get` as far as the script needs them."""
    there = home / "bin"
    there.mkdir()
    (home / "keys").write_text("1 abc\n")
    (home / "database").write_text('{"username": "pabal", "password": "s3cret"}')
    scripts = {
        "aws": f"""case "$1 $2" in
"secretsmanager get-secret-value") cat {home}/"$4" ;;
"s3 cp") [ "$3" = s3://sources/pabal.tar.gz ] && cp {home}/pabal.tar.gz "$4" ;;
*) exit 1 ;;
esac""",
        "apt-get": "true",
    }
    for name, script in scripts.items():
        (there / name).write_text(f"#!/bin/sh\n{script}\n")
        (there / name).chmod(0o755)
    return there


def test_the_host_begins_with_all_that_it_is_installed_from(begun):
    root, told = begun
    assert (root / "installed").exists(), "the script of deploy/server was not run"
    env, keys = root / "etc/pabal/env", root / "var/lib/pabal/keys"
    assert keys.read_text() == "1 abc\n"
    assert env.stat().st_mode & 0o077 == keys.stat().st_mode & 0o077 == 0
    lines = dict(line.split("=", 1) for line in env.read_text().splitlines())
    assert told.items() <= lines.items()
    assert {name.removeprefix("PABAL_").lower() for name in lines} <= set(Settings.model_fields)
    assert lines["PABAL_BASE_URL"] == "https://mail.shop.example"
    url = "postgresql://pabal:s3cret@database.internal:5432/pabal?sslmode=require"
    assert lines["PABAL_DATABASE_URL"] == url


def test_the_host_and_its_units_mean_the_same_places(console):
    script = console["Resources"]["Host"]["Properties"]["UserData"]["Fn::Base64"]
    assert "sh /opt/pabal-source/deploy/server/install.sh" in script
    assert "PABAL_HOME=/var/lib/pabal" in script
    for unit in SERVER.glob("*.service"):
        assert "EnvironmentFile=/etc/pabal/env" in unit.read_text()
        assert "WorkingDirectory=/var/lib/pabal" in unit.read_text()
    install = (SERVER / "install.sh").read_text()
    for package, used in (("python3-venv", "python3 -m venv"), ("caddy", "/etc/caddy")):
        assert package in script
        assert used in install
    assert all(
        (ROOT / each).exists() for each in ("deploy/server/Caddyfile", "requirements/run.txt")
    )


# What it may do


def test_a_console_may_do_what_it_calls_and_nothing_else():
    template = read_template("template.yaml")
    allowed = {
        action
        for name, statement in statements(template)
        if name in ("ConsolePolicy", "LedgerPolicy")
        for action in listed(statement["Action"])
    }
    called = {action for file in CONSOLE for action in actions_of(ROOT / "src/pabal" / file)}
    assert called - allowed == set(), "it is not allowed"
    assert allowed - called == set(), "nothing calls it"


def test_the_host_may_read_two_secrets_and_its_source_beside(console):
    role = console["Resources"]["Role"]["Properties"]
    found = {
        (action, str(resource))
        for _, statement in statements(console)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert found == {
        ("secretsmanager:GetSecretValue", "!Ref DatabasePassword"),
        ("secretsmanager:GetSecretValue", "!Ref KeysSecret"),
        ("s3:GetObject", "!Sub arn:${AWS::Partition}:s3:::${SourceBucket}/${SourceKey}"),
    }
    assert len(role["ManagedPolicyArns"]) == 3  # the two of ConsolePolicies, and Session Manager's


def actions_of(path: Path):
    """The actions behind the operations that a module names: as methods, or to a paginator."""
    operations = _operations()
    for node in ast.walk(ast.parse(path.read_text())):
        name = getattr(node, "attr", None) or getattr(node, "value", None)
        for action in operations.get(name, ()) if isinstance(name, str) else ():
            yield from NAMED.get(action, {action})


def _operations():
    """By the name of a client's method, the operations that it may be, as actions."""
    session, found = get_session(), {}
    for service, prefix in SERVICES.items():
        for operation in session.get_service_model(service).operation_names:
            found.setdefault(xform_name(operation), set()).add(f"{prefix}:{operation}")
    return found
