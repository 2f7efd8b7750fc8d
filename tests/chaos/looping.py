"""An event loop in a thread of its own, for what answers while a scenario goes on."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines that another thread gives it, between `running` and its end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()
