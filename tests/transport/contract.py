"""What every Transport promises. An implementation is a subclass with a `place` fixture."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pabal.domain.outcome import Scope, Stage, Verdict
from pabal.transport.mailbox.store import MailboxStore
from pabal.transport.port import Envelope, Transport

BUSY = "busy@customer.example"
NOBODY = "nobody@customer.example"
TOO_LARGE_FOR = "small@customer.example"
VANISHES = "vanishes@customer.example"
FROM = b"From: shop@shop.example\r\n"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A transport, and a way to see what has arrived.

    At the other end BUSY is refused for a while, NOBODY for ever, TOO_LARGE_FOR behind
    the content, and the connection breaks behind the content for VANISHES.

    takes_sender: the envelope's sender is used; a service may make its own.
    refuses_at: where recipients are refused. knows_mailboxes: a server that takes a mail has
    looked whether there is such a mailbox.
    """

    transport: Transport
    store: MailboxStore
    takes_sender: bool = True
    refuses_at: Stage = Stage.RCPT
    knows_mailboxes: bool = True


def a_mail(text: str = "hello") -> list[bytes]:
    return [b"Subject: ", text.encode(), b"\r\nFrom: shop@shop.example\r\n\r\n", b"body\r\n"]


def an_envelope(recipient: str = "alice@customer.example") -> Envelope:
    return Envelope(sender="bounce@shop.example", recipient=recipient)


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


class TransportContract:
    async def test_a_mail_arrives_as_it_was_with_its_envelope(self, place: Place) -> None:
        """The buffers arrive joined, byte for byte."""
        mail = [FROM, b"", b"\r\n.\r\n", b"..\r\n.", b"dot\r\n", b"end.\r\n"]
        outcome = await place.transport.submit(an_envelope(), mail)
        assert outcome.verdict is Verdict.ACCEPTED
        assert outcome.stage is Stage.CONTENT
        [summary] = place.store.page()
        stored = place.store.get(summary.id)
        assert stored is not None
        assert stored.raw == b"".join(mail)
        assert stored.recipients == ("alice@customer.example",)
        assert stored.sender == "bounce@shop.example" or not place.takes_sender

    async def test_the_reply_is_kept_for_people(self, place: Place) -> None:
        """What the server said of an accepted mail helps to find it in its log."""
        outcome = await place.transport.submit(an_envelope(), a_mail())
        assert outcome.reply is not None
        assert outcome.reply.code == 250
        assert place.store.page()[0].id in outcome.text

    async def test_a_large_mail_of_many_buffers_arrives(self, place: Place) -> None:
        """More buffers than one write takes, and more bytes than a socket's buffer holds."""
        line = b"x" * 70 + b"\r\n"
        mail = [FROM, b"\r\n", *[line] * 40_000, *[line * 1000] * 40]
        outcome = await place.transport.submit(an_envelope(), mail)
        assert outcome.verdict is Verdict.ACCEPTED
        assert place.store.page()[0].size_bytes == sum(map(len, mail))

    async def test_many_tasks_submit_at_once_and_each_gets_its_own_outcome(
        self, place: Place
    ) -> None:
        """Refusals in between disturb nobody else."""
        recipients = [f"r{n}@customer.example" for n in range(60)]
        for n in (3, 4, 20):
            recipients[n] = NOBODY
        recipients[30] = TOO_LARGE_FOR
        outcomes = await asyncio.gather(
            *(place.transport.submit(an_envelope(r), a_mail(r)) for r in recipients)
        )
        refused = {n for n, o in enumerate(outcomes) if o.verdict is not Verdict.ACCEPTED}
        assert refused == {3, 4, 20, 30}
        assert place.store.count() == 56
        for stored in place.store.page(limit=100):
            assert stored.recipients[0].encode() in stored.header

    async def test_a_refused_recipient_is_an_outcome(self, place: Place) -> None:
        outcome = await place.transport.submit(an_envelope(NOBODY), a_mail())
        assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.ADDRESS)
        assert outcome.stage is place.refuses_at
        assert outcome.suppress is place.knows_mailboxes

    async def test_a_passing_refusal_is_transient(self, place: Place) -> None:
        outcome = await place.transport.submit(an_envelope(BUSY), a_mail())
        assert outcome.verdict is Verdict.TRANSIENT
        assert outcome.stage is place.refuses_at

    async def test_a_mail_refused_behind_its_content_concerns_the_mail(self, place: Place) -> None:
        outcome = await place.transport.submit(an_envelope(TOO_LARGE_FOR), a_mail())
        assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.MESSAGE)
        assert outcome.stage is Stage.CONTENT

    async def test_a_mail_whose_answer_is_lost_is_unknown(self, place: Place) -> None:
        """It has arrived here, and the transport cannot know (RFC 1047)."""
        outcome = await place.transport.submit(an_envelope(VANISHES), a_mail())
        assert outcome.verdict is Verdict.UNKNOWN
        assert place.store.count() == 1

    async def test_what_is_lost_for_one_mail_is_not_lost_for_the_next(self, place: Place) -> None:
        await place.transport.submit(an_envelope(VANISHES), a_mail())
        outcome = await place.transport.submit(an_envelope(), a_mail())
        assert outcome.verdict is Verdict.ACCEPTED

    async def test_a_mail_cancelled_while_it_waits_is_not_sent(self, place: Place) -> None:
        task = asyncio.create_task(place.transport.submit(an_envelope(), a_mail("cancelled")))
        await asyncio.sleep(0)
        task.cancel()
        await place.transport.submit(an_envelope(), a_mail("sent"))
        assert [b"Subject: sent" in mail.header for mail in place.store.page()] == [True]

    async def test_closing_finishes_what_is_on_the_wire(self, place: Place) -> None:
        """And tells those that wait that their mails were not sent."""
        tasks = [
            asyncio.create_task(
                place.transport.submit(an_envelope(), [*a_mail(str(n)), b"x\r\n" * 100_000])
            )
            for n in range(30)
        ]
        await until(lambda: place.store.count() > 0)
        await place.transport.close()
        outcomes = await asyncio.gather(*tasks)
        verdicts = [outcome.verdict for outcome in outcomes]
        assert verdicts.count(Verdict.ACCEPTED) == place.store.count()
        assert set(verdicts) == {Verdict.ACCEPTED, Verdict.TRANSIENT}

    async def test_closing_twice_is_safe(self, place: Place) -> None:
        await place.transport.close()
        await place.transport.close()
