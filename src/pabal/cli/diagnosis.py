"""What a measured mail server means for the operator: limits, trouble, settings, durations."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from pabal.cli.errors import (
    ServerAsksForLess,
    TrialBrokeOff,
    TrialMailRefused,
    TrialRecipientRefused,
    TrialSenderRefused,
)
from pabal.cli.words import say_reply
from pabal.domain.campaign import PROMISE
from pabal.domain.errors import Explained
from pabal.domain.outcome import Scope, Stage, Verdict
from pabal.domain.retry import RetryPolicy
from pabal.transport.smtp.measured import Asked, Complaint, Measured, Plan
from pabal.transport.smtp.proposing import Proposal, mails_per_second, propose
from pabal.transport.smtp.providers import Provider, provider_of
from pabal.transport.smtp.settings import SmtpSettings

_CAMPAIGNS = (200, 500)  # mails, for which a duration is predicted


class Fit(enum.Enum):
    """Whether a campaign fits into five minutes."""

    ALWAYS = enum.auto()
    WITHOUT_RETRIES = enum.auto()
    NEVER = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """How long a campaign takes: without a retry, and with the longest chain of retries."""

    mails: int
    plain: timedelta
    with_retries: timedelta

    @property
    def fits(self) -> Fit:
        if self.with_retries <= PROMISE:
            return Fit.ALWAYS
        return Fit.WITHOUT_RETRIES if self.plain <= PROMISE else Fit.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was measured, and what follows from it.

    trouble: what the server complained of beside its limits; None where of nothing.
    retries: how long all retries of a mail take at most.
    """

    server: SmtpSettings
    plan: Plan
    measured: Measured
    provider: Provider | None
    proposal: Proposal | None
    trouble: Explained | None
    retries: timedelta

    @classmethod
    def of(
        cls, measured: Measured, plan: Plan, *, server: SmtpSettings, policy: RetryPolicy
    ) -> Self:
        provider = provider_of(server.host)
        complaint = next((each for each in measured.complaints if not each.is_limit), None)
        return cls(
            server=server,
            plan=plan,
            measured=measured,
            provider=provider,
            proposal=propose(measured, provider),
            trouble=_trouble(complaint, plan) if complaint else None,
            retries=sum(policy.waits, timedelta()) * (1 + policy.jitter),
        )

    @property
    def predictions(self) -> Sequence[Prediction]:
        """Nothing where no mail was sent, since nobody knows then."""
        rate = mails_per_second(self.measured, self.proposal) if self.proposal else None
        if rate is None:
            return ()
        plain = [(mails, timedelta(seconds=mails / rate)) for mails in _CAMPAIGNS]
        return [
            Prediction(mails=mails, plain=duration, with_retries=duration + self.retries)
            for mails, duration in plain
        ]

    def limit(self, asked: Asked) -> Complaint | None:
        """The complaint that showed a limit of what was asked."""
        limits = (each for each in self.measured.complaints if each.is_limit)
        return next((each for each in limits if each.asked is asked), None)


def _trouble(complaint: Complaint, plan: Plan) -> Explained:
    outcome, reply = complaint.outcome, say_reply(complaint.outcome)
    if outcome.reply is None and outcome.verdict is not Verdict.PERMANENT:
        return TrialBrokeOff(reply=reply)
    if complaint.asks_for_less:
        return ServerAsksForLess(reply=reply)
    if outcome.scope is Scope.ADDRESS or outcome.stage is Stage.RCPT:
        return TrialRecipientRefused(recipient=plan.envelope.recipient, reply=reply)
    if outcome.scope is Scope.ACCOUNT:
        return TrialSenderRefused(sender=plan.envelope.sender, reply=reply)
    return TrialMailRefused(reply=reply)
