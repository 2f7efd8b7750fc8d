"""Measuring what a mail server takes, without a mail and without being a nuisance.

Connections are opened one behind the other: 1, 2, 4, ... At each number some envelopes are
offered and taken back (MAIL, RCPT, RSET), which delivers nothing. Then the first connection
takes some more, to see how many it may carry. The first complaint ends it.

Mails are offered only where the plan has some, and then although the server has shown a
limit: it is kept.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from pabal.domain.classify import classify
from pabal.domain.outcome import Stage, Verdict
from pabal.transport.smtp.carrier import Carrier
from pabal.transport.smtp.channel import ConnectionLost
from pabal.transport.smtp.connection import TurnedAway
from pabal.transport.smtp.measured import Asked, Measured, Plan, Rung, numbers_to_try, shares
from pabal.transport.smtp.offer import Offer, WaitingLine
from pabal.transport.smtp.probe import as_unusable, look_at
from pabal.transport.smtp.settings import SmtpSettings, Timeouts
from pabal.transport.smtp.visit import Seat, Visit, network_trouble

# What a person in front of a terminal waits for, not what a mail waits for.
IMPATIENT = Timeouts(
    connect=10, greeting=15, mail=20, rcpt=20, data=30, block=30, content=120, idle=5, quit=2
)

MOST_CONNECTIONS = 20

_ROUND_TRIPS = 5
_AT_EACH_NUMBER = 4  # envelopes a connection
# Postfix forgives 100 RSET without a mail on a connection: smtpd_junk_command_limit.
_ON_ONE_CONNECTION = 25

# Commands at most.
_OPENING = 7  # EHLO, STARTTLS, EHLO, AUTH LOGIN with two answers; QUIT
_ENVELOPE = 3  # MAIL, RCPT, RSET


async def measure(settings: SmtpSettings, plan: Plan) -> Measured:
    """Measure a server to which nobody else should be sending meanwhile.

    What it would not take is part of what is measured. Raises ServerUnusable: there is no
    conversation at all.
    """
    visit = Visit(settings, most=min(plan.connections, MOST_CONNECTIONS))
    budget = _Budget(plan.commands - _OPENING - _ROUND_TRIPS, visit.clock() + plan.seconds)
    try:
        await visit.take_seat()
        facts = await look_at(visit.open[0].connection, round_trips=_ROUND_TRIPS)
        envelopes = await _Trial(visit, plan, budget).run()
        mails = await _Mailing(visit, plan).run() if plan.mails else ()
    except (TurnedAway, ConnectionLost) as trouble:
        raise as_unusable(trouble, settings) from trouble
    finally:
        await visit.leave()
    return Measured(
        facts=facts,
        connections=visit.most_open,
        envelopes=envelopes,
        envelopes_carried=max(seat.envelopes for seat in visit.ever_open),
        mails=mails,
        mails_carried=max(seat.mails for seat in visit.ever_open),
        complaints=tuple(visit.complaints),
    )


@dataclass(slots=True)
class _Budget:
    """commands: that are left. until: a moment on the event loop's clock."""

    commands: int
    until: float

    def allows(self, commands: int) -> bool:
        """Take so many commands out of it; False where they, or the time, are used up."""
        if self.commands < commands or asyncio.get_running_loop().time() >= self.until:
            return False
        self.commands -= commands
        return True


class _Trial:
    """Envelopes over 1, 2, 4, ... connections, until something is complained of."""

    def __init__(self, visit: Visit, plan: Plan, budget: _Budget) -> None:
        self._visit = visit
        self._plan = plan
        self._budget = budget

    async def run(self) -> Sequence[Rung]:
        visit, rungs = self._visit, list[Rung]()
        visit.begin_to_count()
        for number in numbers_to_try(visit.most):
            if not await self._open(number):
                break
            spans = await asyncio.gather(
                *(self._try_envelopes(seat, _AT_EACH_NUMBER) for seat in visit.open)
            )
            taken = [span for each in spans for span in each]
            if taken:
                # Each connection was busy for its share of the time.
                seconds = sum(taken) / number
                rungs.append(Rung(connections=number, count=len(taken), seconds=seconds))
        if not visit.complaints:
            first = visit.open[0]
            await self._try_envelopes(first, _ON_ONE_CONNECTION - first.envelopes)
        return rungs

    async def _open(self, number: int) -> bool:
        """Return whether so many connections are open, and nothing was complained of."""
        while len(self._visit.open) < number and not self._visit.complaints:
            if not self._budget.allows(_OPENING):
                return False
            await self._visit.try_to_take_seat()
        return not self._visit.complaints

    async def _try_envelopes(self, seat: Seat, most: int) -> list[float]:
        """Return how many seconds each envelope took that was taken."""
        clock, spans = self._visit.clock, list[float]()
        while len(spans) < most and not self._visit.complaints and self._budget.allows(_ENVELOPE):
            began = clock()
            if not await self._try_envelope(seat):
                break
            spans.append(clock() - began)
            seat.envelopes += 1
            self._visit.taken += 1
            await asyncio.sleep(self._plan.pause)
        return spans

    async def _try_envelope(self, seat: Seat) -> bool:
        """Return whether it was taken."""
        plan = self._plan
        try:
            answer = await seat.connection.try_envelope(plan.envelope, size_bytes=plan.size_bytes)
        except ConnectionLost as lost:
            outcome, ends = network_trouble(lost, stage=Stage.MAIL), True
        else:
            if answer is None:
                return True
            outcome = classify(answer.reply, stage=answer.stage)
            ends = answer.reply.code == 421
        self._visit.complain(Asked.ENVELOPE, outcome, carried=seat.envelopes, ends_connection=ends)
        if ends:
            self._visit.give_up(seat)
        return False


class _Mailing:
    """The plan's mails over 1, 2, 4, ... connections, until one is not taken."""

    def __init__(self, visit: Visit, plan: Plan) -> None:
        self._visit = visit
        self._plan = plan
        self._line = WaitingLine()
        self._offers: list[Offer] = []
        self._carriers: dict[Seat, Carrier] = {}

    async def run(self) -> Sequence[Rung]:
        visit, mails, rungs = self._visit, iter(self._plan.mails), list[Rung]()
        visit.begin_to_count()
        for number, count in shares(len(self._plan.mails), visit.most):
            if visit.unwelcome:
                break
            await self._open(number)
            rung = await self._send(number, islice(mails, count))
            if rung.count:
                rungs.append(rung)
        return rungs

    async def _open(self, number: int) -> None:
        """Open as many as the server lets; those that have carried enough are replaced."""
        while len(self._visit.open) < min(number, self._visit.most):
            await self._visit.try_to_take_seat()

    async def _send(self, number: int, mails: Iterable[Sequence[bytes]]) -> Rung:
        visit = self._visit
        for mail in mails:
            self._join(mail)
        began, before, used = visit.clock(), visit.taken, min(number, len(visit.open))
        while self._line and visit.open and not visit.unwelcome:
            await asyncio.gather(*map(self._bring, visit.open[:number]))
            if self._line and not visit.unwelcome:
                await self._open(number)
        return Rung(connections=used, count=visit.taken - before, seconds=visit.clock() - began)

    def _join(self, mail: Sequence[bytes]) -> None:
        answer = asyncio.get_running_loop().create_future()
        offer = Offer(self._plan.envelope, mail, sum(map(len, mail)), answer)
        self._offers.append(offer)
        self._line.join(offer)

    async def _bring(self, seat: Seat) -> None:
        """Bring mails over a connection until there are no more, or it ends."""
        carrier = self._carriers.setdefault(seat, Carrier(seat.connection, self._line))
        try:
            while carrier.begin():
                await carrier.carry()
                self._look_at_answers()
        except ConnectionLost as lost:
            carrier.account_for(lost)
            self._look_at_answers()
            self._visit.give_up(seat)
            self._note_end(carrier.answered, lost)
        finally:
            seat.mails = carrier.answered

    def _look_at_answers(self) -> None:
        """Count what was taken, and send no more behind the first mail that was not."""
        self._visit.taken = sum(map(_is_sent, self._offers))
        answered = (offer.answer.result() for offer in self._offers if offer.answer.done())
        refusal = next((each for each in answered if each.verdict is not Verdict.ACCEPTED), None)
        if refusal and not self._visit.unwelcome:
            self._visit.complain(Asked.MAIL, refusal)
            self._line.settle_all(refusal)

    def _note_end(self, carried: int, lost: ConnectionLost) -> None:
        """Take the end of a connection that has brought mails for a limit."""
        complaints = self._visit.complaints
        known = any(each.ends_connection and each.asked is Asked.MAIL for each in complaints)
        if carried and not known:
            self._visit.complain(
                Asked.MAIL,
                network_trouble(lost, stage=Stage.MAIL),
                carried=carried,
                ends_connection=True,
            )


def _is_sent(offer: Offer) -> bool:
    return offer.answer.done() and offer.answer.result().verdict is Verdict.ACCEPTED
