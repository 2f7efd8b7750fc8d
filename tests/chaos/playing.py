"""Scenarios: their names, and how one of them is played once."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from chaos.checks import Broken
from chaos.sink import Sink, Weather
from chaos.stage import Prompter, Setting, Stage

Play = Callable[[Stage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story and what it is played with. It checks its own end."""

    name: str
    play: Play
    setting: Setting
    needs: str = ""


SCENARIOS: dict[str, Scenario] = {}


def scenario(setting: Setting = Setting(), *, needs: str = "") -> Callable[[Play], Play]:
    """Register a function as a scenario, under its name.

    needs: a program of the machine without which it cannot be played.
    """

    def register(play: Play) -> Play:
        name = play.__name__
        SCENARIOS[name] = Scenario(name=name, play=play, setting=setting, needs=needs)
        return play

    return register


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a run went. mails: accepted. doubts: at most so many were allowed."""

    mails: int
    kills: int


def play(prompter: Prompter, scenario: Scenario, seed: int) -> Played:
    """Play a scenario once. Raises Broken, or what else went wrong, with the way to repeat it."""
    dice = Random(f"{scenario.name} {seed}")
    sink = Sink(Weather(Random(f"weather {seed}")))
    with sink.running(), prompter.stage(scenario.setting, dice, sink) as stage:
        try:
            scenario.play(stage)
        except AssertionError as error:
            again = f"make chaos RUNS=1 ONLY={scenario.name} SEED={seed}"
            raise Broken(f"{error}\nagain: {again}\nlogs: {stage.directory}") from error
        return Played(mails=len(sink.accepted), kills=stage.kills)
