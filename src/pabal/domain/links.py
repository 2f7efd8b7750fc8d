"""The public addresses that a mail carries."""

from dataclasses import dataclass

from pabal.domain.identity import DeliveryId
from pabal.domain.token import Purpose, TokenKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLinks:
    """Makes the links of a mail.

    base_url: where the public pages are reached, without a slash at its end.
    """

    base_url: str
    keys: TokenKeys

    def unsubscribe(self, delivery: DeliveryId) -> str:
        """The confirm page on GET, the one-click unsubscribe on POST (RFC 8058 3.1)."""
        return f"{self.base_url}/u/{self.keys.sign(Purpose.UNSUBSCRIBE, delivery)}"

    def web_view(self, delivery: DeliveryId) -> str:
        """The mail itself, as a page."""
        return f"{self.base_url}/w/{self.keys.sign(Purpose.WEB_VIEW, delivery)}"

    def preferences(self, delivery: DeliveryId) -> str:
        """The page on which a subscriber chooses what to receive."""
        return f"{self.base_url}/p/{self.keys.sign(Purpose.PREFERENCES, delivery)}"

    @property
    def clicks(self) -> str:
        """What a tracked link begins with; `seal`, a slash and the link's number follow."""
        return f"{self.base_url}/c/"

    @property
    def opens(self) -> str:
        """What the address of the image that shows an open begins with; `seal` follows."""
        return f"{self.base_url}/o/"

    def seal(self, delivery: DeliveryId) -> str:
        """Return what all the tracked links of one mail share."""
        return self.keys.sign(Purpose.TRACKING, delivery)
