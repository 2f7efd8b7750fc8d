"""Measuring a mail server: it finds the limits, stays polite, and delivers what it was told to."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.domain.outcome import Scope, Stage, Verdict
from pabal.transport.errors import (
    CertificateRefused,
    LoginRefused,
    ServerBusy,
    ServerUnreachable,
    ServerUnusable,
    TlsUnavailable,
)
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore
from pabal.transport.port import Envelope
from pabal.transport.smtp.measured import Asked, Measured, Plan, numbers_to_try, shares
from pabal.transport.smtp.measuring import measure
from pabal.transport.smtp.settings import Security
from servers.smtp import Conduct, Sink, free_port, make_certificates
from transport.contract import until
from transport.smtp_places import LONG, SHORT, settings_for

ME = "me@shop.example"
NAMED = Envelope(sender="news@shop.example", recipient=ME)
UNNAMED = Envelope(sender="news@shop.example", recipient="")
VERBS = {"EHLO", "NOOP", "MAIL", "RCPT", "RSET", "QUIT"}


def a_plan(**how: object) -> Plan:
    """A plan for a server that need not be spared."""
    return Plan(**({"envelope": NAMED, "pause": 0} | how))  # type: ignore[arg-type]


def mails(count: int, size: int = 2000) -> list[list[bytes]]:
    return [[b"Subject: %d\r\n\r\n" % n, b"x" * (size - 2) + b"\r\n"] for n in range(count)]


async def visit(sink: Sink, plan: Plan | None = None, **how: object) -> Measured:
    """Measure a sink, and see that every connection was left as one should be."""
    async with sink:
        measured = await measure(settings_for(sink.port, **how), plan or a_plan())
        await until(lambda: sink.open_now == 0)
    return measured


def said(sink: Sink) -> Counter[str]:
    return Counter(command.partition(" ")[0] for command in sink.commands)


class Limited(Sink):
    """Greets so many connections at once, and takes so many MAILs in all."""

    def __init__(self, *, connections: int = 99, mails: int = 9999, then: str = "") -> None:
        super().__init__()
        self._connections, self._mails, self._then = connections, mails, then

    def greeting(self) -> str:
        if self.open_now > self._connections:
            return "421 4.7.0 too many connections"
        return super().greeting()

    def mishap(self, place: str) -> str:
        over = place == "MAIL" and said(self)["MAIL"] > self._mails
        return self._then if over else ""


# A server without limits


@pytest.mark.parametrize("extensions", [(), ("PIPELINING", "SIZE 1000000")], ids=["bare", "usual"])
async def test_a_server_without_limits_is_measured_without_a_mail(extensions) -> None:
    sink = Sink(Conduct(extensions=extensions))
    measured = await visit(sink)
    assert measured.complaints == ()
    assert measured.connections == 4
    assert [(rung.connections, rung.count) for rung in measured.envelopes] == [
        (1, 4),
        (2, 8),
        (4, 16),
    ]
    assert measured.envelopes_carried == 25
    assert measured.mails == ()
    assert all(rung.per_second > 0 for rung in measured.envelopes)
    assert set(said(sink)) == VERBS
    assert said(sink)["QUIT"] == sink.connections == 4


async def test_without_a_recipient_nobody_is_named() -> None:
    sink = Sink()
    await visit(sink, a_plan(envelope=UNNAMED))
    assert set(said(sink)) == VERBS - {"RCPT"}
    assert said(sink)["MAIL"] == said(sink)["RSET"]


@settings(max_examples=25, deadline=None)
@given(
    connections=st.integers(1, 30),
    commands=st.integers(15, 250),
    limit=st.integers(1, 20),
    pipelining=st.booleans(),
)
def test_it_never_says_more_than_it_may(connections, commands, limit, pipelining) -> None:
    """Whatever the server allows: so many commands, and not one behind the first complaint."""
    sink = Limited(connections=limit)
    if not pipelining:
        sink.conduct = Conduct(extensions=())
    plan = a_plan(connections=connections, commands=commands)
    measured = asyncio.run(visit(sink, plan))
    assert len(sink.commands) <= commands
    assert measured.connections <= min(connections, limit, 20)
    assert sink.connections <= measured.connections + len(measured.complaints)


async def test_a_login_over_tls_stays_within_the_commands(tmp_path: Path) -> None:
    """Five commands to get in, on each connection; AUTH LOGIN has two lines more."""
    certificates = make_certificates(tmp_path)
    sink = Sink(Conduct(tls=certificates.good(), login=("shop", "secret"), mechanisms="LOGIN"))
    measured = await visit(
        sink,
        a_plan(connections=20),
        security=Security.STARTTLS,
        ca_file=certificates.ca_file,
        username="shop",
        password="secret",
    )
    assert measured.facts.tls_version == "TLSv1.3"
    assert measured.connections >= 8
    assert len(sink.commands) + 2 * sink.connections <= 200


async def test_a_slow_server_is_asked_less() -> None:
    """The time is bounded too: what has begun ends, and nothing more begins."""

    class Slow:
        asked = 0

        async def handle_MAIL(self, server, session, envelope, address, options) -> str:
            self.asked += 1
            await asyncio.sleep(0.25)
            envelope.mail_from = address
            return "250 2.1.0 at last"

    handler = Slow()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        measured = await measure(settings_for(controller.port), a_plan(seconds=0.9, connections=2))
    finally:
        controller.stop()
    assert 1 <= handler.asked <= 5
    assert measured.complaints == ()
    assert measured.envelopes[0].per_second < 4.1


# Limits


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_a_limit_of_connections_is_found_exactly(limit: int) -> None:
    sink = Limited(connections=limit)
    measured = await visit(sink, a_plan(connections=8))
    (complaint,) = measured.complaints
    assert measured.connections == complaint.connections == limit
    assert complaint.asked is Asked.CONNECTION
    assert complaint.is_limit
    assert complaint.outcome.text == "too many connections"
    assert sink.connections == limit + 1  # the first refusal is enough


@pytest.mark.parametrize("at_mail", [True, False], ids=["at MAIL", "behind the dot"])
@pytest.mark.parametrize("farewell", ["", "421 4.7.0 enough"], ids=["mute", "421"])
async def test_a_limit_of_mails_on_a_connection_is_kept_and_told(farewell, at_mail) -> None:
    conduct = Conduct(mails_per_connection=3, farewell=farewell, at_mail=at_mail)
    sink = Sink(conduct, keep=True)
    measured = await visit(sink, a_plan(mails=mails(20)))
    assert sorted(sink.contents) == sorted(b"".join(mail) for mail in mails(20))
    assert measured.mails_carried == 3
    assert [complaint.is_limit for complaint in measured.complaints] == [True]
    assert sum(rung.count for rung in measured.mails) == 20


@pytest.mark.parametrize("then", ["421", "close"])
async def test_a_limit_of_envelopes_ends_the_trial(then: str) -> None:
    sink = Limited(mails=9, then=then)
    measured = await visit(sink, a_plan(connections=1))
    (complaint,) = measured.complaints
    assert complaint.asked is Asked.ENVELOPE
    assert complaint.is_limit
    assert measured.envelopes_carried == complaint.carried == 9
    assert said(sink)["MAIL"] == 10


async def test_mails_go_over_as_many_connections_as_the_server_lets() -> None:
    sink = Limited(connections=2)
    measured = await visit(sink, a_plan(connections=4, mails=mails(20)))
    assert sink.mails == 20
    assert sink.most_open <= 3  # the third was turned away
    assert [rung.connections for rung in measured.mails] == [1, 2]


def test_what_the_server_declares_is_read() -> None:
    """RFC 9422."""
    sink = Sink(Conduct(extensions=("LIMITS RCPTMAX=50 MAILMAX=100", "SIZE 1000")))
    measured = asyncio.run(visit(sink))
    assert measured.facts.extensions.mails_per_connection == 100


# Complaints


@pytest.mark.parametrize(
    ("replies", "stage", "scope", "verdict"),
    [
        ({"MAIL": "550 5.7.1 not yours"}, Stage.MAIL, Scope.ACCOUNT, Verdict.PERMANENT),
        ({"RCPT": "550 5.1.1 nobody"}, Stage.RCPT, Scope.ADDRESS, Verdict.PERMANENT),
        ({"RCPT": "451 4.7.1 greylisted"}, Stage.RCPT, Scope.MESSAGE, Verdict.TRANSIENT),
        ({"MAIL": "421 4.3.2 going down"}, Stage.MAIL, Scope.MESSAGE, Verdict.TRANSIENT),
    ],
)
@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)], ids=["one by one", "pipelined"])
async def test_the_first_complaint_ends_it(replies, stage, scope, verdict, extensions) -> None:
    sink = Sink(Conduct(replies=replies, extensions=extensions))
    measured = await visit(sink, a_plan(mails=mails(5)))
    (complaint,) = measured.complaints
    assert not complaint.is_limit
    outcome = complaint.outcome
    assert (outcome.stage, outcome.scope, outcome.verdict) == (stage, scope, verdict)
    assert (measured.envelopes, measured.mails, sink.mails) == ([], [], 0)
    assert (said(sink)["MAIL"], sink.connections) == (1, 1)


async def test_a_server_that_asks_for_less_is_left_in_peace() -> None:
    class Throttling(Sink):
        def mishap(self, place: str) -> str:
            throttled = place == "MAIL" and said(self)["MAIL"] >= 7
            self.conduct = Conduct(replies={"MAIL": "454 4.7.0 too fast"} if throttled else {})
            return ""

    sink = Throttling()
    measured = await visit(sink)
    complaint = measured.complaints[0]
    assert complaint.asks_for_less
    assert complaint.per_second > 0
    assert said(sink)["MAIL"] <= 8  # two were under way at the same time


@pytest.mark.parametrize(
    ("conduct", "verdict"),
    [
        (Conduct(replies={"content": "554 5.6.0 no"}), Verdict.PERMANENT),
        (Conduct(replies={"content": "454 4.7.0 rate exceeded"}), Verdict.TRANSIENT),
        (Conduct(replies={"DATA": "451 4.3.0 later"}), Verdict.TRANSIENT),
        (Conduct(behind_dot="close"), Verdict.UNKNOWN),
        (Conduct(behind_dot="silence"), Verdict.UNKNOWN),
        (Conduct(in_content="reset"), Verdict.TRANSIENT),
    ],
    ids=["refused", "throttled", "DATA refused", "closed", "silent", "reset"],
)
async def test_the_first_mail_that_is_not_taken_is_the_last(conduct, verdict) -> None:
    sink = Sink(conduct)
    plan = a_plan(mails=mails(20, size=200_000))
    measured = await visit(sink, plan, timeouts=SHORT)
    complaint = measured.complaints[-1]
    assert complaint.asked is Asked.MAIL
    assert complaint.outcome.verdict is verdict
    assert not complaint.is_limit
    assert (measured.mails, sink.mails) == ([], 0)
    assert said(sink)["DATA"] <= 2


@pytest.mark.parametrize(
    ("conduct", "how", "error"),
    [
        (Conduct(greeting="421 4.7.0 busy"), {}, ServerBusy),
        (Conduct(greeting="554 5.7.1 go away"), {}, ServerUnusable),
        (Conduct(greeting="hello"), {}, ServerUnusable),
        (Conduct(login=("a", "b")), {"username": "a", "password": "x"}, LoginRefused),
        (Conduct(), {"security": Security.STARTTLS}, TlsUnavailable),
        (Conduct(replies={"NOOP": "421 4.3.2 bye"}), {}, ServerUnreachable),
    ],
    ids=["busy", "refused", "nonsense", "login", "no TLS", "hung up"],
)
async def test_without_a_conversation_the_error_says_why(conduct, how, error) -> None:
    sink = Sink(conduct)
    with pytest.raises(ServerUnusable) as raised:
        await visit(sink, **how)
    assert type(raised.value) is error
    assert sink.mails == 0
    assert not {"MAIL", "RCPT"} & set(said(sink))


async def test_a_stranger_s_certificate_is_refused_before_the_login(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    sink = Sink(Conduct(tls=certificates.from_a_stranger(), login=("shop", "secret")))
    with pytest.raises(CertificateRefused):
        await visit(sink, security=Security.STARTTLS, username="shop", password="secret")
    assert "AUTH" not in said(sink)


async def test_nobody_there_is_an_error() -> None:
    with pytest.raises(ServerUnreachable, match="refused"):
        await measure(settings_for(free_port()), a_plan())


async def test_breaking_off_says_goodbye() -> None:
    """Ctrl-C in the pause behind the first envelope."""
    sink = Sink()
    task = asyncio.create_task(visit(sink, a_plan(pause=60)))
    await until(lambda: said(sink)["RSET"] == 1)
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert sink.commands[-1] == "QUIT"


# Other people's servers, and our own


def test_the_built_in_mailbox_gets_the_mails_and_nothing_else(tmp_path: Path) -> None:
    store = MailboxStore(tmp_path)
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        there = settings_for(server.port)
        trial = asyncio.run(measure(there, a_plan()))
        assert store.count() == 0
        measured = asyncio.run(measure(there, a_plan(mails=mails(7))))
    assert trial.complaints == measured.complaints == ()
    assert store.count() == sum(rung.count for rung in measured.mails) == 7
    stored = [store.get(summary.id) for summary in store.page()]
    assert {mail.recipients for mail in stored if mail} == {(ME,)}


@contextlib.contextmanager
def smtp_sink(*options: str):
    """Postfix's smtp-sink; yields its port."""
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("Postfix's smtp-sink is not installed: requirements/postfix.sh")
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, *options, f"127.0.0.1:{port}", "16"])
    try:
        wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_until_it_listens(port: int) -> None:
    import socket
    import time

    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize(
    ("options", "connections", "asked", "stage"),
    [
        ((), 4, None, None),
        (("-p", "-8"), 4, None, None),
        (("-m", "2"), 2, Asked.CONNECTION, Stage.CONNECT),
        (("-r", "MAIL"), 1, Asked.ENVELOPE, Stage.MAIL),
        (("-f", "RCPT"), 1, Asked.ENVELOPE, Stage.RCPT),
        (("-q", "RCPT"), 1, Asked.ENVELOPE, Stage.MAIL),
        (("-Q", "MAIL"), 1, Asked.ENVELOPE, Stage.MAIL),
        (("-r", "."), 4, Asked.MAIL, Stage.CONTENT),
        (("-Q", "."), 4, Asked.MAIL, Stage.CONTENT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_smtp_sink_is_measured(options, connections, asked, stage) -> None:
    """It limits by letting wait, refuses softly and hard, and hangs up with and without 421."""
    timeouts = SHORT if "-m" in options else LONG
    with smtp_sink(*options) as port:
        measured = await measure(settings_for(port, timeouts=timeouts), a_plan(mails=mails(20)))
    assert measured.connections == connections
    first = next(iter(measured.complaints), None)
    assert (first and first.asked, first and first.outcome.stage) == (asked, stage)
    whole = asked in (None, Asked.CONNECTION)
    assert sum(rung.count for rung in measured.mails) == (20 if whole else 0)


# How mails are parted


@given(mails=st.integers(1, 200), connections=st.integers(1, 20))
def test_every_mail_has_its_place(mails: int, connections: int) -> None:
    parts = shares(mails, connections)
    assert sum(count for _, count in parts) == mails
    assert [number for number, _ in parts] == list(numbers_to_try(connections))[: len(parts)]
    assert all(count >= number for number, count in parts)


@given(st.integers(1, 100))
def test_the_numbers_rise_to_the_most(most: int) -> None:
    numbers = list(numbers_to_try(most))
    assert numbers[0] == 1
    assert numbers[-1] == most
    assert all(a < b <= 2 * a for a, b in pairwise(numbers))
