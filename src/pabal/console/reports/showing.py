"""Figures and rows as the report's templates show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.ledger_tables import (
    LedgerDelivery,
    LedgerEvent,
    LedgerHistory,
)
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.words import (
    EVENTS,
    EXCLUSIONS,
    HAPPENING_TONES,
    HAPPENINGS,
    STATE_TONES,
    STATES,
    WEIGHT_TONES,
    WEIGHTS,
)
from pabal.console.design.components import Choice, Segment, Stat, Tone
from pabal.console.reports.figures import Counts, counts_of, runs_of
from pabal.console.reports.standing import LABELS, TONES, Standing, standing
from pabal.domain.delivery import State
from pabal.domain.errors import SettingsError, Unavailable
from pabal.domain.reputation import Returned
from pabal.pipeline.ports import Exclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A word and how good or bad it is: what a badge needs."""

    label: str | Promise
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    campaign: Campaign
    stands: Shown
    counts: Counts

    @property
    def is_draft(self) -> bool:
        return self.campaign.status == Campaign.Status.DRAFT

    @property
    def is_comparable(self) -> bool:
        return self.campaign.started_at is not None and self.counts.total > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelivery:
    """A row of the recipients. last: what was last said of it; "" once it is sent."""

    row: LedgerDelivery
    state: Shown
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHappening:
    entry: LedgerHistory
    what: Shown
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """Something that came back. text: what the source calls it, and the server's words."""

    entry: LedgerEvent
    what: Shown
    meaning: str | Promise
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page of deliveries is asked to show. after: position, -1 for the first page."""

    state: State | None
    search: str
    after: int

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read it from an address; what makes no sense is passed over."""
        state, after = query.get("state", ""), query.get("after", "")
        return cls(
            state=State(state) if state in {each.value for each in State} else None,
            search=query.get("q", "").replace("\0", "").strip(),  # PostgreSQL has no NUL in texts
            after=int(after) if after.isascii() and after.isdigit() else -1,
        )

    def link(self, *, after: int | None = None) -> str:
        """Return the address of the same, on another page."""
        return _query(self.state, self.search, after)

    def with_state(self, state: State | None) -> str:
        return _query(state, self.search, None)


def shown_standing(stands: Standing) -> Shown:
    return Shown(label=LABELS[stands], tone=TONES[stands])


def campaign_rows(
    campaigns: Sequence[Campaign], now: datetime, *, asks_aws: bool = True
) -> Sequence[CampaignRow]:
    """Return campaigns with where they stand and their counts, in two queries.

    asks_aws: otherwise those that are sent there have no figures. Raises what `elsewhere` does.
    """
    runs = runs_of(campaigns, asks_aws=asks_aws)
    counts = counts_of(campaigns, asks_aws=asks_aws)
    return [
        CampaignRow(
            campaign=campaign,
            stands=shown_standing(standing(campaign, runs.get(campaign.pk), now)),
            counts=counts[campaign.pk],
        )
        for campaign in campaigns
    ]


def known_rows(campaigns: Sequence[Campaign], now: datetime) -> tuple[Sequence[CampaignRow], str]:
    """Return the rows as far as they are known, and why some lack their figures."""
    try:
        return campaign_rows(campaigns, now), ""
    except (Unavailable, SettingsError) as error:
        return campaign_rows(campaigns, now, asks_aws=False), elsewhere.trouble(error)


def stats(campaign: Campaign, counts: Counts, retrying: int) -> Sequence[Stat]:
    """Return the figures at the head of a report; those of a state lead to its rows."""
    rows = reverse("reports:deliveries", args=[campaign.pk])
    to_come = campaign.to_come(counts.total)
    recipients = counts.total + to_come or campaign.recipients or 0
    shown = [
        Stat(label=gettext("Recipients"), figure=recipients, href=rows if counts.total else ""),
        _stat(rows, State.SENT, counts.sent),
    ]
    if to_come:
        is_test = campaign.has_experiment
        why = gettext("Waiting for the decision") if is_test else gettext("Waiting for their time")
        shown.append(Stat(label=why, figure=to_come, tone=Tone.BUSY))
    if counts.waiting:
        shown.append(Stat(label=gettext("Still to send"), figure=counts.waiting, tone=Tone.BUSY))
    if retrying:
        shown.append(Stat(label=gettext("Waiting for a retry"), figure=retrying, tone=Tone.WARN))
    shown.append(_stat(rows, State.FAILED, counts.failed))
    rare = (State.DOUBTFUL, State.SKIPPED, State.CANCELLED)
    return [*shown, *(_stat(rows, state, counts.of(state)) for state in rare if counts.of(state))]


def segments(counts: Counts) -> Sequence[Segment]:
    """Return the parts of the bar: what is done first, what is not yet last."""
    order = (
        State.SENT,
        State.DOUBTFUL,
        State.FAILED,
        State.SKIPPED,
        State.CANCELLED,
        State.SENDING,
        State.QUEUED,
    )
    return [
        Segment(
            label=str(STATES[state]),
            count=counts.of(state),
            tone=Tone.NONE if state is State.QUEUED else STATE_TONES[state],
        )
        for state in order
    ]


def exclusions(campaign: Campaign) -> Sequence[tuple[str | Promise, int]]:
    """Return why people on the list are no recipients, and how many for each reason."""
    counted = ((Exclusion(reason), count) for reason, count in campaign.excluded.items())
    return [(EXCLUSIONS[reason], count) for reason, count in counted if count]


def shown_delivery(delivery: LedgerDelivery) -> ShownDelivery:
    state = delivery.delivery_state
    if delivery.is_deferred:
        shown = Shown(label=gettext("waiting for a retry"), tone=Tone.WARN)
    else:
        shown = Shown(label=STATES[state], tone=STATE_TONES[state])
    # A server's thanks for a mail that it took help nobody here; the story has them.
    last = "" if state is State.SENT else said(delivery.last)
    return ShownDelivery(row=delivery, state=shown, last=last)


def shown_happening(entry: LedgerHistory) -> ShownHappening:
    happening = entry.what_happened
    tone = HAPPENING_TONES.get(happening, Tone.PLAIN)
    what = Shown(label=HAPPENINGS[happening], tone=tone)
    return ShownHappening(entry=entry, what=what, text=said(entry.text))


def shown_event(entry: LedgerEvent) -> ShownEvent:
    what = Shown(label=EVENTS[entry.event_kind], tone=WEIGHT_TONES[entry.meaning])
    said = (entry.label, str(entry.code or ""), entry.enhanced, entry.text)
    text = " ".join(filter(None, said))
    return ShownEvent(entry=entry, what=what, meaning=WEIGHTS[entry.meaning], text=text)


def returned(counts: Returned) -> Sequence[tuple[str | Promise, str | Promise, int]]:
    """Return what came back, what it means, and about how many deliveries."""
    frequent_first = sorted(counts.items(), key=lambda item: -item[1])
    return [(EVENTS[kind], WEIGHTS[weight], n) for (kind, weight), n in frequent_first]


def said(text: str) -> str:
    """Translate what Pabal said; what a server said is shown in its own words."""
    return gettext(text) if text else ""


def state_choices(counts: Counts, asked: Asked) -> Sequence[Choice]:
    """Return the filters: all, and every state that there is something in."""
    everything = Choice(
        label=gettext("all"),
        href=asked.with_state(None),
        is_current=asked.state is None,
        count=counts.total,
    )
    states = [
        Choice(
            label=str(STATES[state]),
            href=asked.with_state(state),
            is_current=asked.state is state,
            count=counts.of(state),
        )
        for state in State
        if counts.of(state) or asked.state is state
    ]
    return [everything, *states]


def _stat(rows: str, state: State, count: int) -> Stat:
    tone = STATE_TONES[state] if count else Tone.PLAIN
    href = rows + _query(state, "", None) if count else ""
    return Stat(label=str(STATES[state]), figure=count, tone=tone, href=href)


def _query(state: State | None, search: str, after: int | None) -> str:
    asked = {
        "state": state.value if state else "",
        "q": search,
        "after": "" if after is None else str(after),
    }
    return "?" + urlencode({name: value for name, value in asked.items() if value})
