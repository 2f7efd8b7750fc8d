"""Named places at which a test may stop or kill the program. By default nothing happens."""

import enum
from collections.abc import Callable


class Place(enum.Enum):
    CLAIMED = "claimed"
    BEGUN = "begun"  # intents are durable, nothing is on the wire
    SUBMITTED = "submitted"  # the server has answered, the outcome is not durable
    SETTLED = "settled"


Faults = Callable[[Place], None]


def no_faults(place: Place) -> None:
    """Go on."""
