"""A stack of CloudFormation from the template: code uploaded, the stack made or changed."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pabal.cli.aws.building import deployment
from pabal.cli.aws.errors import StackFailed, StackMissing
from pabal.configuration.aws import aws_client
from pabal.package.manifest import content_digest

_PURPOSE = "Deploying to AWS"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_BETWEEN = 3.0  # seconds
_NOTHING_NEW = ("didn't contain changes", "No updates are to be performed", "no changes")

Clients = Callable[[str], Any]


def clients(service: str) -> Any:
    return aws_client(service, purpose=_PURPOSE, attempts=5)


def deploy(
    stack: str,
    archive: Path,
    parameters: Mapping[str, str],
    *,
    home: Path | None = None,
    ask: Clients = clients,
    between: float = _BETWEEN,
) -> Mapping[str, str]:
    """Make or change a stack; return its outputs. Repeating it changes nothing.

    archive: the functions' code. parameters: of the template; those that are not named stay as
    the stack has them. home: the directory with the template, where it is another.
    ask: makes a client of a service.

    Raises StackFailed.
    """
    home = home or deployment()
    template = _uploaded(home, archive, ask)
    formation = ask("cloudformation")
    is_there = _exists(formation, stack)
    kept = _kept(formation, stack, home) - parameters.keys() if is_there else frozenset[str]()
    name = f"pabal-{time.time_ns()}"
    formation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if is_there else "CREATE",
        TemplateURL=template,
        Capabilities=_CAPABILITIES,
        Parameters=[
            *({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()),
            *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
        ],
    )
    if _is_ready(formation, stack, name, between):
        formation.execute_change_set(StackName=stack, ChangeSetName=name)
        _wait(formation, stack, between)
    return outputs(stack, ask=ask)


def outputs(stack: str, *, ask: Clients = clients) -> Mapping[str, str]:
    """Return what a stack says of itself. Raises StackMissing."""
    formation = ask("cloudformation")
    if not _exists(formation, stack):
        raise StackMissing(stack=stack)
    told = _described(formation, stack).get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in told}


def keep_keys(secret: str, keys: str, *, ask: Clients = clients) -> None:
    """Give the functions the installation's keys: links that the console makes open there too."""
    ask("secretsmanager").put_secret_value(SecretId=secret, SecretString=keys)


# Code and template, where CloudFormation finds them


def _uploaded(home: Path, archive: Path, ask: Clients) -> str:
    """Upload code, state machine and template; return the template's URL."""
    bucket, storage = _artifacts(ask)

    def upload(name: str, content: bytes) -> str:
        key = f"{content_digest(content)[:32]}-{name}"
        storage.put_object(Bucket=bucket, Key=key, Body=content)
        return key

    code = upload("functions.zip", archive.read_bytes())
    machine = upload("campaign.asl.json", (home / "campaign.asl.json").read_bytes())
    url = f"{storage.meta.endpoint_url}/{bucket}"
    template = (
        (home / "template.yaml")
        .read_text()
        .replace("CodeUri: .\n", f"CodeUri: s3://{bucket}/{code}\n")
        .replace("DefinitionUri: campaign.asl.json\n", f"DefinitionUri: s3://{bucket}/{machine}\n")
    )
    return f"{url}/{upload('template.yaml', template.encode())}"


def _artifacts(ask: Clients) -> tuple[str, Any]:
    """Return the bucket that deployments are uploaded to, made when it is not there."""
    account = ask("sts").get_caller_identity()["Account"]
    storage = ask("s3")
    region = storage.meta.region_name
    bucket = f"pabal-deployments-{account}-{region}"
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    try:
        storage.head_bucket(Bucket=bucket)
    except storage.exceptions.ClientError:
        storage.create_bucket(
            Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {})
        )
    return bucket, storage


# The stack


def _exists(formation: Any, stack: str) -> bool:
    try:
        status = str(_described(formation, stack)["StackStatus"])
    except formation.exceptions.ClientError:
        return False
    return status != "REVIEW_IN_PROGRESS" and not status.startswith("DELETE")


def _described(formation: Any, stack: str) -> Any:
    return formation.describe_stacks(StackName=stack)["Stacks"][0]


def _kept(formation: Any, stack: str, home: Path) -> frozenset[str]:
    """Return the stack's parameters that the template still has: others cannot be kept."""
    template = (home / "template.yaml").read_text()
    told = _described(formation, stack).get("Parameters", [])
    names = (str(each["ParameterKey"]) for each in told)
    return frozenset(name for name in names if f"\n  {name}:\n" in template)


def _is_ready(formation: Any, stack: str, name: str, between: float) -> bool:
    """Wait for a change set; return whether it changes anything."""
    while True:
        told = formation.describe_change_set(StackName=stack, ChangeSetName=name)
        status, reason = told["Status"], told.get("StatusReason", "")
        if status == "CREATE_COMPLETE":
            return True
        if status == "FAILED":
            formation.delete_change_set(StackName=stack, ChangeSetName=name)
            if any(words in reason for words in _NOTHING_NEW):
                return False
            raise StackFailed(stack=stack, reason=reason)
        time.sleep(between)


def _wait(formation: Any, stack: str, between: float) -> None:
    while True:
        told = _described(formation, stack)
        status = str(told["StackStatus"])
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            raise StackFailed(stack=stack, reason=_first_failure(formation, stack) or status)
        time.sleep(between)


def _first_failure(formation: Any, stack: str) -> str:
    events = formation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [each for each in events if str(each["ResourceStatus"]).endswith("_FAILED")]
    told = failed[-1] if failed else {}
    return f"{told.get('LogicalResourceId')}: {told.get('ResourceStatusReason')}" if told else ""
