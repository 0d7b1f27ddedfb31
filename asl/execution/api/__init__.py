"""Step Functions' API, spoken by the engine: requests in, responses out, as JSON, without a server.

    service = StepFunctions(Engine(handler))
    service.call("CreateStateMachine", {"name": "Order", "definition": text, "roleArn": role})
    service.call("StartExecution", {"stateMachineArn": arn, "input": "{}"})

With an engine in virtual time each call lets pass what needs nobody outside: waits and delays are over when it
returns. Times are seconds since 1970. A request that the service refuses raises RequestError with the service's code;
`respond` makes of either the answer of the protocol (AWS JSON 1.0) that SDKs speak.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.execution.api.executions import ExecutionOperations
from asl.execution.api.machines import MachineOperations
from asl.execution.api.registry import Registry
from asl.execution.faults import RequestError, TaskFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.execution.api.requests import Request, Response
    from asl.execution.engine import Engine
    from asl.execution.tasks import Attempt

TARGET: Final = "AWSStepFunctions."
"""What precedes the operation in the header `X-Amz-Target`."""
_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


class HttpResponse(NamedTuple):
    """An answer of the protocol."""

    status: int
    headers: dict[str, str]
    body: bytes


class StepFunctions:
    """The service.

    Args:
        engine: What executes.
        check: Whether it refuses the definitions that the service refuses.
        context_alone: Whether TestState takes a context without a mock, too.
    """

    def __init__(self, engine: Engine, *, check: bool = True, context_alone: bool = False) -> None:
        self.engine = engine
        self.registry = Registry(engine)
        self._operations: dict[str, Callable[[Request], Response]] = {}
        machines, executions = (
            MachineOperations(self.registry, check=check),
            ExecutionOperations(self.registry),
        )
        for holder in (machines, executions):
            for name in dir(type(holder)):
                if not name.startswith("_"):
                    self._operations[name] = getattr(holder, name)
        self._operations["test_state"] = self._test_state
        self._context_alone = context_alone

    def _test_state(self, request: Request) -> Response:
        from asl.execution.api.testing import test_state  # most who run machines never try a state alone

        return test_state(self.engine, request, context_alone=self._context_alone)

    @property
    def operations(self) -> list[str]:
        """The names of the operations, as the API has them."""
        return sorted("".join(part.capitalize() for part in name.split("_")) for name in self._operations)

    def call(self, operation: str, request: Request) -> Response:
        """Carry out an operation, such as `StartExecution`.

        Raises:
            RequestError: the service refuses the request, or has no such operation (`UnknownOperationException`).
        """
        found = self._operations.get(_WORD.sub("_", operation).lower())
        if found is None:
            raise RequestError("UnknownOperationException", f"there is no operation {operation}")
        response = found(request)
        if self.engine.scheduler.virtual:
            self.engine.settle()
        else:
            self.engine.outside(lambda: None)
        return response

    def respond(self, target: str, body: bytes) -> HttpResponse:
        """Answer an HTTP request of an SDK: the value of its header `X-Amz-Target`, and its body."""
        try:
            request = json.loads(body or b"{}")
            if not isinstance(request, dict):
                raise RequestError("SerializationException", "the request is not a JSON object")
            return _answer(200, self.call(target.removeprefix(TARGET), request))
        except RequestError as error:
            return _answer(400, {"__type": error.code, "message": error.message}, error.code)
        except (ValueError, RecursionError) as error:
            code = "SerializationException"
            return _answer(400, {"__type": code, "message": str(error)}, code)

    def answer(self, attempt: Attempt) -> object:
        """Answer a task that calls Step Functions through its SDK (`aws-sdk:sfn:...`); NotImplemented for others.

        Raises:
            TaskFault: the service refuses the request.
        """
        resource = attempt.resource
        if resource.type != "aws-sdk:sfn":
            return NotImplemented
        operation = resource.action[:1].upper() + resource.action[1:]
        given = attempt.arguments if isinstance(attempt.arguments, dict) else {}
        request = {key[:1].lower() + key[1:]: value for key, value in given.items()}
        try:
            response = self.call(operation, request)
        except RequestError as error:
            code = error.code if error.code.endswith("Exception") else f"{error.code}Exception"
            message = (
                f"{error.message} (Service: Sfn, Status Code: 400, Request ID: {self.engine.new_id()}) "
                "(SDK Attempt Count: 1)"
            )
            raise TaskFault(f"Sfn.{code}", message) from None
        return {key[:1].upper() + key[1:]: value for key, value in response.items()}


def _answer(status: int, value: Mapping[str, Any], code: str | None = None) -> HttpResponse:
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    if code is not None:
        headers["x-amzn-ErrorType"] = code
    return HttpResponse(status, headers, json.dumps(value).encode())


__all__ = ["TARGET", "HttpResponse", "StepFunctions"]
