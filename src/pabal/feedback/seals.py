"""Which delivery a mail is about: proved by a token of ours, or only named.

Looked for first where the mail was sent to, then in the mail that it returns: its bounce
address and its unsubscribe link are sealed, its Message-ID is not.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from pabal.domain.event import Proof
from pabal.domain.identity import ALPHABET, DeliveryId, read_leaving, read_verp
from pabal.domain.token import Purpose, TokenInvalid, TokenKeys
from pabal.feedback import mime
from pabal.feedback.mime import Part

_SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_SENT_FROM = ("Return-Path", "X-Original-Return-Path", "Sender")
_CARRIES_LINK = ("List-Unsubscribe",)
_SEALED = rf"[{ALPHABET}]{{8}}-[{ALPHABET}]{{1,13}}-[{ALPHABET}]{{12}}(?=@)"
_VERP = re.compile(rf"b\+{_SEALED}", re.I)
_LEAVING = re.compile(rf"b\+u-{_SEALED}", re.I)
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{20,80})")
_TRACKED = re.compile(r"/[co]/([A-Za-z0-9_-]{20,80})(?=/|$)")
_MESSAGE_ID = re.compile(rf"<([{ALPHABET}]{{8}}-[{ALPHABET}]{{1,13}})@")
_MAX_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    delivery: DeliveryId | None = None
    proof: Proof = Proof.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """The secrets by which our own tokens are known, those of rotated keys included."""

    bounce_secrets: tuple[bytes, ...] = field(repr=False)
    links: TokenKeys

    def identify(self, message: Part, recipient: str = "") -> Identified:
        """Return the delivery that a mail is about.

        recipient: of the envelope, where it is known.
        """
        everywhere = list(mime.walk(message))
        sent_to = [recipient, *_values([message], _SENT_TO)]
        returned = [*_values(everywhere, _SENT_FROM), *_values(everywhere, _CARRIES_LINK)]
        texts = (mime.text_of(part) for part in everywhere)
        delivery = self.sealed_in(sent_to) or self.sealed_in(returned) or self.sealed_in(texts)
        if delivery is not None:
            return Identified(delivery=delivery, proof=Proof.SEALED)
        return _named(_values(everywhere[1:], ("Message-ID",)))

    def leaver(self, message: Part, recipient: str = "") -> DeliveryId | None:
        """Return the delivery whose recipient leaves by this mail, from whomever it is.

        Only where it was sent to counts: what it quotes or returns was sent by others.
        """
        for text in [recipient, *_values([message], _SENT_TO)]:
            for match in islice(_LEAVING.finditer(text), _MAX_TRIES):
                for secret in self.bounce_secrets:
                    if delivery := read_leaving(match[0], secret):
                        return delivery
        return None

    def sealed_in(self, texts: Iterable[str]) -> DeliveryId | None:
        """Return the first delivery for which a text carries a token that we made."""
        for text in texts:
            for match in islice(_VERP.finditer(text), _MAX_TRIES):
                if delivery := self._read_bounce_address(match[0]):
                    return delivery
            for match in islice(_LINK.finditer(text), _MAX_TRIES):
                if delivery := self._read_link(match[1]):
                    return delivery
        return None

    def is_tracked_link(self, address: str) -> bool:
        """Whether an address is a tracked link of ours, which counts its clicks itself."""
        return any(
            self._read_link(match[1], Purpose.TRACKING) for match in _TRACKED.finditer(address)
        )

    def _read_bounce_address(self, local_part: str) -> DeliveryId | None:
        for secret in self.bounce_secrets:
            if delivery := read_verp(local_part, secret):
                return delivery
        return None

    def _read_link(self, token: str, purpose: Purpose = Purpose.UNSUBSCRIBE) -> DeliveryId | None:
        try:
            return DeliveryId(self.links.verify(token, purpose))
        except TokenInvalid:
            return None


def _named(message_ids: Iterable[str]) -> Identified:
    for value in message_ids:
        if match := _MESSAGE_ID.search(value):
            return Identified(delivery=DeliveryId(match[1]), proof=Proof.NAMED)
    return Identified()


def _values(messages: Iterable[Part], names: Iterable[str]) -> list[str]:
    return [value for message in messages for name in names for value in mime.fields(message, name)]
