"""Whatever breaks, nobody is mailed twice and nobody is lost: the short form of `make chaos`.

A sample that is another one every day, one scenario of each kind, for about two minutes. Its
seed stands at the head of pytest's report; SEED in the environment chooses another.
"""

import time
from collections.abc import Iterator

import pytest

from chaos.playing import Scenario, play
from chaos.programme import MODULES, SCENARIOS
from chaos.seed import SEED, TODAY
from chaos.stage import Prompter
from servers.postgres import start_postgres

ENOUGH = 100.0  # seconds behind which no other scenario begins


def sample(seed: int) -> list[Scenario]:
    """One of each kind. Every day it begins with another kind: late ones may be left out."""
    start = seed % len(MODULES)
    return [_turn_of(module.__name__, seed) for module in MODULES[start:] + MODULES[:start]]


def _turn_of(module: str, seed: int) -> Scenario:
    own = [each for each in SCENARIOS.values() if each.play.__module__ == module]
    return own[seed % len(own)]


@pytest.fixture(scope="module")
def prompter(tmp_path_factory) -> Iterator[Prompter]:
    """With a PostgreSQL of its own, which is not spared."""
    with start_postgres() as postgres:
        yield Prompter(tmp_path_factory.mktemp("chaos"), postgres)


@pytest.fixture(scope="module")
def began() -> float:
    return time.monotonic()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", sample(SEED), ids=lambda each: each.name)
def test_every_promise_holds(prompter, began, scenario):
    if not scenario.needs.is_met:
        pytest.skip(scenario.needs.value)
    if time.monotonic() > began + ENOUGH:
        pytest.skip("two minutes are enough for a day: make chaos has them all")
    play(prompter, scenario, SEED)


def test_every_scenario_has_its_day():
    days = {each.name for seed in range(TODAY, TODAY + 50) for each in sample(seed)}
    assert days == set(SCENARIOS)
