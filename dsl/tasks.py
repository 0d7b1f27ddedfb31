"""Task states: one call of a service, with its retries, its catchers, and the permission that it needs.

The service modules (`dsl.dynamodb`, `dsl.events`, ...) build tasks; this module knows what all tasks share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dsl.context import TASK_TOKEN
from dsl.errors import DefinitionError
from dsl.expressions import Json, JsonObject, Path
from dsl.payloads import Payload, paths, render
from dsl.references import Integer, Reference, Shape, Str
from dsl.states import Edge, State, WithResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dsl.placeholders import Placeholder
    from dsl.states import Reads, Target

CALLBACK: Final = ".waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after one of the errors: `max_attempts` times, first after `interval_seconds`.

    The limits are those of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
    """

    errors: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    jitter: bool = False

    def __post_init__(self) -> None:
        if not self.errors:
            raise DefinitionError("a Retry needs at least one error name")
        if "States.ALL" in self.errors and len(self.errors) > 1:
            raise DefinitionError("States.ALL stands for every error, so it must stand alone in a Retry")
        if self.interval_seconds < 1 or self.max_attempts < 0 or self.backoff_rate < 1:
            raise DefinitionError(
                "a Retry needs interval_seconds of 1 or more, max_attempts of 0 or more, backoff_rate of 1 or more"
            )

    def asl(self) -> JsonObject:
        """The retrier as Amazon States Language."""
        document: JsonObject = {
            "ErrorEquals": list(self.errors),
            "IntervalSeconds": self.interval_seconds,
            "MaxAttempts": self.max_attempts,
            "BackoffRate": self.backoff_rate,
        }
        if self.max_delay_seconds is not None:
            document["MaxDelaySeconds"] = self.max_delay_seconds
        if self.jitter:
            document["JitterStrategy"] = "FULL"
        return document


@dataclass(frozen=True, slots=True)
class Permission:
    """One action of IAM on one resource; `reason` says why a resource of `*` cannot be narrower."""

    action: str
    resource: str
    reason: str = ""


class CaughtError(Shape):
    """What a catcher keeps: the error's name and its cause. Make a place for it with `slot()`."""

    Error: Str
    Cause: Str


@dataclass(frozen=True, slots=True)
class _Catcher:
    errors: tuple[str, ...]
    target: State
    root: str | None
    """Where the error is kept; None for nowhere, so that the data stays as it was."""


class Task(WithResult):
    """One call of a service.

    `timeout` and `heartbeat` are seconds: a number, a placeholder, or a reference to a number in the data.
    """

    type = "Task"

    def __init__(
        self,
        name: str,
        resource: str,
        parameters: Mapping[str, Payload],
        *,
        permissions: Sequence[Permission] = (),
        retry: Sequence[Retry] = (),
        wait_for_token: bool = False,
        timeout: int | Placeholder | Integer | None = None,
        heartbeat: int | Placeholder | Integer | None = None,
        into: Shape | None = None,
        output: Mapping[str, Payload] | Reference | None = None,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment, into=into, output=output)
        self.resource = resource + (CALLBACK if wait_for_token else "")
        self.parameters = parameters
        self.permissions = tuple(permissions)
        self.retry = tuple(retry)
        self.timeout = timeout
        self.heartbeat = heartbeat
        self._catchers: list[_Catcher] = []
        hands_on_token = TASK_TOKEN in set(paths(parameters))
        if wait_for_token and not hands_on_token:
            raise self._error(
                "it waits for a task token but hands it to nobody, so nothing could ever resume it; "
                "put context.task.token into what it sends"
            )
        if wait_for_token and timeout is None and heartbeat is None:
            raise self._error(
                "it waits for a task token without a timeout; if the token is lost, the execution hangs "
                "for up to a year. Give timeout="
            )
        if hands_on_token and not wait_for_token:
            raise self._error(
                "it hands on context.task.token but does not wait for it; give wait_for_token=True"
            )
        for seconds in (timeout, heartbeat):
            if isinstance(seconds, int) and not 1 <= seconds <= 99_999_999:
                raise self._error(f"{seconds} is no timeout; AWS takes 1 to 99,999,999 seconds")
        if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
            raise self._error(
                f"the heartbeat of {heartbeat} s can never fire before the timeout of {timeout} s"
            )

    @property
    def waits_for_token(self) -> bool:
        """Whether the task pauses until somebody returns its token."""
        return self.resource.endswith(CALLBACK)

    def catch(self, *errors: str, to: Target, into: CaughtError | None = None) -> Task:
        """Go on at `to` when one of the errors ends the task's retries; the error is kept in a slot, if one is given.

        Raises:
            DefinitionError: no error is named, one is caught already, or `States.ALL` is not the last and alone.
        """
        self._check_open()
        if not errors:
            raise self._error("catch() needs the name of at least one error, such as 'States.Timeout'")
        caught = {error for catcher in self._catchers for error in catcher.errors}
        for error in errors:
            if error in caught:
                raise self._error(f"{error} is caught already; the second catcher would never be reached")
        if "States.ALL" in caught:
            raise self._error(
                "States.ALL is caught already, so this catcher would never be reached; put it before"
            )
        if "States.ALL" in errors and len(errors) > 1:
            raise self._error("States.ALL stands for every error, so it must stand alone in a catcher")
        self._catchers.append(_Catcher(errors, self._reach(to), None if into is None else into._path.root))
        return self

    def edges(self) -> Iterator[Edge]:
        yield from super().edges()
        for catcher in self._catchers:
            yield Edge(catcher.target, "catch", ", ".join(catcher.errors), writes=catcher.root)

    def reads(self) -> Iterator[Path]:
        yield from paths(self.parameters)
        for seconds in (self.timeout, self.heartbeat):
            if isinstance(seconds, Reference):
                yield seconds._path
        if isinstance(self._output, Reference):
            yield self._output._path

    def call(self, reads: Reads) -> Mapping[str, Payload]:
        """What the service is called with; a service may ask for no more than what is read of its answer."""
        return self.parameters

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {"Resource": self.resource, "Parameters": render(self.call(reads))}
        for key, seconds in (("TimeoutSeconds", self.timeout), ("HeartbeatSeconds", self.heartbeat)):
            if isinstance(seconds, Reference):
                document[f"{key}Path"] = seconds._asl()
            elif seconds is not None:
                document[key] = str(seconds) if isinstance(seconds, str) else seconds
        document.update(self._result(reads))
        if self.retry:
            document["Retry"] = [retry.asl() for retry in self.retry]
        if self._catchers:
            document["Catch"] = [
                {
                    "ErrorEquals": list(catcher.errors),
                    "ResultPath": catcher.root,
                    "Next": catcher.target.name,
                }
                for catcher in self._catchers
            ]
        return document

    def _result(self, reads: Reads) -> JsonObject:
        if isinstance(self._output, Reference) or self._output is None:
            selector = select(self.root, reads.get(self.root, ()))
            return ({"ResultSelector": selector} if selector and self._output is None else {}) | self._keep(
                reads
            )
        return {"ResultSelector": render(self._output, self._from_result)}

    def _from_result(self, path: Path) -> str:
        """Write a path for a ResultSelector, which sees the result and the context object, but not the data."""
        if path.root == self.root:
            return str(Path("$", path.steps))
        if path.root == "$":
            return str(Path("$$.Execution.Input", path.steps))
        if path.root == "$$":
            return str(path)
        raise self._error(
            f"its output reads {path}, which is another state's result; use a reference as output=, or a Pass"
        )


def select(root: str, read: Collection[Path]) -> JsonObject | None:
    """A `ResultSelector` that keeps just what is read of a result, in its own shape; None to keep all of it.

    Only a value that is sure to be there can be selected, so a read of an optional one keeps the object around it.
    """
    wanted = {path.certain.steps for path in read if path.root == root}
    if not wanted or () in wanted or any(isinstance(step, int) for steps in wanted for step in steps):
        return None
    selector: JsonObject = {}
    for steps in sorted(wanted, key=lambda steps: (len(steps), str(steps))):
        if any(steps[:length] in wanted for length in range(1, len(steps))):
            continue  # a larger part that holds it is kept
        node = selector
        for step in steps[:-1]:
            inner: Json = node.setdefault(str(step), {})
            assert isinstance(inner, dict)  # noqa: S101
            node = inner
        node[f"{steps[-1]}.$"] = str(Path("$", steps))
    return selector


__all__ = ["CALLBACK", "CaughtError", "Permission", "Retry", "Task", "select"]
