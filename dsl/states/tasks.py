"""Task states: one call of a service, with its retries, its catchers, and the permission that it needs.

The service modules (`dsl.dynamodb`, `dsl.events`, ...) build tasks; this module knows what all tasks share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.services.integrations import find
from asl.services.models import ANYTHING
from asl.services.resources import CALLBACK, parse
from dsl.arguments import explained
from dsl.options import Retries, RetryableOptions, Role, Seconds
from dsl.permissions.policy import Permission, assume_role_permission
from dsl.states.retries import Retry
from dsl.states.retryable import CaughtError, RetryableState
from dsl.values.context import TASK_TOKEN
from dsl.values.expressions import ReferencePath, check_text
from dsl.values.payloads import Payload, paths, render
from dsl.values.references import Reference
from dsl.values.responses import ServiceResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from asl.services.models import ServiceShape as Model
    from dsl.states.wiring import Reads
    from dsl.values.expressions import Json, JsonObject

_ROLE: Final = re.compile(r"arn:[^:]*:iam::[^:]*:role/.|.*\$\{")


class Task(RetryableState):
    """One call of a service, with the options of `TaskOptions`."""

    type = "Task"

    @explained
    def __init__(
        self,
        name: str,
        resource: str,
        parameters: Mapping[str, Payload],
        *,
        permissions: Sequence[Permission] = (),
        wait_for_token: bool = False,
        timeout: Seconds = None,
        heartbeat: Seconds = None,
        credentials: Role = None,
        default_retry: Retries = (),
        **options: Unpack[RetryableOptions],
    ) -> None:
        super().__init__(name, default_retry=default_retry, **options)
        self.resource = f"{resource}.{CALLBACK}" if wait_for_token else resource
        self.waits_for_token = wait_for_token
        self.parameters = parameters
        self.credentials = credentials
        self._permissions = tuple(permissions) if credentials is None else (self._to_assume(credentials),)
        for permission in self._permissions:
            check_text(permission.resource)
        self.timeout = timeout
        self.heartbeat = heartbeat
        self._parameter_paths = tuple(paths(parameters))
        hands_on_token = TASK_TOKEN in self._parameter_paths
        if wait_for_token and not hands_on_token:
            raise self.mistake(
                "it waits for a task token but hands it to nobody, so nothing could ever resume it; "
                "put context.task.token into what it sends"
            )
        if wait_for_token and timeout is None and heartbeat is None:
            raise self.mistake(
                "it waits for a task token without a timeout; if the token is lost, the execution hangs "
                "for up to a year. Give timeout="
            )
        if hands_on_token and not wait_for_token:
            raise self.mistake(
                "it hands on context.task.token but does not wait for it; give wait_for_token=True"
            )
        for seconds in (timeout, heartbeat):
            self.check_seconds(seconds)
            if isinstance(seconds, int) and not 1 <= seconds <= 99_999_999:
                raise self.mistake(f"{seconds} is no timeout; AWS takes 1 to 99,999,999 seconds")
        if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
            raise self.mistake(
                f"the heartbeat of {heartbeat} s can never fire before the timeout of {timeout} s"
            )

    def _to_assume(self, role: str | Reference) -> Permission:
        """Return the permission to take on a role.

        Raises:
            DefinitionError: it is no ARN of a role.
        """
        if isinstance(role, Reference):
            if role._kind not in ("string", "value"):
                raise self.mistake(f"its credentials are the ARN of a role, and {role!r} is no text")
            reason = f"the role at {role._asl()} is known only while the workflow runs"
            return assume_role_permission("*", reason)
        if not _ROLE.match(role):
            raise self.mistake(
                f"its credentials are the ARN of a role, such as arn:aws:iam::123456789012:role/cashier, not {role!r}"
            )
        return assume_role_permission(str.__str__(role))

    @property
    def result(self) -> ServiceResponse:
        """What the service answers.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        if self.waits_for_token:
            raise self.mistake(
                "it waits for a task token, so its result is what comes back with the token; "
                "give into=slot(Answer, 'answer') and read that"
            )
        return ServiceResponse(ReferencePath(self.root), self._answered(), "optimised")

    def _answered(self) -> Model:
        """Return the shape of the answer, as far as it is known."""
        resource = parse(self.resource)
        known = None if resource is None else find(resource)
        operation = None if known is None else known.operation
        return ANYTHING if operation is None or operation.output is None else operation.output

    def answer_schema(self) -> JsonObject | None:
        """Return what is declared of its answer beyond what the service's model says, as JSON Schema; None for
        nothing."""
        return None

    def response_fault(self, response: Mapping[str, Json], document: JsonObject) -> str | None:
        """Return what keeps a response from being what the workflow itself declares of it, in words that follow the
        task's name; None for nothing.

        Args:
            response: The response, already of the shape that the service's model has.
            document: The task as it is compiled.
        """
        return None

    def reads(self) -> Iterator[ReferencePath]:
        yield from self._parameter_paths
        if isinstance(self.credentials, Reference):
            yield self.credentials._path
        for seconds in (self.timeout, self.heartbeat):
            if isinstance(seconds, Reference):
                yield seconds._path
        yield from self._output_reads()

    def call(self, reads: Reads) -> Mapping[str, Payload]:
        """Return what the service is called with; a service may ask for no more than what is read of its answer."""
        return self.parameters

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {"Resource": self.resource, "Parameters": render(self.call(reads))}
        if self.credentials is not None:
            document["Credentials"] = render({"RoleArn": self.credentials})
        for key, seconds in (("TimeoutSeconds", self.timeout), ("HeartbeatSeconds", self.heartbeat)):
            if isinstance(seconds, Reference):
                document[f"{key}Path"] = seconds._asl()
            elif seconds is not None:
                document[key] = str(seconds) if isinstance(seconds, str) else seconds
        document.update(self._result(reads))
        document.update(self._errors())
        return document


__all__ = ["CaughtError", "Permission", "Retry", "Task"]
