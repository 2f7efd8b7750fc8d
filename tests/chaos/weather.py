"""How mail servers go wrong: each a kind of weather for the sink."""

import asyncio
from collections.abc import Callable
from random import Random

from chaos.sink import HangUp, Moment, Place, Weather


class Greylisting(Weather):
    """Refuses the first offer of every mail."""

    def __init__(self, dice: Random, *, place: Place, reply: str) -> None:
        super().__init__(dice)
        self._place = place
        self._reply = reply

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is self._place and moment.offers == 1:
            return self._reply
        return None


class Refusing(Weather):
    """Refuses some of the mails, always the same ones, with a reply behind RCPT or the dot."""

    def __init__(
        self, dice: Random, *, place: Place, reply: str, whom: Callable[[str], bool]
    ) -> None:
        super().__init__(dice)
        self._place = place
        self._reply = reply
        self._whom = whom

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is self._place and self._whom(moment.recipient):
            return self._reply
        return None


class Moody(Weather):
    """Now and then gives a reply, or hangs up, at one place. share: how often, 0 to 1."""

    def __init__(
        self,
        dice: Random,
        *,
        place: Place,
        share: float,
        reply: str | None = None,
        reset: bool = False,
        seconds: float = 0.0,
        slowest: float = 0.06,
    ) -> None:
        """reply: None for hanging up. seconds: the silence before it."""
        super().__init__(dice, slowest=slowest)
        self._place = place
        self._share = share
        self._reply = reply
        self._reset = reset
        self._seconds = seconds

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is not self._place or self.dice.random() >= self._share:
            return None
        await asyncio.sleep(self._seconds)
        if self._reply is None:
            raise HangUp(reset=self._reset)
        return self._reply


class Stalling(Weather):
    """Now and then is silent for some seconds behind the dot, then answers as it should."""

    def __init__(self, dice: Random, *, place: Place, share: float, seconds: float) -> None:
        super().__init__(dice)
        self._place = place
        self._share = share
        self._seconds = seconds

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is self._place and self.dice.random() < self._share:
            await asyncio.sleep(self._seconds)
        return None


class ShortOfBreath(Weather):
    """Takes some mails a connection, then hangs up: without a word, or with 421."""

    def __init__(self, dice: Random, *, mails: int, farewell: bool) -> None:
        super().__init__(dice)
        self._mails = mails
        self._farewell = farewell

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is Place.MAIL and moment.mails >= self._mails:
            if not self._farewell:
                raise HangUp
            return "421 4.7.0 too many mails on this connection"
        return None


class Throttling(Weather):
    """Takes some mails a second, refuses the others with 454, as SES does."""

    def __init__(self, dice: Random, *, per_second: float) -> None:
        super().__init__(dice)
        self._gap = 1 / per_second
        self._free_at = 0.0

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is not Place.DOT:
            return None
        now = asyncio.get_running_loop().time()
        if now < self._free_at:
            return "454 Throttling failure: Maximum sending rate exceeded."
        self._free_at = now + self._gap
        return None


class Disowning(Weather):
    """Refuses our account from some mail on."""

    def __init__(self, dice: Random, *, behind: int, place: Place, reply: str) -> None:
        super().__init__(dice)
        self._left = behind
        self._place = place
        self._reply = reply

    async def turn(self, moment: Moment) -> str | None:
        if moment.place is Place.KEPT:
            self._left -= 1
        return self._reply if moment.place is self._place and self._left <= 0 else None


class Dripping(Weather):
    """Says everything a byte at a time."""

    def pause_between_bytes(self, connection: int) -> float | None:
        return 0.0


class Crawling(Weather):
    """Takes or says a byte a second on some connections, and is as usual on the others.

    every: which of them, counted. takes, says: what is slow.
    """

    def __init__(
        self, dice: Random, *, every: int, takes: bool = False, says: bool = False
    ) -> None:
        super().__init__(dice)
        self._every = every
        self._takes = takes
        self._says = says

    def pause_between_bytes(self, connection: int) -> float | None:
        return 1.0 if self._says and connection % self._every == 0 else None

    def pause_between_sips(self, connection: int) -> float | None:
        return 1.0 if self._takes and connection % self._every == 0 else None


class Holding(Weather):
    """Says nothing behind the dot of some mails until it is let go. let_go: from any thread."""

    def __init__(self, dice: Random, *, whom: Callable[[str], bool]) -> None:
        super().__init__(dice)
        self._whom = whom
        self._held = True

    def let_go(self) -> None:
        self._held = False

    async def turn(self, moment: Moment) -> str | None:
        while moment.place is Place.DOT and self._whom(moment.recipient) and self._held:
            await asyncio.sleep(0.05)
        return None
