"""Scenarios: their names, and how one of them is played once."""

import enum
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.checks import Broken
from chaos.sink import Sink, Weather
from chaos.stage import Prompter, Setting, Stage

Play = Callable[[Stage], None]
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))), None)


class Need(enum.Enum):
    """What a machine may be without."""

    NOTHING = ""
    MOUNT = "it needs the right to mount a file system"
    FAKETIME = "it needs libfaketime: sh requirements/system.sh"

    @property
    def is_met(self) -> bool:
        match self:
            case Need.MOUNT:
                return sys.platform == "linux" and os.geteuid() == 0
            case Need.FAKETIME:
                return FAKETIME is not None
            case _:
                return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story and what it is played with. It checks its own end."""

    name: str
    play: Play
    setting: Setting
    needs: Need


SCENARIOS: dict[str, Scenario] = {}


_USUAL = Setting()


def scenario(setting: Setting = _USUAL, *, needs: Need = Need.NOTHING) -> Callable[[Play], Play]:
    """Register a function as a scenario, under its name."""

    def register(play: Play) -> Play:
        name = play.__name__
        SCENARIOS[name] = Scenario(name=name, play=play, setting=setting, needs=needs)
        return play

    return register


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What happened in a run. mails: accepted."""

    mails: int
    kills: int


def play(prompter: Prompter, scenario: Scenario, seed: int) -> Played:
    """Play a scenario once. Raises Broken: with the way to repeat it."""
    dice = Random(f"{scenario.name} {seed}")
    sink = Sink(Weather(Random(f"weather {seed}")))
    with sink.running(), prompter.stage(scenario.setting, dice, sink) as stage:
        try:
            scenario.play(stage)
        except Exception as error:
            again = f"make chaos RUNS=1 ONLY={scenario.name} SEED={seed}"
            what = str(error) if isinstance(error, AssertionError) else repr(error)
            raise Broken(f"{what}\nagain: {again}\nlogs: {stage.directory}") from error
        return Played(mails=len(sink.accepted), kills=stage.kills)
