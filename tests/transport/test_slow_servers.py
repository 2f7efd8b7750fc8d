"""A server that is slow is waited for as long as the standard says, and not for ever."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from pabal.domain.outcome import Outcome, Scope, Stage, Verdict
from pabal.transport.smtp.transport import SmtpTransport
from servers.smtp import Conduct, ScriptedServer, Sink
from transport.contract import a_mail, an_envelope, until
from transport.smtp_places import LONG, SHORT, transport_to

GREETING = "S: 220 mx.example\nC: EHLO localhost\nS: 250-mx.example\nS: 250 PIPELINING\n"
ENVELOPE = "C: MAIL *\nC: RCPT *\nC: DATA\n"


async def submit_to(dialogue: str, mail: list[bytes], timeouts=SHORT) -> Outcome:
    async with (
        ScriptedServer(dialogue) as server,
        transport_to(server.port, timeouts=timeouts) as transport,
        asyncio.timeout(5),
    ):
        return await transport.submit(an_envelope(), mail)


@pytest.mark.parametrize(
    ("dialogue", "stage", "scope"),
    [
        ("S. drip 220-", Stage.CONNECT, Scope.ACCOUNT),
        ("S: 220 mx.example\nC: EHLO *\nS. drip 250-", Stage.CONNECT, Scope.ACCOUNT),
        (f"{GREETING}{ENVELOPE}S. drip 250 ", Stage.MAIL, Scope.MESSAGE),
        (f"{GREETING}{ENVELOPE}S: 250 OK\nS. drip 250-", Stage.RCPT, Scope.MESSAGE),
    ],
)
async def test_an_answer_that_comes_byte_by_byte_has_no_more_time_than_another(
    dialogue: str, stage: Stage, scope: Scope
) -> None:
    """RFC 5321 4.5.3.2: the time is the command's, so a byte of its answer does not renew it."""
    outcome = await submit_to(dialogue, a_mail())
    assert (outcome.verdict, outcome.stage, outcome.scope) == (Verdict.TRANSIENT, stage, scope)
    assert outcome.text == "The server gave no answer for 0.3 s."


async def test_an_answer_to_the_dot_that_never_ends_is_a_doubt() -> None:
    go_ahead = "S: 250 OK\nS: 250 OK\nS: 354 go on\n"
    outcome = await submit_to(f"{GREETING}{ENVELOPE}{go_ahead}C. x\nS. drip 250 ", a_mail())
    assert outcome.verdict is Verdict.UNKNOWN


async def test_every_answer_of_a_pipeline_has_the_time_of_its_command() -> None:
    """Three answers may take three times as long as one."""
    slowly = "S: 250 OK\nS. pause\nS: 250 OK\nS. pause\nS: 354 go on\nC. x\nS: 250 OK\nS. close"
    outcome = await submit_to(f"{GREETING}{ENVELOPE}S. pause\n{slowly}", a_mail())
    assert outcome.verdict is Verdict.ACCEPTED


async def test_a_mail_that_is_taken_too_slowly_is_given_up() -> None:
    """Every sip is a sign of life; at this speed the mail would take for hours."""
    go_ahead = "S: 250 OK\nS: 250 OK\nS: 354 go on\n"
    mail = [*a_mail(), b"x" * 70 + b"\r\n", *[b"x" * 998 + b"\r\n"] * 20_000]
    demanding = replace(LONG, block=1, slowest=100e6)
    outcome = await submit_to(f"{GREETING}{ENVELOPE}{go_ahead}S. sip", mail, demanding)
    assert (outcome.verdict, outcome.stage) == (Verdict.TRANSIENT, Stage.CONTENT)
    assert outcome.text == "The server takes the mail too slowly."


async def test_a_server_that_takes_nothing_more_is_given_up() -> None:
    go_ahead = "S: 250 OK\nS: 250 OK\nS: 354 go on\n"
    mail = [*a_mail(), *[b"x" * 998 + b"\r\n"] * 20_000]
    patient = replace(LONG, block=0.3)
    outcome = await submit_to(f"{GREETING}{ENVELOPE}{go_ahead}S. silence", mail, patient)
    assert (outcome.verdict, outcome.stage) == (Verdict.TRANSIENT, Stage.CONTENT)
    assert outcome.text == "The server took nothing more for 0.3 s."


# A mail behind another's dot


class Holding(Sink):
    """Says nothing more of mails to `held` and of what follows them, until `let_go` is called."""

    def __init__(self, *held: str) -> None:
        super().__init__(Conduct(extensions=("PIPELINING",)))
        self.held = held
        self.waiting: list[Callable[[], None]] = []

    def holds(self, recipients: Sequence[str], answer: Callable[[], None]) -> bool:
        if not set(recipients) & set(self.held):
            return False
        self.waiting.append(answer)
        return True

    def let_go(self) -> None:
        for answer in self.waiting:
            answer()


EAGER = replace(LONG, hurry=0.05)


async def test_a_mail_does_not_wait_behind_anothers_dot_where_a_connection_is_free() -> None:
    """Its envelope has left and nothing else, so it goes over the other one; once."""
    async with (
        Holding("r0") as sink,
        transport_to(sink.port, connections=2, timeouts=EAGER) as transport,
    ):
        stuck, *others = await _submit(transport, "r0", "r1", "r2", "r3")
        await asyncio.gather(*others)
        assert not stuck.done()
        sink.let_go()
        assert (await stuck).verdict is Verdict.ACCEPTED
        assert (await transport.submit(an_envelope("r4"), a_mail())).verdict is Verdict.ACCEPTED
    assert sorted(sink.recipients) == ["r0", "r1", "r2", "r3", "r4"]
    assert sink.connections == 2


async def test_where_no_connection_is_free_it_waits() -> None:
    async with (
        Holding("r0") as sink,
        transport_to(sink.port, connections=1, timeouts=EAGER) as transport,
    ):
        mails = await _submit(transport, "r0", "r1")
        await asyncio.sleep(0.3)
        assert not any(mail.done() for mail in mails)
        sink.let_go()
        await asyncio.gather(*mails)
    assert sink.recipients == ["r0", "r1"]
    assert sink.connections == 1


async def test_it_goes_as_soon_as_another_connection_is_free() -> None:
    async with (
        Holding("r0", "r1") as sink,
        transport_to(sink.port, connections=2, timeouts=EAGER) as transport,
    ):
        first, second, *others = await _submit(transport, "r0", "r1", "r2", "r3")
        await until(lambda: len(sink.waiting) == 2)
        sink.waiting.pop()()
        await asyncio.gather(*others)
        _, held = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
        assert len(held) == 1
        sink.let_go()
        await asyncio.gather(first, second)
    assert sorted(sink.recipients) == ["r0", "r1", "r2", "r3"]


async def _submit(transport: SmtpTransport, *recipients: str) -> list[asyncio.Task[Outcome]]:
    """Have each on a connection's way before the next comes."""
    tasks = []
    for recipient in recipients:
        submitting = transport.submit(an_envelope(recipient), a_mail())
        tasks.append(asyncio.create_task(submitting))
        await asyncio.sleep(0)
    return tasks
