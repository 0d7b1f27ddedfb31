"""Bedrock: tasks that ask a model.

    asked = bedrock.invoke_model("Ask", "amazon.nova-lite-v1:0", {"messages": [...]}, answer=Said)
    asked.Body.output

https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import DeclaredServiceTask
from dsl.states.requests import present
from dsl.states.retries import transient
from dsl.values.references import R, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.values.payloads import Payload


TRANSIENT: Final = transient(
    "Bedrock.ThrottlingException",
    "BedrockRuntime.InternalServerException",
    "BedrockRuntime.ModelNotReadyException",
    "BedrockRuntime.ServiceUnavailableException",
    "BedrockRuntime.ThrottlingException",
    "BedrockRuntime.SdkClientException",
)
"""The transient errors, which tasks retry by default."""


class InvokeModel(DeclaredServiceTask[R]):
    """Asks a model; what it said is in `Body`."""

    @property
    def Body(self) -> R:  # noqa: N802
        """What the model said, in its own form.

        Raises:
            DefinitionError: the task's result is what comes back with its token.
        """
        _ = self.result
        return self._declared("Body")


@explained
def invoke_model(
    name: str,
    model: str | Reference,
    body: Payload = None,
    *,
    source: str | Reference | None = None,
    target: str | Reference | None = None,
    guardrail: tuple[str, str] | None = None,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    answer: type[R] | None = None,
    **options: Unpack[TaskOptions],
) -> InvokeModel[R]:
    """Return a task that asks a model (its id or ARN), with a body in its own form; `answer` is what it says.

    `source` is an S3 URI of the body, where it is larger than a state takes, `target` one for the answer; `guardrail`
    is an identifier and a version; `parameters` are further ones of Bedrock's InvokeModel.

    Raises:
        DefinitionError: a parameter is unknown or misfit, there is neither a body nor a source, the model is known only
            while it runs and `on` is not given, or a token or a timeout is missing.
    """
    identifier, version = guardrail or (None, None)
    optional: dict[str, Payload] = {
        "Body": body,
        "Input": None if source is None else {"S3Uri": source},
        "Output": None if target is None else {"S3Uri": target},
        "GuardrailIdentifier": identifier,
        "GuardrailVersion": version,
    }
    given = {"ModelId": model, **(parameters or {}), **present(optional)}
    return InvokeModel(name, "bedrock:invokeModel", given, answer, on=on, default_retry=TRANSIENT, **options)
