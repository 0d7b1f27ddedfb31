"""Lambda: functions with declared answers, and tasks that invoke them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Generic, cast

from asl.services.models import ANYTHING, operation_model
from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.options import TaskOptions
from dsl.permissions.given import named
from dsl.permissions.policy import invoke_permissions
from dsl.states.retries import transient
from dsl.states.tasks import Task
from dsl.values.expressions import ReferencePath
from dsl.values.fitting import fault_of, kind_fault
from dsl.values.placeholders import Placeholder
from dsl.values.references import Anything, R, Reference, Shape, check_kind, json_schema, make
from dsl.values.responses import ServiceResponse

if TYPE_CHECKING:
    from typing import Unpack

    from dsl.values.expressions import Json, JsonObject
    from dsl.values.payloads import Payload

TRANSIENT: Final = transient(
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
"""The errors for which AWS advises a retry:
https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html."""


class Function(Generic[R]):
    """A function, and the shape of its answer.

    `name` is a word from which the deployment's names are made (`${SanitizeOrderFunctionArn}`), the ARN of a function,
    or a placeholder of one. `existing` is for a function that is there by this very name, in the deployment's account
    and region.
    """

    @explained
    def __init__(self, name: str, answer: type[R] | None = None, *, existing: bool = False) -> None:
        check_kind(answer, "a function answers")
        is_arn = name.startswith(("arn:", "${"))
        self.name: str = name if existing or is_arn else Placeholder(f"{name}FunctionArn")
        self.arn: str = named(name, "lambda", "function:") if existing or is_arn else self.name
        self.answer = cast("type[R]", answer or Anything)


class Invoke(Task, Generic[R]):
    """Invokes a function; its answer is in `Payload`."""

    def __init__(
        self,
        name: str,
        function: Function[R],
        payload: Mapping[str, Payload] | Shape | Anything,
        **options: Unpack[TaskOptions],
    ) -> None:
        self._answer = function.answer
        super().__init__(
            name,
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": function.name, "Payload": payload},
            permissions=invoke_permissions(str(function.arn)),
            default_retry=TRANSIENT,
            **options,
        )

    def answer_schema(self) -> JsonObject | None:
        return None if self.waits_for_token else json_schema(self._answer)

    def response_fault(self, response: Mapping[str, Json], document: JsonObject) -> str | None:
        payload = response.get("Payload")
        kind: type[Reference] = self._answer
        if issubclass(kind, Shape) and isinstance(payload, Mapping):
            fault = fault_of(kind, payload, "Payload.")
            return f"answers a {kind.__name__}, which {fault}" if fault else None
        if issubclass(kind, Shape) or "Payload" not in response:
            return "answers what its function returned as 'Payload', an object"
        return f"answers a {kind.__name__}, and {payload!r} is none" if kind_fault(kind, payload) else None

    @property
    def Payload(self) -> R:  # noqa: N802
        """What the function returned.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        if self.waits_for_token:
            raise self.mistake(
                "it waits for a task token, so its result is what comes back with the token, "
                "not what the function returned"
            )
        return cast("R", make(self._answer, ReferencePath(self.root).child("Payload")))

    @property
    def result(self) -> ServiceResponse:
        """All that Lambda answers, the function's answer in its `Payload`."""
        _ = self.Payload
        operation = operation_model("lambda", "invoke")
        return ServiceResponse(ReferencePath(self.root), operation.output or ANYTHING, "optimised")


@explained
def invoke(
    name: str,
    function: Function[R],
    payload: Mapping[str, Payload] | Shape | Anything,
    **options: Unpack[TaskOptions],
) -> Invoke[R]:
    """Return a task that invokes a function with a payload.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html

    Raises:
        DefinitionError: `function` is not a `Function`, or a token or a timeout is missing.
    """
    if not isinstance(function, Function):
        raise DefinitionError(
            f"{function!r} is no function; make one with Function('SanitizeOrder', Answer), or of an ARN",
            state=name,
        )
    return Invoke(name, function, payload, **options)
