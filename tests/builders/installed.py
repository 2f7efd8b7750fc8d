"""An installation of its own, used as an operator does: by commands, in processes."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from builders import zygote

_READY: list[Path] = []
_PATIENCE = 100.0  # seconds for a command

_ONE_AFTER_THE_OTHER = """\
import json, sys
from pabal.cli.main import main
for arguments in json.loads(sys.argv[1]):
    sys.argv[1:] = arguments
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""

HTML = """\
<!DOCTYPE html><html lang="ko"><head><title>x</title></head><body>
<p>{{ name }}님, 안녕하세요. 쿠폰 {{ coupon_code }}</p>
<p>{{ sender.company }} {{ sender.postal_address }}</p>
<p>{{ sender.phone }} {{ sender.contact_email }}</p>
<p><a href="{{ unsubscribe_url }}">수신거부</a> <a href="{{ unsubscribe_url }}">unsubscribe</a></p>
</body></html>
"""


@dataclass
class Installation:
    """A home directory and the settings that go with it."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PABAL_")}
        ours = {
            "PABAL_HOME": str(self.home),
            "PABAL_LANGUAGE": "en",
            "PABAL_CHECK_SPAM": "false",  # two seconds for each preflight
            "COLUMNS": "200",
        }
        return inherited | ours | self.settings

    def command(self, *arguments):
        return [sys.executable, "-m", "pabal.cli", *map(str, arguments)]

    def run(self, *arguments, status=0):
        """Run a command in the home's parent; return what it printed, of both kinds."""
        environment = self.environment
        if not zygote.can_run(environment):
            return self._run(self.command(*arguments), status)
        words = [str(each) for each in arguments]
        done = zygote.run(words, environment=environment, cwd=self.home.parent, timeout=_PATIENCE)
        return _checked(done.status, status, done.stdout, done.stderr)

    def run_all(self, *commands):
        """Run commands one after the other in one process, for tests that are not about them."""
        arguments = json.dumps([[str(word) for word in command] for command in commands])
        return self._run([sys.executable, "-c", _ONE_AFTER_THE_OTHER, arguments], 0)

    def ask(self, *arguments, status=0):
        """Run a command with --json and return its answer."""
        return json.loads(self.run(*arguments, "--json", status=status).splitlines()[-1])

    def start(self, *arguments, log=None):
        """Start a command. log: a file for what it says, since a pipe that nobody reads fills."""
        with ExitStack() as stack:
            out = stack.enter_context(log.open("w")) if log else subprocess.PIPE
            return subprocess.Popen(
                self.command(*arguments),
                env=self.environment,
                cwd=self.home.parent,
                stdout=out,
                stderr=subprocess.STDOUT if log else subprocess.PIPE,
                text=True,
            )

    def _run(self, command, status):
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        return _checked(done.returncode, status, done.stdout, done.stderr)

    def file(self, name, content):
        path = self.home.parent / name
        path.write_text(content, encoding="utf-8")
        return path

    def customers(self, count, *, name="customers.csv", domains=("example.com",)):
        rows = [
            f"c{n}@{domains[n % len(domains)]},고객{n},CODE{n},"
            f"2026-01-0{n % 9 + 1}T10:00:00+09:00,회원가입"
            for n in range(count)
        ]
        return self.file(
            name, "\n".join(["email,name,coupon_code,consent_at,consent_source", *rows]) + "\n"
        )

    def with_campaign(
        self,
        count,
        *options,
        body=HTML,
        subject="{{ name }}님께",
        domains=("example.com",),
    ):
        """Initialise, import `count` customers and make a campaign; return its id.

        options: of `campaign create`.
        """
        if not self.home.exists():
            self.with_list()
        self.run("import", self.customers(count, domains=domains), "--list", "고객")
        template = self.file("mail.html", body)
        said = ("--list", "고객", "--subject", subject, *options)
        return self.ask("campaign", "create", template, *said)["campaign"]

    def with_list(self):
        """Initialise, with a sender and an empty list; in SQLite made once and then copied."""
        if "PABAL_DATABASE_URL" in self.settings:
            self.make_ready()
            return
        if not _READY:
            ready = Installation(Path(tempfile.mkdtemp(prefix="pabal-tests-")) / "home")
            ready.make_ready()
            _READY.append(ready.home)
            atexit.register(shutil.rmtree, ready.home.parent, ignore_errors=True)
        shutil.copytree(_READY[0], self.home)

    def make_ready(self):
        sender = (
            "sender", "add", "--name", "파발상점", "--address", "news@shop.example",
            "--company", "파발상점 주식회사", "--postal-address", "서울특별시 중구 세종대로 110",
            "--phone", "02-1234-5678", "--contact", "help@shop.example",
        )  # fmt: skip
        self.run_all(("init",), sender, ("list", "add", "고객"))


def _checked(status, expected, stdout, stderr):
    assert status == expected, f"{status}\n{stdout}\n{stderr}"
    return stdout + stderr
