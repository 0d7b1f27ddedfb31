"""The AWS schema that pulumi_aws carries: which properties a resource has, of which types, and which it must have.

The package is generated from the schema of the AWS plugin. Pulumi itself reads names and types back from its
classes, by the functions of `pulumi._types` that are used here.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Awaitable, Mapping, Sequence
from enum import Enum
from typing import Any

import pulumi
import pulumi_aws
from pulumi import _types


def arguments_of(token: str) -> type:
    """Return the class of a resource type's arguments: `aws:sqs/queue:Queue` -> `pulumi_aws.sqs.QueueArgs`."""
    match = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", token)
    assert match, f"{token} is not the token of an AWS resource"
    module = getattr(pulumi_aws, {"lambda": "lambda_"}.get(match[1], match[1]))
    arguments: type = getattr(sys.modules[getattr(module, match[2]).__module__], f"{match[2]}Args")
    return arguments


def faults(token: str, inputs: Mapping[str, Any]) -> list[str]:
    """Whatever the AWS plugin's schema does not allow about a resource's properties."""
    return list(_object_faults(arguments_of(token), inputs, token))


def _object_faults(cls: type, value: Mapping[str, Any], at: str) -> typing.Iterator[str]:
    known = _types.input_type_types(cls)  # by Pulumi's names
    names = dict(_types.input_type_py_to_pulumi_names(cls))
    required = {
        names.get(name, name)
        for name, parameter in inspect.signature(cls.__init__).parameters.items()  # type: ignore[misc]
        if name != "__self__" and parameter.default is inspect.Parameter.empty
    }
    for name in sorted(required - value.keys()):
        yield f"{at}.{name} is required"
    for name, item in value.items():
        if name not in known:
            yield f"{at}.{name} does not exist"
        else:
            yield from _value_faults(known[name], item, f"{at}.{name}")


def _value_faults(type_: Any, value: Any, at: str) -> typing.Iterator[str]:
    origin = typing.get_origin(type_)
    if origin is typing.Union or isinstance(type_, types.UnionType):
        # An input may also be an Output or an Awaitable; a recorded one is resolved.
        options = [option for option in typing.get_args(type_) if not _wraps(option)]
        found = [list(_value_faults(option, value, at)) for option in options]
        if all(found):
            yield min(found, key=len)[0]
    elif origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            yield f"{at} is no map"
            return
        for key, item in value.items():
            yield from _value_faults(typing.get_args(type_)[1], item, f"{at}.{key}")
    elif origin is not None and issubclass(origin, Sequence):
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield f"{at} is no list"
            return
        for index, item in enumerate(value):
            yield from _value_faults(typing.get_args(type_)[0], item, f"{at}[{index}]")
    elif isinstance(type_, type) and issubclass(type_, Enum):
        if value not in {member.value for member in type_}:
            yield f"{at} is {value!r}, which is none of its values"
    elif isinstance(type_, type) and _types.is_input_type(type_):
        if isinstance(value, Mapping):
            yield from _object_faults(type_, value, at)
        else:
            yield f"{at} is no object"
    elif type_ is float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield f"{at} is no number"
    elif type_ is int:
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{at} is no integer"
    elif type_ in (str, bool, pulumi.Archive, pulumi.Asset) and not isinstance(value, type_):
        yield f"{at} is {type(value).__name__}, not {type_.__name__}"


def _wraps(option: Any) -> bool:
    return option is type(None) or typing.get_origin(option) in (Awaitable, pulumi.Output)
