"""Lambda `control`: the HTTP API of campaigns. API Gateway has seen who asks (IAM)."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pabal.domain.errors import InputError, PabalError, Refusal, Unavailable
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen, CampaignOver
from pabal.ledger.port import Run, RunState
from pabal.package.errors import PackageMissing
from pabal.package.package import Package
from pabal.pipeline.aws.answers import Answer, body_of, json_answer
from pabal.pipeline.aws.calls import Start, part_of, read_campaign, read_json, read_start
from pabal.pipeline.aws.errors import AlreadyStarted, BodyTooLarge, CallUnreadable
from pabal.pipeline.aws.launching import launch, stop
from pabal.pipeline.aws.report import as_json
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.finish import report

_LOG = logging.getLogger("pabal.api")
_STATUS: tuple[tuple[type[PabalError], int], ...] = (
    (CampaignNotOpen, 404),
    (PackageMissing, 404),
    (BodyTooLarge, 413),
    (InputError, 400),
    (Refusal, 409),
    (Unavailable, 503),
)
_ASKED_FOR = "Asked for over the API."


def handler(event: Mapping[str, Any], _context: object) -> Answer:
    """A request of the HTTP API (payload 2.0) in, its answer out."""
    try:
        return answer(event, workshop())
    except PabalError as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
        _LOG.warning("%s is answered with %d: %s", event.get("routeKey"), status, error)
        told = {"error": error.code, "message": str(error), "remedy": error.advise()}
        return json_answer(status, told)


def answer(event: Mapping[str, Any], parts: Workshop) -> Answer:
    """Raises PabalError: what is wrong with the request."""
    campaign = read_campaign(part_of(event, "pathParameters").get("id"))
    routes: dict[str, Callable[[Mapping[str, Any], CampaignId, Workshop], Answer]] = {
        "POST /v1/campaigns/{id}/start": _start,
        "POST /v1/campaigns/{id}/pause": _pause,
        "POST /v1/campaigns/{id}/resume": _resume,
        "POST /v1/campaigns/{id}/cancel": _cancel,
        "GET /v1/campaigns/{id}": _show,
    }
    route = routes.get(str(event.get("routeKey")))
    if route is None:
        raise CallUnreadable(reason="there is nothing at this path")
    return route(event, campaign, parts)


def _start(event: Mapping[str, Any], campaign: CampaignId, parts: Workshop) -> Answer:
    asked = read_json(body_of(event))
    start = read_start({**asked, "campaign": campaign})
    Package(parts.store, campaign, start.digest)  # raises what is wrong with it
    return json_answer(202, {"campaign": campaign, "execution": _launch(start, parts)})


def _launch(start: Start, parts: Workshop) -> str:
    machine = parts.surroundings.state_machine
    return launch(start, states=parts.states, machine=machine, ledger=parts.ledger())


def _pause(event: Mapping[str, Any], campaign: CampaignId, parts: Workshop) -> Answer:
    return _set(campaign, RunState.PAUSED, parts)


def _resume(event: Mapping[str, Any], campaign: CampaignId, parts: Workshop) -> Answer:
    """Go on, also where the execution has ended: behind its deadline, or by a failure."""
    answer = _set(campaign, RunState.RUNNING, parts)
    if linked := parts.linked(campaign):
        with suppress(AlreadyStarted):
            _launch(Start(campaign=campaign, digest=linked.digest), parts)
    return answer


def _cancel(event: Mapping[str, Any], campaign: CampaignId, parts: Workshop) -> Answer:
    try:
        return _set(campaign, RunState.CANCELLED, parts)
    except CampaignNotOpen:
        machine = parts.surroundings.state_machine
        if stop(campaign, states=parts.states, machine=machine, reason=_ASKED_FOR):
            return json_answer(200, {"campaign": campaign, "state": "cancelled"})
        raise


def _set(campaign: CampaignId, state: RunState, parts: Workshop) -> Answer:
    run: Run = parts.ledger().set_state(campaign, state, reason=_ASKED_FOR, now=parts.now())
    if run.state is not state:
        raise CampaignOver(campaign=campaign)
    return json_answer(200, {"campaign": campaign, "state": run.state.value})


def _show(event: Mapping[str, Any], campaign: CampaignId, parts: Workshop) -> Answer:
    return json_answer(200, as_json(report(parts.ledger(), campaign), parts.now()))
