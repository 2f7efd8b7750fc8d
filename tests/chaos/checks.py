"""What must hold behind every run, whatever happened in it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from chaos.stage import MAILS, SLOTS, Stage
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId
from pabal.ledger.port import Delivery, Ledger, RunState


class Broken(AssertionError):
    """Promises that were not kept, a line each."""


def check(stage: Stage, *, ended: RunState = RunState.FINISHED) -> None:
    """Hold the report, the ledger and the sink against each other. Raises Broken.

    ended: how the campaigns have ended.
    """
    broken: list[str] = []
    with stage.ledger() as ledger:
        for campaign in stage.campaigns:
            broken += _check_campaign(stage, ledger, campaign, ended)
        broken += _check_sink(stage, ledger)
    broken += _check_logs(stage)
    if broken:
        raise Broken("\n".join(broken))


def _check_campaign(
    stage: Stage, ledger: Ledger, campaign: CampaignId, ended: RunState
) -> Iterator[str]:
    report = stage.installation.ask("campaign", "report", campaign)
    rows = all_deliveries(ledger, campaign)
    states = Counter(row.state for row in rows)
    if report["state"] != ended.value:
        yield f"the campaign is {report['state']}, not {ended.value}: {report['reason']}"
    if states[State.SENDING] or states[State.QUEUED]:
        yield f"the campaign has ended, and deliveries are open: {states}"
    if report["counts"] != {state.value: states[state] for state in State}:
        yield f"the report counts {report['counts']}, the deliveries are {states}"
    doubtful = {row.address for row in rows if row.state is State.DOUBTFUL}
    listed = stage.installation.ask("campaign", "doubtful", campaign) if doubtful else []
    if sorted(each["address"] for each in listed) != sorted(doubtful):
        yield f"doubtful are {sorted(doubtful)}, listed {listed}"
    yield from _check_histories(ledger, rows)


def _check_histories(ledger: Ledger, rows: Sequence[Delivery]) -> Iterator[str]:
    for row in rows:
        history = ledger.history(row.id)
        begun = [entry.attempt for entry in history if entry.happening is Happening.BEGUN]
        if begun != list(range(1, row.attempts + 1)):
            yield f"{row.address} was begun as {begun}, and has {row.attempts} attempts"


def _check_sink(stage: Stage, ledger: Ledger) -> Iterator[str]:
    received = Counter(stage.sink.accepted)
    rows = [row for each in stage.campaigns for row in all_deliveries(ledger, each)]
    many = len(stage.campaigns)
    twice = [address for address, count in received.items() if count > many]
    if twice:
        yield f"accepted twice: {twice}"
    if len(rows) != many * stage.mails:
        yield f"there are {len(rows)} deliveries for {many} x {stage.mails} recipients"
    yield from _check_everybody(received, rows)
    yield from _check_doubts(stage, rows)
    used = sum(row.state in (State.SENT, State.DOUBTFUL) for row in rows)
    if (reserved := ledger.quota_used(now=stage.now())) != used:
        yield f"{reserved} are reserved of the quota, {used} used"


def _check_everybody(received: Mapping[str, int], rows: Sequence[Delivery]) -> Iterator[str]:
    """Each accepted mail is one that is sent or in doubt, and each that is sent was accepted."""
    sent = Counter(row.address for row in rows if row.state is State.SENT)
    doubtful = Counter(row.address for row in rows if row.state is State.DOUBTFUL)
    for address in sorted({row.address for row in rows} | set(received)):
        at_least, at_most = sent[address], sent[address] + doubtful[address]
        if not at_least <= received.get(address, 0) <= at_most:
            yield (
                f"{address}: {received.get(address, 0)} accepted, {sent[address]} sent,"
                f" {doubtful[address]} doubtful"
            )


def _check_doubts(stage: Stage, rows: Sequence[Delivery]) -> Iterator[str]:
    doubts = sum(row.state is State.DOUBTFUL for row in rows)
    unanswered = stage.sink.unanswered
    if doubts > stage.kills * SLOTS + unanswered:
        yield f"{doubts} doubts, by {stage.kills} kills and {unanswered} mails without an answer"


def _check_logs(stage: Stage) -> Iterator[str]:
    for log in sorted(stage.directory.glob("process-*.log")):
        text = log.read_text("utf-8", "replace")
        if "Traceback" in text:
            yield f"{log}: {text[text.index('Traceback') :].strip().splitlines()[-1]}"


def all_deliveries(ledger: Ledger, campaign: CampaignId) -> Sequence[Delivery]:
    return ledger.deliveries(campaign, limit=100 * MAILS)
