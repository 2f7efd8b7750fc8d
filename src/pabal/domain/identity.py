"""The names of things on the wire: stable over attempts, short, safe in any header.

Only lower-case letters, digits and hyphens are used, because some servers fold the
case of local parts.
"""

import hmac
import re
from typing import NewType

from pabal.domain.seal import seal

CampaignId = NewType("CampaignId", str)
DeliveryId = NewType("DeliveryId", str)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TWO_DIGITS = [first + second for first in ALPHABET for second in ALPHABET]
LOCAL_PART_LIMIT = 64  # octets, RFC 5321 4.5.3.1.1
_CAMPAIGN = re.compile(rf"[{ALPHABET}]{{8}}")
_SEALED = rf"(?P<delivery>[{ALPHABET}]{{8}}-[{ALPHABET}]+)-(?P<seal>[{ALPHABET}]{{12}})"
_VERP = re.compile(rf"b\+{_SEALED}")
_LEAVING = re.compile(
    rf"b\+u-{_SEALED}"
)  # no campaign's id has a u: nobody takes one for the other


def campaign_id(dice: bytes) -> CampaignId:
    """Make a campaign's id of 5 random bytes. Raises ValueError: there are fewer."""
    if len(dice) < 5:
        raise ValueError("a campaign's id takes 5 random bytes")
    return CampaignId(_base32(int.from_bytes(dice[:5], "big")).rjust(8, "0"))


def is_campaign_id(text: str) -> bool:
    return _CAMPAIGN.fullmatch(text) is not None


def subscriber_key(number: int) -> str:
    """Write a subscriber's number as it appears in delivery ids.

    Raises ValueError: the number is below 1.
    """
    if number < 1:
        raise ValueError(f"not a subscriber's number: {number}")
    return _base32(number)


def subscriber_number(key: str) -> int:
    """Read back what `subscriber_key` wrote. Raises ValueError: it did not write this."""
    number = 0
    for character in key:
        number = number * 32 + ALPHABET.index(character)
    if not key or subscriber_key(number) != key:
        raise ValueError(f"not a subscriber's key: {key!r}")
    return number


def delivery_id(campaign: CampaignId, key: str) -> DeliveryId:
    """Name the delivery of a campaign to a subscriber. The same every time."""
    return DeliveryId(f"{campaign}-{key}")


def split_delivery_id(delivery: str) -> tuple[CampaignId, str]:
    """Return campaign and subscriber key. Raises ValueError: not a delivery id."""
    campaign, separator, key = delivery.partition("-")
    if not separator or not is_campaign_id(campaign) or not key or set(key) - set(ALPHABET):
        raise ValueError(f"not a delivery id: {delivery!r}")
    return CampaignId(campaign), key


def message_id(delivery: DeliveryId, domain: str) -> str:
    """Return the Message-ID, angle brackets included; stable over attempts (RFC 5322 3.6.4)."""
    return f"<{delivery}@{domain}>"


def verp_local_part(delivery: DeliveryId, secret: bytes) -> str:
    """Return the local part of the bounce address of a delivery (VERP), at most 64 octets.

    It is sealed, so that nobody can bounce a delivery that was not sent to them.
    """
    return f"b+{delivery}-{_seal(b'verp', delivery, secret)}"


def read_verp(local_part: str, secret: bytes) -> DeliveryId | None:
    """Return the delivery that a bounce address names, or None where it was not made by us."""
    return _read(_VERP, b"verp", local_part, secret)


def leaving_local_part(delivery: DeliveryId, secret: bytes) -> str:
    """Return the local part of the address by which the recipient of a delivery leaves.

    At most 64 octets. It goes to the mailbox that bounces go to. Its seal is another, so
    that neither address can be made of the other.
    """
    return f"b+u-{delivery}-{_seal(b'leave', delivery, secret)}"


def read_leaving(local_part: str, secret: bytes) -> DeliveryId | None:
    """Return the delivery whose recipient leaves, or None where it was not made by us."""
    return _read(_LEAVING, b"leave", local_part, secret)


def _read(
    form: re.Pattern[str], purpose: bytes, local_part: str, secret: bytes
) -> DeliveryId | None:
    match = form.fullmatch(local_part.lower())
    if match is None:
        return None
    delivery = DeliveryId(match["delivery"])
    own = _seal(purpose, delivery, secret)
    return delivery if hmac.compare_digest(match["seal"], own) else None


def _seal(purpose: bytes, delivery: str, secret: bytes) -> str:
    digest = seal(secret, b"%b %b" % (purpose, delivery.encode()))
    return _base32(int.from_bytes(digest[:7], "big") >> 1).rjust(12, "0")[-12:]


def _base32(number: int) -> str:
    digits = ""
    while number >= 1024:
        digits = _TWO_DIGITS[number & 1023] + digits
        number >>= 10
    return (_TWO_DIGITS[number] if number >= 32 else ALPHABET[number]) + digits
