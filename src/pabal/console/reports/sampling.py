"""Some of a campaign's deliveries, scattered, where there are too many to read for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pabal.console.audience.attributes import scattered
from pabal.console.campaigns.models import Campaign

READ_ONE_BY_ONE = 50_000  # deliveries, or hits; of more, a page reads some
_SAMPLED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """places: of deliveries in the package; None for all. each: how many stand behind one."""

    places: Sequence[int] | None = None
    each: float = 1.0

    @property
    def is_exact(self) -> bool:
        return self.places is None

    def whole(self, count: int) -> int:
        """Return what a count of the sample says of all."""
        return round(self.each * count)

    def of(self, campaign: Campaign) -> dict[str, Any]:
        """Return by what fields the sampled deliveries are found."""
        asked: dict[str, Any] = {"campaign": campaign.pk}
        return asked if self.places is None else asked | {"position__in": self.places}


EVERYTHING = Sample()


def sample_of(total: int, *, exact_to: int = READ_ONE_BY_ONE, size: int = _SAMPLED) -> Sample:
    """Choose which of `total` deliveries to read, the same every time.

    They lie all over the package, in whose order mails are sent.
    """
    if total <= exact_to:
        return EVERYTHING
    places = scattered(0, total - 1, size)
    return Sample(places=places, each=total / len(places))
