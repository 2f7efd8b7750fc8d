"""What must hold behind every run, whatever happened in it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from chaos.stage import MAILS, SLOTS, Stage
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId
from pabal.ledger.port import Delivery, Ledger, RunState
from pabal.ledger.rows import AUTOMATIC_ATTEMPTS

_ON_THE_WAY = (State.SENT, State.DOUBTFUL)


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
    if len(rows) != many * stage.mails:
        yield f"there are {len(rows)} deliveries for {many} x {stage.mails} recipients"
    often = many * (AUTOMATIC_ATTEMPTS if stage.resends else 1)
    too_often = [address for address, count in received.items() if count > often]
    if too_often:
        yield f"accepted more than {often} times: {too_often}"
    yield from _check_everybody(stage, received, rows)
    yield from _check_doubts(stage, rows)
    yield from _check_quota(stage, ledger, rows)


def _check_everybody(
    stage: Stage, received: Mapping[str, int], rows: Sequence[Delivery]
) -> Iterator[str]:
    """Each accepted mail is one that is sent or in doubt, and each that is sent was accepted."""
    sent = Counter(row.address for row in rows if row.state is State.SENT)
    doubtful = Counter(row.address for row in rows if row.state is State.DOUBTFUL)
    begun = Counter[str]()
    for row in rows:
        begun[row.address] += row.attempts
    for address in sorted({*begun, *received}):
        at_most = begun[address] if stage.resends else sent[address] + doubtful[address]
        if not sent[address] <= received.get(address, 0) <= at_most:
            yield (
                f"{address}: {received.get(address, 0)} accepted, {sent[address]} sent,"
                f" {doubtful[address]} doubtful, {begun[address]} attempts"
            )


def _check_doubts(stage: Stage, rows: Sequence[Delivery]) -> Iterator[str]:
    doubtful = [row for row in rows if row.state is State.DOUBTFUL]
    if len(doubtful) > stage.kills * SLOTS + stage.unanswered:
        yield (
            f"{len(doubtful)} doubts, by {stage.kills} kills and {stage.unanswered} mails"
            " without an answer"
        )
    early = [row.address for row in doubtful if row.attempts < AUTOMATIC_ATTEMPTS]
    if stage.resends and early:
        yield f"in doubt, and not sent again: {early}"


_GIVES_BACK = (Happening.DEFERRED, Happening.HELD, Happening.REFUSED, Happening.GAVE_UP)


def _check_quota(stage: Stage, ledger: Ledger, rows: Sequence[Delivery]) -> Iterator[str]:
    """What was accepted, or may have been, is used up, and nothing else."""
    happened = Counter(entry.happening for row in rows for entry in ledger.history(row.id))
    used = happened[Happening.BEGUN] - sum(happened[each] for each in _GIVES_BACK)
    if (reserved := ledger.quota_used(now=stage.now())) != used:
        yield f"{reserved} are reserved of the quota, {used} used"
    if not stage.resends and used != sum(row.state in _ON_THE_WAY for row in rows):
        yield f"{used} of the quota are used, by {Counter(row.state for row in rows)}"


def _check_logs(stage: Stage) -> Iterator[str]:
    for log in sorted(stage.directory.glob("process-*.log")):
        text = log.read_text("utf-8", "replace")
        if "Traceback" in text:
            yield f"{log}: {text[text.index('Traceback') :].strip().splitlines()[-1]}"


def all_deliveries(ledger: Ledger, campaign: CampaignId) -> Sequence[Delivery]:
    return ledger.deliveries(campaign, limit=100 * MAILS)
