"""The machine's clock jumps."""

import time
from collections.abc import Callable

from chaos.checks import check
from chaos.playing import FAKETIME, Need, scenario
from chaos.sink import Place
from chaos.stage import Setting, Stage
from chaos.weather import Greylisting

_HOUR = 3600
# Under libfaketime Python's threads wait for each other some hundred times as long.
FEW = Setting(mails=60)


@scenario(FEW, needs=Need.FAKETIME)
def move_the_clock(stage: Stage) -> None:
    """An hour both ways while a worker sends and waits for retries: nothing happens."""
    set_clock = _with_a_clock(stage)
    stage.start_workers()
    for _ in range(stage.dice.randint(2, 5)):
        stage.until_more_mails(stage.dice.randint(1, 15))
        set_clock(stage.dice.choice([-_HOUR, _HOUR, 0]))
    stage.until_over()
    check(stage)


@scenario(FEW, needs=Need.FAKETIME)
def move_the_clock_between_lives(stage: Stage) -> None:
    """A worker is killed, and the next one is an hour off: it goes on all the same."""
    set_clock = _with_a_clock(stage)
    for _ in range(2):
        stage.start_workers()
        if not stage.until_more_mails(stage.dice.randint(1, 20)):
            break
        stage.kill(stage.workers[0])
        set_clock(stage.dice.choice([-_HOUR, _HOUR]))
    stage.until_over()
    check(stage)


@scenario(FEW, needs=Need.FAKETIME)
def workers_disagree_about_the_time(stage: Stage) -> None:
    """Two workers an hour apart, and one of them is killed: nobody gets two mails."""
    set_clock = _with_a_clock(stage)
    stage.start_workers()
    stage.until_more_mails(1)
    set_clock(stage.dice.choice([-_HOUR, _HOUR]))
    stage.start_workers()
    stage.until_more_mails(stage.dice.randint(5, 20))
    if stage.dice.random() < 0.5:
        stage.kill(stage.dice.choice(stage.workers))
    stage.until_over()
    check(stage)


def _with_a_clock(stage: Stage) -> Callable[[int], None]:
    """Start processes from now on with a clock that can be set; return what sets it."""
    stage.sink.weather = Greylisting(
        stage.sink.weather.dice, place=Place.DOT, reply="451 4.3.0 later"
    )
    offset = stage.directory / "offset"

    def set_clock(seconds: int) -> None:
        fresh = offset.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(offset)
        time.sleep(0.05)

    set_clock(0)
    stage.installation.settings |= {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        # A machine's clock that is set moves the wall clock alone.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return set_clock
