"""A shop that has mailed its customers: its commands, its mailbox and its pages, running."""

import csv
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

from builders.installed import Installation
from pabal.transport.mailbox.script import Failure, FailureScript
from servers.smtp import free_port

# Each story has a customer of its own, so that their order does not matter.
READER = "taeyun.namgung@example.com"
BUSY_ONCE = "seoyun.hwang@example.net"
LEAVER = "yuna.han@example.org"
CHOOSER = "chaewon.seo@mail.example.com"
ABSENT = "jeongmin.noh@post.example.net"
TYPIST = "hyunwoo.choi@example.com"
NEVER_FREE = "youngchul.cho@example.net"
ENGLISH = "grace.okafor@example.net"
ENGLISH_TOO = "daniel.whitmore@example.org"

LIST = "고객"
CAMPAIGN = "가을 감사 쿠폰"
LONG_CAMPAIGN = (
    "다시 입고된 핸드메이드 울 코트와 캐시미어 니트를 가장 먼저 보여 드리는 스물두 번째 소식 "
    "2026AUTUMNWINTERPREORDERFORMEMBERSONLY"
)
LONG_ADDRESS = (
    "a-name-that-fills-the-local-part-up-to-its-last-octet-of-64chars"
    "@a-department.of-a-company.with-many-branches.in-a-long-domain.example"
)
LONG_NAME = "김수한무거북이와두루미삼천갑자동방삭" * 3

_DEMO = files("pabal.cli.demo")
_SUBJECT = "{{ name }}님, {{ discount }}% 쿠폰과 함께 한 겹 더 따뜻하게"
# There is no command for topics yet.
_ADD_TOPICS = """\
from pabal.console.config.start import setup
setup()
from pabal.console.campaigns.drafting import add_topic
add_topic("신상품", "새로 들어온 옷과 신발")
add_topic("쿠폰과 할인", "한 달에 두 번을 넘지 않습니다.")
add_topic("봄과 가을에만 여는 팝업 스토어의 예약 알림과 한정판 소식", "받고 싶을 때만 받습니다. " * 7)
"""
_AGREED = "광고성 정보 수신동의"
_PATIENCE = 30.0  # seconds for a server to come up


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """url: of its pages, without a slash at its end. mailbox: host:port."""

    installation: Installation
    url: str
    mailbox: str

    def sign_in_link(self) -> str:
        return self.installation.ask("sign-in")["url"]

    def add_topics(self) -> None:
        subprocess.run(
            [sys.executable, "-c", _ADD_TOPICS],
            env=self.installation.environment,
            check=True,
            timeout=60,
        )

    def send_promotion(self) -> str:
        """Mail the demo's promotion to 20 of the demo's customers; return the campaign."""
        run, ask = self.installation.run, self.installation.ask
        run("import", self._customers(), "--list", LIST, "--consent-wording", _AGREED)
        made = ask(
            "campaign", "create", self._template(),
            "--list", LIST, "--subject", _SUBJECT, "--name", CAMPAIGN,
        )  # fmt: skip
        ask("campaign", "send", made["campaign"])
        return made["campaign"]

    def draft(self) -> str:
        """Make a campaign with a name as long as names get; return it."""
        return self.installation.ask(
            "campaign", "create", self._template(),
            "--list", LIST, "--subject", _SUBJECT * 3, "--name", LONG_CAMPAIGN,
        )["campaign"]  # fmt: skip

    def post(self, mail: EmailMessage) -> None:
        """Bring a mail to the mailbox, as anybody on the machine can."""
        host, _colon, port = self.mailbox.rpartition(":")
        with smtplib.SMTP(host, int(port)) as smtp:
            smtp.send_message(mail)

    def _customers(self) -> Path:
        """The first of the demo's customers, two who read English, and one with long names."""
        people = list(csv.DictReader(_DEMO.joinpath("customers.csv").open(encoding="utf-8-sig")))
        english = [each for each in people if each["locale"] == "en"]
        long = people[0] | {"email": LONG_ADDRESS, "name": LONG_NAME}
        path = self.installation.home.parent / "customers.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, people[0])
            writer.writeheader()
            writer.writerows([*people[:17], *english[:2], long])
        return path

    def _template(self) -> Path:
        source = (_DEMO / "promotion.mjml").read_text("utf-8")
        return self.installation.file("promotion.mjml", source)


@contextmanager
def open_shop(directory: Path) -> Generator[Shop]:
    """Initialise a shop and run its mailbox and its pages, all by commands."""
    web, mailbox = (f"127.0.0.1:{free_port()}" for _ in range(2))
    installation = Installation(
        directory / "home",
        {
            "PABAL_WEB_ADDRESS": web,
            "PABAL_MAILBOX_ADDRESS": mailbox,
            "PABAL_SMTP_URL": f"smtp://{mailbox}?tls=none",
            "PABAL_RETRY_WAITS": "0.1,0.2,0.3",
        },
    )
    installation.with_list()
    script = installation.file("failures.json", _failures().to_json())
    in_readers_language = replace(
        installation, settings=installation.settings | {"PABAL_LANGUAGE": "auto"}
    )
    with ExitStack() as running:
        running.enter_context(_started(in_readers_language, "mailbox", "--script", script))
        running.enter_context(_started(in_readers_language, "serve", "--no-worker"))
        _wait_for(mailbox)
        _wait_for(web)
        yield Shop(installation=installation, url=f"http://{web}", mailbox=mailbox)


def _failures() -> FailureScript:
    busy, unknown = "451 4.3.0 try again later", "550 5.1.1 no such user"
    return FailureScript(
        by_recipient={
            BUSY_ONCE: Failure(replies=(busy,)),
            NEVER_FREE: Failure(replies=(busy,), always=True),
            ABSENT: Failure(replies=(unknown,), always=True),
        }
    )


@contextmanager
def _started(installation: Installation, *arguments: object) -> Generator[None]:
    process = installation.start(*arguments)
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait_for(address: str) -> None:
    host, _colon, port = address.rpartition(":")
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {address}"
            time.sleep(0.05)
        else:
            return
