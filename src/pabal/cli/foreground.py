"""Sending with somebody watching: a worker in this process and a bar that moves."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import uvloop
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen, LedgerUnavailable
from pabal.ledger.port import Ledger, RunState
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop
from pabal.pipeline.local.worker import Worker
from pabal.pipeline.ports import CampaignSource
from pabal.pipeline.steps.finish import Report, report
from pabal.sending.engine import Ending

T = TypeVar("T")

_BETWEEN_LOOKS = 0.25  # seconds


def send_in_foreground(
    workshop: Workshop, source: CampaignSource, campaign: CampaignId, output: Output
) -> Ending:
    """Work on one campaign until it ends, the account is refused, or Ctrl-C.

    While somebody has paused it, it waits for them to resume it.
    """
    return uvloop.run(_send(Worker(workshop, source), workshop, campaign, output))


async def _send(worker: Worker, workshop: Workshop, campaign: CampaignId, output: Output) -> Ending:
    stop = asyncio.Event()
    stop_on_signals(stop)
    over = asyncio.Event()
    watching = asyncio.create_task(_watch(workshop, campaign, output, over))
    try:
        while True:
            ending = await worker.run(stop, only=campaign)
            paused = ending is Ending.PAUSED and not await _said_why(workshop, campaign)
            if not paused or stop.is_set():
                return ending or Ending.STOPPED
    finally:
        over.set()
        await watching


def stop_on_signals(stop: asyncio.Event) -> None:
    """Signals ask for a clean end; what is on the wire is settled first.

    SIGINT is Ctrl-C, SIGTERM a service manager, SIGHUP a terminal that is closed: unless
    nohup has it passed over.
    """
    loop = asyncio.get_running_loop()
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    for number in wanted:
        loop.add_signal_handler(number, stop.set)


async def _said_why(workshop: Workshop, campaign: CampaignId) -> bool:
    """Whether the campaign was paused by Pabal itself: then there is nothing to wait for."""
    return await asyncio.to_thread(
        lambda: bool(with_ledger(workshop, lambda ledger: ledger.run(campaign).reason))
    )


def with_ledger(workshop: Workshop, work: Callable[[Ledger], T]) -> T:
    """Open a ledger, do `work` with it, and close it."""
    ledger = workshop.open_ledger()
    try:
        return work(ledger)
    finally:
        ledger.close()


async def _watch(
    workshop: Workshop, campaign: CampaignId, output: Output, over: asyncio.Event
) -> None:
    with view_for(output) as view:
        while not over.is_set():
            await sleep_or_stop(over, _BETWEEN_LOOKS)
            with suppress(CampaignNotOpen, LedgerUnavailable):
                seen = await asyncio.to_thread(
                    with_ledger, workshop, lambda ledger: report(ledger, campaign)
                )
                view.show(seen, workshop.clock())


def view_for(output: Output) -> "_Bar | _Lines":
    """Return what shows how a campaign goes: a context, in which `show` is called."""
    return _Bar(output) if output.console.is_terminal else _Lines(output)


class _Bar:
    """A bar for terminals: done, rate, sent, retrying, failed, time left."""

    def __init__(self, output: Output) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(),
            console=output.console,
            disable=output.as_json,
        )
        self._task = self._progress.add_task(_("Sending"), total=None, detail="")

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def show(self, seen: Report, now: datetime) -> None:
        self._progress.update(
            self._task,
            total=seen.recipients,
            completed=_done(seen),
            description=_("Paused") if seen.run.state is RunState.PAUSED else _("Sending"),
            detail=_detail(seen, now),
        )


class _Lines:
    """A line now and then, for logs and pipes."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown = ""

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def show(self, seen: Report, now: datetime) -> None:
        state = (_done(seen), seen.deferred, seen.run.state)
        if str(state) != self._shown:
            self._shown = str(state)
            self._output.say(f"{_done(seen)}/{seen.recipients} {_detail(seen, now)}")


def _done(seen: Report) -> int:
    under_way = seen.counts.get(State.QUEUED, 0) + seen.counts.get(State.SENDING, 0)
    return seen.recipients - under_way


def _detail(seen: Report, now: datetime) -> str:
    seconds = max(seen.elapsed(now).total_seconds(), 0.1)
    return _("{rate}/s · sent {sent} · retrying {retrying} · failed {failed}").format(
        rate=f"{_done(seen) / seconds:.1f}",
        sent=seen.counts.get(State.SENT, 0),
        retrying=seen.deferred,
        failed=seen.counts.get(State.FAILED, 0),
    )
