"""Lambda: functions with declared answers, and tasks that invoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic

from dsl.states.tasks import Permission, Retry, Task, TaskOptions
from dsl.values.expressions import Path
from dsl.values.placeholders import Placeholder
from dsl.values.references import Anything, S, Shape, json_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload

TRANSIENT: Final = Retry(
    (
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ),
    interval_seconds=1,
    max_attempts=4,
    backoff_rate=2,
)
"""The errors for which AWS advises a retry:
https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html."""


class Function(Generic[S]):
    """A function: a name that the deployment binds (`${SanitizeOrderFunctionArn}`), and the shape of its answer."""

    def __init__(self, name: str, answer: type[S]) -> None:
        self.arn = Placeholder(f"{name}FunctionArn")
        self.answer = answer


class Invoke(Task, Generic[S]):
    """Invokes a function; its answer is in `Payload`."""

    def __init__(
        self,
        name: str,
        function: Function[S],
        payload: Mapping[str, Payload] | Shape | Anything,
        **options: Unpack[TaskOptions],
    ) -> None:
        self._answer = function.answer
        super().__init__(
            name,
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": function.arn, "Payload": payload},
            permissions=[
                Permission("lambda:InvokeFunction", str(function.arn)),
                # A function may be named with a version or an alias, which is part of the resource then.
                Permission("lambda:InvokeFunction", f"{function.arn}:*"),
            ],
            **{"retry": (TRANSIENT,), **options},  # type: ignore[arg-type]
        )

    def answer_schema(self) -> JsonObject | None:
        return None if self.waits_for_token else json_schema(self._answer)

    @property
    def Payload(self) -> S:  # noqa: N802
        """What the function returned.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        if self.waits_for_token:
            raise self._error(
                "it waits for a task token, so its result is what comes back with the token, "
                "not what the function returned"
            )
        return self._answer(Path(self.root).child("Payload"))


def invoke(
    name: str,
    function: Function[S],
    payload: Mapping[str, Payload] | Shape | Anything,
    **options: Unpack[TaskOptions],
) -> Invoke[S]:
    """A task that invokes a function with a payload.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html

    Raises:
        DefinitionError: a token or a timeout is missing.
    """
    return Invoke(name, function, payload, **options)
