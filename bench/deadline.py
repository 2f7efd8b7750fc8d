"""`make bench-deadline`: 500 mails within five minutes from a server that refuses one in ten.

Every attempt is refused passingly (451) with probability 0.1, at RCPT or behind the dot; the
waits before a retry are the defaults. Several campaigns run side by side, each whole (import,
prepare, preflight, send) in a process of its own with a server of its own, since nearly all
of it is waiting. It takes about three minutes.

A mail is done when it was sent or given up: four refusals are 1 in 10,000, so one of 500 mails
may end so in one campaign of twenty. The clock runs from the command to send, preflight
included, to the last mail that is done.

    make bench-deadline SEEDS="4 5 6"            other dice
    make bench-deadline PICTURES=docs/images     keep the pictures there as well
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from bench.charts import Curve, Deadline, Panel, can_write_korean, draw_timeline
from bench.figures import Demand, picture_paths, publish
from pabal.domain.delivery import Happening

MAILS = 500
SHARE = 0.1  # of attempts that are refused
FIVE_MINUTES = 300
SEEDS = tuple(int(seed) for seed in os.environ.get("SEEDS", "1 2 3 4 5 6").split())

_DONE = (Happening.ACCEPTED, Happening.GAVE_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that the ledger says happened to a mail; seconds since the command to send."""

    seconds: float
    recipient: str
    happening: Happening
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A campaign as it went. events: in order. accepted: whom the server took a mail for."""

    seed: int
    events: Sequence[Event]
    accepted: Sequence[str]

    @classmethod
    def from_json(cls, text: str) -> Self:
        told = json.loads(text)
        events = [
            Event(seconds=seconds, recipient=recipient, happening=Happening(what), attempt=attempt)
            for seconds, recipient, what, attempt in told["events"]
        ]
        return cls(seed=told["seed"], events=events, accepted=told["accepted"])

    @property
    def done(self) -> Sequence[float]:
        return [event.seconds for event in self.events if event.happening in _DONE]

    @property
    def sent(self) -> Sequence[Event]:
        return [event for event in self.events if event.happening is Happening.ACCEPTED]

    @property
    def gave_up(self) -> int:
        return sum(event.happening is Happening.GAVE_UP for event in self.events)

    @property
    def disagreements(self) -> int:
        """Mails that the server took twice, or of which it and the ledger do not say the same."""
        ours = Counter(event.recipient for event in self.sent)
        theirs = Counter(self.accepted)
        return len({who for who in ours | theirs if (ours[who], theirs[who]) != (1, 1)})


def main() -> None:
    with ThreadPoolExecutor(max_workers=len(SEEDS)) as side_by_side:
        report(list(side_by_side.map(run_elsewhere, SEEDS)))


def run_elsewhere(seed: int) -> Told:
    run = subprocess.run(
        [sys.executable, "-m", "bench.deadline", str(seed)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Told.from_json(run.stdout.splitlines()[-1])


# One campaign


def run_campaign(seed: int) -> None:
    """Send a campaign to a refusing server and print what became of it."""
    from bench.contenders import write_customers
    from bench.first import send, start
    from bench.installation import a_campaign_to, an_installation
    from bench.sink import running_server
    from bench.template import source
    from pabal.domain.identity import CampaignId
    from pabal.pipeline.local.wiring import wall_clock

    with tempfile.TemporaryDirectory() as folder:
        notes, customers = Path(folder) / "notes", Path(folder) / "customers.csv"
        write_customers(customers, MAILS)
        refusing = running_server("bench.refusing", str(seed), str(SHARE), str(notes))
        # The limit is the default one: attempts that were refused must give their share back.
        with refusing as port, an_installation(port, PABAL_DAILY_LIMIT=str(MAILS)) as workshop:
            campaign = CampaignId(a_campaign_to(customers, source()))
            began = wall_clock()
            start(workshop, campaign)
            send(workshop, campaign)
            events = events_of(workshop.open_ledger(), campaign, began)
        accepted = [line.split()[0] for line in notes.open() if line.split()[1] == "250"]
    print(json.dumps({"seed": seed, "events": events, "accepted": accepted}))


def events_of(ledger, campaign, began: datetime) -> list[tuple[float, str, str, int]]:
    return sorted(
        ((entry.at - began).total_seconds(), row.address, entry.happening.value, entry.attempt)
        for row in ledger.deliveries(campaign, limit=MAILS)
        for entry in ledger.history(row.id)
    )


# What all of them say


def report(campaigns: Sequence[Told]) -> None:
    draw(campaigns)
    publish(
        "deadline",
        f"{len(campaigns)} campaigns of {MAILS} mails; one attempt in ten is refused",
        ["dice", "sent", "at once", "1 retry", "2", "3", "gave up", "99 %", "last"],
        [expected(), *map(row, campaigns)],
        figures={str(told.seed): figures(told) for told in campaigns},
        demands=demands(campaigns),
    )


def expected() -> Sequence[object]:
    """What the dice should throw on average."""
    by_retries = [MAILS * (1 - SHARE) * SHARE**retries for retries in range(4)]
    gave_up = MAILS * SHARE**4
    return ["mean", f"{MAILS - gave_up:.2f}", *(f"{n:g}" for n in by_retries), f"{gave_up:g}",
            "", ""]  # fmt: skip


def row(told: Told) -> Sequence[object]:
    retries = Counter(event.attempt - 1 for event in told.sent)
    return [
        f"seed {told.seed}",
        len(told.sent),
        *(retries[number] for number in range(4)),
        told.gave_up,
        f"{seconds_to(told, 0.99):.0f} s",
        f"{max(told.done):.0f} s",
    ]


def seconds_to(told: Told, share: float) -> float:
    """When so many of all mails were done; for ever where they never were."""
    wanted = round(MAILS * share)
    return told.done[wanted - 1] if len(told.done) >= wanted else float("inf")


def figures(told: Told) -> dict[str, object]:
    return {
        "sent": len(told.sent),
        "sent_by_retries": [
            sum(event.attempt == number for event in told.sent) for number in range(1, 5)
        ],
        "gave_up": told.gave_up,
        "seconds_to_99_percent": seconds_to(told, 0.99),
        "seconds_to_the_last": seconds_to(told, 1),
    }


def demands(campaigns: Sequence[Told]) -> Sequence[Demand]:
    slowest = max(seconds_to(told, 1) for told in campaigns)
    return [
        Demand(name="seconds to the last mail", value=slowest, at_most=FIVE_MINUTES),
        Demand(
            name="mails of which ledger and server disagree",
            value=sum(told.disagreements for told in campaigns),
            at_most=0,
        ),
        # With good dice, more than two in a campaign come once in 50,000.
        Demand(
            name="most given up in a campaign",
            value=max(told.gave_up for told in campaigns),
            at_most=2,
        ),
    ]


# The picture

_ENGLISH = {
    "title": "A mail server that refuses one attempt in ten",
    "sent": "Mails sent, of {mails} in each of {count} campaigns; the last after {last}",
    "waiting": "Mails that wait for a retry",
    "deadline": "five minutes",
}
_KOREAN = {
    "title": "시도 열 번 가운데 한 번을 거부하는 메일 서버",
    "sent": "전송한 메일 (캠페인 {count}개, 각 {mails}통, 마지막 메일 {last})",
    "waiting": "재시도를 기다리는 메일",
    "deadline": "5분",
}


def draw(campaigns: Sequence[Told]) -> None:
    draw_in(_ENGLISH, "deadline", campaigns)
    if can_write_korean():
        draw_in(_KOREAN, "deadline.ko", campaigns)


def draw_in(words: dict[str, str], name: str, campaigns: Sequence[Told]) -> None:
    minutes, seconds = divmod(round(max(max(told.done) for told in campaigns)), 60)
    sent = words["sent"].format(mails=MAILS, count=len(campaigns), last=f"{minutes}:{seconds:02}")
    panels = [
        Panel(title=sent, curves=[Curve(points=sent_over_time(told)) for told in campaigns],
              share=1.4),
        Panel(title=words["waiting"],
              curves=[Curve(points=waiting_over_time(told)) for told in campaigns]),
    ]  # fmt: skip
    deadline = Deadline(seconds=FIVE_MINUTES, name=words["deadline"])
    for path in picture_paths(name):
        draw_timeline(path, panels, title=words["title"], deadline=deadline)


def sent_over_time(told: Told) -> list[tuple[float, int]]:
    return [(0, 0), *((event.seconds, n) for n, event in enumerate(told.sent, start=1))]


def waiting_over_time(told: Told) -> list[tuple[float, int]]:
    """Count up where a mail is deferred, and down where its next attempt begins."""
    points, waiting = [(0.0, 0)], 0
    for event in told.events:
        if event.happening is Happening.DEFERRED:
            waiting += 1
        elif event.happening is Happening.BEGUN and event.attempt > 1:
            waiting -= 1
        else:
            continue
        points.append((event.seconds, waiting))
    return points


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_campaign(int(sys.argv[1]))
    else:
        main()
