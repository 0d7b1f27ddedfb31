"""Calls of any AWS API, checked against botocore's service models.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html: the service is named as in
AWS's Java SDK, the action in camel case, parameters and results in Pascal case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from asl.errors import AslError
from asl.services.errors import transient_errors
from asl.services.models import operation_model
from asl.words import did_you_mean
from dsl.errors import DefinitionError, building
from dsl.states.permissions import api_permissions
from dsl.states.tasks import Retry, Task, TaskOptions
from dsl.values.expressions import Expression, Path
from dsl.values.payloads import is_list
from dsl.values.references import Bool, Number, Reference, Str, Timestamp

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from asl.services.models import Operation, Shape
    from dsl.values.payloads import Payload


class Options(TaskOptions, total=False):
    """What `call()` takes besides the action and its parameters."""

    reason: str


class Answer(Reference):
    """A part of an API's answer: attributes and `[...]` go deeper, checked against the service's model."""

    __slots__ = ("_shape",)
    _kind = "object"

    def __init__(self, path: Path, shape: Shape) -> None:
        super().__init__(path)
        self._shape = shape

    def __getattr__(self, name: str) -> Answer:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, step: str | int) -> Answer:
        if isinstance(step, int):
            if self._shape.kind != "list":
                raise DefinitionError(
                    f"{self._path} is no list but a {self._shape.kind}; it has no element {step}"
                )
            return _answer(self._path.child(step, optional=True), self._shape.element)
        if self._shape.kind == "map":
            return _answer(self._path.child(step, optional=True), self._shape.element)
        if self._shape.kind == "any":
            return Answer(self._path.child(step, optional=True), self._shape)
        members = self._shape.sdk_members
        if step not in members:
            raise DefinitionError(f"{self._path} has no field {step!r}{did_you_mean(step, members)}")
        member = members[step]
        return _answer(self._path.child(step, optional=not member.required), member.shape)


_LEAVES: dict[str, type[Reference]] = {
    "string": Str,
    "blob": Str,
    "timestamp": Timestamp,
    "integer": Number,
    "long": Number,
    "float": Number,
    "double": Number,
    "boolean": Bool,
}


def _answer(path: Path, shape: Shape) -> Answer:
    leaf = _LEAVES.get(shape.kind)
    if leaf is not None:
        return leaf(path)  # type: ignore[return-value]  # what is below an answer depends on the model
    return Answer(path, shape)


class Call(Task):
    """Calls an API; its answer is in `result`."""

    def __init__(
        self,
        name: str,
        action: str,
        parameters: Mapping[str, Payload],
        *,
        resource: str,
        **options: Unpack[Options],
    ) -> None:
        service, _, operation = action.partition(":")
        with building(name):
            try:
                model = operation_model(service, operation)
            except AslError as error:
                raise DefinitionError(str(error)) from None
        _check_parameters(model, parameters, action, name)
        self._model: Operation = model
        reason = options.pop("reason", "")
        if resource == "*" and not reason:
            raise DefinitionError(
                f"{action} on every resource: name the narrowest one, or give reason= why there is none",
                state=name,
            )
        super().__init__(
            name,
            f"arn:aws:states:::aws-sdk:{service}:{operation}",
            parameters,
            permissions=api_permissions(model.service.signing_name, model.name, str(resource), reason),
            **{"retry": (Retry(transient_errors(model), 1, 4, 2),), **options},  # type: ignore[arg-type]
        )

    @property
    def result(self) -> Answer:
        """The API's answer.

        Raises:
            DefinitionError: the action answers nothing, or the task's result is what comes back with its token.
        """
        if self.waits_for_token:
            raise self._error(
                "it waits for a task token, so its result is what comes back with the token, not the API's answer"
            )
        shape = self._model.output
        if shape is None:
            raise self._error(f"{self._model.name} answers nothing")
        return Answer(Path(self.root), shape)


def _check_parameters(model: Operation, parameters: Mapping[str, Payload], action: str, state: str) -> None:
    problem = None if model.input is None else _problem(model.input, parameters, "")
    if problem:
        raise DefinitionError(f"{action} {problem}", state=state)


def _problem(shape: Shape, value: Mapping[str, Payload], at: str) -> str | None:
    members = shape.sdk_members
    for name, item in value.items():
        if name not in members:
            return f"takes no parameter {at + name!r}{did_you_mean(name, members)}"
        problem = _misfit(members[name].shape, item, at + name)
        if problem:
            return problem
    missing = [name for name, member in members.items() if member.required and name not in value]
    return f"needs {', '.join(at + name for name in missing)}" if missing else None


def _misfit(shape: Shape, value: Payload, at: str) -> str | None:
    if _unfit(shape, value):
        return f"takes a {shape.kind} as {at!r}, not {value!r}"
    if isinstance(value, Mapping) and shape.kind == "structure":
        return _problem(shape, value, f"{at}.")
    if shape.kind == "list" and is_list(value):
        faults = (_misfit(shape.element, item, f"{at}[{index}]") for index, item in enumerate(value))
        return next(filter(None, faults), None)
    return None


def _unfit(shape: Shape, value: Payload) -> bool:
    if isinstance(value, Expression):
        return False
    if shape.kind == "list":
        return not is_list(value)
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str, Mapping),  # JSON in a string parameter: Step Functions writes an object as text
        "boolean": (bool, str),
        "integer": (int, str),
        "long": (int, str),
        "map": (Mapping,),
        "structure": (Mapping,),
    }
    allowed = kinds.get(shape.kind)
    return allowed is not None and not isinstance(value, allowed)


def call(
    name: str,
    action: str,
    parameters: Mapping[str, Payload],
    *,
    resource: str,
    **options: Unpack[Options],
) -> Call:
    """A task that calls `action`, such as `sfn:sendTaskSuccess`, and may do so on `resource` (an ARN).

    Raises:
        DefinitionError: the service, the action or a parameter does not exist, a required one is missing, one has
            the wrong type, or `resource` is `*` without a `reason`.
    """
    return Call(name, action, parameters, resource=resource, **options)
