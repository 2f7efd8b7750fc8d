"""When a campaign is sent, as its row keeps it: at once, at a moment, or by everybody's clock."""

from collections.abc import Mapping
from datetime import datetime

from pabal.domain.local_time import first_anywhere

WALL = "%Y-%m-%dT%H:%M"  # as browsers send it; what a clock shows, without a zone


def at_moment(moment: datetime | None) -> Mapping[str, object]:
    """Return the fields of a campaign for everybody at one moment; None for at once."""
    return {"scheduled_at": moment, "local_time": "", "zone_attribute": ""}


def at_local_time(wall: datetime, attribute: str) -> Mapping[str, object]:
    """Return the fields of a campaign for each by the clock where they are.

    wall: without a zone. It may be started until the first clock on Earth shows that time, so
    that it has passed for nobody.
    """
    return {
        "scheduled_at": first_anywhere(wall),
        "local_time": wall.strftime(WALL),
        "zone_attribute": attribute,
    }
