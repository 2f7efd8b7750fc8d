"""Mails that came back: the corpus of tests/feedback, sealed for one delivery.

In the files, `@VERP@` stands for the local part of the delivery's bounce address, `@LEAVE@`
for that of the address that unsubscribes, `@DELIVERY@` for its id and `@TOKEN@` for the token
in its unsubscribe link.
"""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pabal.domain.identity import (
    CampaignId,
    DeliveryId,
    delivery_id,
    leaving_local_part,
    verp_local_part,
)
from pabal.domain.token import Purpose, TokenKeys
from pabal.feedback.letter import Letter
from pabal.feedback.seals import Seals

CORPUS = Path(__file__).parents[1] / "feedback" / "corpus"
DELIVERY = delivery_id(CampaignId("gw20ad25"), "1z")
SECRET = b"the secret of the bounce addresses"
LINKS = TokenKeys(current=1, secrets={1: b"the secret of the public links, 32"})
SEALS = Seals(bounce_secrets=(b"the secret before it", SECRET), links=LINKS)
FOUND_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail that came back, and what it truly says.

    mailed: the address that the delivery was sent to.
    """

    name: str
    family: str
    sort: str
    weight: str
    mailed: str

    @property
    def letter(self) -> Letter:
        return a_letter((CORPUS / f"{self.name}.eml").read_bytes())


def samples() -> list[Sample]:
    with (CORPUS / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [Sample(*row) for row in list(csv.reader(file))[1:]]


def a_sample(name: str) -> Sample:
    return next(sample for sample in samples() if sample.name == name)


def a_letter(raw: bytes, *, delivery: DeliveryId = DELIVERY, recipient: str = "") -> Letter:
    """Return a mail as a road would find it, with its placeholders filled in."""
    return Letter(raw=sealed(raw, delivery), found_at=FOUND_AT, recipient=recipient)


def sealed(raw: bytes, delivery: DeliveryId = DELIVERY, seals: Seals = SEALS) -> bytes:
    tokens = {
        b"@VERP@": verp_local_part(delivery, seals.bounce_secrets[-1]),
        b"@LEAVE@": leaving_local_part(delivery, seals.bounce_secrets[-1]),
        b"@DELIVERY@": delivery,
        b"@TOKEN@": seals.links.sign(Purpose.UNSUBSCRIBE, delivery),
    }
    for place, token in tokens.items():
        raw = raw.replace(place, token.encode())
    return raw
