"""Calls of any AWS API, checked against botocore's service models.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html: the service is named as in
AWS's Java SDK, the action in camel case, parameters and results in Pascal case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.errors import AslError
from asl.services.errors import transient_errors
from asl.services.models import operation_model
from dsl.arguments import explained
from dsl.errors import DefinitionError, building
from dsl.options import TaskOptions
from dsl.permissions.deriving import derived, operation_permissions
from dsl.states.requests import fault_of
from dsl.states.retries import transient
from dsl.states.tasks import Task
from dsl.values.expressions import ReferencePath
from dsl.values.responses import ServiceResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from asl.services.models import Operation
    from dsl.permissions.policy import Permission
    from dsl.values.payloads import Payload

_PREFIX: Final = "arn:aws:states:::aws-sdk:"


class CallAwsService(Task):
    """Calls an API; its response is in `result`."""

    def __init__(
        self,
        name: str,
        model: Operation,
        resource: str,
        parameters: Mapping[str, Payload],
        *,
        permissions: Sequence[Permission],
        **options: Unpack[TaskOptions],
    ) -> None:
        super().__init__(
            name,
            resource,
            parameters,
            permissions=permissions,
            default_retry=transient(*transient_errors(model)),
            **options,
        )
        self._model = model

    @property
    def result(self) -> ServiceResponse:
        """The API's response.

        Raises:
            DefinitionError: the action answers nothing, or the task's result is what comes back with its token.
        """
        if self.waits_for_token:
            raise self.mistake(
                "it waits for a task token, so its result is what comes back with the token, not the API's answer"
            )
        shape = self._model.output
        if shape is None:
            raise self.mistake(f"{self._model.name} answers nothing")
        return ServiceResponse(ReferencePath(self.root), shape)


@explained
def call(
    name: str,
    action: str,
    parameters: Mapping[str, Payload],
    *,
    resource: str | None = None,
    reason: str = "",
    permissions: Sequence[Permission] | None = None,
    **options: Unpack[TaskOptions],
) -> CallAwsService:
    """Return a task that calls `action`, such as `sfn:sendTaskSuccess`, and may do so on `resource` (an ARN).

    Without a `resource` it follows from the parameters, where those say it: a bucket, a table, a queue. `permissions`
    replace all that. The service's transient errors are retried, and `options` are those of `dsl.TaskOptions`.

    Raises:
        DefinitionError: the service, the action or a parameter does not exist, a required one is missing, one has
            the wrong type, or `resource` is `*` without a `reason`, or missing where the parameters do not say it.
    """
    action = action.removeprefix(_PREFIX)
    service, _, operation = action.partition(":")
    with building(name):
        try:
            model = operation_model(service, operation)
        except AslError as error:
            raise DefinitionError(str(error)) from None
        fault = None if model.input is None else fault_of(model.input, parameters, "sdk")
        if fault:
            raise DefinitionError(f"{action} {fault}")
        if permissions is not None or options.get("credentials") is not None:
            permissions = permissions or ()
        elif resource is not None:
            permissions = operation_permissions(model, str(resource), reason)
        else:
            permissions = derived(_PREFIX + action, parameters)
        if resource == "*" and not reason:
            raise DefinitionError(
                f"{action} on every resource: name the narrowest one, or give reason= why there is none"
            )
    return CallAwsService(name, model, _PREFIX + action, parameters, permissions=permissions, **options)
