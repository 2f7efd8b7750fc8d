"""The long form: `python -m fuzz --minutes 10`, every target in turn, in a process with bounds.

Hypothesis makes the inputs. What it knows of each grammar leads it deeper than a fuzzer that is
led by coverage and begins with random octets, it finds the smallest input by itself, and the
targets are those of the suite.
"""

import argparse
import faulthandler
import os
import resource
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from itertools import cycle

_MEMORY = 2_000_000_000  # octets of addresses that a process may have
_PROCESSOR = 600  # seconds behind which a process is ended: a parser that never ends
_TURN = 20.0  # seconds of one target, then comes the next


def main() -> int:
    """Play, print a line a turn and a table at the end; return 1 where anything was found."""
    arguments = _arguments()
    if arguments.turn:
        return _play_turn(arguments.turn, arguments.seed, arguments.seconds)
    from fuzz.targets import targets

    chosen = arguments.only.split(",") if arguments.only else list(targets())
    print(f"SEED={arguments.seed} MINUTES={arguments.minutes:g}, {len(chosen)} targets", flush=True)
    return _play_all(chosen, arguments.seed, arguments.minutes * 60)


def _play_all(chosen: Sequence[str], seed: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    turn = min(_TURN, max(1.0, seconds / len(chosen)))
    found, played = Counter[str](), set[str]()
    for count, name in enumerate(cycle(chosen)):
        if (count and time.monotonic() >= end) or found.total() >= len(chosen):
            break
        if not found[name]:
            found[name] += not _run_turn(name, seed + 100_000 * count, turn)
            played.add(name)
    broken = [name for name in chosen if found[name]]
    if missed := [name for name in chosen if name not in played]:
        print(f"no time was left for: {', '.join(missed)}")
    print(f"{len(broken)} targets were broken: {', '.join(broken)}" if broken else "nothing found")
    return 1 if broken else 0


def _run_turn(name: str, seed: int, seconds: float) -> bool:
    """Play one target for a while in a process of its own; a find stops that target."""
    told = ("--turn", name, "--seed", str(seed), "--seconds", str(seconds))
    ended = subprocess.run([sys.executable, "-m", "fuzz", *told], check=False)
    if ended.returncode < 0:
        print(f"FOUND {name}: ended by signal {-ended.returncode}, SEED={seed} or later")
    return ended.returncode == 0


def _play_turn(name: str, seed: int, seconds: float) -> int:
    """Play rounds until the time is over. A round that began is played to its end."""
    _bound()
    from fuzz.playing import EXAMPLES, play
    from fuzz.targets import targets

    end, rounds = time.monotonic() + seconds, 0
    while rounds == 0 or time.monotonic() < end:
        try:
            play(targets()[name], seed + rounds)
        except BaseException:  # whatever it is, it is a find
            traceback.print_exc()
            again = f"make fuzz MINUTES=0 ONLY={name} SEED={seed + rounds}"
            print(f"FOUND {name} SEED={seed + rounds}; again: {again}", flush=True)
            return 1
        rounds += 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    seeds = f"SEED={seed}..{seed + rounds - 1}"
    peak = f"{used.ru_maxrss // 1024} MiB at most"
    print(f"ok {name} {seeds}, {rounds * EXAMPLES:,} inputs, {peak}", flush=True)
    return 0


def _bound() -> None:
    faulthandler.enable()
    os.environ["DJANGO_SETTINGS_MODULE"] = "pabal.console.config.settings"
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", default="", help="targets, with commas between")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--turn", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=_TURN, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
