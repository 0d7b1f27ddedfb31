"""The operations on executions, map runs, tasks and activities."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from asl.execution.api.requests import arn_of, name_of, number, one_of, page, paged, payload, text
from asl.execution.faults import RequestError
from asl.execution.redriving import reason_against
from asl.execution.values import dump, given

if TYPE_CHECKING:
    from asl.execution.api.registry import Registry
    from asl.execution.api.requests import Request, Response
    from asl.execution.distributed import MapRun
    from asl.execution.records import Execution

_STATUSES: Final = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")
_WRONG_TYPE: Final = "This operation is not supported by this type of state machine"
_INPUT: Final = "Invalid State Machine Execution Input"
LONGEST_SYNC: Final = 300.0
"""Seconds that StartSyncExecution takes at most."""
LONGEST_POLL: Final = 60.0
"""Seconds that GetActivityTask waits."""


class ExecutionOperations:
    """What the service does with executions."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.engine = registry.engine

    def start_execution(self, request: Request) -> Response:
        """StartExecution: of a name that runs with the same input, the execution that runs."""
        execution = self._started(request)
        return {"executionArn": execution.arn, "startDate": execution.started_at}

    def _started(self, request: Request) -> Execution:
        arn = arn_of(request, "stateMachineArn", "stateMachine")
        name = name_of(request) if request.get("name") is not None else None
        data = payload(request, "input", "InvalidExecutionInput", _INPUT, "{}")
        machine, via = self.registry.find(arn)
        with self.engine.lock:
            if name is not None and machine.kind == "STANDARD":
                old = self.engine.executions.get(machine.execution_arn(name))
                if old is not None and old.is_running and old.input_text == dump(data):
                    return old
            execution = self.engine.start(machine, data, name, via=via)
            execution.trace = request.get("traceHeader")
        return execution

    def start_sync_execution(self, request: Request) -> Response:
        """StartSyncExecution of an EXPRESS machine: waits for its end."""
        machine, _ = self.registry.find(arn_of(request, "stateMachineArn", "stateMachine"))
        if machine.kind != "EXPRESS":
            raise RequestError("StateMachineTypeNotSupported", _WRONG_TYPE)
        ended = threading.Event()
        with self.engine.lock:
            execution = self._started(request)
            execution.on_end.append(lambda _: ended.set())
        if self.engine.scheduler.virtual:
            self.engine.finish(execution)
        else:
            self.engine.outside(lambda: None)
            ended.wait(LONGEST_SYNC)
        stopped = execution.stopped_at or self.engine.now()
        billed = max(100, round((stopped - execution.started_at) * 1000))
        return {
            "executionArn": execution.arn,
            "stateMachineArn": machine.arn,
            "name": execution.name,
            "startDate": execution.started_at,
            "stopDate": stopped,
            "status": execution.status if not execution.is_running else "TIMED_OUT",
            **_data(execution),
            "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": billed},
        }

    def stop_execution(self, request: Request) -> Response:
        """StopExecution; of one that has ended, when it did."""
        execution = self._execution(request)
        self.engine.stop(execution, request.get("error"), request.get("cause"))
        return {"stopDate": execution.stopped_at}

    def redrive_execution(self, request: Request) -> Response:
        """RedriveExecution."""
        execution = self._execution(request)
        try:
            self.engine.redrive(execution)
        except RequestError as error:
            raise RequestError(error.code, f"Execution Not Redrivable: '{error.message}'") from None
        return {"redriveDate": execution.redriven_at}

    def _execution(self, request: Request, field: str = "executionArn") -> Execution:
        return self.registry.execution(arn_of(request, field, "execution"))

    def describe_execution(self, request: Request) -> Response:
        """DescribeExecution."""
        execution = self._execution(request)
        reason = reason_against(execution)
        return {
            **_listed(execution),
            **_data(execution),
            "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
            **given(
                traceHeader=execution.trace,
                redriveDate=execution.redriven_at,
                redriveStatusReason=reason,
                **{execution.via_field: execution.via},
            ),
        }

    def describe_state_machine_for_execution(self, request: Request) -> Response:
        """DescribeStateMachineForExecution: the revision that it runs."""
        machine = self._execution(request).machine
        response: Response = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": machine.text or dump(machine.definition),
            "roleArn": machine.role_arn,
            "updateDate": machine.created_at,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
        }
        return response if machine.revision == "INITIAL" else response | {"revisionId": machine.revision}

    def get_execution_history(self, request: Request) -> Response:
        """GetExecutionHistory."""
        events = self._execution(request).history.events
        ordered = events[::-1] if request.get("reverseOrder") else events
        found, token = page(request, ordered)
        with_data = request.get("includeExecutionData", True) is not False
        return paged("events", [event.as_aws(with_data=with_data) for event in found], token)

    def list_executions(self, request: Request) -> Response:
        """ListExecutions of a machine, a version, an alias or a map run, the newest first."""
        wanted = None
        if request.get("statusFilter") is not None:
            wanted = one_of(request, "statusFilter", _STATUSES, "")
        everything = reversed(self.engine.executions.values())
        if request.get("mapRunArn") is not None:
            run = arn_of(request, "mapRunArn", "mapRun")
            chosen = [one for one in everything if one.map_run == run]
        else:
            arn = arn_of(request, "stateMachineArn", "stateMachine")
            machine, via = self.registry.find(arn)
            if machine.kind == "EXPRESS":
                raise RequestError("StateMachineTypeNotSupported", _WRONG_TYPE)
            chosen = [
                one
                for one in everything
                if one.machine.arn == machine.arn and one.map_run is None and (via is None or one.via == via)
            ]
        redriven = request.get("redriveFilter")
        listed = [
            one
            for one in chosen
            if (wanted is None or one.status == wanted)
            and (redriven is None or (redriven == "REDRIVEN") is bool(one.redrive_count))
        ]
        listed.sort(key=lambda one: -one.started_at)
        found, token = page(request, listed)
        return paged("executions", [_listed(one) for one in found], token)

    # --- Map runs ---

    def list_map_runs(self, request: Request) -> Response:
        """ListMapRuns of an execution."""
        execution = self._execution(request)
        runs = [
            {
                "executionArn": execution.arn,
                "mapRunArn": run.arn,
                "stateMachineArn": execution.machine.arn,
                "startDate": run.started_at,
                **given(stopDate=run.stopped_at),
            }
            for run in self.engine.map_runs.values()
            if run.visit.execution is execution
        ]
        return paged("mapRuns", *page(request, runs))

    def describe_map_run(self, request: Request) -> Response:
        """DescribeMapRun."""
        run = self._map_run(request)
        counts = {**run.counts(), "resultsWritten": 0}
        return {
            "mapRunArn": run.arn,
            "executionArn": run.visit.execution.arn,
            "status": run.status,
            "startDate": run.started_at,
            "maxConcurrency": run.concurrency,
            "toleratedFailurePercentage": run.tolerated_percentage,
            "toleratedFailureCount": run.tolerated_count,
            "itemCounts": {**counts, "total": run.items} if run.spec.batch is None else counts,
            "executionCounts": counts,
            "redriveCount": run.redrive_count,
            **given(stopDate=run.stopped_at, redriveDate=run.redriven_at),
        }

    def update_map_run(self, request: Request) -> Response:
        """UpdateMapRun: how many executions run at once, and how many may fail."""
        run = self._map_run(request)
        run.concurrency = number(request, "maxConcurrency", run.concurrency, 0, 10_000)
        run.tolerated_count = number(request, "toleratedFailureCount", run.tolerated_count, 0, 10**9)
        run.tolerated_percentage = float(request.get("toleratedFailurePercentage", run.tolerated_percentage))
        return {}

    def _map_run(self, request: Request) -> MapRun:
        arn = arn_of(request, "mapRunArn", "mapRun")
        run = self.engine.map_runs.get(arn)
        if run is None:
            raise RequestError("ResourceNotFound", f"Resource not found: '{arn}'")
        return run

    # --- Tasks ---

    def send_task_success(self, request: Request) -> Response:
        """SendTaskSuccess."""
        token = text(request, "taskToken")
        output = payload(request, "output", "InvalidOutput", "Invalid Output")
        self.engine.send_task_success(token, output)
        return {}

    def send_task_failure(self, request: Request) -> Response:
        """SendTaskFailure."""
        self.engine.send_task_failure(text(request, "taskToken"), request.get("error"), request.get("cause"))
        return {}

    def send_task_heartbeat(self, request: Request) -> Response:
        """SendTaskHeartbeat."""
        self.engine.send_task_heartbeat(text(request, "taskToken"))
        return {}

    # --- Activities ---

    def create_activity(self, request: Request) -> Response:
        """CreateActivity."""
        arn = self.engine.create_activity(name_of(request))
        if request.get("tags"):
            self.registry.tags[arn] = {str(tag["key"]): str(tag["value"]) for tag in request["tags"]}
        return {"activityArn": arn, "creationDate": self.engine.now()}

    def delete_activity(self, request: Request) -> Response:
        """DeleteActivity."""
        self.engine.activities.pop(arn_of(request, "activityArn", "activity"), None)
        return {}

    def describe_activity(self, request: Request) -> Response:
        """DescribeActivity."""
        arn = arn_of(request, "activityArn", "activity")
        if arn not in self.engine.activities:
            raise RequestError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return _activity(arn)

    def list_activities(self, request: Request) -> Response:
        """ListActivities."""
        return paged("activities", *page(request, [_activity(arn) for arn in self.engine.activities]))

    def get_activity_task(self, request: Request) -> Response:
        """GetActivityTask: in real time it waits for a task, at most a minute; none is an empty answer."""
        arn = arn_of(request, "activityArn", "activity")
        worker = request.get("workerName")
        attempt = self.engine.next_activity_task(arn, worker)
        if attempt is None and self.engine.scheduler.virtual:
            self.engine.settle()
            attempt = self.engine.next_activity_task(arn, worker)
        elif attempt is None:
            attempt = self.engine.wait_for_activity(arn, worker, LONGEST_POLL)
        return {} if attempt is None else {"taskToken": attempt.token, "input": attempt.text}


def _data(execution: Execution) -> dict[str, Any]:
    included = {"included": True}
    return {
        "input": execution.input_text,
        "inputDetails": included,
        **given(
            output=execution.output_text,
            outputDetails=None if execution.output_text is None else included,
            error=execution.error,
            cause=execution.cause,
        ),
    }


def _listed(execution: Execution) -> dict[str, Any]:
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        "redriveCount": execution.redrive_count,
        **given(stopDate=execution.stopped_at, mapRunArn=execution.map_run),
    }


def _activity(arn: str) -> dict[str, Any]:
    return {"activityArn": arn, "name": arn.rpartition(":")[2], "creationDate": 0.0}
