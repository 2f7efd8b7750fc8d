"""Whose mail is made from which variant."""

import asyncio
from collections.abc import Callable, Sequence

from pabal.domain.errors import Unavailable
from pabal.domain.experiment import Experiment
from pabal.domain.recipient import Recipient
from pabal.message.render import Renderer

_TRIES = 10
_BETWEEN = 1.0  # seconds


class Undecided(RuntimeError):
    """A mail of the rest was begun, and nobody knows the variant: it is held, and a person looks.

    Whoever enqueues the rest knows what was decided, so only a database that is gone leads here.
    """


class Mails:
    """The renderers of a campaign's variants.

    choose: reads which variant the rest gets; None while that is open. It blocks, and is asked
    until it is known: another worker may have enqueued the rest.
    """

    def __init__(
        self,
        renderers: Sequence[Renderer],
        experiment: Experiment | None = None,
        *,
        choose: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._renderers, self._experiment, self._choose = renderers, experiment, choose
        self._chosen: int | None = None

    async def renderer(self, recipient: Recipient) -> Renderer:
        """Return what makes a recipient's mail. Raises Undecided."""
        variant = self._experiment.variant(recipient.position) if self._experiment else 0
        return self._renderers[await self._of_the_rest() if variant is None else variant]

    async def _of_the_rest(self) -> int:
        for _ in range(_TRIES):
            if self._chosen is not None:
                return self._chosen
            try:
                self._chosen = await asyncio.to_thread(self._choose)
            except Unavailable:
                await asyncio.sleep(_BETWEEN)
        if self._chosen is None:
            raise Undecided("nobody knows which variant the rest gets")
        return self._chosen
