"""`make bench-memory`: peak memory of a campaign of 100,000 against one of 1,000.

Each runs whole (import, prepare, preflight, send to a discarding server) in a process of
its own, whose peak the operating system reports.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import template
from bench.figures import Demand, publish
from bench.installation import a_campaign_to, an_installation
from bench.sink import running_sink

SMALL, LARGE = 1_000, 100_000


def main() -> None:
    peaks = {count: measure(count) for count in (SMALL, LARGE)}
    rows = [
        [f"{count:,}", f"{peak['peak_mb']:.0f}", f"{peak['cpu_seconds']:.1f}", peak["sent"]]
        for count, peak in peaks.items()
    ]
    publish(
        "memory",
        "Whole campaign to a discarding server",
        ["recipients", "peak MB", "CPU s", "sent"],
        rows,
        figures={str(count): peak for count, peak in peaks.items()},
        demands=[
            Demand(
                name="MB more for 100 times as many",
                value=peaks[LARGE]["peak_mb"] - peaks[SMALL]["peak_mb"],
                at_most=50,
            )
        ],
    )


def measure(count: int) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(count)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def run_campaign(count: int) -> None:
    from bench.first import send, start
    from pabal.domain.delivery import State
    from pabal.domain.identity import CampaignId

    with running_sink() as port, an_installation(port) as workshop:
        with tempfile.TemporaryDirectory() as folder:
            customers = Path(folder) / "customers.csv"
            write_customers(customers, count)
            campaign = CampaignId(a_campaign_to(customers, template.source()))
        start(workshop, campaign)
        send(workshop, campaign)
        counts = workshop.open_ledger().counts(campaign)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "peak_mb": usage.ru_maxrss / 1024,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "sent": counts[State.SENT],
            }
        )
    )


def write_customers(path: Path, count: int) -> None:
    """The demo's customers over and over, each with an address of their own."""
    from bench.installation import DEMO

    lines = (DEMO / "customers.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for number in range(count):
            row = rows[number % len(rows)]
            writer.writerow(row | {"email": f"c{number}@example.com"})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_campaign(int(sys.argv[1]))
    else:
        main()
