"""What a worker counts is what the ledger and the mail server say."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import cycle

import pytest

from builders.engine import CAMPAIGN, address_of
from builders.metrics import Scraped
from pabal.domain.delivery import Happening, State
from pabal.domain.errors import PabalError
from pabal.domain.outcome import Outcome, Reply, Verdict
from pabal.domain.retry import Decision
from pabal.ledger.sql.connect import open_ledger
from pabal.sending.engine import Ending
from pabal.sending.measures import Measures
from pabal.telemetry.naming import OTHER
from pabal.telemetry.prometheus import write
from pabal.transport.mailbox.script import DROP, Failure, FailureScript
from pabal.transport.smtp.settings import smtp_settings
from pabal.transport.smtp.transport import SmtpTransport
from servers.smtp import Conduct, Sink

OK = Reply(code=250, enhanced="2.0.0", text="OK")


def page(measures):
    return Scraped(write(measures.read()).decode())


def failing(**by_position):
    return FailureScript(
        by_recipient={address_of(name.removeprefix("c")): f for name, f in by_position.items()}
    )


@pytest.mark.parametrize(
    "script",
    [
        failing(
            c1=Failure(replies=("451 4.3.0 busy",)),
            c2=Failure(replies=("451 4.3.0 busy",), always=True),
            c3=Failure(replies=("550 5.1.1 no such user",), always=True),
            c4=Failure(replies=("554 5.6.0 bad content",), always=True, after_content=True),
            c5=Failure(replies=(DROP,), after_content=True),
        )
    ],
)
async def test_every_attempt_is_counted_as_the_history_tells_it(around):
    ledger = around.queue(40)
    assert await around.run() is Ending.DRAINED
    seen = page(around.measures)
    told = Counter(
        entry.happening.value for n in range(40) for entry in ledger.history(f"{CAMPAIGN}-{n}")
    )
    assert seen.sum("pabal_attempts_total") == told["begun"] == 40 + 1 + 3
    assert seen.by("pabal_decisions_total", "happening") == {
        happening: told[happening]
        for happening in ("accepted", "deferred", "refused", "gave up", "lost sight")
    }
    assert seen.sum("pabal_attempts_total", verdict="accepted", code="2xx", scope="none") == 36
    assert seen.sum("pabal_attempts_total", verdict="transient", code="4xx", scope="message") == 5
    assert seen.sum("pabal_attempts_total", verdict="permanent", code="5xx", scope="address") == 1
    assert seen.sum("pabal_attempts_total", verdict="permanent", code="5xx", scope="message") == 1
    assert seen.sum("pabal_attempts_total", verdict="unknown", code="none", scope="none") == 1
    assert seen.sum("pabal_render_seconds_count") == seen.sum("pabal_submit_seconds_count") == 44
    assert seen.sum("pabal_attempts_in_flight") == 0
    kept = around.received.counts.total()
    assert kept == ledger.counts(CAMPAIGN)[State.SENT] + 1 == 37  # one in doubt had arrived


async def test_what_is_broken_off_was_in_flight_and_is_lost_sight_of(around):
    """A server that takes mails and never answers; then the worker is told to stop."""
    ledger = around.queue(10)
    async with Sink(Conduct(behind_dot="silence")) as sink:
        around.transport = SmtpTransport(smtp_settings(sink.url, connections=2))
        around.measures.open_connections = lambda: around.transport.open_connections
        running = asyncio.create_task(around.run(slots=2))
        async with asyncio.timeout(10):
            while ledger.counts(CAMPAIGN).get(State.SENDING, 0) < 2:
                await asyncio.sleep(0.01)
            while around.transport.open_connections < 2 or sink.open_now < 2:
                await asyncio.sleep(0.01)
        seen = page(around.measures)
        assert seen.sum("pabal_attempts_in_flight") == 2
        assert seen.sum("pabal_smtp_connections") == sink.open_now == 2
        around.stop.set()
        assert await running is Ending.STOPPED
    seen = page(around.measures)
    assert ledger.counts(CAMPAIGN) == {State.QUEUED: 8, State.DOUBTFUL: 2}
    assert seen.sum("pabal_attempts_total", verdict="unknown") == 2
    assert seen.sum("pabal_decisions_total", happening="lost sight") == 2
    assert seen.sum("pabal_attempts_in_flight") == 0


async def test_a_mail_that_cannot_be_rendered_is_counted_and_was_never_submitted(around):
    around.queue(2)

    async def refuse(attempt):
        raise PabalError

    around.render = refuse
    await around.run()
    seen = page(around.measures)
    assert seen.sum("pabal_attempts_total", verdict="permanent", domain="other", code="none") == 2
    assert seen.sum("pabal_submit_seconds_count") == 0


def test_a_flood_of_domains_keeps_the_page_small():
    """10,000 domains, and the large ones among them are still told by name."""
    measures = Measures()
    outcomes = (Outcome(verdict=verdict, reply=OK) for verdict in cycle(Verdict))
    for n in range(10_000):
        for domain in (f"{n}.flood.example", "naver.com", "gmail.com"):
            with measures.attempt() as watch:
                watch.rendered(f"someone{n}@{domain}")
                watch.decided(next(outcomes), Decision(happening=Happening.ACCEPTED))
    seen = page(measures)
    by_domain = seen.by("pabal_attempts_total", "domain")
    assert by_domain.keys() == {"naver.com", "gmail.com", OTHER}
    assert by_domain["naver.com"] > 9_900
    assert sum(by_domain.values()) == 30_000
    assert len(seen.samples) < 120
    assert "@" not in seen.text


async def test_a_locked_database_is_seen_in_the_ledgers_times(around):
    around.queue(20)
    around.open_ledger = lambda: open_ledger(
        around.url, daily_limit=None, patience=timedelta(seconds=0.2)
    )
    path = around.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        running = asyncio.create_task(around.run())
        await asyncio.sleep(1)
        other.execute("rollback")
        assert await running is Ending.DRAINED
    seen = page(around.measures)
    assert seen.sum("pabal_ledger_unavailable_total") >= 1
    calls = seen.sum("pabal_ledger_call_seconds_count")
    assert calls > seen.sum("pabal_ledger_call_seconds_bucket", le="0.1")
    assert calls == seen.sum("pabal_ledger_wait_seconds_count")
