"""A server that is slow is waited for as long as the standard says, and not for ever."""

import asyncio
from dataclasses import replace

import pytest

from pabal.domain.outcome import Outcome, Scope, Stage, Verdict
from servers.smtp import ScriptedServer
from transport.contract import a_mail, an_envelope
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
    demanding = replace(LONG, block=0.3, slowest=100e6)
    outcome = await submit_to(f"{GREETING}{ENVELOPE}{go_ahead}S. sip", mail, demanding)
    assert (outcome.verdict, outcome.stage) == (Verdict.TRANSIENT, Stage.CONTENT)
    assert outcome.text == "The server takes the mail too slowly."


async def test_a_server_that_takes_nothing_more_is_given_up() -> None:
    go_ahead = "S: 250 OK\nS: 250 OK\nS: 354 go on\n"
    mail = [*a_mail(), *[b"x" * 998 + b"\r\n"] * 20_000]
    outcome = await submit_to(f"{GREETING}{ENVELOPE}{go_ahead}S. silence", mail)
    assert (outcome.verdict, outcome.stage) == (Verdict.TRANSIENT, Stage.CONTENT)
    assert outcome.text == "The server took nothing more for 0.3 s."
