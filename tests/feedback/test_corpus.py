"""No good address is suppressed, and nearly everything is understood."""

from dataclasses import replace

import pytest

from builders.returned import CORPUS, SEALS, samples
from feedback.accuracy import PAGE, answer, page, rows
from pabal.domain.event import Proof
from pabal.domain.token import TokenKeys
from pabal.feedback.reading import read_letter

SAMPLES = samples()


def test_the_table_names_every_file_once():
    assert sorted(f"{each.name}.eml" for each in SAMPLES) == sorted(
        path.name for path in CORPUS.glob("*.eml")
    )
    assert len(SAMPLES) >= 150


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_no_good_address_is_suppressed(sample):
    """1a: 5.2.2, 5.7.x, 4.x and what is unknown never suppress; S12: nor does an answer."""
    assert not answer(sample).is_false_stop


def test_nearly_everything_is_understood():
    answers = [each for row in rows().values() for each in row.answers]
    right = sum(each.is_right for each in answers)
    assert right / len(answers) >= 0.97


def test_the_page_tells_what_is_true():
    """`make corpus` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_mail_says_the_same_every_time(sample):
    """Events are named by their report: read again, they are known already."""
    first = read_letter(sample.letter, SEALS)
    assert read_letter(sample.letter, SEALS) == first
    assert len({event.id for event in first.events}) == len(first.events)


def test_no_two_reports_share_an_event():
    names = [event.id for sample in SAMPLES for event in read_letter(sample.letter, SEALS).events]
    shared = {name for name in names if names.count(name) > 1}
    variants = {
        event.id
        for sample in SAMPLES
        if sample.family == "Forged and broken"
        for event in read_letter(sample.letter, SEALS).events
    }
    assert shared <= variants


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_without_our_secret_nothing_is_proved(sample):
    """S26: "forged token ignored"."""
    links = TokenKeys(current=1, secrets={1: b"x" * 32})
    strangers = replace(SEALS, bounce_secrets=(b"another",), links=links)
    events = read_letter(sample.letter, strangers).events
    assert all(event.proof is not Proof.SEALED for event in events)
