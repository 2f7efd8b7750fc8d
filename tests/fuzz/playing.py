"""Feeding a target: rounds of examples, each round made by its seed and made so again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from fuzz.targets import Target

EXAMPLES = 200  # of a round of the long form
_KNOWN = Path("build/fuzz")  # examples that failed, to be tried first the next time


def play(target: Target, number: int, *, examples: int = EXAMPLES, keep: bool = True) -> None:
    """Play one round. Raises what the parser raised, with the smallest input that makes it.

    number: the seed; the same makes the same inputs. keep: a failure is remembered.
    """

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=DirectoryBasedExampleDatabase(_KNOWN) if keep else None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(target.feed)
    def holds(fed: Any) -> None:
        in_time(target.read, fed, target.seconds)

    holds()


def in_time(read: Callable[[Any], None], fed: Any, seconds: float) -> None:
    began = time.process_time()
    read(fed)
    used = time.process_time() - began
    assert used < seconds, f"it took {used:.1f} s of processor time"
