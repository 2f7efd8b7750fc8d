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
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bench.charts import Bar, draw_bars
from bench.contenders import CONTENDERS, Contender
from bench.figures import Demand, picture_paths, publish
from bench.laps import Lap
from bench.sample import check_sample
from bench.sink_of_postfix import smtp_sink, tool

MAILS = int(os.environ.get("MAILS", "5000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SENDER = "0"  # core; the server has the other


def main() -> None:
    missing = [name for name in ("smtp-source", "smtp-sink", "taskset") if not tool(name)]
    if missing:
        sys.exit(f"Not found: {', '.join(missing)}. On Debian: apt-get install postfix util-linux")
    contenders = [each for each in CONTENDERS if each.is_here()]
    laps: dict[str, list[Lap]] = {contender.name: [] for contender in contenders}
    for number in range(1, ROUNDS + 1):
        for contender in contenders:
            lap = measure(contender)
            laps[contender.name].append(lap)
            print(
                f"round {number}: {contender.title}: {1 / lap.wall:,.0f}/s",
                file=sys.stderr,
                flush=True,
            )
    checked = check_sample(grid=False) + check_sample(grid=True)
    print(f"{checked} received mails equal the plain rendering; every signature verifies")
    report(contenders, {name: _median(each) for name, each in laps.items()})


def measure(contender: Contender) -> Lap:
    """Run one contender against a fresh server; return what a mail takes."""
    count = max(1, MAILS // contender.fewer)
    with smtp_sink() as port:
        run = subprocess.run(
            ["taskset", "-c", SENDER, sys.executable, "-m", "bench.contenders",
             contender.name, str(port), str(count)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    lap = Lap(**json.loads(run.stdout.splitlines()[-1]))
    return Lap(wall=lap.wall / count, cpu=lap.cpu / count)


def report(contenders: Sequence[Contender], mail: Mapping[str, Lap]) -> None:
    """Print the table and draw it. mail: what one mail takes, by contender."""
    limit = mail["smtp-source"].wall
    shares = {name: limit / lap.wall for name, lap in mail.items()}
    rows = [
        [
            contender.title,
            f"{1 / mail[contender.name].wall:,.0f}",
            f"{shares[contender.name]:.2f} x",
            f"{contender.at_least:.2f} x" if contender.at_least else "",
            f"{1000 * mail[contender.name].cpu:.2f}",
        ]
        for contender in contenders
    ]
    for path in picture_paths("engine"):
        draw_bars(
            path,
            [_bar(contender, shares[contender.name]) for contender in contenders],
            title="Personalised mail, 100 KB: times Postfix's own load generator",
            unit="x",
            reference="smtp-source (C)",
        )
    publish(
        "engine",
        f"{MAILS:,} mails of 100 KB, median of {ROUNDS} rounds",
        ["contender", "mails/s", "to the limit", "wanted", "CPU ms"],
        rows,
        figures={name: asdict(lap) for name, lap in mail.items()},
        demands=_demands(contenders, shares),
    )


def _demands(contenders: Sequence[Contender], shares: Mapping[str, float]) -> list[Demand]:
    plain = shares["plain"]
    return [
        *(
            Demand(name=each.title, value=shares[each.name], at_least=each.at_least)
            for each in contenders
            if each.at_least
        ),
        Demand(name="whole pipeline to plain loop", value=shares["sqlite"] / plain, at_least=12),
        Demand(
            name="with DKIM ed25519, to plain loop",
            value=shares["sqlite-ed25519"] / plain,
            at_least=9,
        ),
        Demand(
            name="with DKIM rsa-2048, to plain loop with it",
            value=shares["sqlite-dkim"] / shares["plain-dkim"],
            at_least=9,
        ),
        Demand(
            name="with DKIM rsa-2048, to plain loop without it",
            value=shares["sqlite-dkim"] / plain,
            at_least=9,
        ),
    ]


def _bar(contender: Contender, share: float) -> Bar:
    return Bar(name=contender.title, value=share, ours=contender.title.startswith("Pabal"))


def _median(laps: Sequence[Lap]) -> Lap:
    return Lap(
        wall=statistics.median(lap.wall for lap in laps),
        cpu=statistics.median(lap.cpu for lap in laps),
    )


if __name__ == "__main__":
    main()
