"""`make bench-preflight`: proving every recipient's mail, against rendering them in plain Jinja.

Pabal runs its preflight: the package is read from disk, its digests are checked, each mail
is rendered and its exact size on the wire found. What people would write renders the same
templates for the same people, held in memory, and takes the lengths. One core; interleaved
rounds; medians.
"""

import gc
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import jinja2

from bench import template
from bench.contenders import a_renderer
from bench.figures import Demand, publish
from bench.laps import Lap, Stopwatch
from bench.people import recipients
from pabal.domain.quota import Quota
from pabal.domain.recipient import Recipient
from pabal.message.filters import comma, won, written_date
from pabal.message.source import Source
from pabal.package.package import Package, write_package
from pabal.package.store import DirectoryStore
from pabal.preflight.run import Terms, run_preflight

RECIPIENTS = int(os.environ.get("RECIPIENTS", "10000"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))


def main() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    people = list(recipients(RECIPIENTS))
    with a_package() as open_package:
        contenders = {
            "Pabal": proving(open_package),
            "Jinja and len()": rendering(template.source(), people),
            "Pabal, grid": proving(open_package, grid=True),
            "Jinja and len(), grid": rendering(template.source(grid=True), people),
        }
        rounds = [{name: timed(run) for name, run in contenders.items()} for _ in range(ROUNDS)]
    report(rounds)


@contextmanager
def a_package() -> Iterator[Callable[[], Package]]:
    """Write the recipients into a package; yield what opens it anew."""
    plan = template.plan()
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as folder:
        store = DirectoryStore(Path(folder))
        digest = write_package(store, plan, b"", recipients(RECIPIENTS)).digest
        yield lambda: Package(store, plan.id, digest)


def proving(open_package: Callable[[], Package], *, grid: bool = False) -> Callable[[], None]:
    renderer = a_renderer(grid=grid)
    terms = Terms(quota=Quota(limit=RECIPIENTS, used=0), rate=None, connections=4)

    def run() -> None:
        checked = run_preflight(open_package(), renderer, links=template.LINKS, terms=terms)
        assert checked.passed
        assert checked.sizes.mails == RECIPIENTS

    return run


def rendering(source: Source, people: Sequence[Recipient]) -> Callable[[], None]:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"comma": comma, "won": won, "date": written_date}
    fields = [environment.from_string(f) for f in (source.subject, source.text, source.body)]
    plan = template.plan()

    def run() -> None:
        for person in people:
            delivery = person.delivery(plan.id)
            values = {
                **person.attributes,
                "unsubscribe_url": template.LINKS.unsubscribe(delivery),
                "preferences_url": template.LINKS.preferences(delivery),
                "sender": plan.sender,
            }
            assert sum(len(field.render(values)) for field in fields) > 0

    return run


def timed(run: Callable[[], None]) -> Lap:
    gc.collect()
    watch = Stopwatch()
    run()
    return watch.lap()


def report(rounds: Sequence[dict[str, Lap]]) -> None:
    rates = {
        name: {
            "cpu": RECIPIENTS / statistics.median(each[name].cpu for each in rounds),
            "wall": RECIPIENTS / statistics.median(each[name].wall for each in rounds),
        }
        for name in rounds[0]
    }
    ratio = statistics.median(each["Jinja and len()"].cpu / each["Pabal"].cpu for each in rounds)
    publish(
        "preflight",
        f"{RECIPIENTS:,} mails of 100 KB, one core, median of {ROUNDS} rounds",
        ["contender", "recipients a CPU second", "a second", "CPU us each"],
        [
            [name, f"{rate['cpu']:,.0f}", f"{rate['wall']:,.0f}", f"{1e6 / rate['cpu']:.1f}"]
            for name, rate in rates.items()
        ],
        figures=rates,
        demands=[
            Demand(name="recipients a CPU second", value=rates["Pabal"]["cpu"], at_least=20_000),
            Demand(name="to Jinja and len()", value=ratio, at_least=1),
        ],
    )


if __name__ == "__main__":
    main()
