"""Calls of the States Language's intrinsic functions.

Rules of https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html: string arguments stand in
single quotes; a backslash escapes a quote, a brace and itself; calls may nest.
"""

from __future__ import annotations

import json
import re
import string
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.values.expressions import Expression, check_text
from dsl.values.placeholders import USE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.values.expressions import Locate, ReferencePath

Argument: TypeAlias = Expression | str | int | float | bool | None
"""What an intrinsic function takes: a reference, another call, or a literal."""


class IntrinsicCall(Expression):
    """One call of an intrinsic function."""

    __slots__ = ("arguments", "name")
    _comparable = False  # a Choice compares paths, not results of functions

    def __init__(self, name: str, *arguments: Argument) -> None:
        for argument in arguments:
            if not _is_argument(argument):
                raise DefinitionError(
                    f"{name} takes references, calls, text, numbers, booleans and None, not {argument!r}"
                )
        self.name = name
        self.arguments = arguments

    def _asl(self, locate: Locate = str) -> str:
        return f"{self.name}({', '.join(_argument(argument, locate) for argument in self.arguments)})"

    def _paths(self) -> Iterator[ReferencePath]:
        for argument in self.arguments:
            if isinstance(argument, Expression):
                yield from argument._paths()

    def _incomparable(self) -> DefinitionError:
        return DefinitionError(
            f"{self!r} cannot be compared: a Choice compares what is in the data, and not what a function makes; put "
            "it there first, pass_('Count', {'n': ...}, into=slot), and compare that"
        )

    def __repr__(self) -> str:
        return f"<{self._asl()}>"


def _is_argument(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, Expression | str | int)


def _argument(argument: Argument, locate: Locate) -> str:
    if isinstance(argument, Expression):
        return argument._asl(locate)
    if isinstance(argument, str):
        check_text(argument)
        return f"'{_escaped(argument)}'"
    return json.dumps(argument)


_RESERVED = re.compile(rf"{USE.pattern}|[\\\\'{{}}]")


def _escaped(text: str) -> str:
    """Return the text with its reserved characters escaped, but for placeholders: they are gone before AWS reads it."""
    return _RESERVED.sub(lambda found: found[0] if len(found[0]) > 1 else f"\\{found[0]}", text)


def _on_values(name: str, *arguments: Argument) -> IntrinsicCall:
    """Return a call of a function that works on JSON values, and so takes a DynamoDB number as a number."""
    return IntrinsicCall(
        name, *(item._json() if isinstance(item, Expression) else item for item in arguments)
    )


@explained
def format_string(template: str, *arguments: Argument) -> IntrinsicCall:
    """`States.Format`: the template with each `{}` replaced by the next argument.

    Raises:
        DefinitionError: the number of `{}` differs from the number of arguments.
    """
    given: object = template
    if not isinstance(given, str):
        raise DefinitionError(f"format_string() takes a template first, '... {{}}', and not {given!r}")
    check_text(template)
    if (inside := USE.search(template)) is not None:
        raise DefinitionError(
            f"the template {template!r} holds the placeholder {inside[0]}; write {{}} there, and give "
            f"Placeholder({inside[1]!r}) as the argument"
        )
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise DefinitionError(f"the template {template!r} is malformed: {error}") from None
    slots = [f"{name}{conversion or ''}{spec}" for _, name, spec, conversion in parts if name is not None]
    if any(slots):
        raise DefinitionError(
            f"the template {template!r} says something in a slot; States.Format has only empty ones, '{{}}'"
        )
    if len(slots) != len(arguments):
        raise DefinitionError(
            f"the template {template!r} has {len(slots)} slots for {len(arguments)} arguments"
        )
    # Python doubles a brace to mean itself; the States Language escapes it with a backslash.
    escaped = "".join(_escaped(text) + ("" if name is None else "{}") for text, name, _, _ in parts)
    return _Format(escaped, *arguments)


class _Format(IntrinsicCall):
    __slots__ = ("_template",)

    def __init__(self, template: str, *arguments: Argument) -> None:
        super().__init__("States.Format", *arguments)
        self._template = template

    def _asl(self, locate: Locate = str) -> str:
        arguments = [f"'{self._template}'", *(_argument(argument, locate) for argument in self.arguments)]
        return f"States.Format({', '.join(arguments)})"


@explained
def array(*items: Argument) -> IntrinsicCall:
    """`States.Array`: a list of the items."""
    return _on_values("States.Array", *items)


@explained
def array_partition(items: Expression, size: int | Expression) -> IntrinsicCall:
    """`States.ArrayPartition`: the list cut into lists of at most `size` items."""
    return _on_values("States.ArrayPartition", items, size)


@explained
def array_contains(items: Expression, item: Argument) -> IntrinsicCall:
    """`States.ArrayContains`: whether the list holds the item."""
    return _on_values("States.ArrayContains", items, item)


@explained
def array_range(first: int | Expression, last: int | Expression, step: int | Expression) -> IntrinsicCall:
    """`States.ArrayRange`: the numbers from first to last, both included; at most 1,000."""
    return _on_values("States.ArrayRange", first, last, step)


@explained
def array_get_item(items: Expression, index: int | Expression) -> IntrinsicCall:
    """`States.ArrayGetItem`: the item at the index, counted from 0."""
    return _on_values("States.ArrayGetItem", items, index)


@explained
def array_length(items: Expression) -> IntrinsicCall:
    """`States.ArrayLength`: how many items the list holds."""
    return _on_values("States.ArrayLength", items)


@explained
def array_unique(items: Expression) -> IntrinsicCall:
    """`States.ArrayUnique`: the list without repetitions, in no promised order."""
    return _on_values("States.ArrayUnique", items)


@explained
def base64_encode(text: Argument) -> IntrinsicCall:
    """`States.Base64Encode`: of at most 10,000 characters."""
    return IntrinsicCall("States.Base64Encode", text)


@explained
def base64_decode(text: Argument) -> IntrinsicCall:
    """`States.Base64Decode`: of at most 10,000 characters."""
    return IntrinsicCall("States.Base64Decode", text)


@explained
def hash_of(data: Argument, algorithm: str) -> IntrinsicCall:
    """`States.Hash`: with MD5, SHA-1, SHA-256, SHA-384 or SHA-512, in hexadecimal."""
    if algorithm not in {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}:
        raise DefinitionError(
            f"States.Hash knows no {algorithm!r}; use MD5, SHA-1, SHA-256, SHA-384 or SHA-512"
        )
    return IntrinsicCall("States.Hash", data, algorithm)


@explained
def json_merge(first: Expression, second: Expression) -> IntrinsicCall:
    """`States.JsonMerge`: both objects in one, shallow; a field of the second wins."""
    return _on_values("States.JsonMerge", first, second, False)


@explained
def json_to_string(value: Expression) -> IntrinsicCall:
    """`States.JsonToString`: the value as JSON text."""
    return _on_values("States.JsonToString", value)


@explained
def string_to_json(text: Argument) -> IntrinsicCall:
    """`States.StringToJson`: the value that JSON text stands for."""
    return IntrinsicCall("States.StringToJson", text)


@explained
def math_random(
    start: int | Expression, end: int | Expression, seed: int | Expression | None = None
) -> IntrinsicCall:
    """`States.MathRandom`: a whole number from start, included, to end, excluded."""
    return _on_values("States.MathRandom", start, end, *(() if seed is None else (seed,)))


@explained
def math_add(first: int | Expression, second: int | Expression) -> IntrinsicCall:
    """`States.MathAdd`: the sum of two whole numbers."""
    return _on_values("States.MathAdd", first, second)


@explained
def string_split(text: Argument, separators: str) -> IntrinsicCall:
    """`States.StringSplit`: the text cut at any of the separator characters, empty pieces left out."""
    return IntrinsicCall("States.StringSplit", text, separators)


@explained
def uuid() -> IntrinsicCall:
    """`States.UUID`: a random (version 4) identifier."""
    return IntrinsicCall("States.UUID")
