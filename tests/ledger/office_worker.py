"""A worker as a process of its own, to be killed: `office_worker.py URL CAMPAIGN NAME`."""

import sys

from ledger.desk import ACCEPTED, Desk, database_at
from pabal.domain.identity import CampaignId


def work(url: str, campaign: str, name: str) -> None:
    database = database_at(url)
    desk = Desk(database, database.ledger(), campaign=CampaignId(campaign))
    settlements = []
    while True:
        begun = desk.ledger.turn(
            settlements, desk.claim(4, worker=name, holding=()), worker=name, now=desk.now
        )
        settlements = [desk.settlement(attempt, ACCEPTED) for attempt in begun.attempts]
        sys.stdout.write(f"{len(settlements)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work(*sys.argv[1:])
