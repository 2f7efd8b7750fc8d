"""Workers are killed, stopped, frozen; campaigns are paused and cancelled."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

from chaos.checks import all_deliveries, check
from chaos.playing import scenario
from chaos.sink import Weather
from chaos.stage import MAILS, Setting, Stage
from pabal.domain.delivery import State
from pabal.ledger.port import RunState

POSTGRES = Setting(database="postgresql")


@scenario()
def kill_the_worker(stage: Stage) -> None:
    """kill -9 of the only worker, again and again until it is done."""
    _kill_again_and_again(stage)


@scenario(POSTGRES)
def kill_the_worker_on_postgresql(stage: Stage) -> None:
    _kill_again_and_again(stage)


def _kill_again_and_again(stage: Stage) -> None:
    for _ in range(stage.dice.randint(2, 6)):
        stage.start_workers()
        if not stage.until_more_mails(stage.dice.randint(1, 30)):
            break
        time.sleep(stage.dice.uniform(0, 0.1))
        stage.kill(stage.workers[0])
    stage.until_over()
    check(stage)


@scenario()
def kill_at_the_start(stage: Stage) -> None:
    """kill -9 before anything is sent: while it enqueues, claims, connects."""
    for _ in range(3):
        stage.start_workers()
        time.sleep(stage.dice.uniform(0.2, 1.2))
        stage.kill(stage.workers[0])
    stage.until_over()
    check(stage)


@scenario()
def kill_one_of_three(stage: Stage) -> None:
    _kill_one_of_three(stage)


@scenario(POSTGRES)
def kill_one_of_three_on_postgresql(stage: Stage) -> None:
    _kill_one_of_three(stage)


def _kill_one_of_three(stage: Stage) -> None:
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=0.2)
    stage.start_workers(3)
    while stage.until_more_mails(stage.dice.randint(10, 60)):
        stage.kill(stage.dice.choice(stage.workers))
        stage.start_workers()
    stage.until_over()
    check(stage)


@scenario()
def kill_the_whole_group(stage: Stage) -> None:
    """All workers of the installation die in the same moment, as with their machine."""
    for _ in range(stage.dice.randint(1, 3)):
        stage.start_workers(3)
        if not stage.until_more_mails(stage.dice.randint(5, 60)):
            break
        for worker in stage.workers:
            worker.send_signal(signal.SIGSTOP)
        for worker in list(stage.workers):
            stage.kill(worker)
    stage.until_over()
    check(stage)


@scenario()
def terminate_in_storms(stage: Stage) -> None:
    """SIGTERM again and again, twice in a row too: nothing stays in doubt."""
    for _ in range(stage.dice.randint(3, 6)):
        stage.start_workers(stage.dice.choice([1, 1, 2]))
        time.sleep(stage.dice.uniform(0.05, 2.0))
        for worker in list(stage.workers):
            for _ in range(stage.dice.randint(0, 2)):
                worker.terminate()
            stage.terminate(worker)
    stage.until_over()
    check(stage)


@scenario()
def freeze_beyond_the_lease(stage: Stage) -> None:
    """A worker stands still for longer than its lease, another goes on, then it wakes.

    What the other gives back when it is stopped meanwhile is still in the hands of the first.
    """
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=0.2)
    for _ in range(3):
        stage.start_workers(2 - len(stage.workers))
        if not stage.until_more_mails(stage.dice.randint(1, 40)):
            break
        frozen, other = stage.dice.sample(stage.workers, 2)
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(stage.dice.uniform(1.2, 2.5))
        stops = stage.dice.random() < 0.5
        if stops:
            other.terminate()
            # It may have to wait for a lock that the frozen one holds.
            time.sleep(stage.dice.uniform(0, 2))
        frozen.send_signal(signal.SIGCONT)
        if stops:
            stage.terminate(other)
    stage.until_over()
    check(stage)


@scenario()
def pause_in_storms(stage: Stage) -> None:
    """Pause and resume: while it is paused nobody gets a mail but from the wire."""
    stage.start_workers(stage.dice.choice([1, 3]))
    stage.until_more_mails(1)
    for _ in range(stage.dice.randint(3, 8)):
        with stage.ledger() as ledger:
            run = ledger.set_state(stage.campaign, RunState.PAUSED, reason="", now=stage.now())
        if run.state is not RunState.PAUSED:
            break
        on_wire, before = _on_the_wire(stage), len(stage.sink.accepted)
        time.sleep(stage.dice.uniform(0.0, 1.0))
        late = set(stage.sink.accepted[before:]) - on_wire
        assert not late, f"begun behind the pause: {late}"
        if stage.dice.random() < 0.3:
            stage.kill(stage.dice.choice(stage.workers))
            stage.start_workers()
        stage.set_state(RunState.RUNNING)
        time.sleep(stage.dice.uniform(0.0, 0.3))
    stage.until_over()
    check(stage)


@scenario()
def pull_at_it_from_all_sides(stage: Stage) -> None:
    _pull(stage)


@scenario(POSTGRES)
def pull_at_it_from_all_sides_on_postgresql(stage: Stage) -> None:
    _pull(stage)


def _pull(stage: Stage) -> None:
    """Three people pause and resume it as they like, and workers die meanwhile; one has the end."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=0.2)
    stage.start_workers(2)
    stage.until_more_mails(1)
    over = threading.Event()
    dice = [Random(stage.dice.random()) for _ in range(3)]
    with ThreadPoolExecutor(len(dice)) as people:
        pulling = [people.submit(_pause_and_resume, stage, each, over) for each in dice]
        for _ in range(stage.dice.randint(1, 4)):
            time.sleep(stage.dice.uniform(0.2, 1.5))
            stage.kill(stage.dice.choice(stage.workers))
            stage.start_workers()
        over.set()
        for each in pulling:
            each.result(30)
    stage.set_state(stage.dice.choice([RunState.RUNNING, RunState.CANCELLED]))
    with stage.ledger() as ledger:
        state = ledger.run(stage.campaign).state
    stage.until_over()
    check(stage, ended=state if state is RunState.CANCELLED else RunState.FINISHED)


def _pause_and_resume(stage: Stage, dice: Random, over: threading.Event) -> None:
    while not over.is_set():
        stage.set_state(dice.choice([RunState.PAUSED, RunState.RUNNING]))
        time.sleep(dice.uniform(0, 0.2))


@scenario()
def cancel_in_the_middle(stage: Stage) -> None:
    """Nobody gets a mail behind it but who was on the wire; and it ends."""
    _cancel(stage)


@scenario(POSTGRES)
def cancel_in_the_middle_on_postgresql(stage: Stage) -> None:
    _cancel(stage)


def _cancel(stage: Stage) -> None:
    stage.start_workers(stage.dice.choice([1, 3]))
    stage.until_more_mails(stage.dice.randint(1, MAILS // 2))
    stage.set_state(RunState.CANCELLED)
    on_wire, before = _on_the_wire(stage), len(stage.sink.accepted)
    if stage.dice.random() < 0.5:
        stage.kill(stage.dice.choice(stage.workers))
    stage.until_over()
    late = set(stage.sink.accepted[before:]) - on_wire
    assert not late, f"begun behind the cancellation: {late}"
    check(stage, ended=RunState.CANCELLED)


def _on_the_wire(stage: Stage) -> set[str]:
    with stage.ledger() as ledger:
        rows = all_deliveries(ledger, stage.campaign)
    # What is sent by now may have been on the wire a moment ago, and be noted only now.
    return {row.address for row in rows if row.state in (State.SENDING, State.SENT)}
