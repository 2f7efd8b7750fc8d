"""How the SMTP transport uses, keeps and gives up its connections."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pabal.domain.outcome import Outcome, Scope, Verdict
from pabal.transport.smtp.settings import Security, Timeouts
from pabal.transport.smtp.transport import SmtpTransport
from servers.smtp import Conduct, Sink, black_hole, make_certificates
from transport.contract import a_mail, an_envelope, until
from transport.smtp_places import LONG, SHORT, settings_for, transport_to


async def submit_some(transport: SmtpTransport, count: int) -> Counter[Verdict]:
    outcomes: list[Outcome] = await asyncio.gather(
        *(transport.submit(an_envelope(f"r{n}@x.example"), a_mail()) for n in range(count))
    )
    return Counter(outcome.verdict for outcome in outcomes)


async def test_no_connection_is_opened_before_there_is_a_mail() -> None:
    async with Sink() as sink, transport_to(sink.port):
        await asyncio.sleep(0.05)
        assert sink.connections == 0


async def test_one_mail_after_the_other_needs_one_connection() -> None:
    async with Sink() as sink, transport_to(sink.port, connections=4) as transport:
        for _ in range(5):
            await transport.submit(an_envelope(), a_mail())
        assert sink.connections == 1


async def test_many_mails_use_all_connections_and_no_more() -> None:
    async with Sink() as sink, transport_to(sink.port, connections=3) as transport:
        assert await submit_some(transport, 50) == {Verdict.ACCEPTED: 50}
        assert sink.most_open == 3


async def test_an_idle_connection_says_goodbye_by_itself() -> None:
    """SES hangs up after 10 s of silence; we leave before."""
    async with Sink() as sink, transport_to(sink.port, timeouts=SHORT) as transport:
        await transport.submit(an_envelope(), a_mail())
        await until(lambda: sink.open_now == 0)
        assert sink.commands[-1] == "QUIT"
        assert (await transport.submit(an_envelope(), a_mail())).verdict is Verdict.ACCEPTED
        assert sink.connections == 2


async def test_closing_says_goodbye() -> None:
    async with Sink() as sink:
        async with transport_to(sink.port, connections=2) as transport:
            await submit_some(transport, 10)
        assert sink.commands.count("QUIT") == sink.connections
        await until(lambda: sink.open_now == 0)


@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("at_mail", [False, True], ids=["at once", "at the next MAIL"])
@pytest.mark.parametrize("farewell", ["", "421 4.7.0 too many mails here"], ids=["mute", "421"])
async def test_a_limit_of_mails_per_connection_costs_no_mail_anything(
    farewell: str, at_mail: bool, connections: int
) -> None:
    """Yahoo hangs up without a word; others say 421. Both mean: on another connection."""
    conduct = Conduct(mails_per_connection=5, farewell=farewell, at_mail=at_mail)
    async with Sink(conduct) as sink, transport_to(sink.port, connections=connections) as transport:
        assert await submit_some(transport, 60) == {Verdict.ACCEPTED: 60}
        assert sorted(sink.recipients) == sorted(f"r{n}@x.example" for n in range(60))
        assert sink.connections >= 12


async def test_a_goodbye_within_tls_is_a_goodbye(tmp_path: Path) -> None:
    """The server has said so (close_notify) and waits for ours; its socket stays open."""
    certificates = make_certificates(tmp_path)
    conduct = Conduct(mails_per_connection=1, tls=certificates.good())
    async with (
        Sink(conduct) as sink,
        transport_to(
            sink.port, security=Security.STARTTLS, ca_file=certificates.ca_file
        ) as transport,
        asyncio.timeout(3),
    ):
        assert await submit_some(transport, 10) == {Verdict.ACCEPTED: 10}
        assert sink.connections == 10


async def test_a_server_that_restarts_between_mails_is_found_again() -> None:
    async with Sink() as sink, transport_to(sink.port) as transport:
        await transport.submit(an_envelope(), a_mail())
        await sink.close()
        await sink.start()
        assert (await transport.submit(an_envelope(), a_mail())).verdict is Verdict.ACCEPTED


async def test_a_server_that_takes_fewer_connections_is_served_by_those() -> None:
    """A connection turned away while others work is no reason to hold mails back."""
    sink = OneAtATime()
    async with sink, transport_to(sink.port, connections=4) as transport:
        assert await submit_some(transport, 40) == {Verdict.ACCEPTED: 40}
        await until(lambda: sink.turned_away == 3)  # perhaps behind the last mail
        await submit_some(transport, 40)
        assert sink.turned_away == 3  # it is not asked again so soon


async def test_a_server_that_takes_more_connections_again_is_found_out_in_seconds() -> None:
    sink = OneAtATime()
    async with sink, transport_to(sink.port, connections=4) as transport:
        await submit_some(transport, 40)
        assert sink.most_served == 1
        sink.is_strict = False
        async with asyncio.timeout(10):
            while sink.most_served == 1:
                await submit_some(transport, 40)


async def test_mails_that_wait_for_a_server_that_turns_us_away_are_told() -> None:
    conduct = Conduct(greeting="421 4.3.2 too busy")
    async with Sink(conduct) as sink, transport_to(sink.port, connections=4) as transport:
        outcomes = await asyncio.gather(
            *(transport.submit(an_envelope(), a_mail()) for _ in range(20))
        )
    assert {(o.verdict, o.scope) for o in outcomes} == {(Verdict.TRANSIENT, Scope.ACCOUNT)}


async def test_a_mail_cancelled_on_the_wire_is_sent_to_its_end() -> None:
    """It cannot be taken back; and the mails behind it must not suffer."""
    async with Sink() as sink, transport_to(sink.port) as transport:
        task = asyncio.create_task(
            transport.submit(an_envelope(), [*a_mail(), b"x\r\n" * 5_000_000])
        )
        await until(lambda: "DATA" in sink.commands)
        task.cancel()
        outcome = await transport.submit(an_envelope("bob@customer.example"), a_mail())
    assert outcome.verdict is Verdict.ACCEPTED
    assert sink.recipients == ["alice@customer.example", "bob@customer.example"]
    assert sink.connections == 1


async def test_a_mail_refused_before_all_of_it_has_left_ends_the_connection_only() -> None:
    """The server answers in the middle of the content; the next mail goes over a new one."""
    sink = Impatient()
    async with sink, transport_to(sink.port) as transport:
        big, small = await asyncio.gather(
            transport.submit(an_envelope(), [*a_mail(), b"x\r\n" * 10_000_000]),
            transport.submit(an_envelope(), a_mail()),
        )
    assert big.verdict is Verdict.PERMANENT
    assert big.reply is not None
    assert big.reply.code == 552
    assert small.verdict is Verdict.ACCEPTED
    assert sink.connections == 2


async def test_a_mail_accepted_before_all_of_it_has_left_is_not_believed() -> None:
    sink = Impatient("250 2.0.0 kept")
    async with sink, transport_to(sink.port) as transport:
        outcome = await transport.submit(an_envelope(), [*a_mail(), b"x\r\n" * 10_000_000])
    assert outcome.verdict is Verdict.TRANSIENT


async def test_closing_does_not_wait_for_a_server_that_never_greets() -> None:
    async with black_hole() as port:
        transport = SmtpTransport(settings_for(port, timeouts=LONG))
        waiting = asyncio.create_task(transport.submit(an_envelope(), a_mail()))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            await transport.close()
            outcome = await waiting
    assert (outcome.verdict, outcome.scope) == (Verdict.TRANSIENT, Scope.ACCOUNT)


async def test_a_closed_transport_sends_nothing_more() -> None:
    async with Sink() as sink, transport_to(sink.port) as transport:
        await transport.close()
        outcome = await transport.submit(an_envelope(), a_mail())
        assert outcome.verdict is Verdict.TRANSIENT
        assert sink.connections == 0


async def test_the_goodbye_of_a_server_that_does_not_answer_it_is_not_awaited_long() -> None:
    conduct = Conduct(replies={"QUIT": ""})
    timeouts = Timeouts(idle=0.05, quit=0.1)
    async with Sink(conduct) as sink, transport_to(sink.port, timeouts=timeouts) as transport:
        await transport.submit(an_envelope(), a_mail())
        await until(lambda: sink.open_now == 0)


async def test_we_call_ourselves_by_our_address_where_no_name_is_set() -> None:
    """RFC 5321 4.1.4: whoever has no name of its own says its address."""
    async with Sink() as sink, transport_to(sink.port, local_name="") as transport:
        await transport.submit(an_envelope(), a_mail())
    assert sink.commands[0] == "EHLO [127.0.0.1]"


def test_the_time_outs_are_those_of_the_standard() -> None:
    """RFC 5321 4.5.3.2: in seconds; SES hangs up after 10 s of idleness."""
    standard = Timeouts()
    assert (standard.greeting, standard.mail, standard.rcpt) == (300, 300, 300)
    assert (standard.data, standard.block, standard.content) == (120, 180, 600)
    assert standard.idle < 10


class OneAtATime(Sink):
    """Turns every connection away that comes while another is open."""

    def __init__(self) -> None:
        super().__init__()
        self.is_strict = True
        self.turned_away = 0
        self.most_served = 0

    def greeting(self) -> str:
        if self.is_strict and self.open_now > 1:
            self.turned_away += 1
            return "421 4.7.0 one connection at a time"
        self.most_served = max(self.most_served, self.open_now)
        return super().greeting()


class Impatient(Sink):
    """Answers the first content before it is complete, and reads no more of it."""

    def __init__(self, reply: str = "552 5.3.4 too large") -> None:
        super().__init__(Conduct(extensions=("PIPELINING",)))
        self.reply = reply
        self.patient = False

    def early_answer(self) -> str:
        if self.patient:
            return ""
        self.patient = True
        return self.reply


async def test_a_fault_of_ours_with_one_mail_is_no_error_of_those_behind_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They have not been on the wire, so each may go again; and somebody hears of the fault."""
    no_bytes: Any = ["text"]
    async with Sink() as sink, transport_to(sink.port, connections=1) as transport:
        broken, *behind = await asyncio.gather(
            transport.submit(an_envelope(), no_bytes),
            *(transport.submit(an_envelope(f"r{n}@x.example"), a_mail()) for n in range(5)),
        )
        assert broken.verdict is Verdict.TRANSIENT
        assert {each.verdict for each in behind} <= {Verdict.ACCEPTED, Verdict.TRANSIENT}
        assert await submit_some(transport, 5) == {Verdict.ACCEPTED: 5}
    assert "a connection broke" in caplog.text
