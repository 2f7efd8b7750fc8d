"""Commands and pages meet: a campaign is started, followed and stopped from several places."""

import signal
import subprocess
import time

import psutil

from chaos.checks import check
from chaos.killing import POSTGRES
from chaos.playing import scenario
from chaos.serving import expect
from chaos.sink import Weather
from chaos.stage import Setting, Stage
from pabal.ledger.port import RunState
from servers.smtp import free_port

DRAFT = Setting(started=False)
_SLOW = 0.2  # seconds a mail takes at most, so that there is time for trouble


@scenario(DRAFT)
def two_terminals(stage: Stage) -> None:
    """Two people send the same campaign: one does, the other is told; then both go on with it.

    Each leaves as people do: by Ctrl-C, by closing the terminal, or when it is done.
    """
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    starting = [stage.start("campaign", "send", stage.campaign) for _ in range(2)]
    stage.until(lambda: any(each.poll() is not None for each in starting), why="one is refused")
    people = [each for each in starting if each.poll() is None]
    for _ in range(stage.dice.randint(1, 4)):
        people.append(stage.start("campaign", "resume", stage.campaign))
        if not stage.until_more_mails(stage.dice.randint(1, 40)):
            break
        leaving = stage.dice.choice(people)
        leaving.send_signal(stage.dice.choice([signal.SIGINT, signal.SIGHUP]))
        if stage.dice.random() < 0.7:
            people.remove(leaving)
            leaving.wait(45)
    stage.until_over()
    for each in people:
        each.wait(45)
    check(stage)
    expect(stage, sent=stage.mails)


@scenario(DRAFT)
def kill_who_starts_it(stage: Stage) -> None:
    _kill_who_starts_it(stage)


@scenario(Setting(started=False, database="postgresql"))
def kill_who_starts_it_on_postgresql(stage: Stage) -> None:
    _kill_who_starts_it(stage)


def _kill_who_starts_it(stage: Stage) -> None:
    """kill -9 while it prepares, checks, marks and opens; then somebody starts it again."""
    stage.start_workers(stage.dice.choice([0, 1]))
    for _ in range(stage.dice.randint(1, 4)):
        starting = stage.start("campaign", "send", stage.campaign, "--detach")
        time.sleep(stage.dice.uniform(0.3, 3.0))
        starting.kill()
        starting.wait(10)
    again = stage.start("campaign", "send", stage.campaign, "--detach")
    assert again.wait(60) in (0, 1)  # 1: it had been started
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


@scenario()
def kill_who_cancels_it(stage: Stage) -> None:
    """kill -9 while it marks the campaign and cancels the queue: it ends in either way."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    stage.start_workers(stage.dice.choice([1, 2]))
    stage.until_more_mails(stage.dice.randint(1, 60))
    for _ in range(3):
        cancelling = stage.start("campaign", "cancel", stage.campaign)
        time.sleep(stage.dice.uniform(0.3, 2.0))
        cancelling.kill()
        cancelling.wait(10)
    with stage.ledger() as ledger:
        is_cancelled = ledger.run(stage.campaign).state is RunState.CANCELLED
    stage.until_over()
    check(stage, ended=RunState.CANCELLED if is_cancelled else RunState.FINISHED)


@scenario()
def kill_what_serves_everything(stage: Stage) -> None:
    _kill_what_serves(stage)


@scenario(POSTGRES)
def kill_what_serves_everything_on_postgresql(stage: Stage) -> None:
    _kill_what_serves(stage)


def _kill_what_serves(stage: Stage) -> None:
    """`pabal serve` and its pages: one of the processes is killed, all end, another takes over."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=_SLOW)
    stage.installation.settings["PABAL_WEB_ADDRESS"] = f"127.0.0.1:{free_port()}"
    for _ in range(stage.dice.randint(1, 3)):
        serving = stage.start("serve")
        if not stage.until_more_mails(stage.dice.randint(1, 60)):
            break
        _kill_one_of(stage, serving)
    stage.until_over()
    check(stage)


def _kill_one_of(stage: Stage, serving: "subprocess.Popen[str]") -> None:
    family = [psutil.Process(serving.pid), *psutil.Process(serving.pid).children(recursive=True)]
    victim = stage.dice.choice(family)
    victim.kill()
    stage.kills += victim.pid == serving.pid
    _, left = psutil.wait_procs(family, timeout=30)
    assert not left, f"outlive the killed {victim}: {left}"
