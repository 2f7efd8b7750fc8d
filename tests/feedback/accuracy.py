"""How well the samples are understood. As a program it writes docs/bounces.md: `make corpus`."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from builders.returned import SEALS, Sample, samples
from pabal.domain.bouncing import Weight, weigh_for
from pabal.feedback.reading import read_letter

PAGE = Path(__file__).parents[2] / "docs" / "bounces.md"
_WORST_FIRST = (Weight.HARD, Weight.COMPLAINT, Weight.NO_HOST, Weight.SOFT, Weight.ABOUT_US)
_STOPS = frozenset({Weight.HARD.value, Weight.COMPLAINT.value})

_HEAD = """\
# How well bounces are understood

`make corpus` writes this page from {count} samples in `tests/feedback/corpus`: bounces,
complaints, automatic answers and what else comes to a bounce mailbox. They were written for it,
after the public descriptions of the formats; none is somebody's mail. `expected.csv` says what
each truly is; the rules are in [rules.md](rules.md).

A *false stop* would suppress somebody whose mailbox works: there must be none. A *missed stop* is
an address that is gone and is only counted: it is paused after a few more bounces. Where a server
says the same for both, Pabal counts.

| servers | samples | understood | false stops | missed stops |
| --- | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True, slots=True)
class Answer:
    sample: Sample
    sort: str
    weight: str

    @property
    def is_right(self) -> bool:
        return (self.sort, self.weight) == (self.sample.sort, self.sample.weight)

    @property
    def is_false_stop(self) -> bool:
        return self.weight in _STOPS and self.weight != self.sample.weight

    @property
    def is_missed_stop(self) -> bool:
        return self.sample.weight in _STOPS and self.weight != self.sample.weight


@dataclass(slots=True)
class Row:
    answers: list[Answer] = field(default_factory=list)

    def figures(self) -> tuple[int, int, int, int]:
        right = sum(answer.is_right for answer in self.answers)
        false = sum(answer.is_false_stop for answer in self.answers)
        missed = sum(answer.is_missed_stop for answer in self.answers)
        return len(self.answers), right, false, missed


def answer(sample: Sample) -> Answer:
    """Read a sample as the worker does, and weigh it for the address that was mailed."""
    reading = read_letter(sample.letter, SEALS)
    weights = {weigh_for(event, sample.mailed) for event in reading.events}
    worst = next((weight for weight in _WORST_FIRST if weight in weights), None)
    weight = worst or next(iter(weights), Weight.NOTHING)
    return Answer(sample, reading.sort.value, weight.value)


def rows() -> dict[str, Row]:
    """Return the answers by family of servers, in the corpus's order."""
    found: dict[str, Row] = defaultdict(Row)
    for sample in samples():
        found[sample.family].answers.append(answer(sample))
    return found


def page() -> str:
    by_family = rows()
    everything = Row([answer for row in by_family.values() for answer in row.answers])
    lines = [_line(family, row) for family, row in by_family.items()]
    missed = [
        f"* `{each.sample.name}`: {each.sample.weight}, taken for {each.weight}"
        for each in everything.answers
        if not each.is_right
    ]
    head = _HEAD.format(count=len(everything.answers))
    table = "\n".join([*lines, _line("**all**", everything)])
    return f"{head}{table}\n\nNot understood:\n\n" + "\n".join(missed) + "\n"


def _line(name: str, row: Row) -> str:
    count, right, false, missed = row.figures()
    return f"| {name} | {count} | {right / count:.1%} | {false} | {missed} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(page())  # noqa: T201 -- it is what the command is for
