"""How many attempts go at once where the server throttles."""

import pytest

from pabal.domain.classify import classify
from pabal.domain.outcome import Outcome, Reply, Stage
from pabal.sending.window import Window


def said(code: int, enhanced: str = "", text: str = "") -> Outcome:
    return classify(Reply(code=code, enhanced=enhanced, text=text), stage=Stage.CONTENT)


THROTTLED = said(454, text="Throttling failure: Maximum sending rate exceeded.")
ACCEPTED = said(250, "2.0.0", "OK")


def test_each_complaint_halves_it_down_to_one_at_a_time() -> None:
    window = Window(16)
    sizes = []
    for _ in range(6):
        window.heed(THROTTLED)
        sizes.append(window.size)
    assert sizes == [8, 4, 2, 1, 1, 1]


def test_accepted_mails_open_it_again_but_not_beyond_what_was_asked_for() -> None:
    window = Window(4)
    window.heed(THROTTLED)
    for _ in range(51):
        window.heed(ACCEPTED)
    assert window.size == 3
    for _ in range(1000):
        window.heed(ACCEPTED)
    assert window.size == 4


@pytest.mark.parametrize(
    "outcome",
    [said(451, "4.7.1", "greylisted"), said(450, "4.2.1", "busy"), said(550, "5.1.1", "nobody")],
)
def test_what_concerns_one_recipient_changes_nothing(outcome: Outcome) -> None:
    window = Window(16)
    window.heed(outcome)
    assert window.size == 16


def test_too_many_connections_halve_it() -> None:
    window = Window(16)
    window.heed(said(432, "4.3.2", "Concurrent connections limit exceeded"))
    assert window.size == 8
