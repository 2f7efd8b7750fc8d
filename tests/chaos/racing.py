"""Things that happen at the same time."""

import time
import urllib.error
import urllib.request
from datetime import datetime

from chaos.checks import all_deliveries, check
from chaos.playing import scenario
from chaos.sink import Place, Weather
from chaos.stage import SLOTS, Setting, Stage
from chaos.weather import Moody
from pabal.configuration.keyring import load_keyring
from pabal.domain.delivery import Happening, State
from pabal.domain.links import PublicLinks
from pabal.ledger.port import Delivery, Ledger, RunState
from servers.smtp import free_port

LIMIT = 200


@scenario()
def leave_during_the_campaign(stage: Stage) -> None:
    _leave(stage)


@scenario(Setting(database="postgresql"))
def leave_during_the_campaign_on_postgresql(stage: Stage) -> None:
    _leave(stage)


def _leave(stage: Stage) -> None:
    """One-click unsubscribes; who is not on the wire by the answer gets nothing any more."""
    stage.sink.weather = Weather(stage.sink.weather.dice, slowest=0.2)
    links = _with_pages(stage)
    stage.start_workers(stage.dice.choice([1, 2]))
    stage.until_more_mails(1)
    left: dict[str, datetime] = {}
    with stage.ledger() as ledger:
        rows = list(all_deliveries(ledger, stage.campaign))
        for row in stage.dice.sample(rows, 40):
            _click(links.unsubscribe(row.id))
            left[row.id] = stage.now()
        stage.until_over()
        for row in rows:
            if row.id in left:
                _check_left(ledger, row, left[row.id])
    check(stage)


def _check_left(ledger: Ledger, row: Delivery, left_at: datetime) -> None:
    history = ledger.history(row.id)
    late = [each for each in history if each.happening is Happening.BEGUN and each.at > left_at]
    assert not late, f"{row.address} has left, and was mailed: {history}"
    begun = any(each.happening is Happening.BEGUN for each in history)
    state = ledger.delivery(row.id)
    assert state is not None
    assert begun or state.state is State.SKIPPED, f"{row.address} has left and is {state.state}"


def _with_pages(stage: Stage) -> PublicLinks:
    address = f"127.0.0.1:{free_port()}"
    stage.installation.settings["PABAL_WEB_ADDRESS"] = address
    stage.start("serve", "--no-worker")
    stage.until(lambda: _answers(f"http://{address}/"), why="the pages answer")
    return PublicLinks(
        base_url=f"http://{address}", keys=load_keyring(stage.installation.home).token_keys
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _click(url: str) -> None:
    """RFC 8058 3.1."""
    with urllib.request.urlopen(url, data=b"List-Unsubscribe=One-Click", timeout=30) as answer:
        assert answer.status == 200


@scenario()
def five_workers_take_it_up_at_once(stage: Stage) -> None:
    _take_up(stage)


@scenario(Setting(database="postgresql"))
def five_workers_take_it_up_at_once_on_postgresql(stage: Stage) -> None:
    _take_up(stage)


def _take_up(stage: Stage) -> None:
    """A campaign that is started and not yet enqueued, as five find it in the same moment."""
    stage.start_workers(5)
    stage.until_over()
    check(stage)
    _all_sent(stage)


@scenario(Setting(started=False))
def five_people_start_it_at_once(stage: Stage) -> None:
    """`campaign send` five times at once: one does it, the others are told; one mail each."""
    senders = [stage.start("campaign", "send", stage.campaign) for _ in range(5)]
    for sender in senders:
        sender.wait(90)
    assert sum(sender.returncode == 0 for sender in senders) == 1, [s.returncode for s in senders]
    check(stage)
    _all_sent(stage)


@scenario(Setting(mails=100, campaigns=3))
def three_campaigns_reach_the_limit(stage: Stage) -> None:
    _reach_the_limit(stage)


@scenario(Setting(mails=100, campaigns=3, database="postgresql"))
def three_campaigns_reach_the_limit_on_postgresql(stage: Stage) -> None:
    _reach_the_limit(stage)


def _reach_the_limit(stage: Stage) -> None:
    """300 mails, 200 a day, and a server that refuses some, which gives quota back."""
    stage.installation.settings["PABAL_DAILY_LIMIT"] = str(LIMIT)
    stage.sink.weather = Moody(
        stage.sink.weather.dice, place=Place.DOT, share=0.1, reply="451 4.3.0 later"
    )
    stage.start_workers(stage.dice.choice([1, 3]))
    stage.until(lambda: len(stage.sink.accepted) >= LIMIT - SLOTS, why="the limit is used")
    time.sleep(2)
    assert len(stage.sink.accepted) <= LIMIT, f"{len(stage.sink.accepted)} of {LIMIT} a day"
    stage.set_state(RunState.CANCELLED)
    stage.until_over()
    check(stage, ended=RunState.CANCELLED)


def _all_sent(stage: Stage) -> None:
    assert len(stage.sink.accepted) == stage.mails, f"{len(stage.sink.accepted)} are accepted"
