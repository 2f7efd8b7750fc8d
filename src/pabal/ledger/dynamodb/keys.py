"""Where things stand in the table: partition and sort key, by what they are about.

R         campaign      a run
T#campaign  slot        deliveries and events by state; the run's state, for conditions
D#delivery  D           a delivery with its history
D#delivery  E#event     something that came back about it
A#address   A           stops of an address, and its counted bounces
W         worker        until when it is alive
Q         total         messages reserved in 24 hours
Q         minute        those of a minute
P         name          until when a rate is used up
"""

from dataclasses import dataclass

from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId, DeliveryId

RUNS = "R"
WORKERS = "W"
QUOTA = "Q"
DELIVERY = "D"
EVENT_PREFIX = "E#"

QUEUE_INDEX = "campaign_state"
ADDRESS_INDEX = "address"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    pk: str
    sk: str


def run(campaign: str) -> Key:
    return Key(RUNS, campaign)


def tally(campaign: str) -> str:
    """Return the partition of all slots of a campaign."""
    return f"T#{campaign}"


def slot(campaign: str, number: int) -> Key:
    return Key(tally(campaign), f"{number:02d}")


def delivery(id: DeliveryId) -> Key:
    return Key(f"D#{id}", DELIVERY)


def event(delivery: DeliveryId, id: str) -> Key:
    return Key(f"D#{delivery}", f"{EVENT_PREFIX}{id}")


def address(address: str) -> Key:
    return Key(f"A#{address}", "A")


def worker(name: str) -> Key:
    return Key(WORKERS, name)


TOTAL = Key(QUOTA, "total")


def minute(bucket: int) -> Key:
    return Key(QUOTA, f"{bucket:012d}")


def pace(name: str) -> Key:
    return Key("P", name)


# In the index of campaign and state: what was never begun in the package's order, then what
# is queued again in the order in which it is due. Other states are in the package's order.
FRESH = "0#"
AGAIN = "1#"


def queue(campaign: CampaignId, state: State) -> str:
    return f"{campaign}#{state.value}"


def place(position: int) -> str:
    """`position` of -1 is before all."""
    return f"{FRESH}{position:010d}" if position >= 0 else FRESH


def due(not_before: int, position: int = 0) -> str:
    return f"{AGAIN}{not_before:020d}#{position:010d}"


def behind(not_before: int) -> str:
    """Return what stands behind everything that is due at a moment."""
    return f"{AGAIN}{not_before:020d}~"
