"""Whatever breaks, nobody is mailed twice and nobody is lost: the short form of `make chaos`."""

import os

import pytest

from chaos.playing import play
from chaos.programme import SCENARIOS
from chaos.stage import Prompter
from servers.postgres import start_postgres

# One of each kind, and those that found most.
SHORT = (
    "kill_the_worker",
    "kill_one_of_three_on_postgresql",
    "freeze_beyond_the_lease",
    "close_behind_the_dot",
    "refuse_the_account",
    "fill_the_disk",
    "restart_postgresql",
    "move_the_clock_between_lives",
    "leave_during_the_campaign",
)


@pytest.fixture(scope="module")
def prompter(tmp_path_factory):
    """With a PostgreSQL of its own, which is not spared."""
    with start_postgres() as postgres:
        yield Prompter(tmp_path_factory.mktemp("chaos"), postgres)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SHORT)
def test_every_promise_holds(prompter, name):
    """Once, with the same dice every time; `make chaos` throws others."""
    scenario = SCENARIOS[name]
    if not scenario.needs.is_met:
        pytest.skip(scenario.needs.value)
    play(prompter, scenario, seed=int(os.environ.get("SEED", "1")))
