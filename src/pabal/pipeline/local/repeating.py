"""Something done again and again beside the sending."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from pabal.domain.errors import Explained, Unavailable
from pabal.pipeline.local.wiring import sleep_or_stop

_LOG = logging.getLogger("pabal.worker")
_LONGEST_WAIT = timedelta(minutes=1)

Stopped = Callable[[], bool]


class Repeating:
    """Calls `work`, which blocks and is safe to repeat, every `interval`.

    Less often while it fails: that is an alarm, and nothing is lost.
    name: what is done, for the log. work: is given a question whether it is to end.
    """

    def __init__(
        self, name: str, work: Callable[[Stopped], object], *, interval: timedelta
    ) -> None:
        self._name, self._work, self._interval = name, work, interval

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        wait = self._interval
        while not stop.is_set():
            try:
                await asyncio.to_thread(self._work, stop.is_set)
                wait = self._interval
            except Unavailable as error:
                _LOG.error("%s: %s", self._name, error)
                wait = min(2 * wait, max(_LONGEST_WAIT, self._interval))
            except Explained as error:
                _LOG.error("%s: %s %s", self._name, error, error.advise())
                wait = max(_LONGEST_WAIT, self._interval)
            except Exception:
                _LOG.exception("%s", self._name)
                wait = max(_LONGEST_WAIT, self._interval)
            await sleep_or_stop(stop, wait.total_seconds())
