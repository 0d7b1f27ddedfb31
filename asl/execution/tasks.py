"""Task states: what they call, who answers, and when nobody does.

The engine calls nothing itself. A handler answers each attempt: with the result, with an error, or later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from asl.error_names import TASK_FAILED
from asl.execution import faults
from asl.execution.faults import StateFault, TaskFault
from asl.execution.transitions import complete, fail, publish, too_large
from asl.execution.values import dump, is_too_large, json_value
from asl.services.resources import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.records import Execution, Visit
    from asl.services.resources import Resource


class Finished(NamedTuple):
    """A handler's answer that is the task's result, whatever its pattern: no token is waited for."""

    output: Any


class _Later:
    def __repr__(self) -> str:
        return "LATER"


LATER: Final = _Later()
"""A handler's answer that is none yet: `succeed` or `fail` of the attempt will be called."""


class Attempt:
    """One attempt of a Task state, as its handler sees it."""

    __slots__ = (
        "_has_submitted", "_heartbeat", "arguments", "credentials", "is_open", "number", "on_cancel", "resource",
        "text", "timeout", "token", "visit",
    )  # fmt: skip

    def __init__(self, visit: Visit, resource: Resource, arguments: Any, text: str) -> None:
        self.visit = visit
        self.resource = resource
        """What the state calls."""
        self.arguments = arguments
        """What it is called with: the state's Parameters or Arguments, or its input."""
        self.text = text
        self.number = visit.attempt
        """How often this stay in the state was tried before: 0 for the first attempt."""
        self.token: str | None = visit.token
        """The task token of a state that waits for it."""
        self.credentials: Any = None
        """The state's Credentials, filled in."""
        self.is_open = True
        """Whether an answer still counts: it was not answered, did not time out, was not cancelled."""
        self.timeout: float | None = None
        self.on_cancel: Callable[[], None] | None = None
        """Called if the execution ends, or gives the state up, before an answer came."""
        self._heartbeat: Any = None
        self._has_submitted = False

    @property
    def state(self) -> str:
        """The name of the state."""
        return self.visit.state.name

    @property
    def execution(self) -> Execution:
        """The execution that the state belongs to."""
        return self.visit.execution

    @property
    def context(self) -> dict[str, Any]:
        """The context object, as the state sees it."""
        return self.visit.context()

    def succeed(self, output: object) -> None:
        """Answer with the result (of a state that waits for a token: too, as if it had come back).

        Raises:
            TypeError, ValueError: the output is nothing that JSON has.
        """
        value = json_value(output)
        self.visit.engine.outside(lambda: _succeed(self, value))

    def fail(self, error: str | None = None, cause: str | None = None) -> None:
        """Answer with an error."""
        self.visit.engine.outside(lambda: _fail(self, StateFault(error, cause)))

    def submitted(self, response: object) -> None:
        """Tell a state that waits what its request was answered with; from now on it waits."""
        value = json_value(response)
        self.visit.engine.outside(lambda: _submitted(self, value))

    def beat(self) -> None:
        """Let the heartbeat start over."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        seconds = self._heartbeat_seconds()
        if seconds is not None:
            self._heartbeat = self.visit.engine.scheduler.later(
                seconds, lambda: _time_out(self, faults.HEARTBEAT_TIMEOUT), is_deadline=True
            )
            self.visit.timers.append(self._heartbeat)

    def _heartbeat_seconds(self) -> float | None:
        limit = self.visit.state.heartbeat
        return None if limit is None else limit.value(self.visit.sight(self.visit.data))

    def cancel(self) -> None:
        """Take no answer any more."""
        self.close()
        if self.on_cancel is not None:
            tell, self.on_cancel = self.on_cancel, None
            tell()

    def close(self) -> None:
        """Let no answer count any more, and its token be worth nothing."""
        self.is_open = False
        if self.token is not None:
            self.visit.engine.tokens.forget(self.token)

    def __repr__(self) -> str:
        return f"<Attempt {self.number} of {self.state}>"


Answer: TypeAlias = object
"""What a handler returns: a JSON value, `Finished(value)`, `LATER`, or NotImplemented if it is not its business."""


def begin_task(visit: Visit) -> None:
    """Try a task. Raises StateFault."""
    state = visit.state
    resource = state.resource
    sight = visit.sight(visit.data)
    arguments = state.arguments(sight) if state.arguments is not None else visit.data
    text = dump(arguments)
    visit.engine.observe(visit, "arguments", arguments)
    # What a service is asked has the service's own limits; no page says that this one counts there too.
    if not resource.is_integration and is_too_large(text):
        raise StateFault(faults.DATA_LIMIT_EXCEEDED, too_large(_shown(resource)))
    if resource.waits and visit.token is None:
        visit.token = visit.engine.tokens.new()
    attempt = Attempt(visit, resource, arguments, text)
    visit.task = attempt
    details = _scheduled(attempt)
    if state.timeout is not None:
        attempt.timeout = state.timeout.value(sight)
        details["timeoutInSeconds"] = attempt.timeout
    if state.heartbeat is not None:
        details["heartbeatInSeconds"] = state.heartbeat.value(sight)
    if state.credentials is not None:
        attempt.credentials = state.credentials(sight)
        details["taskCredentials"] = {"roleArn": attempt.credentials.get("RoleArn")}
    publish(visit, f"{_family(resource)}Scheduled", details)
    if attempt.timeout is not None:
        visit.timers.append(
            visit.engine.scheduler.later(attempt.timeout, lambda: _time_out(attempt), is_deadline=True)
        )
    if attempt.token is not None and resource.waits:
        visit.engine.tokens.keep(attempt.token, attempt)
    if resource.kind != "activity":
        publish(visit, f"{_family(resource)}Started", _named(resource))
        if state.heartbeat is not None:
            attempt.beat()
    visit.engine.observe(visit, "called", attempt)
    try:
        answer = visit.engine.ask(attempt)
    except TaskFault as fault:
        _fail(attempt, StateFault(fault.error, fault.cause, alias=fault.alias))
        return
    _take(attempt, answer)


def _take(attempt: Attempt, answer: Answer) -> None:
    if answer is LATER or not attempt.is_open:
        return
    if isinstance(answer, Finished):
        _succeed(attempt, json_value(answer.output))
    elif attempt.resource.pattern == CALLBACK:
        _submitted(attempt, json_value(answer))
    else:
        _succeed(attempt, json_value(answer))


def _submitted(attempt: Attempt, response: Any) -> None:
    if attempt.is_open and not attempt._has_submitted:
        attempt._has_submitted = True
        publish(attempt.visit, "TaskSubmitted", {**_named(attempt.resource), "output": dump(response)})


def _succeed(attempt: Attempt, output: Any) -> None:
    if not attempt.is_open:
        return
    visit, resource = attempt.visit, attempt.resource
    attempt.close()
    visit.cancel_timers()
    text = dump(output)
    if is_too_large(text):
        # Of the SDK's integrations this is a failure like others (measured in Step Functions by the authors of sfnx);
        # of others the developer guide says that its own name alone takes it.
        alias = TASK_FAILED if resource.type.startswith("aws-sdk:") else None
        _failed(attempt, StateFault(faults.DATA_LIMIT_EXCEEDED, too_large(_shown(resource)), alias=alias))
        return
    try:
        if resource.pattern in ("sync", "sync:2") and not attempt._has_submitted:
            publish(visit, "TaskSubmitted", {**_named(resource), "output": text})
        publish(visit, f"{_family(resource)}Succeeded", {**_named(resource), "output": text})
        visit.engine.observe(visit, "answered", output)
        complete(visit, output)
    except StateFault as fault:
        fail(visit, fault)


def _fail(attempt: Attempt, fault: StateFault) -> None:
    if attempt.is_open:
        attempt.close()
        attempt.visit.cancel_timers()
        _failed(attempt, fault)


def _failed(attempt: Attempt, fault: StateFault) -> None:
    visit, resource = attempt.visit, attempt.resource
    details = {**_named(resource), "error": fault.error, "cause": fault.cause}
    ending = "TimedOut" if fault.error == faults.TIMEOUT else "Failed"
    try:
        publish(visit, f"{_family(resource)}{ending}", details)
    except StateFault as full:
        fail(visit, full)
        return
    visit.engine.observe(visit, "answered", fault)
    fail(visit, fault)


def _time_out(attempt: Attempt, alias: str | None = None) -> None:
    if attempt.is_open:
        told, attempt.on_cancel = attempt.on_cancel, None
        _fail(attempt, StateFault(faults.TIMEOUT, None, alias=alias))
        if told is not None:
            told()


def _family(resource: Resource) -> str:
    if resource.is_integration:
        return "Task"
    return "Activity" if resource.kind == "activity" else "LambdaFunction"


def _named(resource: Resource) -> dict[str, Any]:
    if not resource.is_integration:
        return {}
    action = f"{resource.action}.{resource.pattern}" if resource.pattern else resource.action
    return {"resourceType": resource.type, "resource": action}


def _shown(resource: Resource) -> str:
    return resource.type or resource.arn


def _scheduled(attempt: Attempt) -> dict[str, Any]:
    resource = attempt.resource
    if not resource.is_integration:
        return {"resource": resource.arn, "input": attempt.text}
    return {**_named(resource), "region": attempt.visit.engine.region, "parameters": attempt.text}
