"""The story of an attempt, from intent to settlement.

The worker's engine runs many of these at once, a Lambda a batch's worth.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from pabal.domain.delivery import Attempt
from pabal.domain.errors import PabalError
from pabal.domain.outcome import Outcome, Scope, Stage, Verdict
from pabal.domain.retry import RetryPolicy
from pabal.ledger.port import Settlement
from pabal.message.render import WireMessage
from pabal.sending import maillog
from pabal.sending.measures import Measures, Watch
from pabal.transport.errors import ServerUnusable
from pabal.transport.port import Envelope, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempting:
    """What every attempt of a campaign shares.

    render: makes the mail of an attempt, signed.
    random: returns a number in [0, 1).
    measures: where attempts are counted.
    """

    transport: Transport
    render: Callable[[Attempt], Awaitable[WireMessage]]
    policy: RetryPolicy
    now: Callable[[], datetime]
    random: Callable[[], float]
    measures: Measures = field(default_factory=Measures)

    async def run(self, attempt: Attempt) -> Settlement:
        """Send the mail of a begun attempt and say what became of it. Never raises."""
        with self.measures.attempt() as watch:
            outcome = await self._outcome(attempt, watch)
            now = self.now()
            decision = self.policy.decide(
                outcome, failures=attempt.failures, now=now, random=self.random
            )
            watch.decided(outcome, decision)
        return Settlement(attempt=attempt, outcome=outcome, decision=decision, at=now)

    async def _outcome(self, attempt: Attempt, watch: Watch) -> Outcome:
        try:
            mail = await self.render(attempt)
        except PabalError as error:
            # Preflight rendered every recipient; what fails here fails for this one alone.
            maillog.render_failed(attempt, error)
            return Outcome(verdict=Verdict.PERMANENT, scope=Scope.MESSAGE, text=str(error))
        except Exception as error:
            # A fault of ours, before a byte has left: nobody's attempt, and a person has to look.
            maillog.broke(attempt, error)
            return _account_refused(f"A mail could not be made: {error!r}")
        watch.rendered(mail.recipient)
        envelope = Envelope(
            sender=mail.sender,
            recipient=mail.recipient,
            needs_smtputf8=mail.needs_smtputf8,
            delivery=attempt.delivery,
        )
        try:
            return await self.transport.submit(envelope, mail.buffers)
        except ServerUnusable as error:
            return _account_refused(str(error))
        except Exception as error:
            # A fault of ours too, but perhaps behind the last byte (RFC 1047).
            maillog.broke(attempt, error)
            return Outcome(verdict=Verdict.UNKNOWN, text=f"Sending broke off: {error!r}")


def _account_refused(text: str) -> Outcome:
    return Outcome(verdict=Verdict.PERMANENT, scope=Scope.ACCOUNT, stage=Stage.CONNECT, text=text)
