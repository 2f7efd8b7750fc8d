"""`make bench-engine`: personalised mail against Postfix's own load generator.

Every contender sends mails of the same size to the same server, smtp-sink, in turn, for
several rounds; medians are compared. The sender has one core to itself, the server the
other. Start-up is not counted, for anybody.
"""

import json
import os
import statistics
import subprocess
import sys

from bench.contenders import CONTENDERS, Contender
from bench.figures import Demand, publish
from bench.sample import check_sample
from bench.sink_of_postfix import smtp_sink, tool

MAILS = int(os.environ.get("MAILS", "5000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SENDER = "0"  # core; the server has the other


def main() -> None:
    missing = [name for name in ("smtp-source", "smtp-sink", "taskset") if not tool(name)]
    if missing:
        sys.exit(f"Not found: {', '.join(missing)}. On Debian: apt-get install postfix util-linux")
    seconds = {contender.name: [] for contender in CONTENDERS}
    for number in range(1, ROUNDS + 1):
        for contender in CONTENDERS:
            rate = measure(contender)
            seconds[contender.name].append(rate)
            print(f"round {number}: {contender.title}: {rate:,.0f}/s", file=sys.stderr, flush=True)
    checked = check_sample(grid=False) + check_sample(grid=True)
    print(f"{checked} received mails equal the plain rendering; every signature verifies")
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


if __name__ == "__main__":
    main()
