"""`make bench-import`: a customer file of a million rows through `pabal import`.

The command runs as an operator runs it, in a process of its own, whose time and peak memory
the operating system reports. Beside it stands the floor: the same file, put as it is into
one table without an index by what the database has for that.
"""

import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import psutil
import psycopg

from bench.contenders import a_postgresql
from bench.figures import Demand, publish
from bench.installation import DEMO

ROWS = int(os.environ.get("ROWS", "1000000"))
LIST = "단골 고객"
MEGABYTES = 200
_TABLES = ("audience_subscriber", "audience_membership", "audience_consent")
_FLOOR = "create table floor (" + ", ".join(f"c{number} text" for number in range(12)) + ")"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What it took to fill a database; cpu, server_cpu: seconds of our and of its processes."""

    seconds: float
    cpu: float
    server_cpu: float
    peak_mb: float


class Place(Protocol):
    """A database to import into. seconds: how long a million rows may take."""

    title: str
    seconds: float
    url: str

    def fill(self, rows: Iterator[list[str]]) -> None:
        """Put rows into a table of their own, and commit."""
        ...

    def count(self, table: str) -> int: ...

    def server_cpu(self) -> float:
        """Return the seconds that the database's own processes have used."""
        ...


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as folder, a_postgresql() as url:
        customers = Path(folder) / "customers.csv"
        write_customers(customers, ROWS)
        places: list[Place] = [Sqlite(Path(folder) / "pabal.sqlite3"), Postgresql(url)]
        measured = {place: measure(place, customers) for place in places}
    report(measured)


def measure(place: Place, customers: Path) -> dict[str, Spent]:
    """Import a file, import it again, and put it into one table."""
    settings = {"PABAL_HOME": str(customers.parent), "PABAL_DATABASE_URL": place.url}
    pabal(settings, "init")
    pabal(settings, "list", "add", LIST)
    return {
        "all new": imported(place, customers, settings, "new"),
        "the same again": imported(place, customers, settings, "unchanged"),
        "floor": put_as_it_is(place, customers),
    }


def imported(place: Place, customers: Path, settings: dict[str, str], became: str) -> Spent:
    """Import the file as an operator does, and check that all of it is there."""
    before = place.server_cpu()
    started = time.perf_counter()
    answer, usage = pabal(settings, "import", str(customers), "--list", LIST, "--json")
    seconds = time.perf_counter() - started
    assert json.loads(answer)["counts"][became] == ROWS
    assert [place.count(table) for table in _TABLES] == [ROWS] * len(_TABLES)
    return Spent(
        seconds=seconds,
        cpu=usage.ru_utime + usage.ru_stime,
        server_cpu=place.server_cpu() - before,
        peak_mb=usage.ru_maxrss / 1024,
    )


def put_as_it_is(place: Place, customers: Path) -> Spent:
    """Put the file into one table; what it takes of memory is not measured."""
    before = place.server_cpu()
    started, cpu = time.perf_counter(), time.process_time()
    with customers.open(encoding="utf-8", newline="") as file:
        place.fill(csv.reader(file))
    return Spent(
        seconds=time.perf_counter() - started,
        cpu=time.process_time() - cpu,
        server_cpu=place.server_cpu() - before,
        peak_mb=0.0,
    )


class Sqlite:
    title = "SQLite"
    seconds = 180.0

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path

    def fill(self, rows: Iterator[list[str]]) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("pragma synchronous = full")
            connection.execute(_FLOOR)
            blanks = ", ".join("?" * 12)
            connection.executemany(f"insert into floor values ({blanks})", rows)

    def count(self, table: str) -> int:
        with closing(sqlite3.connect(self._path)) as connection:
            return connection.execute(f"select count(*) from {table}").fetchone()[0]

    def server_cpu(self) -> float:
        return 0.0


class Postgresql:
    title = "PostgreSQL"
    seconds = 120.0

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            session = psutil.Process(connection.info.backend_pid)
            self._server = psutil.Process(session.ppid())

    def fill(self, rows: Iterator[list[str]]) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(_FLOOR)
            with connection.cursor().copy("copy floor from stdin") as copy:
                for row in rows:
                    copy.write_row(row)

    def count(self, table: str) -> int:
        with psycopg.connect(self.url) as connection:
            [(count,)] = connection.execute(f"select count(*) from {table}").fetchall()
            return count

    def server_cpu(self) -> float:
        own = self._server.cpu_times()
        ended = own.user + own.system + own.children_user + own.children_system
        return ended + sum(sum(child.cpu_times()[:2]) for child in self._server.children())


def pabal(settings: dict[str, str], *arguments: str) -> tuple[str, resource.struct_rusage]:
    """Run a command; return what it said and what it took. Raises CalledProcessError."""
    command = [str(Path(sys.executable).with_name("pabal")), *arguments]
    run = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    answer = run.stdout.read()
    _pid, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command, answer)
    return answer, usage


def write_customers(path: Path, count: int) -> None:
    """Customers like the demo's, in no order: names recur, addresses and coupons do not."""
    lines = (DEMO / "customers.csv").read_text(encoding="utf-8-sig").splitlines()
    header, *people = csv.reader(lines)
    now = datetime.now(UTC).replace(microsecond=0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(count):
            person = dict(zip(header, people[number % len(people)], strict=True))
            writer.writerow((person | varied(person, number, now)).values())


def varied(person: dict[str, str], number: int, now: datetime) -> dict[str, str]:
    """What differs between customers. A factor that is odd mixes numbers and doubles none."""
    local, _, domain = person["email"].partition("@")
    mixed = number * 2_654_435_761 % 2**32
    return {
        "email": f"{local}{mixed:x}@{domain}",
        "coupon_code": f"HB26{mixed:08X}",
        "points": str(mixed % 250_000),
        "last_order": (now - timedelta(days=mixed % 600)).date().isoformat(),
        "consent_at": (now - timedelta(seconds=mixed % 60_000_000)).isoformat(),
    }


def report(measured: dict[Place, dict[str, Spent]]) -> None:
    publish(
        "importing",
        f"pabal import, {ROWS:,} customers",
        ["", "seconds", "to floor", "rows/s", "CPU s", "server CPU s", "peak MB"],
        [
            row_of(f"{place.title}, {what}", spent, ways["floor"])
            for place, ways in measured.items()
            for what, spent in ways.items()
        ],
        figures={
            place.title: {what: asdict(spent) for what, spent in ways.items()}
            for place, ways in measured.items()
        },
        demands=[demand for place, ways in measured.items() for demand in demands(place, ways)],
    )


def row_of(title: str, spent: Spent, floor: Spent) -> list[str]:
    return [
        title,
        f"{spent.seconds:.1f}",
        f"{spent.seconds / floor.seconds:.1f} x",
        f"{ROWS / spent.seconds:,.0f}",
        f"{spent.cpu:.1f}",
        f"{spent.server_cpu:.1f}",
        f"{spent.peak_mb:.0f}" if spent.peak_mb else "",
    ]


def demands(place: Place, ways: dict[str, Spent]) -> list[Demand]:
    new, again = ways["all new"], ways["the same again"]
    peak = max(new.peak_mb, again.peak_mb)
    return [
        Demand(name=f"{place.title}, seconds", value=new.seconds, at_most=place.seconds),
        Demand(name=f"{place.title}, peak MB", value=peak, at_most=MEGABYTES),
    ]


if __name__ == "__main__":
    main()
