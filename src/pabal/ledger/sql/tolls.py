"""What campaigns have cost of our reputation, from the tallies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import State
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId
from pabal.domain.reputation import Toll
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.port import CampaignToll
from pabal.ledger.sql import events
from pabal.ledger.sql.session import Statements


def unpardoned(sql: Statements, campaign: CampaignId) -> Toll:
    found = sql.rows("pardoned", {"campaign": campaign})
    return _whole(sql, campaign) - _toll(*(found[0] if found else (0, 0, 0)))


def pardon(sql: Statements, campaign: CampaignId) -> None:
    toll = _whole(sql, campaign)
    sql.execute(
        "pardon",
        {
            "campaign": campaign,
            "sent": toll.sent,
            "bounces": toll.bounces,
            "complaints": toll.complaints,
        },
    )


def since(sql: Statements, moment: datetime) -> Sequence[CampaignToll]:
    started = sql.rows("sent_since", {"since": to_micros(moment)})
    returned: dict[str, dict[tuple[EventKind, Weight], int]] = defaultdict(dict)
    for campaign, kind, weight, n in sql.rows("returned_since", {"since": to_micros(moment)}):
        returned[campaign][EventKind(kind), Weight(weight)] = int(n)
    return [
        CampaignToll(
            campaign=CampaignId(campaign),
            started_at=from_micros(started_at),
            toll=Toll.of(int(sent), returned[campaign]),
        )
        for campaign, started_at, sent in started
    ]


def by_domain_since(sql: Statements, moment: datetime) -> Sequence[CampaignToll]:
    sent_to = sql.rows("sent_to_since", {"since": to_micros(moment)})
    returned: dict[tuple[str, str], dict[tuple[EventKind, Weight], int]] = defaultdict(dict)
    for campaign, to, kind, weight, n in sql.rows(
        "returned_from_since", {"since": to_micros(moment)}
    ):
        returned[campaign, to][EventKind(kind), Weight(weight)] = int(n)
    return [
        CampaignToll(
            campaign=CampaignId(campaign),
            started_at=from_micros(started_at),
            toll=Toll.of(int(sent), returned[campaign, to]),
            to=to,
        )
        for campaign, started_at, to, sent in sent_to
    ]


def _whole(sql: Statements, campaign: CampaignId) -> Toll:
    states = dict(sql.rows("counts", {"campaign": campaign}))
    return Toll.of(int(states.get(State.SENT.value, 0)), events.counts(sql, campaign))


def _toll(sent: int, bounces: int, complaints: int) -> Toll:
    return Toll(sent=sent, bounces=bounces, complaints=complaints)
