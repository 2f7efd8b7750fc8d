"""The long form: `python -m chaos --runs 200`, every scenario in turn, each run with its seed."""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from chaos.playing import Scenario, play
from chaos.programme import SCENARIOS
from chaos.stage import Prompter
from servers.postgres import start_postgres


def main() -> int:
    """Play, print a line a run and a table at the end; return 1 where a promise was broken."""
    arguments = _arguments()
    chosen = _chosen(arguments.only)
    _say(f"SEED={arguments.seed} RUNS={arguments.runs}, {len(chosen)} scenarios")
    directory = Path(tempfile.mkdtemp(prefix="pabal-chaos-"))
    failed = Counter[str]()
    played = Counter[str]()
    with ExitStack() as stack:
        needs_postgres = any(each.setting.database == "postgresql" for each in chosen)
        postgres = stack.enter_context(start_postgres()) if needs_postgres else None
        prompter = Prompter(directory, postgres)
        for scenario, seed in _programme(chosen, arguments.seed, arguments.runs):
            played[scenario.name] += 1
            failed[scenario.name] += not _play(prompter, scenario, seed)
    _show(played, failed)
    if failed.total():
        return 1
    shutil.rmtree(directory)
    return 0


def _play(prompter: Prompter, scenario: Scenario, seed: int) -> bool:
    began = time.monotonic()
    try:
        seen = play(prompter, scenario, seed)
    except Exception as error:
        _say(f"FAILED {scenario.name} SEED={seed}\n{error}")
        return False
    took = time.monotonic() - began
    _say(f"ok {scenario.name} SEED={seed} {took:.1f} s, {seen.mails} mails, {seen.kills} kills")
    return True


def _programme(chosen: Sequence[Scenario], seed: int, runs: int) -> Iterator[tuple[Scenario, int]]:
    for number in range(runs):
        yield chosen[number % len(chosen)], seed + number


def _chosen(only: str) -> Sequence[Scenario]:
    names = only.split(",") if only else list(SCENARIOS)
    for name in names:
        if not SCENARIOS[name].needs.is_met:
            _say(f"skipped {name}: {SCENARIOS[name].needs.value}")
    return [SCENARIOS[name] for name in names if SCENARIOS[name].needs.is_met]


def _show(played: Counter[str], failed: Counter[str]) -> None:
    width = max(map(len, played))
    for name, count in played.items():
        _say(f"{name:{width}} {count:4} runs {failed[name]:4} failed")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--only", default="", help="names of scenarios, with commas between")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
