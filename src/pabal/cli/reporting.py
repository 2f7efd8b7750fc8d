"""A campaign's report in the terminal and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import EVENTS, RUN_STATES, STATES, WEIGHTS, say_duration, say_share
from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import State
from pabal.domain.reputation import Toll
from pabal.ledger.port import Delivery
from pabal.pipeline.steps.finish import Report

DOUBTS_SHOWN = 10


def show_report(
    output: Output,
    name: str,
    seen: Report,
    doubts: Sequence[Delivery],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Print what became of a campaign. doubts: the first of the doubtful ones."""
    elapsed = seen.elapsed(now)
    output.heading(_("Report: {name}").format(name=name))
    rows = [
        (_("campaign"), f"{seen.run.campaign} ({_say_run(seen)})"),
        (_("started"), f"{seen.run.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
        (_("duration"), f"{say_duration(elapsed)} {_against_promise(elapsed <= PROMISE)}"),
        (_("recipients"), f"{seen.recipients:,}"),
    ]
    rows += [(STATES[state], f"{n:,}") for state, n in _in_order(seen)]
    output.table(["", ""], rows)
    _show_reasons(output, _("Failed because"), seen.failures)
    _show_reasons(output, _("Skipped because"), seen.skips)
    _show_returned(output, seen)
    _show_first_doubts(output, seen, doubts)


def show_doubtful(output: Output, doubts: Iterable[Delivery]) -> None:
    """Print doubtful deliveries, however many, as they come."""
    if output.as_json:
        output.results(_doubt_as_json(each) for each in doubts)
        return
    for each in doubts:
        output.say(_say_doubt(each))


def report_as_json(seen: Report, *, now: datetime) -> dict[str, object]:
    return {
        "campaign": seen.run.campaign,
        "state": seen.run.state.value,
        "reason": seen.run.reason,
        "started_at": seen.run.started_at.isoformat(),
        "finished_at": seen.run.finished_at.isoformat() if seen.run.finished_at else None,
        "seconds": seen.elapsed(now).total_seconds(),
        "recipients": seen.recipients,
        "counts": {state.value: seen.counts.get(state, 0) for state in State},
        "deferred": seen.deferred,
        "failures": dict(seen.failures),
        "skips": dict(seen.skips),
        "returned": [
            {"event": kind.value, "weight": weight.value, "deliveries": n}
            for (kind, weight), n in seen.returned.items()
        ],
    }


def _show_returned(output: Output, seen: Report) -> None:
    if seen.returned:
        output.say(_("What came back"))
        rows = [
            (f"{n:,}", EVENTS[kind], WEIGHTS[weight])
            for (kind, weight), n in sorted(seen.returned.items(), key=lambda item: -item[1])
        ]
        output.table(["#", "", ""], rows)
        output.say(_say_toll(seen.toll))


def _say_toll(toll: Toll) -> str:
    return _("Bounced for good: {bounces}; reported as spam: {complaints}").format(
        bounces=say_share(toll.bounce_share),
        complaints=say_share(toll.complaint_share),
    )


def _in_order(seen: Report) -> list[tuple[State, int]]:
    return [(state, seen.counts[state]) for state in State if seen.counts.get(state)]


def _say_run(seen: Report) -> str:
    state = RUN_STATES[seen.run.state]
    return f"{state}: {_(seen.run.reason)}" if seen.run.reason else state


def _against_promise(kept: bool) -> str:
    return _("(within 5 minutes)") if kept else _("(longer than 5 minutes)")


def _show_reasons(output: Output, title: str, reasons: Mapping[str, int]) -> None:
    items = sorted(reasons.items(), key=lambda item: -item[1])
    if items:
        output.say(title)
        output.table(["#", ""], [(n, _(text)) for text, n in items[:20]])


def _show_first_doubts(output: Output, seen: Report, doubts: Sequence[Delivery]) -> None:
    count, campaign = seen.counts.get(State.DOUBTFUL, 0), seen.run.campaign
    if not doubts:
        return
    output.say(_("Doubtful, perhaps sent and perhaps not: {count}").format(count=f"{count:,}"))
    for each in doubts[:DOUBTS_SHOWN]:
        output.say(f"  {_say_doubt(each)}")
    if count > DOUBTS_SHOWN:
        output.say(_("All of them: `pabal campaign doubtful {id}`").format(id=campaign))
    output.say(
        _("Settle each: `pabal campaign resolve {id} ADDRESS --sent`, or `--again`").format(
            id=campaign
        )
    )


def _say_doubt(delivery: Delivery) -> str:
    return f"{delivery.address}  {_(delivery.last)}"


def _doubt_as_json(delivery: Delivery) -> dict[str, object]:
    return {"delivery": delivery.id, "address": delivery.address, "last": delivery.last}
