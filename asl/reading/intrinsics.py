"""CloudFormation's intrinsic functions, as far as a definition can be read through them.

What only a deployment knows becomes a placeholder (`${Queue.Arn}`), which the checker takes wherever a string may
stand. The partition is taken to be `aws`, since a resource of Step Functions cannot be recognised without it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.reading.texts import Text

if TYPE_CHECKING:
    from asl.reading.places import Places

_FN: Final = (
    "And Base64 Cidr Equals FindInMap GetAZs GetAtt If ImportValue Join Length Not Or Select Split Sub ToJsonString "
    "Transform"
)
FUNCTIONS: Final = frozenset({"Ref", "Condition", *(f"Fn::{name}" for name in _FN.split())})
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html"""
NO_VALUE: Final = "${AWS::NoValue}"
_IN_TEXT = re.compile(r"\$\{(!?)([^{}]*)\}")
_KNOWN: Final = {"AWS::Partition": "aws"}


def function(value: object) -> str | None:
    """Return the name of the intrinsic function that a value calls, None where it is an ordinary value."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name = next(iter(value))
    return name if name in FUNCTIONS else None


def text_of(value: object, places: Places, container: object, step: str | int) -> Text | None:
    """Return the text that a value of a template comes to, with placeholders; None where it is not text.

    `container` and `step` say where the value is written.
    """
    name = function(value)
    if isinstance(value, str):
        places.allowance.take(len(value))
        return places.string(container, step, value)
    start = places.text.origin(places.value_start(container, step))
    if isinstance(value, bool):
        return Text.at("true" if value else "false", start)
    if isinstance(value, int | float):
        return Text.at(str(value), start) if abs(value) < 1e30 else None
    if not isinstance(value, dict) or name is None:
        return None
    argument: object = value[name]
    if name == "Fn::Sub":
        return _sub(value, argument, places)
    if name == "Fn::Join":
        return _join(argument, places, start)
    if name == "Fn::If":
        branch, container, step = chosen(value)
        return text_of(branch, places, container, step)
    return Text.at(_placeholder(name, argument), start)


def chosen(value: dict[str, object]) -> tuple[object, object, str | int]:
    """Return the value of an `Fn::If` if its condition holds, or the other one where that is no value, and where it is
    written."""
    argument = value["Fn::If"]
    if not isinstance(argument, list) or len(argument) != 3:
        return NO_VALUE, value, "Fn::If"
    index = 2 if argument[1] == {"Ref": "AWS::NoValue"} else 1
    return argument[index], argument, index


def _placeholder(name: str, argument: object) -> str:
    if name == "Ref" and isinstance(argument, str):
        return _KNOWN.get(argument, f"${{{argument}}}")
    if name == "Fn::GetAtt" and isinstance(argument, str):
        return f"${{{argument}}}"
    if (
        name == "Fn::GetAtt"
        and isinstance(argument, list)
        and all(isinstance(part, str) for part in argument)
    ):
        return f"${{{'.'.join(argument)}}}"
    return f"${{{name}}}"


def _sub(value: dict[str, object], argument: object, places: Places) -> Text | None:
    container: object = value
    step: str | int = "Fn::Sub"
    values: object = {}
    if isinstance(argument, list) and len(argument) == 2:
        container, step = argument, 0
        argument, values = argument
    if not isinstance(argument, str):
        return None
    known = dict(_KNOWN)
    if isinstance(values, dict):
        for name, item in values.items():
            text = text_of(item, places, values, name)
            known[name] = text.value if text is not None else f"${{{name}}}"

    def replacement(found: re.Match[str]) -> str:
        text = f"${{{found[2]}}}" if found[1] else known.get(found[2], found[0])
        places.allowance.take(len(text))
        return text

    return places.string(container, step, argument).replaced(_IN_TEXT, replacement)


def _join(argument: object, places: Places, start: int) -> Text:
    if not isinstance(argument, list) or len(argument) != 2:
        return Text.at("${Fn::Join}", start)
    between, pieces = argument
    if not isinstance(between, str) or not isinstance(pieces, list):
        return Text.at("${Fn::Join}", start)
    parts: list[Text] = []
    for i, piece in enumerate(pieces):
        if i and between:
            places.allowance.take(len(between))
            parts.append(Text.at(between, places.text.origin(places.value_start(pieces, i))))
        text = text_of(piece, places, pieces, i)
        parts.append(text if text is not None else Text.at("${Fn::Join}", start))
    return Text.joined(parts)
