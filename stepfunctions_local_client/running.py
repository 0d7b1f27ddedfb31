"""An execution under way."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, cast

from stepfunctions_local_client.cases import UNANSWERED
from stepfunctions_local_client.connection import error_code, error_message
from stepfunctions_local_client.errors import DeadlineExceeded, NotWaiting, TokenUnavailable, UnansweredTask
from stepfunctions_local_client.executions import Execution
from stepfunctions_local_client.history import steps_of
from stepfunctions_local_client.tokens import Pause, untold
from stepfunctions_local_client.values import as_object, as_text, parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stepfunctions_local_client.connection import Connection
    from stepfunctions_local_client.definitions import Definition, StateView
    from stepfunctions_local_client.history import Step
    from stepfunctions_local_client.masking import Secret
    from stepfunctions_local_client.runs import MockedRun
    from stepfunctions_local_client.values import Json, JsonInput, JsonObject

_PATIENCE = 1.0  # seconds for an engine to catch up with what it has just reported
_PAGE = 1000


class Running:
    """An execution under way. Its tasks that wait for a token are answered by the name of their state."""

    def __init__(
        self,
        client: Connection,
        machine: str,
        definition: Definition,
        arn: str,
        case: str = "",
        run: MockedRun | None = None,
    ) -> None:
        self._client = client
        self._api = client.api
        self._machine = machine
        self._definition = definition
        self._case = case
        self.arn = arn
        self._run = run
        self._told = False

    def now(self) -> Execution:
        """Read the execution as far as it has come."""
        return self._read(self._described())

    def _described(self) -> Mapping[str, object]:
        embedded = self._client.embedded
        # The service describes no EXPRESS execution; this engine knows them all.
        return (
            embedded.described(self.arn) if embedded else self._api.describe_execution(executionArn=self.arn)
        )

    def result(self, deadline: float = 30.0) -> Execution:
        """Wait for the end, whichever it is.

        Raises:
            DeadlineExceeded: It has not ended within `deadline` seconds, or never will. It is stopped then.
            UnansweredTask: It was mocked and came to a task without a response, or without a reply left.
        """
        if self._client.embedded is not None and not self._client.embedded.finish(self.arn):
            execution = self.now()
            self.stop(cause="nobody answers")
            raise DeadlineExceeded(
                f"it waits, without a timeout, for somebody to answer: start() it and answer\n{execution.describe()}"
            )
        started = time.monotonic()
        while True:
            asked = time.monotonic()
            answer = self._described()
            if answer["status"] != "RUNNING":
                break
            elapsed = time.monotonic() - started
            if elapsed > deadline:
                execution = self._read(answer)
                self.stop(cause="its deadline passed")
                raise DeadlineExceeded(f"it did not end within {deadline:g} s\n{execution.describe()}")
            time.sleep(_interval(elapsed, time.monotonic() - asked))
        return self.ended_with(answer)

    def ended_with(self, answer: Mapping[str, object]) -> Execution:
        """Read an execution that has ended, as the API tells it.

        Raises:
            UnansweredTask: It was mocked and came to a task without a response, or without a reply left.
        """
        execution = self._read(answer, complete=True)
        self._tell(execution)
        unanswered = self._unanswered(execution)
        if unanswered:
            raise UnansweredTask(self._client.known.hide(f"{unanswered}\n{execution.describe()}"))
        return execution

    def _unanswered(self, execution: Execution) -> str:
        if self._run is not None:
            return self._run.unanswered
        failures = (failure for step in execution.path for failure in step.failures)
        return next((failure.cause for failure in failures if failure.error == UNANSWERED), "")

    def _tell(self, execution: Execution) -> None:
        if not self._told:
            self._told = True
            self._client.ended(self._definition, execution)

    def wait_for(self, state: str, deadline: float = 10.0) -> Step:
        """Wait until the execution waits in `state` for its token.

        Raises:
            NotWaiting: it ended without that, or the state never waits.
            DeadlineExceeded: it is not there within `deadline` seconds.
        """
        return self._pause(state, deadline)[0]

    def succeed(self, state: str, output: JsonInput = None, *, deadline: float = 10.0) -> None:
        """Return the token of a waiting task with an output, as soon as the execution waits there.

        Raises:
            NotWaiting, DeadlineExceeded: as `wait_for`.
            TokenUnavailable: the engine does not report its tokens; give the client a `tokens` source.
        """
        text = json.dumps({} if output is None else output, default=dict)
        self._answer(state, deadline, lambda token: self._api.send_task_success(taskToken=token, output=text))

    def fail(self, state: str, error: str, cause: str = "", *, deadline: float = 10.0) -> None:
        """Return the token of a waiting task with an error. Raises what `succeed` raises."""
        self._answer(
            state,
            deadline,
            lambda token: self._api.send_task_failure(taskToken=token, error=error, cause=cause),
        )

    def heartbeat(self, state: str, *, deadline: float = 10.0) -> None:
        """Say for a waiting task that somebody still works on it. Raises what `succeed` raises."""
        self._answer(state, deadline, lambda token: self._api.send_task_heartbeat(taskToken=token))

    def stop(self, error: str = "Stopped", cause: str = "") -> None:
        """Stop it. Some engines let a waiting task finish its wait first."""
        try:
            self._api.stop_execution(executionArn=self.arn, error=error, cause=cause)
        except Exception as failed:
            if not error_code(failed):  # any other is the API's word that it has ended by itself meanwhile
                raise

    def _answer(self, state: str, deadline: float, send: Callable[[str], object]) -> None:
        started = time.monotonic()
        while True:
            _, token = self._pause(state, deadline, needs_token=True)
            if token is None:
                raise TokenUnavailable(untold(self._definition.states[state]))
            try:
                send(token.reveal())
            except Exception as error:
                code = error_code(error)
                if not code:
                    raise
                message = error_message(error)
                # LocalStack reports a task as called a moment before it takes the task's heartbeats.
                if code == "InvalidToken" and time.monotonic() - started < min(_PATIENCE, deadline):
                    time.sleep(0.02)
                    continue
                # Some engines repeat the token in what they say.
                message = self._client.known.hide(message.replace(token.reveal(), repr(token)))
                raise NotWaiting(f"{state!r} did not take the answer: {code}: {message}") from None
            return

    def _pause(self, state: str, deadline: float, *, needs_token: bool = False) -> tuple[Step, Secret | None]:
        view = self._definition.states.get(state)
        if view is None or not view.waits_for_token:
            raise NotWaiting(f"{state!r} is no state of {self._machine} that waits for a token")
        started = time.monotonic()
        while True:
            asked = time.monotonic()
            execution = self.now()
            step = next((step for step in reversed(execution.path) if step.name == state), None)
            token = None
            if step is not None and not step.exited and execution.status == "RUNNING" and _handed_on(step):
                token = self._token(step, view)
                if token is not None or not needs_token:
                    return step, token
            if execution.status != "RUNNING":
                self._tell(execution)
                unanswered = self._unanswered(execution)
                if unanswered:
                    raise UnansweredTask(self._client.known.hide(f"{unanswered}\n{execution.describe()}"))
                raise NotWaiting(f"it is over, and waits in {state!r} no more\n{execution.describe()}")
            elapsed = time.monotonic() - started
            is_over = elapsed > deadline or self._client.embedded is not None
            untellable = step is not None and not step.exited and needs_token and self._client.tokens is None
            if untellable and (is_over or self._client.engine_name == "ministack"):
                raise TokenUnavailable(untold(view))
            if is_over:
                within = f" within {deadline:g} s" if self._client.embedded is None else ""
                raise DeadlineExceeded(
                    f"it did not come to wait in {state!r}{within}\n{execution.describe()}"
                )
            time.sleep(_interval(elapsed, time.monotonic() - asked))

    def _token(self, step: Step, view: StateView) -> Secret | None:
        if step.tokens:
            return step.tokens[-1]
        if self._client.tokens is None:
            return None
        token = self._client.tokens.find(Pause(self.arn, view))
        if token is not None:
            self._client.known.add(token.reveal())
        return token

    def _read(self, answer: Mapping[str, object], *, complete: bool = False) -> Execution:
        events = self._history()
        waited = time.monotonic()
        while complete and events and not _is_over(events) and time.monotonic() - waited < _PATIENCE:
            time.sleep(0.01)
            events = self._history()
        status = as_text(answer.get("status"))
        last = next((event for event in reversed(events) if _ends(event)), {})
        details: Mapping[str, object] = next(
            (
                value
                for key, value in last.items()
                if key.endswith("EventDetails") and isinstance(value, dict)
            ),
            {},
        )
        started, stopped = answer.get("startDate"), answer.get("stopDate")
        both = isinstance(started, datetime) and isinstance(stopped, datetime)
        known = self._client.known
        rules = self._client.embedded.rules(self.arn) if self._client.embedded is not None else {}
        path = tuple(steps_of(events, self._definition, self._context(answer), known=known, rules=rules))
        return Execution(
            machine=self._machine,
            status=status,
            input=known.guard(parsed(answer.get("input"))),
            output=known.guard(parsed(answer.get("output"))) if status == "SUCCEEDED" else None,
            error=as_text(answer.get("error")) or as_text(details.get("error")),
            cause=as_text(answer.get("cause")) or as_text(details.get("cause")),
            path=path,
            read_events=lambda: tuple(as_object(known.guard(_plain(event))) for event in events),
            case=self._case,
            seconds=(stopped - started).total_seconds() if both else None,  # type: ignore[operator]
            arn=self.arn,
            definition=self._definition,
            shows_inner=self._client.shows_inner,
            calls=tuple(self._run.calls) if self._run is not None else (),
            children=tuple(_children(events)),
            map_runs=tuple(_map_runs(events)),
            known=known,
        )

    def _context(self, answer: Mapping[str, object]) -> JsonObject:
        execution: JsonObject = {
            "Id": self.arn,
            "Name": self.arn.rpartition(":")[2],
            "Input": parsed(answer.get("input")),
        }
        return {"Execution": execution, "StateMachine": {"Name": self._machine}}

    def _history(self) -> list[Mapping[str, object]]:
        if self._client.embedded is not None:
            return list(self._client.embedded.events(self.arn))
        if ":express:" in self.arn:
            return []  # the service keeps none
        events: list[Mapping[str, object]] = []
        pages = self._api.get_paginator("get_execution_history").paginate(
            executionArn=self.arn, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            events.extend(page["events"])
        return events

    def __repr__(self) -> str:
        return f"<Running {self._machine}{f', case {self._case}' if self._case else ''}>"


def _interval(elapsed: float, asking: float) -> float:
    """How long to sleep before asking again, in seconds.

    A twentieth of the wait so far, from 2 ms to a quarter of a second; but at least as long as an answer takes, for
    what an engine spends on answers it does not spend on the execution.
    """
    return min(max(0.25, asking), max(0.002, elapsed * 0.05, asking))


def _handed_on(step: Step) -> bool:
    """Whether the task has been called, so that somebody waits for its token; not every engine reports that."""
    return not step.tokens or step.submitted >= step.attempts


def _children(events: list[Mapping[str, object]]) -> Iterator[str]:
    """Yield the ARNs of the executions that tasks started."""
    for event in events:
        details = as_object(event.get("taskSubmittedEventDetails")) or as_object(
            event.get("taskSucceededEventDetails")
        )
        if details.get("resourceType") in ("states", "aws-sdk:sfn"):
            output = as_object(parsed(details.get("output")))
            arn = as_text(output.get("ExecutionArn"))
            # The end of a job is reported once more.
            if arn and (event.get("type") == "TaskSubmitted" or details.get("resource") == "startExecution"):
                yield arn


def _map_runs(events: list[Mapping[str, object]]) -> Iterator[str]:
    """Yield the ARNs of the runs of distributed maps."""
    for event in events:
        arn = as_text(as_object(event.get("mapRunStartedEventDetails")).get("mapRunArn"))
        if arn:
            yield arn


def _ends(event: Mapping[str, object]) -> bool:
    kind = as_text(event.get("type"))
    return kind.startswith("Execution") and kind != "ExecutionStarted"


def _is_over(events: list[Mapping[str, object]]) -> bool:
    return any(map(_ends, reversed(events)))


def _plain(event: Mapping[str, object]) -> JsonObject:
    """Return an event as JSON, without boto3's date object, which is its `timestamp`."""
    return {key: _text_of_date(value) for key, value in event.items()}


def _text_of_date(value: object) -> Json:
    return value.isoformat() if isinstance(value, datetime) else cast("Json", value)
