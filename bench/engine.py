"""`make bench-engine`: personalised mail against Postfix's own load generator.

Every contender sends mails of the same size to the same server, smtp-sink, in turn, for
several rounds; medians are compared. The sender has one core to itself, the server the
other. Start-up is not counted, for anybody.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.contenders import CONTENDERS, Contender
from bench.figures import Demand, publish
from bench.ports import free_port, wait_for

MAILS = int(os.environ.get("MAILS", "5000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SENDER, SERVER = "0", "1"  # cores


def main() -> None:
    missing = [name for name in ("smtp-source", "smtp-sink", "taskset") if not _found(name)]
    if missing:
        sys.exit(f"Not found: {', '.join(missing)}. On Debian: apt-get install postfix util-linux")
    seconds = {contender.name: [] for contender in CONTENDERS}
    for number in range(1, ROUNDS + 1):
        for contender in CONTENDERS:
            rate = measure(contender)
            seconds[contender.name].append(rate)
            print(f"round {number}: {contender.title}: {rate:,.0f}/s", file=sys.stderr, flush=True)
    report({name: statistics.median(rates) for name, rates in seconds.items()})


def measure(contender: Contender) -> float:
    """Run one contender against a fresh server; return mails a second."""
    count = max(1, MAILS // contender.fewer)
    with smtp_sink() as port:
        run = subprocess.run(
            ["taskset", "-c", SENDER, sys.executable, "-m", "bench.contenders",
             contender.name, str(port), str(count)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return count / json.loads(run.stdout.splitlines()[-1])["seconds"]


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Run Postfix's smtp-sink on a core of its own; yields its port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        ["taskset", "-c", SERVER, _path("smtp-sink"), *user, *options, f"127.0.0.1:{port}", "256"]
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def report(rates: dict[str, float]) -> None:
    limit = rates["smtp-source"]
    plain = rates["plain"]
    rows = [
        [
            contender.title,
            f"{rates[contender.name]:,.0f}",
            f"{rates[contender.name] / limit:.2f} x",
            f"{contender.at_least:.2f} x" if contender.at_least else "",
        ]
        for contender in CONTENDERS
    ]
    demands = [
        Demand(name=c.title, value=rates[c.name] / limit, at_least=c.at_least)
        for c in CONTENDERS
        if c.at_least
    ]
    demands += [
        Demand(name="whole pipeline to plain loop", value=rates["sqlite"] / plain, at_least=12),
        Demand(name="the same with DKIM", value=rates["sqlite-dkim"] / plain, at_least=9),
    ]
    publish(
        "engine",
        f"{MAILS:,} mails of 100 KB, median of {ROUNDS} rounds",
        ["contender", "mails/s", "to the limit", "wanted"],
        rows,
        figures=rates,
        demands=demands,
    )


def _found(name: str) -> bool:
    return bool(_path(name))


def _path(name: str) -> str:
    # Distributions put Postfix's tools where ordinary users do not look.
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or ""


if __name__ == "__main__":
    main()
