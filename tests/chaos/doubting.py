"""A campaign that sends again on doubt: at least one mail each, at most four, and an end."""

from chaos.checks import all_deliveries, check
from chaos.playing import scenario
from chaos.serving import expect
from chaos.sink import Place
from chaos.stage import SLOTS, Setting, Stage
from chaos.weather import Moody
from pabal.domain.delivery import State

AGAIN = Setting(on_doubt="resend")


@scenario(AGAIN)
def send_again_what_is_in_doubt(stage: Stage) -> None:
    _send_again(stage)


@scenario(Setting(on_doubt="resend", database="postgresql"))
def send_again_what_is_in_doubt_on_postgresql(stage: Stage) -> None:
    _send_again(stage)


def _send_again(stage: Stage) -> None:
    """The server hangs up behind dots, before or behind the acceptance, and workers are killed."""
    place = stage.dice.choice([Place.DOT, Place.KEPT])
    stage.sink.weather = Moody(stage.sink.weather.dice, place=place, share=0.15)
    for _ in range(stage.dice.randint(1, 4)):
        stage.start_workers(3 - len(stage.workers))
        if not stage.until_more_mails(stage.dice.randint(5, 60)):
            break
        stage.kill(stage.dice.choice(stage.workers))
    stage.until_over()
    check(stage)


@scenario(AGAIN)
def send_again_until_four(stage: Stage) -> None:
    """The server takes every mail and never says so: four each at most, then it waits for you."""
    stage.sink.weather = Moody(stage.sink.weather.dice, place=Place.KEPT, share=1.0)
    stage.until_over()
    check(stage)
    with stage.ledger() as ledger:
        rows = all_deliveries(ledger, stage.campaign)
    unlucky = {row.address for row in rows if row.state is State.FAILED}
    doubtful = {row.address for row in rows if row.state is State.DOUBTFUL}
    assert len(doubtful | unlucky) == stage.mails, f"{len(doubtful)} are in doubt"
    assert doubtful <= set(stage.sink.accepted)


@scenario(AGAIN)
def kill_and_send_again(stage: Stage) -> None:
    """kill -9 alone: whoever was on the wire gets it once more, and nobody stays in doubt."""
    kills = stage.dice.randint(1, 3)
    for _ in range(kills):
        stage.start_workers(2 - len(stage.workers))
        if not stage.until_more_mails(stage.dice.randint(5, 60)):
            break
        stage.kill(stage.dice.choice(stage.workers))
    stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails)
    assert len(stage.sink.accepted) <= stage.mails + stage.kills * SLOTS
