"""Starting the state machine for a campaign: once, however often it is asked for.

An execution is called as its campaign. Names stay taken for 90 days, so a campaign that was
refused and mended since, or goes on behind its execution's end, is started as its second
(`0abc1def-2`).
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Ledger, RunState
from pabal.pipeline.aws.calls import Start
from pabal.pipeline.aws.errors import AlreadyStarted, ServiceUnavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_SERVICE = "AWS Step Functions"
_MOST_STARTS = 20
_FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


def launch(start: Start, *, states: "SFNClient", machine: str, ledger: Ledger) -> str:
    """Start a campaign, or go on with one that nobody watches; return the execution's ARN.

    Raises AlreadyStarted: an execution runs, or nothing is left to do.
    ServiceUnavailable: it is not known whether it was started; repeating it is safe.
    """
    if _is_over(start, ledger):
        raise AlreadyStarted(campaign=start.campaign)
    for name in _names(start.campaign):
        try:
            answer = states.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(start.to_json())
            )
            return answer["executionArn"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
                raise ServiceUnavailable(service=_SERVICE, reason=str(error)) from error
            if _is_running(states, execution_arn(machine, name)):
                raise AlreadyStarted(campaign=start.campaign) from error
        except BotoCoreError as error:
            raise ServiceUnavailable(service=_SERVICE, reason=str(error)) from error
    raise AlreadyStarted(campaign=start.campaign)


def execution_arn(machine: str, name: str) -> str:
    """Return the ARN of an execution of a state machine."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def stop(campaign: str, *, states: "SFNClient", machine: str, reason: str) -> bool:
    """Stop a campaign that waits for its time; return whether one waited."""
    found = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
    for execution in found["executions"]:
        if execution["name"].partition("-")[0] == campaign:
            states.stop_execution(executionArn=execution["executionArn"], cause=reason)
            return True
    return False


def failure(campaign: CampaignId, *, states: "SFNClient", machine: str) -> str:
    """Return why the last execution of a campaign failed; "" where it has not."""
    reason = ""
    for name in _names(campaign):
        try:
            told = states.describe_execution(executionArn=execution_arn(machine, name))
        except states.exceptions.ExecutionDoesNotExist:
            break
        reason = told.get("cause", "") or told.get("error", "")
        if told["status"] not in _FAILED:
            reason = ""
    return reason


def _names(campaign: CampaignId) -> Iterator[str]:
    yield campaign
    yield from (f"{campaign}-{n}" for n in range(2, _MOST_STARTS + 1))


def _is_over(start: Start, ledger: Ledger) -> bool:
    try:
        return ledger.run(start.campaign).state in (RunState.CANCELLED, RunState.FINISHED)
    except CampaignNotOpen:
        return False


def _is_running(states: "SFNClient", execution: str) -> bool:
    return states.describe_execution(executionArn=execution)["status"] == "RUNNING"
