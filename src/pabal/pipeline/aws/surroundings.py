"""What the template tells a function, through its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pabal.configuration.errors import SettingsRefused
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.reputation import Limits
from pabal.domain.tracking import Tracking


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Reads `PABAL_*` as they are asked for: no function is told what it does not need.

    Every property raises SettingsRefused: it was not told, or cannot be read.
    """

    environment: Mapping[str, str]

    @property
    def table(self) -> str:
        return self._told("PABAL_AWS_TABLE")

    @property
    def bucket(self) -> str:
        return self._told("PABAL_AWS_BUCKET")

    @property
    def send_queue(self) -> str:
        return self._told("PABAL_AWS_SEND_QUEUE")

    @property
    def dead_send_queue(self) -> str:
        return self._told("PABAL_AWS_DEAD_SEND_QUEUE")

    @property
    def dead_feedback_queue(self) -> str:
        return self._told("PABAL_AWS_DEAD_FEEDBACK_QUEUE")

    @property
    def returns_queue(self) -> str:
        """Where the console reads what it has to know."""
        return self._told("PABAL_AWS_RETURNS_QUEUE")

    @property
    def state_machine(self) -> str:
        return self._told("PABAL_AWS_STATE_MACHINE")

    @property
    def keys_secret(self) -> str:
        """The secret that holds the installation's file `keys`."""
        return self._told("PABAL_AWS_KEYS_SECRET")

    @property
    def topic(self) -> str:
        """The topic through which SES tells events."""
        return self._told("PABAL_AWS_TOPIC")

    @property
    def configuration_set(self) -> str:
        return self._told("PABAL_AWS_CONFIGURATION_SET")

    @property
    def public_url(self) -> str:
        """Where links in mails lead, without a slash at its end."""
        return self._told("PABAL_BASE_URL").rstrip("/")

    @property
    def daily_limit(self) -> int | None:
        """Messages in any 24 hours that the owner allows; None for what SES allows."""
        return int(self._number("PABAL_DAILY_LIMIT", "0")) or None

    @property
    def max_mail_bytes(self) -> int:
        return int(self._number("PABAL_MAX_MAIL_BYTES", "10000000"))

    @property
    def ses_patience(self) -> float:
        """Seconds for an answer of SES, behind which the mail is doubtful."""
        return self._number("PABAL_AWS_SES_PATIENCE", "20")

    @property
    def tracking(self) -> Tracking:
        """What may be recorded of readers, whatever a campaign asks for."""
        told = self.environment.get("PABAL_TRACKING") or Tracking.OFF.value
        try:
            return Tracking(told)
        except ValueError as error:
            raise _refused("PABAL_TRACKING", told, str(error)) from error

    @property
    def bounce_policy(self) -> BouncePolicy:
        """When an address is paused that bounces softly, again and again."""
        days = self._number("PABAL_SOFT_BOUNCE_DAYS", "14")
        soft = int(self._number("PABAL_SOFT_BOUNCES", "5"))
        return BouncePolicy(soft=soft, soft_span=timedelta(days=days))

    @property
    def reputation_limits(self) -> Limits:
        """At which shares, told in percent, a campaign pauses by itself."""
        return Limits(
            bounces=self._number("PABAL_PAUSE_BOUNCES", "5") / 100,
            complaints=self._number("PABAL_PAUSE_COMPLAINTS", "0.3") / 100,
            mails=int(self._number("PABAL_PAUSE_MAILS", "100")),
        )

    @property
    def waits(self) -> tuple[timedelta, ...]:
        """Before the first, second and third retry."""
        told = self.environment.get("PABAL_RETRY_WAITS") or "15,45,120"
        try:
            return tuple(timedelta(seconds=float(each)) for each in told.split(","))
        except ValueError as error:
            raise _refused("PABAL_RETRY_WAITS", told, str(error)) from error

    def _number(self, name: str, default: str) -> float:
        told = self.environment.get(name) or default
        try:
            return float(told)
        except ValueError as error:
            raise _refused(name, told, str(error)) from error

    def _told(self, name: str) -> str:
        told = self.environment.get(name, "")
        if not told:
            raise _refused(name, told, "it is not set")
        return told


def _refused(name: str, value: str, reason: str) -> SettingsRefused:
    allowed = "what deploy/aws/template.yaml gives the function"
    return SettingsRefused(name=name, value=value, reason=reason, allowed=allowed)
