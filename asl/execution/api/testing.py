"""TestState: one state, tried by itself, with a mocked answer where it calls something.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from asl.definitions import Definition
from asl.execution import faults, transitions
from asl.execution.api.requests import one_of, payload, text
from asl.execution.distributed import TOO_MANY_FAILED
from asl.execution.faults import RequestError, StateFault, TaskFault
from asl.execution.program import resource_of
from asl.execution.records import Execution, Frame
from asl.execution.tasks import Finished
from asl.execution.values import dump, given
from asl.expressions import JSON_PATH, JSONATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.execution.api.requests import Request, Response
    from asl.execution.engine import Engine
    from asl.execution.records import Visit

_LEVELS: Final = ("INFO", "DEBUG", "TRACE")
_MOCKED: Final = ("Task", "Map", "Parallel")
LONGEST: Final = 300.0
"""Seconds that a state is given."""
_ENDS: Final = {"Type": "Succeed"}


def test_state(parent: Engine, request: Request, *, context_alone: bool = False) -> Response:  # noqa: PT028  # AWS's name
    """Carry out TestState; a task without a mock is answered as the engine's tasks are.

    Args:
        parent: The engine.
        request: The request.
        context_alone: Whether a context may come without a mock. The service refuses that, and so leaves no way to try
            a Choice state that reads the context object.

    Raises:
        RequestError: The service would refuse the request.
    """
    level = one_of(request, "inspectionLevel", _LEVELS, "INFO")
    name, state, language = _state(request)
    data = payload(request, "input", "InvalidExecutionInput", "Invalid State Machine Execution Input", "{}")
    variables = payload(request, "variables", "ValidationException", "Invalid variables", "{}")
    if not isinstance(variables, dict):
        raise RequestError("ValidationException", "The variables must be a JSON object")
    mock = _MockedAnswer(request, name, state, context_alone=context_alone)
    return _Trial(parent, name, state, language, mock, variables).run(data, request, level)


def _state(request: Request) -> tuple[str, Mapping[str, Any], str]:
    """Return the state, its name, and the query language of the machine around it."""
    try:
        definition = json.loads(text(request, "definition"))
    except ValueError as error:
        raise RequestError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from None
    if not isinstance(definition, dict):
        raise RequestError("InvalidDefinition", "Invalid State Machine Definition: 'it is not an object'")
    name = request.get("stateName")
    if name is None:
        if "States" in definition and "Type" not in definition:
            raise RequestError(
                "ValidationException",
                "Name the state to test with stateName, since the definition is a whole machine",
            )
        return "State", _typed(definition), JSON_PATH
    language = definition.get("QueryLanguage", JSON_PATH)
    found = _states(definition).get(name)
    if found is None:
        raise RequestError("ValidationException", f"State '{name}' not found in definition")
    return name, _typed(found), language


def _states(definition: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the states of a definition, those within others too; of two of one name the first."""
    return {state.name: state.value for state in reversed(Definition(definition).states)}


def _typed(state: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(state.get("Type"), str):
        raise RequestError("InvalidDefinition", "Invalid State Machine Definition: 'a state has a Type'")
    return state


class _MockedAnswer:
    """What a request says of the answer, checked against the state."""

    def __init__(
        self, request: Request, name: str, state: Mapping[str, Any], *, context_alone: bool = False
    ) -> None:
        mock = request.get("mock")
        self.is_given = mock is not None
        self.result: Any = None
        self.error: StateFault | None = None
        configuration = request.get("stateConfiguration") or {}
        self.retries = int(configuration.get("retrierRetryCount", 0))
        self.failures: int | None = configuration.get("mapIterationFailureCount")
        self.reader_data: str | None = configuration.get("mapItemReaderData")
        if mock is None:
            if request.get("context") is not None and not context_alone:
                raise RequestError("ValidationException", "A context can only be given together with a mock")
            self._need_none(state)
            return
        if state["Type"] not in _MOCKED:
            raise RequestError(
                "ValidationException",
                f"State type '{state['Type']}' is not supported when a mock is specified. "
                "A mock can only be specified for Task, Map, or Parallel state types.",
            )
        if ("result" in mock) == ("errorOutput" in mock):
            raise RequestError(
                "ValidationException",
                "A test mock should have only one of the following fields: [result, errorOutput].",
            )
        caused_by = configuration.get("errorCausedByState")
        if caused_by is not None:
            self._check_cause(caused_by, name, state, "errorOutput" in mock)
        if "errorOutput" in mock:
            error = mock["errorOutput"] or {}
            self.error = StateFault(error.get("error"), error.get("cause"))
            return
        self.result = payload(mock, "result", "ValidationException", "Mocked result must be a valid JSON")
        if state["Type"] in ("Map", "Parallel") and not isinstance(self.result, list):
            raise RequestError("ValidationException", "Mocked result must be an array.")
        if state["Type"] == "Task":
            from asl.execution.api.mocked_results import check_result  # it loads the models of services

            mode = one_of(mock, "fieldValidationMode", ("STRICT", "PRESENT", "NONE"), "STRICT")
            check_result(str(state.get("Resource")), self.result, mode)

    @staticmethod
    def _need_none(state: Mapping[str, Any]) -> None:
        kind = state["Type"]
        resource = resource_of(str(state.get("Resource"))) if kind == "Task" else None
        if kind in ("Map", "Parallel") or (resource is not None and (resource.pattern or resource.waits)):
            raise RequestError(
                "ValidationException",
                f"State type '{kind}' is not supported without a mock: Map and Parallel states, activities, and tasks "
                "that wait (.sync, .waitForTaskToken) are tested with one",
            )

    @staticmethod
    def _check_cause(caused_by: str, name: str, state: Mapping[str, Any], has_error: bool) -> None:
        inner = _states({"States": {name: state}}).keys() - {name}
        if not has_error or state["Type"] == "Task" or caused_by not in inner:
            raise RequestError(
                "ValidationException",
                f"errorCausedByState '{caused_by}' is not a state within '{name}' for which an error is mocked",
            )


class _Trial:
    """The state in a machine of its own, which ends right after it."""

    def __init__(
        self,
        parent: Engine,
        name: str,
        state: Mapping[str, Any],
        language: str,
        mock: _MockedAnswer,
        variables: Mapping[str, Any],
    ) -> None:
        from asl.execution.engine import Engine

        self.name = name
        self.state = state
        self.mock = mock
        self.variables = variables
        self.seen: dict[str, Any] = {}
        self.retried: tuple[int, float] | None = None
        self.caught: int | None = None
        self.fault: StateFault | None = None
        self.engine = Engine(
            self._answer,
            start=parent.now(),
            account=parent.account,
            region=parent.region,
            reader=self._read if mock.reader_data is not None else parent.reader,
        )
        self.engine.observer = self._observe
        self._handler = parent.ask
        self.language = language
        if mock.is_given and state["Type"] in ("Map", "Parallel"):
            self.engine.behaviours = {**self.engine.behaviours, state["Type"]: self._mocked_composite}

    def _read(self, _: object) -> str:
        return self.mock.reader_data or ""

    def _answer(self, attempt: Any) -> object:
        if not self.mock.is_given:
            return self._handler(attempt)
        if self.mock.error is not None:
            raise TaskFault(self.mock.error.error, self.mock.error.cause)
        return Finished(self.mock.result)

    def _mocked_composite(self, visit: Visit) -> None:
        """Do what a Map or Parallel state with a mocked result does: its data is worked on, its scopes do not run."""
        from asl.execution import maps

        state = visit.state
        if state.type == "Map":
            failed = maps.prepare(visit, self.mock.failures or 0)
            if self.mock.failures is not None and failed:
                raise StateFault(faults.EXCEED_TOLERATED_FAILURE, TOO_MANY_FAILED)
        elif state.arguments is not None:
            self.seen["arguments"] = state.arguments(visit.sight(visit.data))
        if self.mock.error is not None:
            raise StateFault(self.mock.error.error, self.mock.error.cause)
        transitions.complete(visit, self.mock.result)

    def _observe(self, visit: Visit, what: str, value: Any) -> None:
        if visit.state.name != self.name:
            return
        if what == "retried":
            self.retried = value
            visit.frame.done = True
        elif what == "caught":
            self.caught = value
        elif what == "failed":
            self.fault = value
        else:
            self.seen[what] = value

    def run(self, data: Any, request: Request, level: str) -> Response:
        """Try the state, and tell what came of it."""
        targets = {self.state.get("Next"), self.state.get("Default")}
        targets |= {entry.get("Next") for part in ("Choices", "Catch") for entry in self.state.get(part, ())}
        states = {str(target): _ENDS for target in targets if target is not None}
        definition = {
            "QueryLanguage": self.language,
            "StartAt": self.name,
            "States": {**states, self.name: self.state},
        }
        role = request.get("roleArn")
        machine = self.engine.create(definition, "TestState", role_arn=role)
        execution = self._execution(machine, data, request)
        try:
            self._let_it_end(execution)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RequestError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from None
        return self._response(execution, level)

    def _let_it_end(self, execution: Execution) -> None:
        answered = threading.Event()
        self.engine.on_change = answered.set
        self.engine.settle()
        end = time.monotonic() + LONGEST
        while self._waits(execution) and answered.wait(max(0.0, end - time.monotonic())):
            answered.clear()
            self.engine.settle()
        self.engine.finish(execution)

    @staticmethod
    def _waits(execution: Execution) -> bool:
        """Whether a handler has said that it answers later, and has not yet."""
        visit = execution.root.visit
        return execution.is_running and visit is not None and visit.task is not None and visit.task.is_open

    def _execution(self, machine: Any, data: Any, request: Request) -> Execution:
        engine = self.engine
        name = engine.new_id()
        execution = Execution(
            engine, machine, engine.arn("execution", name), name, data, dump(data), "STANDARD"
        )
        execution.root = Frame(execution, machine.program, None, 0, 0, dict(self.variables))
        if request.get("context") is not None:
            context = payload(request, "context", "ValidationException", "Invalid context")
            if not isinstance(context, dict):
                raise RequestError("ValidationException", "The context must be a JSON object")
            execution.given_context = context
        transitions.start(execution)
        first = machine.program.state(self.name)
        # The retrier that takes the mocked fault counts as used this often.
        used = {retrier.index: self.mock.retries for retrier in first.retriers}
        engine.behaviours = {
            **engine.behaviours,
            first.type: _with_retries(engine.behaviours[first.type], used),
        }
        return execution

    def _response(self, execution: Execution, level: str) -> Response:
        entered = [event for event in execution.history.events if event.type.endswith("StateEntered")]
        response: Response = {}
        visit_fault = self.fault
        if self.retried is not None:
            response["status"] = "RETRIABLE"
            visit_fault = self.seen.get("answered") or self.mock.error
        elif self.caught is not None and len(entered) > 1:
            response["status"] = "CAUGHT_ERROR"
            visit_fault = self.seen.get("answered") or self.mock.error
        elif execution.status == "SUCCEEDED" or len(entered) > 1:
            response["status"] = "SUCCEEDED"
            visit_fault = None
        else:
            response["status"] = "FAILED"
            visit_fault = StateFault(execution.error, execution.cause)
        if "left" in self.seen:
            response["output"] = dump(self.seen["left"])
        if len(entered) > 1:
            response["nextState"] = entered[1].details["name"] if entered[1].details else None
        if isinstance(visit_fault, StateFault):
            response |= given(error=visit_fault.error, cause=visit_fault.cause)
        if level != "INFO":
            response["inspectionData"] = self._inspection(execution, level)
        return response

    def _inspection(self, execution: Execution, level: str) -> dict[str, Any]:
        seen = self.seen
        queries = self.state.get("QueryLanguage", self.language) == JSONATA
        data: dict[str, Any] = {"input": execution.input_text}
        if not queries:
            data["afterInputPath"] = dump(seen.get("afterInputPath", execution.input))
        if "arguments" in seen or not queries:
            arguments = seen.get("arguments", seen.get("afterInputPath", execution.input))
            data["afterArguments" if queries else "afterParameters"] = dump(arguments)
        if "result" in seen:
            data["result"] = dump(seen["result"])
            if not queries:
                data["afterResultSelector"] = dump(seen.get("afterResultSelector", seen["result"]))
                if "afterResultPath" in seen:
                    data["afterResultPath"] = dump(seen["afterResultPath"])
        for field in ("afterItemsPath", "afterItemSelector", "afterItemBatcher", "afterItemsPointer"):
            if field in seen:
                data[field] = dump(seen[field])
        for field in ("toleratedFailureCount", "toleratedFailurePercentage", "maxConcurrency"):
            if field in seen:
                data[field] = seen[field]
        if execution.root.variables:
            data["variables"] = dump(dict(execution.root.variables))
        if self.retried is not None:
            index, delay = self.retried
            data["errorDetails"] = {"retryIndex": index, "retryBackoffIntervalSeconds": int(delay)}
        elif self.caught is not None:
            data["errorDetails"] = {"catchIndex": self.caught}
        if level == "TRACE" and self.state.get("Resource", "").endswith(":states:::http:invoke"):
            data |= self._exchange()
        return data

    def _exchange(self) -> dict[str, Any]:
        """Return the request and the response of an HTTP task."""
        from asl.execution.api import http_calls

        if "arguments" not in self.seen or not isinstance(self.seen["arguments"], dict):
            return {}
        answer = self.seen.get("answered")
        response = (
            http_calls.refused(answer) if isinstance(answer, StateFault) else http_calls.received(answer)
        )
        return {"request": http_calls.sent(self.seen["arguments"], self.engine.region), "response": response}


def _with_retries(behaviour: Any, used: Mapping[int, int]) -> Any:
    """Return a behaviour that starts with retriers that were used before."""

    def begin(visit: Visit) -> None:
        for index, count in used.items():
            visit.retries.setdefault(index, count)
        behaviour(visit)

    return begin
