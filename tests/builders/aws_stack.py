"""The pipeline on AWS as it is deployed, in the emulator: the template, the functions' own code.

The functions run in the emulator's Python, which has none of Pabal's packages, so that what is
not packed with them is not there.
"""

import importlib.metadata
import json
import os
import re
import secrets
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit

import boto3
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from builders.campaigns import a_plan, a_source
from builders.installed import Installation
from pabal.cli.aws.building import fill, pack
from pabal.cli.aws.command import settings_for
from pabal.cli.aws.deploying import deploy
from pabal.configuration.keyring import Keyring, load_keyring
from pabal.domain.campaign import CampaignPlan
from pabal.domain.links import PublicLinks
from pabal.domain.recipient import Recipient
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.work import Desk
from pabal.ledger.port import Entry
from pabal.message.compile import compile_source
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.package.manifest import Manifest
from pabal.package.package import write_package
from pabal.package.s3 import open_s3_store
from pabal.pipeline.aws.queues import Queues
from servers.aws import Sns, running_sns
from servers.ministack import Emulator, start_ministack
from servers.ses import Ses, an_account
from servers.ses_wire import aws_environment, running_ses
from servers.tunnel import leading_to

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


def install_from_here(target: Path) -> None:
    """Copy the functions' dependencies out of this environment: they fit this machine."""
    for name in _NAMED.findall((ROOT / "requirements" / "lambda.txt").read_text()):
        for file in importlib.metadata.files(name) or ():
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            place = target / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), place)


def functions_archive(directory: Path) -> Path:
    """Pack the functions' code for this machine; return the archive."""
    code = directory / "code"
    code.mkdir()
    fill(code, install_from_here, is_same_python=True)
    pack(code, directory / "functions.zip")
    return directory / "functions.zip"


REGION = "ap-northeast-2"
DOMAIN = "shop.example"
PUBLIC_URL = "https://mail.shop.example"
EMULATOR = ROOT / "build" / "emulator" / "bin" / "python"


@dataclass(frozen=True)
class Stack:
    """A deployed pipeline. outputs: those of the template. sns: who signs what SES tells."""

    emulator: Emulator
    ses: Ses
    sns: Sns
    outputs: Mapping[str, str]
    keyring: Keyring
    ses_address: str = ""

    def client(self, service: str, key: str = "test", secret: str = "test") -> Any:
        """Return a client of the emulator; by default as the account's owner."""
        return boto3.client(
            service,
            endpoint_url=self.emulator.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    @property
    def links(self) -> PublicLinks:
        return PublicLinks(base_url=PUBLIC_URL, keys=self.keyring.token_keys)

    def renderer(self, plan: CampaignPlan) -> Renderer:
        """Return what renders a campaign's mails on a host of our own."""
        return Renderer(
            compile_source(a_source(), plan, limits=Limits()),
            plan,
            links=self.links,
            bounce_secret=self.keyring.derive("bounce addresses"),
            limits=Limits(),
        )

    @cached_property
    def ledger(self) -> DynamoLedger:
        table = Table(self.client("dynamodb"), self.outputs["Table"])
        return DynamoLedger(Desk(table, pause=time.sleep, random=lambda: 0.5), daily_limit=None)

    # Campaigns

    def prepare(self, recipients: Iterable[Recipient], **plan: Any) -> Manifest:
        """Put a campaign's package into the bucket, as the console does."""
        chosen = a_plan(**plan)
        compiled = compile_source(a_source(), chosen, limits=Limits())
        with self.environment():
            return write_package(
                open_s3_store(self.outputs["Bucket"]), chosen, compiled.to_bytes(), recipients
            )

    def open(self, manifest: Manifest, recipients: Iterable[Recipient]) -> None:
        """Put a campaign into the ledger, as `prepare` and `enqueue` do, without any ticket."""
        plan, now = manifest.plan, datetime.now(UTC)
        self.ledger.open(plan.id, scopes=plan.scopes, on_doubt=plan.on_doubt, now=now)
        entries = [
            Entry(
                delivery=each.delivery(plan.id),
                position=each.position,
                address=each.address.identity,
            )
            for each in recipients
        ]
        self.ledger.enqueue(plan.id, entries, now=now)

    def console(self, home: Path, **settings: str) -> Installation:
        """Return an installation that sends by this stack, with its keys and a list.

        It may do what the template's policies for a console allow, and nothing else.
        """
        ours = {"PABAL_CHECK_LINKS": "false", "PABAL_BASE_URL": PUBLIC_URL, **settings}
        key = self.console_key()
        endpoints = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_ENDPOINT_URL_SESV2": self.ses_address,
        }
        console = Installation(
            home, {**aws_environment(), **endpoints, **settings_for(self.outputs), **ours}
        )
        console.with_list()
        self.share_keys(home)
        return console

    def share_keys(self, home: Path) -> None:
        """Give a console's home the keys by which links are signed."""
        secret = self.client("secretsmanager").get_secret_value(SecretId=self.outputs["Keys"])
        (home / "keys").write_text(secret["SecretString"])

    def console_key(self) -> Mapping[str, str]:
        """Make a user of the account with the policies for a console; return its key."""
        iam, name = self.client("iam"), f"console-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        for policy in self.outputs["ConsolePolicies"].split():
            iam.attach_user_policy(UserName=name, PolicyArn=policy)
        key: Mapping[str, str] = iam.create_access_key(UserName=name)["AccessKey"]
        return key

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Let our own code find the emulator, as it finds AWS."""
        told = {
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def start(self, manifest: Manifest, **more: str) -> tuple[int, Any]:
        """Start a campaign over the HTTP API, as who may."""
        path = f"/v1/campaigns/{manifest.plan.id}/start"
        return self.ask("POST", path, {"digest": manifest.digest, **more})

    def end_of(self, campaign: str, *, name: str = "", patience: float = 90) -> Mapping[str, Any]:
        """Wait until a campaign's execution is over; return what Step Functions says of it."""
        states = self.client("stepfunctions")
        machine = self.outputs["StateMachine"].replace(":stateMachine:", ":execution:")
        arn = f"{machine}:{name or campaign}"
        deadline = time.monotonic() + patience
        while True:
            told = states.describe_execution(executionArn=arn)
            if told["status"] != "RUNNING" or time.monotonic() > deadline:
                return told
            time.sleep(0.2)

    # HTTP

    def ask(
        self,
        method: str,
        path: str,
        told: Any = None,
        *,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Ask the HTTP API; return status and body, parsed where it is JSON."""
        host = urlsplit(self.outputs["Api"]).netloc
        body = told if isinstance(told, bytes) else json.dumps(told).encode() if told else b""
        request = AWSRequest(
            method=method,
            url=f"http://{host}{path}",
            data=body,
            headers={"Host": host, **(headers or {})},
        )
        if signed:
            SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
        asked = urllib.request.Request(
            f"{self.emulator.endpoint}{path}",
            data=body if method == "POST" else None,
            headers=dict(request.headers),
            method=method,
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, _parsed(answer.read())
        except HTTPError as error:
            return error.code, _parsed(error.read())

    # Queues

    def tell(self, event: Mapping[str, Any], **changed: Any) -> None:
        """Put an event of SES into the feedback queue, signed as SNS signs it."""
        message = self.sns.message(event, **{"TopicArn": self.outputs["Topic"], **changed})
        self.put("FeedbackQueue", json.dumps(message))

    def put(self, queue: str, body: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.outputs[queue], MessageBody=body)

    def count(self, queue: str) -> int:
        """How many messages a queue has, those included that somebody has just taken."""
        return Queues(self.client("sqs")).waiting(self.outputs[queue])

    def kill_functions(self, name: str) -> int:
        """Kill the processes of a function in the middle of what they do; return how many."""
        found = [
            each
            for each in psutil.Process(self.emulator.process.pid).children(recursive=True)
            if f"-{name}-" in " ".join(each.cmdline())
        ]
        for each in found:
            each.kill()
        return len(found)

    def logged(self) -> str:
        """Return all that functions have logged."""
        logs = self.client("logs")
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        found: list[str] = []
        for group in groups:
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            ):
                found += [each["message"] for each in page["events"]]
        return "\n".join(found)

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take all messages out of a queue, by its output's name."""
        client, url = self.client("sqs"), self.outputs[queue]
        found: list[dict[str, Any]] = []
        while True:
            told = client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            if not told.get("Messages"):
                return found
            for message in told["Messages"]:
                found.append(message)
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def eventually(look: Callable[[], T], patience: float = 60, between: float = 0.2) -> T:
    """Return the first answer that is not empty; the last one where none comes."""
    deadline = time.monotonic() + patience
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(between)
    return found


def _for_emulator(home: Path) -> Path:
    """Copy the deployment, changed for three things that the emulator does not do as AWS.

    It speaks no TLS; it hands a Number parameter on as a text; and it wants actions for batches
    of SQS, which IAM does not have (SendMessage allows SendMessageBatch, and so the others).
    """
    shutil.copytree(ROOT / "deploy" / "aws", home)
    template = (home / "template.yaml").read_text()
    policy = re.search(r"^  BucketPolicy:\n(    .*\n)+", template, re.MULTILINE)
    assert policy
    assert "!Ref SendConcurrency" in template
    template = template.replace(policy[0], "").replace("!Ref SendConcurrency", "4")
    template = template.replace("sqs:SendMessage\n", "[sqs:SendMessage, sqs:SendMessageBatch]\n")
    for action in ("ChangeMessageVisibility", "DeleteMessage"):
        each = f"              - sqs:{action}\n"
        template = template.replace(each, f"{each}              - sqs:{action}Batch\n")
    (home / "template.yaml").write_text(template)
    return home


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


@contextmanager
def deployed(
    home: Path, archive: Path, *, parameters: Mapping[str, str] | None = None, **account: Any
) -> Iterator[Stack]:
    """Deploy the template into an emulator that enforces IAM, with an account of SES beside it."""
    ses = an_account(home, **{"in_sandbox": False, "per_second": 100, "per_day": 10_000, **account})
    ses.verify(DOMAIN)
    (home / "sns").mkdir()
    with (
        running_ses(ses) as address,
        running_sns(home / "sns") as sns,
        leading_to(sns.port) as proxy,
        start_ministack(
            python=str(EMULATOR),
            HTTPS_PROXY=proxy,
            SSL_CERT_FILE=str(sns.ca_file),
            AUTH="true",
            SFN_WAIT_SCALE="0.1",
            MINISTACK_REGION=REGION,
            AWS_ENDPOINT_URL_SESV2=address,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
        ) as emulator,
    ):
        stack = Stack(emulator, ses, sns, {}, load_keyring(home))
        told = {"SendingDomain": DOMAIN, "PublicUrl": PUBLIC_URL}
        outputs = deploy(
            "pabal",
            archive,
            {**told, "RetryWaits": "1,1,1", "Tracking": "on", **(parameters or {})},
            home=_for_emulator(home / "deploy"),
            ask=stack.client,
            between=0.2,
        )
        ses.configuration_sets.add(outputs["ConfigurationSet"])
        keys = (home / "keys").read_text()
        stack.client("secretsmanager").put_secret_value(SecretId=outputs["Keys"], SecretString=keys)
        yield Stack(emulator, ses, sns, outputs, stack.keyring, address)
