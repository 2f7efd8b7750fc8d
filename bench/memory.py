"""`make bench-memory`: the whole of a campaign to 1,000, 100,000 and 1,000,000 recipients.

Each runs (import, prepare, preflight, send to a discarding server) in a process of its own,
whose peak of memory and processor time the operating system reports. A million take about
a quarter of an hour; SIZES="1000 100000" does without.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from bench import template
from bench.figures import Demand, publish
from bench.installation import a_campaign_to, an_installation
from bench.laps import Stopwatch
from bench.people import write_customers
from bench.sink import running_sink
from bench.sink_of_postfix import smtp_sink, tool

SIZES = tuple(map(int, os.environ.get("SIZES", "1000 100000 1000000").split()))
_PHASES = ("import", "prepare", "send")


def main() -> None:
    measured = {count: measure(count) for count in SIZES}
    rows = [
        [f"{count:,}", f"{each['sent']:,}", f"{each['peak_mb']:.0f}", *_spent(each)]
        for count, each in measured.items()
    ]
    peaks = [each["peak_mb"] for each in measured.values()]
    publish(
        "memory",
        "Whole campaign to a discarding server",
        ["recipients", "sent", "peak MB", "CPU s", *(f"{phase}, s" for phase in _PHASES)],
        rows,
        figures={str(count): each for count, each in measured.items()},
        demands=[
            Demand(
                name="MB between the least and the most", value=max(peaks) - min(peaks), at_most=50
            ),
            *(
                Demand(name=f"sent of {count:,}", value=each["sent"], at_least=count)
                for count, each in measured.items()
            ),
        ],
    )


def _spent(measured: Mapping[str, float]) -> Iterator[str]:
    yield f"{measured['cpu_seconds']:.1f}"
    for phase in _PHASES:
        yield f"{measured[phase]:.1f}"


def measure(count: int) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(count)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def run_campaign(count: int) -> dict[str, float]:
    """Take a campaign through all its steps; return what it took, in MB and seconds."""
    from bench.first import send, start
    from pabal.domain.delivery import State
    from pabal.domain.identity import CampaignId

    took: dict[str, float] = {}
    with _discarding_server() as port, an_installation(port) as workshop:
        with tempfile.TemporaryDirectory() as folder:
            customers = Path(folder) / "customers.csv"
            write_customers(customers, count)
            watch = Stopwatch()
            campaign = CampaignId(a_campaign_to(customers, template.source()))
            took["import"] = watch.lap().wall
        watch = Stopwatch()
        start(workshop, campaign)
        took["prepare"] = watch.lap().wall
        watch = Stopwatch()
        send(workshop, campaign)
        took["send"] = watch.lap().wall
        sent = workshop.open_ledger().counts(campaign)[State.SENT]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    return took | {"peak_mb": usage.ru_maxrss / 1024, "cpu_seconds": cpu, "sent": sent}


def _discarding_server() -> AbstractContextManager[int]:
    return smtp_sink() if tool("smtp-sink") else running_sink()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_campaign(int(sys.argv[1]))))
    else:
        main()
