"""Who sends the mails: Postfix's load generator, Pabal in parts and whole, and what people write.

Each runs in a process of its own and prints the seconds from its first mail to its last.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import peers, template
from bench.laps import Lap, Stopwatch
from bench.peers import CONNECTIONS
from bench.people import recipients, write_customers
from bench.sink_of_postfix import tool
from pabal.domain.recipient import Recipient
from pabal.message.compile import compile_source
from pabal.message.dkim import DkimKey, Signing
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.transport.port import Envelope
from pabal.transport.smtp.settings import Security, SmtpSettings
from pabal.transport.smtp.transport import SmtpTransport

NewKey = Callable[[], rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey]

SIZE = 100_000  # bytes; what the template makes, give or take a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to send.

    fewer: slow ones send so many times fewer mails.
    is_here: whether this machine has what it needs.
    at_least: wanted share of smtp-source's rate; 0 where it is only shown.
    """

    name: str
    title: str
    run: Callable[[int, int], Lap]
    at_least: float = 0.0
    fewer: int = 1
    is_here: Callable[[], bool] = lambda: True


def smtp_source(port: int, count: int) -> Lap:
    arguments = [tool("smtp-source"), "-s", str(CONNECTIONS), "-m", str(count), "-l", str(SIZE)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = Stopwatch()
    subprocess.run([*arguments, f"127.0.0.1:{port}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Lap(wall=wall.lap().wall, cpu=cpu)


def message_and_smtp(
    port: int, count: int, *, grid: bool = False, signing: Signing | None = None
) -> Lap:
    """Render and submit, without a ledger."""
    renderer = a_renderer(grid=grid, signing=signing)
    people = list(recipients(count))
    return uvloop.run(message_over_smtp(renderer, people, port))


async def message_over_smtp(renderer: Renderer, people: list[Recipient], port: int) -> Lap:
    """Render and submit every mail; return what it took, from the first to the last."""
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=port, security=Security.NONE, connections=CONNECTIONS)
    )
    waiting = iter(people)
    now = datetime.now(UTC)

    async def submit() -> None:
        for person in waiting:
            mail = renderer.render(person, date=now)
            envelope = Envelope(sender=mail.sender, recipient=mail.recipient)
            outcome = await transport.submit(envelope, mail.buffers)
            assert outcome.verdict.value == "accepted", outcome

    watch = Stopwatch()
    await asyncio.gather(*(submit() for _ in range(4 * CONNECTIONS)))
    lap = watch.lap()
    await transport.close()
    return lap


def with_dkim(port: int, count: int) -> Lap:
    return message_and_smtp(port, count, signing=Signing(keys=(a_dkim_key(),)))


def whole_pipeline(port: int, count: int, **settings: str) -> Lap:
    """A worker on a prepared campaign: claim, intent, render, submit, outcome; all durable."""
    from bench.first import send, start
    from bench.installation import a_campaign_to, an_installation
    from pabal.domain.identity import CampaignId

    with an_installation(port, **settings) as workshop:
        with tempfile.TemporaryDirectory() as folder:
            customers = Path(folder) / "customers.csv"
            write_customers(customers, count)
            campaign = CampaignId(a_campaign_to(customers, template.source()))
        start(workshop, campaign)
        watch = Stopwatch()
        send(workshop, campaign)
        return watch.lap()


def on_postgresql(port: int, count: int, **settings: str) -> Lap:
    with a_postgresql() as url:
        return whole_pipeline(port, count, PABAL_DATABASE_URL=url, **settings)


def signed(
    run: Callable[..., Lap], new_key: NewKey = peers.an_rsa_key
) -> Callable[[int, int], Lap]:
    """The same with DKIM, by the settings that an operator would use."""

    def run_signed(port: int, count: int) -> Lap:
        key = new_key()
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            return run(port, count, PABAL_DKIM_KEY_FILE=file.name)

    return run_signed


@contextmanager
def a_postgresql() -> Iterator[str]:
    """A server of our own that waits for the disk at every commit, beside the sink's core."""
    sys.path.insert(0, "tests")
    from servers.postgres import start_postgres

    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with start_postgres(durable=True) as server:
        os.sched_setaffinity(0, ours)
        yield server.fresh_database()


CONTENDERS = (
    Contender(name="smtp-source", title="Postfix's smtp-source, constant mail", run=smtp_source),
    Contender(name="message", title="Pabal: message and SMTP", run=message_and_smtp, at_least=1.0),
    Contender(
        name="grid",
        title="Pabal: message and SMTP, a grid for each",
        run=lambda port, count: message_and_smtp(port, count, grid=True),
        at_least=0.85,
    ),
    Contender(name="sqlite", title="Pabal whole, SQLite", run=whole_pipeline, at_least=0.85),
    Contender(name="postgresql", title="Pabal whole, PostgreSQL", run=on_postgresql, at_least=0.75),
    Contender(name="dkim", title="Pabal: message, DKIM and SMTP", run=with_dkim, at_least=0.75),
    Contender(
        name="sqlite-dkim",
        title="Pabal whole, SQLite, DKIM",
        run=signed(whole_pipeline),
        at_least=0.65,
    ),
    Contender(
        name="postgresql-dkim",
        title="Pabal whole, PostgreSQL, DKIM",
        run=signed(on_postgresql),
        at_least=0.60,
    ),
    Contender(
        name="sqlite-ed25519",
        title="Pabal whole, SQLite, DKIM ed25519",
        run=signed(whole_pipeline, ed25519.Ed25519PrivateKey.generate),
    ),
    Contender(name="plain", title="Jinja + EmailMessage + smtplib", run=peers.plain_loop, fewer=20),
    Contender(
        name="plain-dkim",
        title="The same loop with DKIM, by dkimpy",
        run=peers.signed_loop,
        fewer=40,
    ),
    Contender(name="django", title="Django send_messages", run=peers.django_messages, fewer=20),
    Contender(
        name="aiosmtplib",
        title="aiosmtplib, 4 connections",
        run=peers.aiosmtplib_connections,
        fewer=20,
    ),
    Contender(
        name="nodemailer",
        title="nodemailer's pool with nunjucks, 4 connections",
        run=peers.nodemailer_pool,
        fewer=10,
        is_here=peers.has_nodemailer,
    ),
)


def a_dkim_key() -> DkimKey:
    return DkimKey(
        domain=template.plan().sender.domain,
        selector="bench",
        private_key=peers.an_rsa_key(),
    )


def a_renderer(*, grid: bool = False, signing: Signing | None = None) -> Renderer:
    plan, limits = template.plan(), Limits()
    return Renderer(
        compile_source(template.source(grid=grid), plan, limits=limits),
        plan,
        links=template.LINKS,
        bounce_secret=b"b" * 32,
        limits=limits,
        signing=signing,
    )


if __name__ == "__main__":
    wanted, wanted_port, wanted_count = sys.argv[1:4]
    contender = next(each for each in CONTENDERS if each.name == wanted)
    print(json.dumps(asdict(contender.run(int(wanted_port), int(wanted_count)))))
