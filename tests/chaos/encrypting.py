"""TLS goes wrong: what is not proven gets no login and no mail, whatever was there before."""

import ssl
import time
from collections.abc import Callable

from chaos.checks import check
from chaos.playing import scenario
from chaos.serving import PATIENT, expect, until_paused
from chaos.sink import Place
from chaos.stage import Stage
from chaos.weather import Moody, ShortOfBreath
from chaos.wire import End, Trouble
from pabal.ledger.port import RunState
from servers.smtp import Certificates, make_certificates

_HANDSHAKE = 4_000  # bytes from the greeting to the first mail, and some more


@scenario()
def show_a_bad_certificate(stage: Stage) -> None:
    """Expired, for another name, from a stranger, signed by itself: the campaign pauses at once."""
    certificates = _with_tls(stage)
    stage.sink.tls = _bad(stage, certificates)()
    stage.start_workers(stage.dice.choice([1, 2]))
    _pause_and_heal(stage, certificates, "does not prove who it is", offered=0)


@scenario()
def let_the_certificate_expire_in_the_middle(stage: Stage) -> None:
    """The connections that are open go on; the next one finds out."""
    certificates = _with_tls(stage)
    stage.sink.weather = ShortOfBreath(stage.sink.weather.dice, mails=8, farewell=True)
    stage.start_workers(stage.dice.choice([1, 2]))
    stage.until_more_mails(stage.dice.randint(1, 60))
    stage.sink.tls = _bad(stage, certificates)()
    _pause_and_heal(stage, certificates, "does not prove who it is")


@scenario()
def take_starttls_away(stage: Stage) -> None:
    """From the start or in the middle, as who listens on the way would: no word in the clear."""
    certificates = _with_tls(stage)
    stage.sink.weather = ShortOfBreath(stage.sink.weather.dice, mails=8, farewell=True)
    if stage.dice.random() < 0.5:
        stage.start_workers()
        stage.until_more_mails(stage.dice.randint(1, 60))
    stage.sink.tls = None
    stage.start_workers()
    _pause_and_heal(stage, certificates, "does not offer STARTTLS")


@scenario()
def refuse_to_encrypt_now_and_then(stage: Stage) -> None:
    """454 to STARTTLS passes (RFC 3207 4); so does a server that hangs up instead."""
    _with_tls(stage)
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    stage.sink.weather = Moody(
        stage.sink.weather.dice,
        place=Place.STARTTLS,
        share=0.4,
        reply=stage.dice.choice(["454 4.7.0 TLS not available", None]),
    )
    stage.start_workers(2)
    stage.until_over()
    _check_secret(stage)
    expect(stage, sent=stage.mails)


@scenario()
def break_off_handshakes(stage: Stage) -> None:
    """At any byte between the greeting and the first mails."""
    _with_tls(stage)
    stage.installation.settings["PABAL_RETRY_WAITS"] = PATIENT
    end = stage.dice.choice([End.RESET, End.CLOSE])
    stage.sink.weather = ShortOfBreath(stage.sink.weather.dice, mails=8, farewell=False)
    with stage.over(Trouble(share=0.4, within=_HANDSHAKE, end=end, piece=500)):
        stage.start_workers(stage.dice.choice([1, 2]))
        if stage.dice.random() < 0.5:
            stage.until_more_mails(stage.dice.randint(1, 60))
            stage.kill(stage.workers[0])
        stage.until_over()
    _check_secret(stage)


def _with_tls(stage: Stage) -> Certificates:
    """From now on workers log in, under TLS, and trust an authority of ours."""
    certificates = make_certificates(stage.directory)
    stage.sink.tls = certificates.good()
    stage.installation.settings |= {
        "PABAL_SMTP_URL": f"smtp://shop:secret@127.0.0.1:{stage.sink.port}",
        "PABAL_SMTP_CA_FILE": str(certificates.ca_file),
    }
    return certificates


def _bad(stage: Stage, certificates: Certificates) -> Callable[[], ssl.SSLContext]:
    return stage.dice.choice(
        [
            certificates.expired,
            certificates.for_another_name,
            certificates.from_a_stranger,
            certificates.signed_by_itself,
        ]
    )


def _pause_and_heal(
    stage: Stage, certificates: Certificates, reason: str, *, offered: int | None = None
) -> None:
    until_paused(stage, reason)
    before = sum(stage.sink.offered.values())
    assert offered in (None, before), f"{before} mails were offered"
    time.sleep(stage.dice.uniform(0, 1))
    assert sum(stage.sink.offered.values()) == before, "mails are offered during the pause"
    stage.sink.tls = certificates.good()
    stage.set_state(RunState.RUNNING)
    stage.until_over()
    _check_secret(stage)
    expect(stage, sent=stage.mails)


def _check_secret(stage: Stage) -> None:
    check(stage)
    assert stage.sink.in_the_clear == 0, f"{stage.sink.in_the_clear} times without TLS"
