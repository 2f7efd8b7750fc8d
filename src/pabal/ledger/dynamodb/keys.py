"""Where things stand in the table: partition and sort key, by what they are about.

R         campaign      a run
T#campaign  slot        deliveries and events by state; the run's state, for conditions
T         slot          of all campaigns: what is in doubt, and events
H#campaign  slot        deliveries by what was opened or clicked, and by whom
D#delivery  D           a delivery with its history
D#delivery  E#event     something that came back about it
D#delivery  H#sort      opens or clicks of one sort
A#address   A           stops of an address, and its counted bounces
A#address   D#delivery  a link: a delivery to the address
F         slot          how often somebody was erased
S#slot    moment        words of a server about a delivery, for forgetting them in time
N#slot    moment        the same for words and details of an event
W         worker        until when it is alive
Q         total         messages reserved in 24 hours
Q         minute        those of a minute
P         name          until when a rate is used up
"""

from dataclasses import dataclass
from zlib import crc32

from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.rows import SLOTS

RUNS = "R"
ALL = "T"
WORKERS = "W"
QUOTA = "Q"
DELIVERY = "D"
EVENT_PREFIX = "E#"
# First and last sort key of what stands with a delivery or an address.
EVENTS = (EVENT_PREFIX, "E#~")
HITS = ("H#", "H#~")
LINKS = ("D#", "D#~")

QUEUE_INDEX = "campaign_state"


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


def slot_of_all(number: int) -> Key:
    return Key(ALL, f"{number:02d}")


def hit_tally(campaign: str) -> str:
    return f"H#{campaign}"


def hit_slot(campaign: str, number: int) -> Key:
    return Key(hit_tally(campaign), f"{number:02d}")


def delivery(id: DeliveryId) -> Key:
    return Key(f"D#{id}", DELIVERY)


def event(delivery: DeliveryId, id: str) -> Key:
    return Key(f"D#{delivery}", f"{EVENT_PREFIX}{id}")


def hit(delivery: DeliveryId, sort: str) -> Key:
    return Key(f"D#{delivery}", f"H#{sort}")


def address(address: str) -> Key:
    return Key(f"A#{address}", "A")


def link(address: str, delivery: DeliveryId) -> Key:
    return Key(f"A#{address}", f"D#{delivery}")


def erasures(number: int) -> Key:
    return Key("F", f"{number:02d}")


def replies(number: int) -> str:
    """Return the partition of a slot of what servers have said, in the order of its moments."""
    return f"S#{number:02d}"


def reply(at: int, delivery: DeliveryId) -> Key:
    return Key(replies(_slot(delivery)), f"{moment(at)}#{delivery}")


def details(number: int) -> str:
    return f"N#{number:02d}"


def detail(told_at: int, delivery: DeliveryId, event: str) -> Key:
    return Key(details(_slot(delivery)), f"{moment(told_at)}#{delivery}#{event}")


def moment(micros: int) -> str:
    """Write a moment so that it sorts."""
    return f"{micros:020d}"


def _slot(delivery: DeliveryId) -> int:
    return crc32(delivery.encode()) % SLOTS


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
