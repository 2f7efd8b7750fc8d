"""Waves: recipients of one package whose time comes at different moments.

Such as by the clocks where they are; or when an experiment's test is out and it is decided
which variant the rest gets.

Whose time has not come is not in the ledger yet, so that nothing there has to know of it: what
is enqueued is due. A worker keeps in mind how far it has come, and finds it out anew when it
is started again; enqueueing somebody twice changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from pabal.domain.campaign import CampaignPlan
from pabal.domain.recipient import Recipient


@dataclass(slots=True)
class Waves:
    """Whom to enqueue when.

    next_at: the next wave's moment; None where no more is known of. rest_waits: an experiment's
    test is enqueued, and the others wait for what it shows.
    """

    plan: CampaignPlan
    next_at: datetime | None = None
    rest_waits: bool = False
    _done_until: datetime | None = None
    _until: datetime | None = None
    _later: datetime | None = None
    _holds: bool = False

    @property
    def are_to_come(self) -> bool:
        return self.next_at is not None or self.rest_waits

    def begin(self, now: datetime, *, is_over: bool) -> bool:
        """Look whether anybody's time may have come; then ask `admits` of every recipient.

        is_over: the campaign was cancelled, or its experiment is decided; then nobody waits any
        longer.
        """
        is_early = self.next_at is not None and now < self.next_at
        if not is_over and (self.rest_waits or is_early):
            return False
        self._until = None if is_over else now
        self._later = None
        self._holds = False
        return True

    def admits(self, recipient: Recipient) -> bool:
        """Whether a recipient's time has come since the last pass that was ended."""
        local, experiment = self.plan.local_time, self.plan.experiment
        if self._until is None:
            return True
        if experiment is not None:
            is_rest = experiment.variant(recipient.position) is None
            self._holds |= is_rest
            return not is_rest
        if local is None:
            return True
        moment = local.moment(recipient.attributes)
        if moment > self._until:
            self._later = min(moment, self._later or moment)
            return False
        return self._done_until is None or moment > self._done_until

    def end(self) -> None:
        """Everybody who was admitted is in the ledger."""
        self._done_until, self.next_at = self._until, self._later
        self.rest_waits = self._holds

    def nobody_is_left(self) -> None:
        """Others have enqueued everybody."""
        self.next_at, self.rest_waits = None, False
