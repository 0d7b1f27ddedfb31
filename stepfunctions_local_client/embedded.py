"""The engine of this process: no server, no start, and time that passes at once.

It is `asl.execution`, spoken to by the calls of boto3. Nothing outside is ever called: a task without a mocked response
ends its execution, and `Running.result` says which one it was.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Self, cast

from asl.execution import Engine as Core
from asl.execution.api import StepFunctions
from asl.execution.faults import RequestError as Refused
from stepfunctions_local_client.masking import Secret
from stepfunctions_local_client.runs import MockedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from mypy_boto3_stepfunctions import SFNClient

    from asl.execution import Attempt, Execution
    from asl.execution.files import Reader, Writer
    from asl.execution.records import Frame, Visit
    from stepfunctions_local_client.runs import Mocks
    from stepfunctions_local_client.tokens import Pause

_WORD: Final = re.compile(r"(?:^|_)([a-z])")
_MOMENTS: Final = frozenset(
    {"creationDate", "redriveDate", "startDate", "stopDate", "timestamp", "updateDate"}
)


class EmbeddedEngine:
    """An engine in this process; `Client(engine)` talks to it.

    Args:
        services: Answers the tasks of executions that were started without mocks, as a function of `mocks=` does.
        seed: Makes random numbers, ids and delays with jitter the same in each run.
        start: When its time begins, in seconds since 1970; the current time if None.
        reader: Reads the files of an ItemReader.
        writer: Stores those of a ResultWriter.
        check: Whether it refuses a definition that AWS refuses.
    """

    name: Final[Literal["embedded"]] = "embedded"
    endpoint: Final = "embedded"

    def __init__(
        self,
        *,
        services: Mocks | None = None,
        seed: int | None = None,
        start: float | None = None,
        reader: Reader | None = None,
        writer: Writer | None = None,
        check: bool = True,
    ) -> None:
        self.core = Core(self._answer, seed=seed, start=start, reader=reader, writer=writer)
        self.core.listeners.append(self._changed)
        self.core.observer = self._observe
        self._chosen: dict[str, dict[int, int]] = {}
        self._service = StepFunctions(self.core, check=check, context_alone=True)
        self.api: SFNClient = cast("SFNClient", _Api(self, self._service))
        """The calls of boto3's client of Step Functions; a state machine's ARN takes a test case, as `ARN#Case`."""
        self.find_case: Callable[[str, str], Mocks | None] = lambda _machine, _case: None
        """Gives what answers the tasks in a test case of a machine; a client sets it."""
        self._services = MockedRun(services) if services is not None else None
        self._coming: MockedRun | None = None
        self._runs: dict[str, MockedRun] = {}

    @contextmanager
    def mocking(self, run: MockedRun) -> Iterator[None]:
        """Answer the tasks of the execution that is started inside as this run says."""
        self._coming = run
        try:
            yield
        finally:
            self._coming = None

    @property
    def has_services(self) -> bool:
        """Whether something answers the tasks of executions without mocks."""
        return self._services is not None

    def finish(self, arn: str) -> bool:
        """Let time pass until an execution has ended; False if it never will by itself."""
        return self.core.finish(self.core.executions[arn])

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that happens in it."""
        self.core.advance(seconds)

    def now(self) -> datetime:
        """Return what its clock says."""
        return datetime.fromtimestamp(self.core.now(), UTC)

    def find(self, pause: Pause) -> Secret | None:
        """Return the token of a task that waits, wherever its state hands it on."""
        execution = self.core.executions.get(pause.execution_arn)
        return None if execution is None else _token(execution.root, pause.state.name)

    def described(self, arn: str) -> dict[str, Any]:
        """Return an execution as DescribeExecution does, also an EXPRESS one."""
        execution = self.core.executions[arn]
        described = {
            "status": execution.status,
            "input": execution.input_text,
            "output": execution.output_text,
            "error": execution.error,
            "cause": execution.cause,
            "startDate": execution.started_at,
            "stopDate": execution.stopped_at,
        }
        return as_response({key: value for key, value in described.items() if value is not None})

    def events(self, arn: str) -> list[dict[str, Any]]:
        """Return the history of an execution, also of an EXPRESS one."""
        return [
            {**event.as_aws(), "timestamp": datetime.fromtimestamp(event.at, UTC)}
            for event in self.core.executions[arn].history.events
        ]

    def rules(self, arn: str) -> Mapping[int, int]:
        """Return which rule decided in each Choice state, by the event that entered it; -1 is the default."""
        return self._chosen.get(arn, {})

    def _observe(self, visit: Visit, what: str, value: Any) -> None:
        if what == "chosen":
            chosen = self._chosen.setdefault(visit.execution.arn, {})
            chosen[visit.entered] = -1 if value is None else value

    def _changed(self, execution: Execution) -> None:
        if not execution.is_running:
            self._runs.pop(execution.arn, None)
        elif execution.parent is None and self._coming is not None:
            self._runs[execution.arn], self._coming = self._coming, None

    def _answer(self, attempt: Attempt) -> object:
        execution = attempt.execution
        while execution.parent is not None:
            execution = execution.parent
        run = self._runs.get(execution.arn) or self._services or _NOTHING
        return run.answer(attempt)

    def stop(self) -> None:
        """Do nothing: there is nothing to stop. It is here as every engine has it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return "<the engine of this process>"


_NOTHING: Final = MockedRun({})


class _Api:
    """The calls of boto3's client, carried out in this process."""

    def __init__(self, engine: EmbeddedEngine, service: StepFunctions) -> None:
        self._engine = engine
        self._service = service
        self._calls = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): name for name in service.operations}

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name not in self._calls:
            raise AttributeError(f"Step Functions has no call {name}")
        operation = self._calls[name]

        def call(**request: Any) -> dict[str, Any]:
            mocking: AbstractContextManager[None] = nullcontext()
            machine, _, case = str(request.get("stateMachineArn", "")).partition("#")
            if case and operation in ("StartExecution", "StartSyncExecution"):
                mocks = self._engine.find_case(machine.rpartition(":")[2], case)
                mocking = self._engine.mocking(MockedRun(mocks or {}))
                request["stateMachineArn"] = machine
            try:
                with mocking:
                    return as_response(self._service.call(operation, request))
            except Refused as error:
                raise _client_error(error, operation) from None

        return call

    def get_paginator(self, name: str) -> _Paginator:
        """Return what lists everything, page by page."""
        return _Paginator(getattr(self, name))

    def __repr__(self) -> str:
        return "<Step Functions in this process>"


class _Paginator:
    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages."""
        request.pop("PaginationConfig", None)
        request["maxResults"] = 1_000
        while True:
            page = self._call(**request)
            yield page
            token = page.get("nextToken")
            if token is None:
                return
            request["nextToken"] = token


def _client_error(error: Refused, operation: str) -> Exception:
    """Return the error that boto3 would raise."""
    from botocore.exceptions import ClientError  # boto3 takes its time; most tests never come here

    return ClientError({"Error": {"Code": error.code, "Message": error.message}}, operation)


def as_response(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response as boto3 has it, with moments as dates."""
    return {
        key: datetime.fromtimestamp(value, UTC)
        if key in _MOMENTS and isinstance(value, int | float)
        else _plain(value)
        for key, value in response.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return as_response(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _token(frame: Frame, state: str) -> Secret | None:
    visit = frame.visit
    if visit is None or frame.done:
        return None
    attempt = visit.task
    if visit.state.name == state and attempt is not None and attempt.is_open and attempt.token is not None:
        return Secret(attempt.token)
    found = (_token(inner, state) for inner in visit.frames)
    return next((token for token in found if token is not None), None)
