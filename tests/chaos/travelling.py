"""What happens between the worker and the mail server: delay, loss, silence."""

from chaos.checks import check
from chaos.playing import scenario
from chaos.serving import PATIENT, expect
from chaos.stage import SLOTS, Setting, Stage
from chaos.wire import End, Trouble

FEW = Setting(mails=60)
HASTY = "0.01"  # of RFC 5321's times: three seconds for five minutes, six for ten


@scenario(FEW)
def cross_a_slow_network(stage: Stage) -> None:
    """Every piece takes its time, and no piece ends where a line does."""
    latency = stage.dice.uniform(0.02, 0.1)
    with stage.over(Trouble(latency=latency, piece=stage.dice.choice([300, 1000, 4000]))):
        stage.start_workers(stage.dice.choice([1, 2]))
        if stage.dice.random() < 0.3:
            stage.until_more_mails(stage.dice.randint(1, 40))
            stage.kill(stage.workers[0])
        stage.until_over()
    check(stage)
    expect(stage, sent=stage.mails, unsure=stage.kills * SLOTS)


@scenario()
def break_the_wire_at_any_byte(stage: Stage) -> None:
    """In commands, contents and answers, by RST or FIN: at most one doubt each."""
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    end = stage.dice.choice([End.RESET, End.CLOSE])
    share = stage.dice.uniform(0.2, 0.8)
    with stage.over(Trouble(share=share, within=30_000, end=end)):
        stage.start_workers(stage.dice.choice([1, 2]))
        stage.until_over()
    check(stage)


@scenario()
def let_the_network_fall_silent(stage: Stage) -> None:
    """Connections stay open and nothing comes through: only the time-outs end them."""
    stage.installation.settings |= {"PABAL_RETRY_WAITS": PATIENT, "PABAL_SMTP_PATIENCE": HASTY}
    with stage.over(Trouble(share=0.15, within=60_000, end=End.SWALLOW)) as wire:
        stage.start_workers(2)
        stage.until_more_mails(stage.dice.randint(30, 150))
        wire.trouble = Trouble()
        stage.until_over()
    check(stage)
