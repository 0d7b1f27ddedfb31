"""Tasks of optimised integrations: parameters checked, permissions derived, answers readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, cast

from asl.services.integrations import find
from asl.services.models import ANYTHING, read_service
from asl.services.resources import Resource
from asl.words import listed
from dsl.errors import DefinitionError, building
from dsl.options import Retries, TaskOptions
from dsl.permissions.deriving import derived
from dsl.permissions.jobs import unknown_integration
from dsl.states.requests import fault_of
from dsl.states.tasks import Task
from dsl.values.expressions import ReferencePath
from dsl.values.references import Anything, R, make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from asl.services.integrations import Integration
    from asl.services.models import ServiceShape as Model
    from dsl.permissions.policy import Permission
    from dsl.values.payloads import Payload

_ENDED: Final[Mapping[str, str]] = {
    "athena:startQueryExecution": "athena:GetQueryExecutionOutput",
    "batch:submitJob": "batch:JobDetail",
    "codebuild:startBuild": "codebuild:StartBuildOutput",
    "ecs:runTask": "ecs:Task",
    "glue:startJobRun": "glue:JobRun",
    "sagemaker:createHyperParameterTuningJob": "sagemaker:DescribeHyperParameterTuningJobResponse",
    "sagemaker:createProcessingJob": "sagemaker:DescribeProcessingJobResponse",
    "sagemaker:createTrainingJob": "sagemaker:DescribeTrainingJobResponse",
    "sagemaker:createTransformJob": "sagemaker:DescribeTransformJobResponse",
    "states:startExecution": "stepfunctions:DescribeExecutionOutput",
}
"""What a task that waited for its job answers, where it is known: a shape of the service's model."""


class ServiceTask(Task):
    """Calls a service by its optimised integration; the answer is in `result`."""

    def __init__(
        self,
        name: str,
        action: str,
        parameters: Mapping[str, Payload],
        *,
        on: Sequence[str] | None = None,
        passes: Sequence[str] = (),
        reason: str = "",
        permissions: Sequence[Permission] | None = None,
        default_retry: Retries = (),
        **options: Unpack[TaskOptions],
    ) -> None:
        action = action.removeprefix("arn:aws:states:::")
        call, _, self.pattern = action.partition(".")
        with building(name):
            self._known = _known(call, self.pattern, wait_for_token=options.get("wait_for_token", False))
            is_derived = permissions is None and options.get("credentials") is None
            resource = f"arn:aws:states:::{action}"
            if is_derived and on is not None:
                permissions = derived(resource, parameters, on=on, passes=passes, reason=reason)
            if self._known.input is not None:
                fault = fault_of(self._known.input, parameters, "optimised")
                if fault:
                    raise DefinitionError(f"{call} {fault}")
            either = self._known.either
            if either and not any(one in parameters for one in either):
                raise DefinitionError(f"{call} needs {listed(either, 'or')}")
            if is_derived and on is None:
                permissions = derived(resource, parameters, passes=passes, reason=reason)
        super().__init__(
            name,
            resource,
            parameters,
            permissions=permissions or (),
            default_retry=default_retry,
            **options,
        )

    def _answered(self) -> Model:
        if self.pattern.startswith("sync"):
            ended = _ENDED.get(self._known.resource.call)
            if ended is None:
                return ANYTHING
            service, _, shape = ended.partition(":")
            return read_service(service).shape(shape)
        return super()._answered()


class DeclaredServiceTask(ServiceTask, Generic[R]):
    """Calls a service of whose response one field is as its caller declares it."""

    def __init__(
        self,
        name: str,
        action: str,
        parameters: Mapping[str, Payload],
        answer: type[R] | None,
        *,
        on: Sequence[str] | None = None,
        permissions: Sequence[Permission] | None = None,
        default_retry: Retries = (),
        **options: Unpack[TaskOptions],
    ) -> None:
        super().__init__(
            name, action, parameters, on=on, permissions=permissions, default_retry=default_retry, **options
        )
        self._answer = answer or Anything

    def _declared(self, field: str) -> R:
        return cast("R", make(self._answer, ReferencePath(self.root).child(field)))


def _known(call: str, pattern: str, *, wait_for_token: bool) -> Integration:
    service, _, action = call.partition(":")
    found = find(Resource("optimised", service, action, pattern))
    if found is None:
        raise unknown_integration(call)
    wanted = "waitForTaskToken" if wait_for_token else pattern
    if wanted and wanted not in found.patterns:
        offered = [f".{name}" for name in sorted(found.patterns)]
        has = f"it offers {listed(offered)}" if offered else "it offers none"
        raise DefinitionError(f"{call} has no pattern .{wanted}; {has} besides going on at once")
    return found
