"""Who rests until a stop is asked for can always be cancelled."""

import asyncio

import pytest

from pabal.pipeline.local.wiring import sleep_or_stop


@pytest.mark.parametrize("steps", range(5))
async def test_a_cancelling_in_the_moment_of_the_stop_is_heeded(steps: int) -> None:
    """Else a task goes on that its owner has ended and waits for."""
    stop = asyncio.Event()
    resting = asyncio.create_task(sleep_or_stop(stop, 60))
    await asyncio.sleep(0)
    stop.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    was_resting = resting.cancel()
    await asyncio.wait([resting])
    assert resting.cancelled() is was_resting


async def test_a_rest_ends_by_itself() -> None:
    await sleep_or_stop(asyncio.Event(), 0.01)
