"""What a run took: by the clock on the wall, and of the processor."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """Both in seconds; the processor's of the sending process alone."""

    wall: float
    cpu: float


class Stopwatch:
    """Runs from the moment in which it is made."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def lap(self) -> Lap:
        return Lap(wall=time.perf_counter() - self._wall, cpu=time.process_time() - self._cpu)
