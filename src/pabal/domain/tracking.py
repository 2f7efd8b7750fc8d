"""What may be recorded of how somebody uses a mail: that it was opened, what was clicked."""

import enum

from pabal.domain.event import EventKind


class Tracking(enum.Enum):
    """What a mail asks for, or what somebody allows."""

    OFF = "off"
    OPENS = "opens"
    CLICKS = "clicks"
    ON = "on"

    @property
    def sees_opens(self) -> bool:
        return self in (Tracking.OPENS, Tracking.ON)

    @property
    def sees_clicks(self) -> bool:
        return self in (Tracking.CLICKS, Tracking.ON)

    def sees(self, kind: EventKind) -> bool:
        """Whether an open or a click is recorded."""
        return self.sees_opens if kind is EventKind.OPENED else self.sees_clicks

    def within(self, allowed: "Tracking") -> "Tracking":
        """Return what is left of it where no more than that is allowed."""
        opens = self.sees_opens and allowed.sees_opens
        clicks = self.sees_clicks and allowed.sees_clicks
        if opens and clicks:
            return Tracking.ON
        return Tracking.OPENS if opens else Tracking.CLICKS if clicks else Tracking.OFF
