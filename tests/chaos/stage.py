"""Where a scenario is played: an installation with a started campaign, a sink, processes."""

import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from builders.installed import Installation
from chaos.sink import Sink
from chaos.wire import Trouble, Wire
from pabal.domain.identity import CampaignId
from pabal.ledger.port import Ledger, RunState
from pabal.ledger.sql.connect import open_ledger
from pabal.pipeline.local.wiring import PIPELINE_DEPTH
from servers.postgres import Postgres

MAILS = 240
DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com")
SLOTS = 4 * PIPELINE_DEPTH  # connections, and attempts begun for each at most
_OVER = (RunState.FINISHED, RunState.CANCELLED)
_SETTINGS = {
    "PABAL_LEASE_SECONDS": "1",
    "PABAL_RETRY_WAITS": "0.3,0.6,1.2",
    "PABAL_DAILY_LIMIT": "10000",
    "PABAL_NOTICES": "false",  # who leaves would be told so by mail, which the sink counts
}


class TooSlow(AssertionError):
    """What a scenario waited for did not come."""


@dataclass
class Stage:
    """One run of one scenario.

    kills: processes that were killed: each may leave SLOTS doubts.
    resends: doubts are answered by sending again.
    wire: what lies between the workers and the sink; None for nothing.
    """

    installation: Installation
    sink: Sink
    dice: Random
    campaigns: Sequence[CampaignId]
    mails: int
    resends: bool = False
    kills: int = 0
    wire: Wire | None = None
    workers: list["subprocess.Popen[str]"] = field(default_factory=list)
    _started: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def campaign(self) -> CampaignId:
        return self.campaigns[0]

    @property
    def directory(self) -> Path:
        return self.installation.home.parent

    @property
    def database(self) -> str:
        settings = self.installation.settings
        sqlite = f"sqlite:///{self.installation.home / 'pabal.sqlite3'}"
        return settings.get("PABAL_DATABASE_URL", sqlite)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger beside the workers."""
        ledger = open_ledger(self.database, daily_limit=None)
        try:
            yield ledger
        finally:
            ledger.close()

    @property
    def unanswered(self) -> int:
        """How many mails may have been sent without an answer that came through."""
        return self.sink.unanswered + (self.wire.breaks if self.wire else 0)

    @contextmanager
    def over(self, trouble: Trouble) -> Iterator[Wire]:
        """Let the workers that start from now on reach the sink over a bad network."""
        self.wire = Wire(Random(self.dice.random()), self.sink.port, trouble)
        with self.wire.running() as wire:
            url = self.installation.settings["PABAL_SMTP_URL"]
            self.installation.settings["PABAL_SMTP_URL"] = url.replace(
                f":{self.sink.port}", f":{wire.port}"
            )
            yield wire

    def now(self) -> datetime:
        return datetime.now(UTC)

    def set_state(self, state: RunState) -> None:
        """Pause, resume or cancel every campaign, as the commands do."""
        with self.ledger() as ledger:
            for campaign in self.campaigns:
                ledger.set_state(campaign, state, reason="", now=self.now())

    def query(self, statement: str) -> Any:
        """Ask the database for one value."""
        scheme, _, path = self.database.partition(":///")
        connect = sqlite3.connect(path) if scheme == "sqlite" else psycopg.connect(self.database)
        with closing(connect) as connection:
            return connection.execute(statement).fetchone()[0]  # type: ignore[arg-type]

    # Processes

    def start_workers(self, count: int = 1) -> None:
        for _ in range(count):
            self.workers.append(self.start("worker"))

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command; what it says goes to a file."""
        log = self.directory / f"process-{len(self._started)}.log"
        process = self.installation.start(*arguments, log=log)
        self._started.append(process)
        return process

    def kill(self, worker: "subprocess.Popen[str]") -> None:
        """kill -9."""
        worker.kill()
        worker.wait(10)
        self.workers.remove(worker)
        self.kills += 1

    def terminate(self, worker: "subprocess.Popen[str]") -> None:
        """SIGTERM; it must end by itself, without an error."""
        worker.terminate()
        status = worker.wait(45)
        self.workers.remove(worker)
        # Before its first line of Python runs, nobody has asked for anything but the default.
        assert status in (0, -signal.SIGTERM), f"a worker ended with {status}"

    def terminate_all(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in list(self.workers):
            self.terminate(worker)

    def end_everything(self) -> None:
        """Leave no process behind, whatever happened."""
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait(10)

    # Waiting

    def until(self, what: Callable[[], bool], *, seconds: float = 60, why: str) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                raise TooSlow(f"{why}: not within {seconds:g} s")
            time.sleep(0.02)

    def until_more_mails(self, count: int = 1) -> bool:
        """Wait for `count` more accepted mails; return whether they came before the end."""
        wanted = len(self.sink.accepted) + count
        with self.ledger() as ledger:
            self.until(
                lambda: len(self.sink.accepted) >= wanted or self._is_over(ledger),
                why="more mails are accepted",
            )
        return len(self.sink.accepted) >= wanted

    def until_over(self, *, seconds: float = 90) -> None:
        """Wait until every campaign has ended, for the ledger and for the console."""
        if not self.workers:
            self.start_workers()
        with self.ledger() as ledger:
            self.until(lambda: self._is_over(ledger), seconds=seconds, why="the campaign ends")
        self.until(self._console_knows_the_end, seconds=10, why="the console knows of the end")
        self.terminate_all()

    def _is_over(self, ledger: Ledger) -> bool:
        return all(ledger.run(campaign).state in _OVER for campaign in self.campaigns)

    def _console_knows_the_end(self) -> bool:
        statement = "select count(*) from campaigns_campaign where status <> 'ended'"
        return self.query(statement) == 0


# Templates: made once, then copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a scenario is played with.

    database: "sqlite" or "postgresql". campaigns: so many, with the same list.
    """

    database: str = "sqlite"
    mails: int = MAILS
    campaigns: int = 1
    started: bool = True
    on_doubt: str = "ask"


@dataclass(frozen=True, slots=True)
class _Template:
    home: Path
    campaigns: Sequence[CampaignId]
    database: str = ""


class Prompter:
    """Makes stages. An installation with started campaigns is made once a setting, then copied.

    postgres: None where nothing is played on PostgreSQL.
    """

    def __init__(self, directory: Path, postgres: Postgres | None) -> None:
        self._directory = directory
        self.postgres = postgres
        self._made: dict[Setting, _Template] = {}

    @contextmanager
    def stage(self, setting: Setting, dice: Random, sink: Sink) -> Iterator[Stage]:
        """Yield a stage of its own. Its processes are ended behind it, come what may.

        Its directory is deleted if all went well, and kept to be looked at if not.
        """
        template = self._template(setting, sink)
        directory = Path(tempfile.mkdtemp(prefix="run-", dir=self._directory))
        shutil.copytree(template.home, directory / "home")
        settings = {**_SETTINGS, "PABAL_SMTP_URL": sink.url}
        database = ""
        if self.postgres and template.database:
            database = self.postgres.fresh_database(template.database)
            settings["PABAL_DATABASE_URL"] = database
        installation = Installation(directory / "home", settings)
        stage = Stage(
            installation,
            sink,
            dice,
            template.campaigns,
            setting.mails,
            resends=setting.on_doubt == "resend",
        )
        try:
            yield stage
        finally:
            stage.end_everything()
        shutil.rmtree(directory)
        if self.postgres and database:
            self.postgres.drop_database(database)

    def _template(self, setting: Setting, sink: Sink) -> _Template:
        if setting not in self._made:
            self._made[setting] = self._make(setting, sink)
        return self._made[setting]

    def _make(self, setting: Setting, sink: Sink) -> _Template:
        settings, database = {**_SETTINGS, "PABAL_SMTP_URL": sink.url}, ""
        if setting.database == "postgresql":
            assert self.postgres is not None
            settings["PABAL_DATABASE_URL"] = url = self.postgres.fresh_database()
            database = url.partition("?")[0].rpartition("/")[2]
        directory = Path(tempfile.mkdtemp(prefix="template-", dir=self._directory))
        made = Installation(directory / "home", settings)
        said = ("--on-doubt", setting.on_doubt)
        ids = [made.with_campaign(setting.mails, *said, domains=DOMAINS)]
        for _ in range(setting.campaigns - 1):
            ids.append(made.ask("campaign", "copy", ids[0])["campaign"])
        for each in ids if setting.started else ():
            made.run("campaign", "send", each, "--detach")
        return _Template(made.home, ids, database)
