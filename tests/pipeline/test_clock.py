"""The clock of retries, leases and the quota does not jump with the machine's."""

from datetime import UTC, datetime, timedelta

import pytest

from pabal.pipeline.local.clock import SteadyClock


class Machine:
    """A machine's two clocks, moved by hand."""

    def __init__(self):
        self.wall = datetime(2026, 11, 24, 9, tzinfo=UTC)
        self.ticks = 100.0

    def pass_time(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def clock(self):
        return SteadyClock(lambda: self.wall, lambda: self.ticks)


def test_time_passes():
    machine = Machine()
    clock = machine.clock()
    machine.pass_time(90)
    assert clock() == datetime(2026, 11, 24, 9, 1, 30, tzinfo=UTC)
    assert clock.drift() == timedelta(0)


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)])
def test_a_jump_of_an_hour_moves_nothing_and_is_seen(jump):
    """A lease neither lapses nor lasts an hour longer; a retry is not put off."""
    machine = Machine()
    clock = machine.clock()
    machine.wall += jump
    machine.pass_time(10)
    assert clock() == datetime(2026, 11, 24, 9, 0, 10, tzinfo=UTC)
    assert clock.drift() == jump
