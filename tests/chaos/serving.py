"""The mail server goes wrong in every way that servers do."""

import time
import zlib
from collections import Counter

from chaos.checks import all_deliveries, check
from chaos.playing import scenario
from chaos.sink import Place, Weather
from chaos.stage import DOMAINS, SLOTS, Setting, Stage
from chaos.weather import (
    Crawling,
    Disowning,
    Dripping,
    Greylisting,
    Holding,
    Moody,
    Refusing,
    ShortOfBreath,
    Stalling,
    Throttling,
)
from pabal.domain.delivery import State
from pabal.ledger.port import RunState

PATIENT = "1,2,4"  # seconds between retries, for troubles that last


@scenario()
def refuse_connections_for_a_while(stage: Stage) -> None:
    """The port is shut for a second or two, open conversations are reset."""
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    stage.start_workers(stage.dice.choice([1, 2]))
    for _ in range(stage.dice.randint(1, 2)):
        stage.until_more_mails(stage.dice.randint(5, 60))
        stage.sink.shut_door()
        time.sleep(stage.dice.uniform(0.3, 2.0))
        stage.sink.open_door()
    stage.until_over()
    check(stage)


@scenario()
def stay_away_until_the_campaign_pauses(stage: Stage) -> None:
    """Through all waits: the campaign pauses with the reason, nobody's attempts are used up."""
    stage.start_workers()
    stage.until_more_mails(stage.dice.randint(5, 60))
    stage.sink.shut_door()
    until_paused(stage, "No connection")
    stage.sink.open_door()
    stage.set_state(RunState.RUNNING)
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails, unsure=stage.sink.unanswered)


@scenario()
def reset_in_the_content(stage: Stage) -> None:
    stage.sink.weather = Moody(_other_dice(stage), place=Place.CONTENT, share=0.05, reset=True)
    stage.until_over()
    check(stage)


@scenario()
def close_behind_the_dot(stage: Stage) -> None:
    """Before or behind the acceptance: either way a doubt, and never a second mail."""
    stage.sink.weather = Moody(
        _other_dice(stage),
        place=stage.dice.choice([Place.DOT, Place.KEPT]),
        share=0.05,
        reset=stage.dice.random() < 0.5,
    )
    stage.until_over()
    check(stage)


@scenario()
def stall_behind_the_dot(stage: Stage) -> None:
    """For some seconds; meanwhile the worker is killed, or stopped, or nothing happens."""
    stage.sink.weather = Stalling(
        _other_dice(stage),
        place=stage.dice.choice([Place.DOT, Place.KEPT]),
        share=0.02,
        seconds=stage.dice.uniform(1, 4),
    )
    stage.start_workers()
    stage.until_more_mails(stage.dice.randint(10, 100))
    time.sleep(stage.dice.uniform(0, 1))
    match stage.dice.randrange(3):
        case 0:
            stage.kill(stage.workers[0])
        case 1:
            stage.terminate(stage.workers[0])
    stage.until_over()
    check(stage)


@scenario()
def close_behind_some_mails_without_a_word(stage: Stage) -> None:
    _end_connections(stage, farewell=False)


@scenario()
def say_421_behind_some_mails(stage: Stage) -> None:
    _end_connections(stage, farewell=True)


def _end_connections(stage: Stage, *, farewell: bool) -> None:
    mails = stage.dice.randint(1, 12)
    stage.sink.weather = ShortOfBreath(_other_dice(stage), mails=mails, farewell=farewell)
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


@scenario()
def greylist_everybody(stage: Stage) -> None:
    """451 to everyone's first attempt."""
    place = stage.dice.choice([Place.RCPT, Place.DATA, Place.DOT])
    stage.sink.weather = Greylisting(
        _other_dice(stage), place=place, reply="451 4.7.1 come back later"
    )
    if stage.dice.random() < 0.5:
        stage.start_workers()
        time.sleep(stage.dice.uniform(1, 3))
        stage.kill(stage.workers[0])
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails, unsure=stage.kills * SLOTS)


@scenario()
def some_mailboxes_are_full(stage: Stage) -> None:
    """452 4.2.2 for good: those fail when their retries are used up, the others do not."""
    _refuse_some(stage, place=Place.RCPT, reply="452 4.2.2 mailbox full", attempts=4)


@scenario()
def some_mails_are_too_large(stage: Stage) -> None:
    """552 behind the dot: no second attempt."""
    _refuse_some(stage, place=Place.DOT, reply="552 5.3.4 message too big", attempts=1)


@scenario()
def some_mailboxes_do_not_exist(stage: Stage) -> None:
    """550 5.1.1: no second attempt, and the address is suppressed."""
    some = _refuse_some(stage, place=Place.RCPT, reply="550 5.1.1 no such user", attempts=1)
    with stage.ledger() as ledger:
        stopped = ledger.suppressions(sorted(some), ["all"])
    assert set(stopped) == some, f"suppressed are {len(stopped)} of {len(some)}"


def _refuse_some(stage: Stage, *, place: Place, reply: str, attempts: int) -> set[str]:
    salt = stage.dice.randbytes(4)

    def is_unlucky(recipient: str) -> bool:
        return zlib.crc32(salt + recipient.encode()) % 10 == 0

    stage.sink.weather = Refusing(_other_dice(stage), place=place, reply=reply, whom=is_unlucky)
    stage.until_over()
    check(stage)
    with stage.ledger() as ledger:
        rows = all_deliveries(ledger, stage.campaign)
    unlucky = {row.address for row in rows if is_unlucky(row.address)}
    failed = {row.address for row in rows if row.state is State.FAILED}
    assert failed == unlucky, f"failed {failed ^ unlucky}"
    tried = {row.attempts for row in rows if row.address in unlucky}
    assert tried == {attempts}, f"attempts of those refused: {tried}"
    return unlucky


@scenario()
def throttle(stage: Stage) -> None:
    """454 above a rate, to whoever it meets: nobody is lost, the others go on."""
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    stage.sink.weather = Throttling(_other_dice(stage), per_second=60)
    stage.until_over()
    check(stage)


@scenario()
def throttle_one_domain(stage: Stage) -> None:
    _throttle_one_domain(stage)


@scenario(Setting(database="postgresql"))
def throttle_one_domain_on_postgresql(stage: Stage) -> None:
    _throttle_one_domain(stage)


def _throttle_one_domain(stage: Stage) -> None:
    """One provider takes nobody for some seconds: the others have all of it by then."""
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    slow = f"@{stage.dice.choice(DOMAINS)}"
    stage.sink.weather = Refusing(
        _other_dice(stage),
        place=stage.dice.choice([Place.RCPT, Place.DATA, Place.DOT]),
        reply=stage.dice.choice(["421 4.7.0 too many", "451 4.7.500 server busy"]),
        whom=lambda recipient: recipient.endswith(slow),
    )
    stage.start_workers(stage.dice.choice([1, 3]))
    lives = len(stage.workers)
    if stage.dice.random() < 0.5:
        stage.until_more_mails(stage.dice.randint(1, 60))
        stage.kill(stage.dice.choice(stage.workers))
        stage.start_workers()
        lives += 1
    others = stage.mails - stage.mails // len(DOMAINS)
    unsure = stage.kills * SLOTS
    stage.until(lambda: len(stage.sink.accepted) >= others - unsure, why="the others have it")
    offers = sum(n for recipient, n in stage.sink.offered.items() if recipient.endswith(slow))
    # Those on the wire at first, and a few that were tried alone.
    assert offers <= lives * (SLOTS + 4), f"{offers} mails were offered by {lives} workers"
    stage.sink.weather = Weather(_other_dice(stage))
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails, unsure=unsure)


@scenario()
def refuse_the_account(stage: Stage) -> None:
    """5.7.x: the campaign pauses with the reason, the rest is untouched; healed, it ends."""
    behind = stage.dice.randint(0, 60)
    place = stage.dice.choice([Place.MAIL, Place.DOT])
    stage.sink.weather = Disowning(
        _other_dice(stage), behind=behind, place=place, reply="550 5.7.1 account suspended"
    )
    stage.start_workers(stage.dice.choice([1, 3]))
    until_paused(stage, "account suspended")
    offered = sum(stage.sink.offered.values())
    expect(stage, sent=len(stage.sink.accepted), failed=0)
    time.sleep(1)
    assert sum(stage.sink.offered.values()) == offered, "mails are offered during the pause"
    stage.sink.weather = Dripping(_other_dice(stage), slowest=0.01)
    stage.set_state(RunState.RUNNING)
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


@scenario()
def answer_garbage(stage: Stage) -> None:
    place = stage.dice.choice([Place.MAIL, Place.RCPT, Place.DATA, Place.GREETING, Place.EHLO])
    garbage = stage.dice.choice(["HTTP/1.1 400 Bad Request", "2", "999 what", "x" * 5000, "250"])
    _answer_wrongly(stage, place, garbage)


@scenario()
def answer_garbage_behind_the_dot(stage: Stage) -> None:
    """Before or behind the acceptance, which nobody can tell: a doubt each."""
    place = stage.dice.choice([Place.DOT, Place.KEPT])
    garbage = stage.dice.choice(["HTTP/1.1 400 Bad Request", "2", "999 what"])
    stage.sink.weather = Moody(_other_dice(stage), place=place, share=0.03, reply=garbage)
    stage.until_over()
    check(stage)


@scenario()
def give_one_reply_too_many(stage: Stage) -> None:
    """Two for one command of a pipeline: a counting client is one off from there on."""
    place = stage.dice.choice([Place.MAIL, Place.RCPT])
    _answer_wrongly(stage, place, stage.dice.choice(["250 OK\r\n250 OK", "250 OK\r\n354 go on"]))


@scenario()
def give_one_reply_too_few(stage: Stage) -> None:
    """None for a command of a pipeline, then it hangs up some seconds later."""
    place = stage.dice.choice([Place.MAIL, Place.RCPT])
    _answer_wrongly(stage, place, "")


def _answer_wrongly(stage: Stage, place: Place, reply: str) -> None:
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    stage.sink.patience = 2
    stage.sink.weather = Moody(_other_dice(stage), place=place, share=0.03, reply=reply)
    stage.until_over()
    check(stage)


@scenario()
def say_everything_byte_by_byte(stage: Stage) -> None:
    stage.sink.weather = Dripping(_other_dice(stage))
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


@scenario()
def say_a_byte_a_second(stage: Stage) -> None:
    """On every third connection, which is given up as one that says nothing; others go on."""
    _crawl(stage, Crawling(_other_dice(stage), every=3, says=True))
    expect(stage, sent=stage.mails)


@scenario()
def take_a_byte_a_second(stage: Stage) -> None:
    """Of contents: the answer to the dot never comes, which is a doubt each."""
    _crawl(stage, Crawling(_other_dice(stage), every=3, takes=True))


def _crawl(stage: Stage, weather: Crawling) -> None:
    """Time-outs are a hundredth of the standard's."""
    stage.installation.settings |= {"PABAL_RETRY_WAITS": PATIENT, "PABAL_SMTP_PATIENCE": "0.01"}
    stage.sink.weather = weather
    stage.start_workers(stage.dice.choice([1, 2]))
    stage.until_over()
    check(stage)


@scenario()
def hold_some_mails_behind_their_dots(stage: Stage) -> None:
    """A few wait for their answer as long as they may; nobody else waits for them."""
    held = {f"c{n}@example.com" for n in stage.dice.sample(range(stage.mails), 3)}
    weather = Holding(_other_dice(stage), whom=held.__contains__)
    stage.sink.weather = weather
    stage.start_workers(stage.dice.choice([1, 2]))
    stage.until(
        lambda: len(stage.sink.accepted) >= stage.mails - len(held), why="all others are accepted"
    )
    assert not held & set(stage.sink.accepted)
    weather.let_go()
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


@scenario()
def have_no_room_for_a_while(stage: Stage) -> None:
    """452 4.3.1 to everybody: the server's own disk is full, and is emptied in time."""
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    weather = Refusing(
        _other_dice(stage),
        place=stage.dice.choice([Place.MAIL, Place.RCPT, Place.DOT]),
        reply="452 4.3.1 insufficient system storage",
        whom=lambda _recipient: True,
    )
    stage.start_workers(stage.dice.choice([1, 2]))
    fair = stage.sink.weather
    for _ in range(2):
        stage.until_more_mails(stage.dice.randint(1, 60))
        stage.sink.weather = weather
        time.sleep(stage.dice.uniform(0.2, 1.5))
        stage.sink.weather = fair
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)


def _other_dice(stage: Stage):
    """The sink's own: it rolls them in another thread."""
    return stage.sink.weather.dice


def until_paused(stage: Stage, reason: str) -> None:
    """Wait until the campaign has paused for a reason, and what was on the wire is settled."""

    def is_paused() -> bool:
        with stage.ledger() as ledger:
            run = ledger.run(stage.campaign)
        return run.state is RunState.PAUSED and reason in run.reason

    stage.until(is_paused, seconds=30, why=f"the campaign pauses: {reason}")
    stage.until(lambda: not _states(stage)[State.SENDING], why="what is on the wire is settled")


def _states(stage: Stage) -> Counter[State]:
    with stage.ledger() as ledger:
        return Counter(ledger.counts(stage.campaign))


def expect(stage: Stage, *, sent: int, unsure: int = 0, failed: int = 0) -> None:
    """Of `sent`, `unsure` may be doubtful or failed."""
    states = _states(stage)
    assert sent - unsure <= states[State.SENT] <= sent, f"sent should be {sent}: {states}"
    assert states[State.FAILED] == failed, f"failed should be {failed}: {states}"
