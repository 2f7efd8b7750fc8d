"""A shop that has mailed its customers: its commands, its mailbox and its pages, running."""

import csv
import http.client
import json
import re
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookies import SimpleCookie
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from builders.installed import Installation
from pabal.transport.mailbox.script import DROP, Failure, FailureScript
from pabal.transport.mailbox.store import MailboxStore
from servers.smtp import free_port

# Each story has customers of its own, so that the order of stories does not matter.
READER = "taeyun.namgung@example.com"
LEAVER = "yuna.han@example.org"
CHOOSER = "chaewon.seo@mail.example.com"
TYPIST = "hyunwoo.choi@example.com"
UNDECIDED = "sangho.jegal@example.org"
GONE = "daeun.han@mail.example.com"
GONE_ENGLISH = "daniel.whitmore@example.org"
ENGLISH = "grace.okafor@example.net"
LONG_ADDRESS = (
    "a-name-that-fills-the-local-part-up-to-its-last-octet-of-64chars"
    "@a-department.of-a-company.with-many-branches.in-a-long-domain.example"
)
# Those whose servers are not well.
BUSY_ONCE = "seoyun.hwang@example.net"
NEVER_FREE = "youngchul.cho@example.net"
UNKNOWN = "jeongmin.noh@post.example.net"
NO_ANSWER = "jian.jung@post.example.net"
# On the list, but has agreed to nothing.
NOT_ASKED = "youngchul.namgung@example.com"

LIST = "고객"
CAMPAIGN = "가을 감사 쿠폰"
LONG_CAMPAIGN = (
    "다시 입고된 핸드메이드 울 코트와 캐시미어 니트를 가장 먼저 보여 드리는 스물두 번째 소식 "
    "2026AUTUMNWINTERPREORDERFORMEMBERSONLY"
)
LONG_NAME = "김수한무거북이와두루미삼천갑자동방삭" * 3

_DEMO = files("pabal.cli.demo")
_SUBJECT = "{{ name }}님, {{ discount }}% 쿠폰과 함께 한 겹 더 따뜻하게"
_AGREED = "광고성 정보 수신동의"
# There is no command for topics.
_ADD_TOPICS = """\
from pabal.console.config.start import setup
setup()
from pabal.console.campaigns.drafting import add_topic
add_topic("신상품", "새로 들어온 옷과 신발")
add_topic("쿠폰과 할인", "한 달에 두 번을 넘지 않습니다.")
add_topic("봄과 가을에만 여는 팝업 스토어의 예약 알림과 한정판 소식", "가끔만 보냅니다. " * 9)
"""
# A day's opens and clicks, by people, proxies and machines, as if the mails had been tracked.
_USE_THE_PROMOTION = """\
import sys
from datetime import timedelta
from pabal.console.config.start import setup
setup()
from django.conf import settings
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import EventKind
from pabal.ledger.sql.connect import open_ledger
campaign, *untouched = sys.argv[1:]
links = ["https://shop.example/late-autumn", "https://shop.example/"]
Campaign.objects.filter(pk=campaign).update(tracked="on", links=links)
sent = LedgerDelivery.objects.filter(campaign=campaign, state="sent").exclude(address__in=untouched)
ledger = open_ledger(settings.PABAL.database, daily_limit=None)
for n, delivery in enumerate(sent.order_by("position")):
    sign = (Sign.BROWSER, Sign.GMAIL, Sign.APPLE)[n % 3]
    at = delivery.begun_at + timedelta(minutes=7 + n * n * 6)
    hits = [Hit(delivery=delivery.pk, kind=EventKind.OPENED, sign=sign, at=at)]
    if n % 2 == 0:
        link = 1 + (n % 8 == 0)
        by = (Sign.BROWSER, Sign.SCANNER)[n % 10 == 4]
        at += timedelta(minutes=3)
        hits.append(Hit(delivery=delivery.pk, kind=EventKind.CLICKED, sign=by, at=at, link=link))
    for hit in hits:
        ledger.record_hit(hit, policy=BouncePolicy(), now=hit.at)
ledger.close()
"""
_PATIENCE = 30.0  # seconds for a server to come up


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where a shop is, and what is in it.

    url: of its pages, without a slash at its end. mailbox: host:port.
    session: the cookie of its owner, who has signed in.
    promotion, draft: campaigns; "" where there are none yet.
    """

    installation: Installation
    url: str
    mailbox: str
    session: str = ""
    promotion: str = ""
    draft: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def add_topics(self) -> None:
        subprocess.run(
            [sys.executable, "-c", _ADD_TOPICS],
            env=self.installation.environment,
            check=True,
            timeout=60,
        )

    def with_promotion(self) -> "Shop":
        """Mail the demo's promotion to 20 of the demo's customers, and draft the next.

        17 get it. One more is on the list, and left out for want of consent.
        """
        source = (_DEMO / "promotion.mjml").read_text("utf-8")
        template = self.installation.file("promotion.mjml", source)
        create = ("campaign", "create", template, "--list", LIST, "--subject", _SUBJECT, "--name")
        printed = self.installation.run_all(
            ("import", self._customers(), "--list", LIST, "--consent-wording", _AGREED),
            (*create, CAMPAIGN),
            ("campaign", "send", CAMPAIGN),
            (*create, LONG_CAMPAIGN),
            ("campaign", "list", "--json"),
        )
        made = {each["name"]: each["campaign"] for each in json.loads(printed.splitlines()[-1])}
        return replace(self, promotion=made[CAMPAIGN], draft=made[LONG_CAMPAIGN])

    def with_readers(self) -> "Shop":
        """Let the promotion be opened and clicked, but by whom stories follow."""
        subprocess.run(
            [sys.executable, "-c", _USE_THE_PROMOTION, self.promotion, READER, BUSY_ONCE],
            env=self.installation.environment,
            check=True,
            timeout=60,
        )
        return self

    def sign_up_page(self) -> str:
        """Open the list to whoever wants to be on it, and return the page at which they ask."""
        return urlsplit(self.installation.ask("list", "sign-up", LIST, "on")["url"]).path

    def sign_in_link(self) -> str:
        return self.installation.ask("sign-in")["url"]

    # Mails

    def post(self, mail: EmailMessage) -> None:
        """Bring a mail to the mailbox, as anybody on the machine can."""
        host, _colon, port = self.mailbox.rpartition(":")
        with smtplib.SMTP(host, int(port)) as smtp:
            smtp.send_message(mail)

    def mail_to(self, address: str) -> tuple[str, EmailMessage]:
        """Return the newest mail to an address, and its id in the mailbox."""
        store = MailboxStore(self.installation.home / "mailbox")
        summary = next(each for each in store.page(limit=200) if address in each.recipients)
        stored = store.get(summary.id)
        assert stored is not None
        return summary.id, message_from_bytes(stored.raw, policy=policy.default)

    def link_in_mail(self, address: str, kind: str) -> str:
        """Return a public link of a mail. kind: “u” for leaving, “p” for choosing."""
        body = self.mail_to(address)[1].get_body(("html",))
        assert body is not None
        found = re.search(rf'href="({re.escape(self.url)}/{kind}/[^"]+)"', body.get_content())
        assert found is not None
        return found[1]

    def _customers(self) -> Path:
        """The first of the demo's customers, two who read English, and one with long names."""
        lines = (_DEMO / "customers.csv").read_text("utf-8-sig").splitlines()
        people = list(csv.DictReader(lines))
        english = [each for each in people if each["locale"] == "en"]
        long = people[0] | {"email": LONG_ADDRESS, "name": LONG_NAME}
        path = self.installation.home.parent / "customers.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, people[0])
            writer.writeheader()
            for row in (*people[:18], *english[:2], long):
                writer.writerow(row | ({"consent_at": ""} if row["email"] == NOT_ASKED else {}))
        return path


@contextmanager
def open_shop(directory: Path, *, with_trouble: bool = False) -> Generator[Shop]:
    """Initialise a shop and serve it as an operator does; its owner has signed in.

    with_trouble: its mailbox is one of its own, which refuses some of the customers.
    """
    web, mailbox = (f"127.0.0.1:{free_port()}" for _ in range(2))
    settings = {
        "PABAL_WEB_ADDRESS": web,
        "PABAL_MAILBOX_ADDRESS": mailbox,
        "PABAL_RETRY_WAITS": "0.1,0.2,0.3",
    }
    if with_trouble:
        settings["PABAL_SMTP_URL"] = f"smtp://{mailbox}?tls=none"
    installation = Installation(directory / "home", settings)
    installation.with_list()
    for_anybody = replace(installation, settings=settings | {"PABAL_LANGUAGE": "auto"})
    with ExitStack() as running:
        if with_trouble:
            script = installation.file("failures.json", _failures().to_json())
            running.enter_context(_started(for_anybody, "mailbox", "--script", script))
        serving = running.enter_context(_started(for_anybody, "serve", "--no-worker"))
        link = _printed_link(serving)
        _wait_for(mailbox)
        _wait_for(web)
        yield Shop(
            installation=installation,
            url=f"http://{web}",
            mailbox=mailbox,
            session=_signed_in(link),
        )


def _printed_link(serving: subprocess.Popen[str]) -> str:
    """Read what `pabal serve` says until it has said how to sign in."""
    assert serving.stdout is not None
    for line in serving.stdout:
        found = re.search(r"http://\S+/sign-in/\S+", line)
        if found is not None:
            return found[0]
    raise AssertionError("`pabal serve` ended without a sign-in link")


def _signed_in(link: str) -> str:
    """Use a sign-in link up; return the value of the session's cookie."""
    address = urlsplit(link)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    connection.request("GET", address.path)
    cookies = connection.getresponse().headers.get_all("Set-Cookie", [])
    connection.close()
    return SimpleCookie("; ".join(cookies))["pabal_session"].value


def _failures() -> FailureScript:
    busy, unknown = "451 4.3.0 try again later", "550 5.1.1 no such user"
    return FailureScript(
        by_recipient={
            BUSY_ONCE: Failure(replies=(busy,)),
            NEVER_FREE: Failure(replies=(busy,), always=True),
            UNKNOWN: Failure(replies=(unknown,), always=True),
            NO_ANSWER: Failure(replies=(DROP,), after_content=True),
        }
    )


@contextmanager
def _started(installation: Installation, *arguments: object) -> Generator[subprocess.Popen[str]]:
    process = installation.start(*arguments)
    try:
        yield process
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
