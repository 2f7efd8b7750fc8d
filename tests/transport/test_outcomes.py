"""What the SMTP transport says when servers refuse, break or fall silent."""

import asyncio
from collections import Counter

import pytest

from pabal.domain.outcome import Outcome, Scope, Stage, Verdict
from pabal.transport.port import Envelope
from pabal.transport.smtp.transport import SmtpTransport
from servers.smtp import Conduct, Sink, black_hole, free_port
from transport.contract import a_mail, an_envelope
from transport.smtp_places import SHORT, transport_to


async def outcome_at(conduct: Conduct, *, recipient: str = "alice@customer.example") -> Outcome:
    """Submit one mail to a sink of that conduct."""
    async with Sink(conduct) as sink, transport_to(sink.port, timeouts=SHORT) as transport:
        return await transport.submit(an_envelope(recipient), a_mail())


async def submit_some(transport: SmtpTransport, count: int) -> list[Outcome]:
    return await asyncio.gather(
        *(transport.submit(an_envelope(f"r{n}@x.example"), a_mail()) for n in range(count))
    )


def verdicts(outcomes: list[Outcome]) -> Counter[Verdict]:
    return Counter(outcome.verdict for outcome in outcomes)


REFUSALS = [
    ("MAIL", "550 5.7.1 sender refused", Verdict.PERMANENT, Scope.ACCOUNT, Stage.MAIL),
    ("MAIL", "451 4.3.0 later", Verdict.TRANSIENT, Scope.MESSAGE, Stage.MAIL),
    ("MAIL", "421 4.7.0 go away", Verdict.TRANSIENT, Scope.MESSAGE, Stage.MAIL),
    ("RCPT", "550 5.1.1 no such user", Verdict.PERMANENT, Scope.ADDRESS, Stage.RCPT),
    ("RCPT", "452 4.2.2 mailbox full", Verdict.TRANSIENT, Scope.ADDRESS, Stage.RCPT),
    ("RCPT", "452 4.5.3 too many recipients", Verdict.TRANSIENT, Scope.MESSAGE, Stage.RCPT),
    ("RCPT", "421 4.3.2 shutting down", Verdict.TRANSIENT, Scope.MESSAGE, Stage.RCPT),
    ("DATA", "451 4.3.0 later", Verdict.TRANSIENT, Scope.MESSAGE, Stage.DATA),
    ("DATA", "421 4.3.2 shutting down", Verdict.TRANSIENT, Scope.MESSAGE, Stage.DATA),
    ("content", "451 4.3.0 later", Verdict.TRANSIENT, Scope.MESSAGE, Stage.CONTENT),
    ("content", "454 4.7.0 rate exceeded", Verdict.TRANSIENT, Scope.MESSAGE, Stage.CONTENT),
    ("content", "552 5.3.4 too large", Verdict.PERMANENT, Scope.MESSAGE, Stage.CONTENT),
    ("content", "550 5.7.26 unauthenticated", Verdict.PERMANENT, Scope.ACCOUNT, Stage.CONTENT),
    ("content", "421 4.3.2 shutting down", Verdict.TRANSIENT, Scope.MESSAGE, Stage.CONTENT),
]
WAYS = {
    "grouped": Conduct().extensions,
    "one by one": tuple(e for e in Conduct().extensions if e != "PIPELINING"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("at", "reply", "verdict", "scope", "stage"), REFUSALS)
async def test_a_refusal_says_where_it_was_given_and_whom_it_concerns(
    way: str, at: str, reply: str, verdict: Verdict, scope: Scope, stage: Stage
) -> None:
    """With commands in groups and one by one alike."""
    outcome = await outcome_at(Conduct(replies={at: reply}, extensions=WAYS[way]))
    assert (outcome.verdict, outcome.scope, outcome.stage) == (verdict, scope, stage)
    assert outcome.reply is not None
    assert outcome.reply.code == int(reply[:3])


@pytest.mark.parametrize("way", WAYS)
async def test_mails_behind_a_refused_one_are_sent(way: str) -> None:
    """A refused envelope is taken back by RSET, so that the next is not nested in it."""
    conduct = Conduct(replies_to={"r1@x.example": "550 5.1.1 no"}, extensions=WAYS[way])
    async with Sink(conduct) as sink, transport_to(sink.port) as transport:
        outcomes = await submit_some(transport, 4)
    assert verdicts(outcomes) == {Verdict.ACCEPTED: 3, Verdict.PERMANENT: 1}
    assert sink.commands.count("RSET") == 1


@pytest.mark.parametrize("ending", ["silence", "close", "reset"])
async def test_no_answer_behind_the_dot_is_unknown(ending: str) -> None:
    """RFC 1047: the server may have taken the mail. Only this is unknown."""
    outcome = await outcome_at(Conduct(behind_dot=ending))
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reply is None
    assert outcome.text


async def test_a_connection_that_breaks_within_the_content_is_transient() -> None:
    """The dot had not left, so the server cannot have taken the mail."""
    conduct = Conduct(in_content="reset", extensions=("PIPELINING",))
    async with Sink(conduct) as sink, transport_to(sink.port) as transport:
        mail = [*a_mail(), b"x\r\n" * 10_000_000]
        outcome = await transport.submit(an_envelope(), mail)
    assert outcome.verdict is Verdict.TRANSIENT
    assert outcome.stage is Stage.CONTENT


async def test_a_server_that_takes_no_more_of_the_content_is_transient() -> None:
    """A block has its own time-out (RFC 5321 4.5.3.2.5)."""
    async with stuck_server() as port, transport_to(port, timeouts=SHORT) as transport:
        outcome = await transport.submit(an_envelope(), [b"x" * 30_000_000, b"\r\n"])
    assert outcome.verdict is Verdict.TRANSIENT
    assert "took nothing more" in outcome.text


async def test_a_refused_connection_concerns_the_account() -> None:
    """No mail is to blame; every mail that waits gets the same answer."""
    async with transport_to(free_port()) as transport:
        outcomes = await submit_some(transport, 3)
    for outcome in outcomes:
        assert (outcome.verdict, outcome.scope) == (Verdict.TRANSIENT, Scope.ACCOUNT)
        assert outcome.stage is Stage.CONNECT
        assert "refused" in outcome.text


async def test_an_unknown_host_concerns_the_account() -> None:
    async with transport_to(25, host="nowhere.invalid") as transport:
        outcome = await transport.submit(an_envelope(), a_mail())
    assert (outcome.verdict, outcome.scope) == (Verdict.TRANSIENT, Scope.ACCOUNT)


async def test_a_server_that_never_greets_is_given_up() -> None:
    async with black_hole() as port, transport_to(port, timeouts=SHORT) as transport:
        outcome = await transport.submit(an_envelope(), a_mail())
    assert (outcome.verdict, outcome.scope) == (Verdict.TRANSIENT, Scope.ACCOUNT)
    assert "no answer for 0.3 s" in outcome.text


@pytest.mark.parametrize(
    ("greeting", "verdict"),
    [
        ("554 5.7.1 we do not know you", Verdict.PERMANENT),
        ("421 4.3.2 too busy", Verdict.TRANSIENT),
        ("450 4.3.2 too busy", Verdict.TRANSIENT),
    ],
)
async def test_a_greeting_that_turns_us_away_concerns_the_account(
    greeting: str, verdict: Verdict
) -> None:
    outcome = await outcome_at(Conduct(greeting=greeting))
    assert (outcome.verdict, outcome.scope) == (verdict, Scope.ACCOUNT)
    assert outcome.stage is Stage.CONNECT


async def test_an_address_in_utf8_is_refused_where_the_server_does_not_take_it() -> None:
    """Nothing of the mail is sent."""
    conduct = Conduct(extensions=("PIPELINING", "8BITMIME"))
    envelope = Envelope(
        sender="bounce@shop.example", recipient="민수@customer.example", needs_smtputf8=True
    )
    async with Sink(conduct) as sink, transport_to(sink.port) as transport:
        outcome = await transport.submit(envelope, a_mail())
    assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.ADDRESS)
    assert "SMTPUTF8" in outcome.text
    assert not any(command.startswith("MAIL") for command in sink.commands)


async def test_an_address_in_utf8_goes_where_the_server_takes_it() -> None:
    envelope = Envelope(
        sender="bounce@shop.example", recipient="민수@customer.example", needs_smtputf8=True
    )
    async with Sink() as sink, transport_to(sink.port) as transport:
        outcome = await transport.submit(envelope, a_mail())
    assert outcome.verdict is Verdict.ACCEPTED
    assert sink.recipients == ["민수@customer.example"]
    assert any(command.endswith(" BODY=8BITMIME SMTPUTF8") for command in sink.commands)


async def test_a_mail_above_the_servers_size_is_not_sent() -> None:
    """RFC 1870: the server has said how much it takes; the mail is at fault."""
    conduct = Conduct(extensions=("PIPELINING", "SIZE 1000"))
    async with Sink(conduct) as sink, transport_to(sink.port) as transport:
        outcome = await transport.submit(an_envelope(), [b"x" * 998 + b"\r\n", b"x\r\n"])
        fits = await transport.submit(an_envelope(), [b"x" * 998 + b"\r\n"])
    assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.MESSAGE)
    assert "1003" in outcome.text
    assert "1000" in outcome.text
    assert fits.verdict is Verdict.ACCEPTED
    assert sum(command.startswith("MAIL") for command in sink.commands) == 1


@pytest.mark.parametrize("address", ["a@x.example>\r\nRCPT TO:<b@x.example", "a b@x", "a\0@x"])
async def test_an_address_that_would_break_out_of_its_command_is_refused(address: str) -> None:
    async with Sink() as sink, transport_to(sink.port) as transport:
        outcome = await transport.submit(an_envelope(address), a_mail())
    assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.ADDRESS)
    assert sink.recipients == []


async def test_a_server_that_speaks_one_byte_at_a_time_is_understood() -> None:
    assert (await outcome_at(Conduct(one_byte_at_a_time=True))).verdict is Verdict.ACCEPTED


def stuck_server():
    """A server that reads the envelope and then no more."""
    return _StuckServer()


class _StuckServer:
    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._writer.transport.abort()
        await self._server.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(b"220 here\r\n")
        for reply in (b"250 here", b"250 sender", b"250 recipient", b"354 go on"):
            await reader.readuntil(b"\r\n")
            writer.write(reply + b"\r\n")
        writer.transport.pause_reading()
