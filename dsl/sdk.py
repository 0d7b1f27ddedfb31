"""Calls of any AWS API, checked against botocore's own service models.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html: the service is named as in
AWS's Java SDK, the action in camel case, parameters and results in Pascal case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypedDict

from dsl.errors import DefinitionError, caller, did_you_mean
from dsl.expressions import Expression, Path
from dsl.references import Bool, Number, Reference, Str, Timestamp
from dsl.service_models import operation_model
from dsl.tasks import Permission, Retry, Task

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape, StructureShape
    from typing_extensions import Unpack

    from dsl.payloads import Payload
    from dsl.placeholders import Placeholder
    from dsl.references import Integer


TRANSIENT: Final = ("ThrottlingException", "SdkClientException")
"""Faults that pass by themselves, without the service's name before them."""


class Options(TypedDict, total=False):
    """What `call()` takes besides the action and its parameters."""

    reason: str
    wait_for_token: bool
    timeout: int | Placeholder | Integer | None
    heartbeat: int | Placeholder | Integer | None
    retry: Sequence[Retry]
    output: Mapping[str, Payload] | Reference | None
    comment: str | None


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
        from botocore.model import ListShape, MapShape

        if isinstance(step, int):
            if not isinstance(self._shape, ListShape):
                raise DefinitionError(
                    f"{self._path} is no list but a {self._shape.type_name}; it has no element {step}"
                )
            return _answer(self._path.child(step, optional=True), self._shape.member)
        if isinstance(self._shape, MapShape):
            return _answer(self._path.child(step, optional=True), self._shape.value)
        members = {_pascal(name): member for name, member in getattr(self._shape, "members", {}).items()}
        if step not in members:
            raise DefinitionError(f"{self._path} has no field {step!r}{did_you_mean(step, members)}")
        required = {_pascal(name) for name in getattr(self._shape, "required_members", ())}
        return _answer(self._path.child(step, optional=step not in required), members[step])


_LEAVES: dict[str, type[Reference]] = {
    "string": Str,
    "character": Str,
    "blob": Str,
    "timestamp": Timestamp,
    "integer": Number,
    "long": Number,
    "float": Number,
    "double": Number,
    "boolean": Bool,
}


def _answer(path: Path, shape: Shape) -> Answer:
    leaf = _LEAVES.get(shape.type_name)
    if leaf is not None:
        return leaf(path)  # type: ignore[return-value]  # what is below an answer depends on the model
    return Answer(path, shape)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


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
        model = operation_model(service, operation)
        _check_parameters(model, parameters, action, name)
        self._model: OperationModel = model
        reason = options.pop("reason", "")
        if resource == "*" and not reason:
            raise DefinitionError(
                f"{action} on every resource: name the narrowest one, or give reason= why there is none",
                state=name,
                source=caller(),
            )
        permission = Permission(f"{_iam_prefix(model)}:{_pascal(operation)}", str(resource), reason)
        super().__init__(
            name,
            f"arn:aws:states:::aws-sdk:{service}:{operation}",
            parameters,
            permissions=[permission],
            **{"retry": (_transient(service),), **options},  # type: ignore[arg-type]
        )

    @property
    def result(self) -> Answer:
        """The API's answer.

        Raises:
            DefinitionError: the action answers nothing.
        """
        shape = self._model.output_shape
        if shape is None:
            raise self._error(f"{self._model.name} answers nothing")
        return Answer(Path(self.root), shape)


def _transient(service: str) -> Retry:
    return Retry(tuple(f"{_pascal(service)}.{error}" for error in TRANSIENT), 1, 4, 2)


def _iam_prefix(model: OperationModel) -> str:
    """IAM's name of the service: that of its requests' signature, but for the few that differ."""
    signing = str(model.service_model.signing_name)
    return {"monitoring": "cloudwatch", "email": "ses"}.get(signing, signing)


def _check_parameters(
    model: OperationModel, parameters: Mapping[str, Payload], action: str, state: str
) -> None:
    shape = model.input_shape
    problem = None if shape is None else _problem(shape, parameters, "")
    if problem:
        raise DefinitionError(f"{action} {problem}", state=state, source=caller())


def _problem(shape: StructureShape, value: Mapping[str, Payload], at: str) -> str | None:
    from botocore.model import StructureShape

    members = {_pascal(name): member for name, member in shape.members.items()}
    for name, item in value.items():
        if name not in members:
            return f"takes no parameter {at + name!r}{did_you_mean(name, members)}"
        member = members[name]
        if isinstance(item, Mapping) and isinstance(member, StructureShape):
            problem = _problem(member, item, f"{at}{name}.")
        elif _unfit(member, item):
            problem = f"takes a {member.type_name} as {at + name!r}, not {item!r}"
        else:
            problem = None
        if problem:
            return problem
    missing = [_pascal(name) for name in shape.required_members if _pascal(name) not in value]
    return f"needs {', '.join(at + name for name in missing)}" if missing else None


def _unfit(member: Shape, value: Payload) -> bool:
    if isinstance(value, Expression):
        return False
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str, Mapping),  # JSON in a string parameter: Step Functions writes an object as text
        "boolean": (bool, str),
        "integer": (int, str),
        "long": (int, str),
        "list": (Sequence,),
        "map": (Mapping,),
        "structure": (Mapping,),
    }
    allowed = kinds.get(member.type_name)
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
