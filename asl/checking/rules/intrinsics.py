"""Calls of intrinsic functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, Finding, machine_rule
from asl.diagnostics import Severity
from asl.expressions.intrinsic_calls import (
    Argument,
    CallFault,
    ConstantArgument,
    NumberArgument,
    ParsedCall,
    Parts,
    StringArgument,
)
from asl.expressions.intrinsic_functions import (
    FUNCTIONS,
    HASHES,
    LONGEST_RANGE,
    LONGEST_TEXT,
    IntrinsicFunction,
)
from asl.words import closest, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.locations import Location


MOST_CALLS: Final = 10
_KINDS: Final = {
    "l": "an array",
    "o": "an object",
    "t": "a text",
    "n": "a whole number",
    "b": "true or false",
}


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, DOCUMENTED)
def calls_can_be_read(view: View) -> Iterator[Finding]:
    """A call of an intrinsic function has the right syntax: brackets, commas, single quotes, escapes.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"id.$": "States.Format(\\"order {}\\", $.id)"}, "End": true}}
    """
    for use in view.texts.calls:
        if isinstance(use.parts, CallFault):
            yield Finding(
                f"The value for the field '{use.location.step}' must be a valid JSONPath or a valid intrinsic "
                f"function call: in {shorten(use.text)} {use.parts.reason}.",
                use.location,
            )


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, DOCUMENTED)
def functions_exist(view: View) -> Iterator[Finding]:
    """The function is one of the eighteen that there are, spelled exactly so.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"id.$": "States.format('order {}', $.id)"}, "End": true}}
    """
    for call, place in _calls(view):
        if call.name not in FUNCTIONS:
            near = closest(call.name, FUNCTIONS)
            hint = f"did you mean States.{near}?" if near else "there is no function of that name."
            yield Finding(
                f"The value for the field '{place.step}' must be a valid JSONPath or a valid intrinsic function "
                f"call: States.{shorten(call.name)} is not known; {hint}",
                place,
            )


@machine_rule("INTRINSIC_ARGUMENT_COUNT", Severity.WARNING, DOCUMENTED)
def functions_get_the_right_number_of_arguments(view: View) -> Iterator[Finding]:
    """A function is called with the right number of arguments.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n)"}, "End": true}}
    """
    for call, place in _calls(view):
        function = FUNCTIONS.get(call.name)
        if function is None:
            continue
        count = len(call.arguments)
        if count < function.fewest or (function.most is not None and count > function.most):
            given = "none" if count == 0 else str(count)
            yield Finding(
                f"States.{call.name} takes {_count(function)}, not {given}: write {function.usage}.", place
            )


@machine_rule("INTRINSIC_ARGUMENT", Severity.WARNING, DOCUMENTED)
def functions_get_the_right_arguments(view: View) -> Iterator[Finding]:
    """A constant argument has the type and is within the limits that the function accepts.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"digest.$": "States.Hash($.order, 'SHA256')"}, "End": true}}
    """
    for call, place in _calls(view):
        function = FUNCTIONS.get(call.name)
        if function is not None:
            for i, argument in enumerate(call.arguments[: len(function.kinds)]):
                fault = _kind_fault(function.kinds[i], argument)
                if fault is not None:
                    yield Finding(
                        f"Argument {i + 1} of States.{call.name} has to be {fault}: write {function.usage}.",
                        place,
                    )
                    break
            else:
                fault = _limit_fault(call)
                if fault is not None:
                    yield Finding(fault, place)


@machine_rule("FORMAT_SLOTS", Severity.WARNING, DOCUMENTED)
def format_gets_a_value_for_every_slot(view: View) -> Iterator[Finding]:
    """`States.Format` has one value for each `{}` of its template, in which other braces have a backslash.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"id.$": "States.Format('{} of {}', $.n)"}, "End": true}}
    """
    for call, place in _calls(view):
        if call.name != "Format" or not call.arguments or not isinstance(call.arguments[0], StringArgument):
            continue
        slots, values = call.arguments[0].slots, len(call.arguments) - 1
        if slots is None:
            yield Finding(
                r"States.Format has a single brace in its text; a slot is written {}, a brace itself \{ or \}.",
                place,
            )
        elif slots != values:
            yield Finding(
                f"States.Format has {_plural(slots, 'slot')} {{}} in its text and {_plural(values, 'value')} for "
                f"{'it' if slots == 1 else 'them'}.",
                place,
            )


@machine_rule("TOO_MANY_INTRINSICS", Severity.WARNING, DOCUMENTED)
def calls_are_not_nested_too_often(view: View) -> Iterator[Finding]:
    """A field has at most ten calls of intrinsic functions.

    Example::

        {"Brew": {"Type": "Pass", "End": true, "Parameters": {"ids.$": "States.Array(States.UUID(), States.UUID(), \
            States.UUID(), States.UUID(), States.UUID(), States.UUID(), States.UUID(), States.UUID(), \
            States.UUID(), States.UUID())"}}}
    """
    for use in view.texts.calls:
        if isinstance(use.parts, Parts):
            count = len(use.parts.calls)
            if count > MOST_CALLS:
                yield Finding(
                    f"This field calls {count} intrinsic functions, and the service takes {MOST_CALLS}: "
                    "compute a part of it in a state before.",
                    use.location,
                )


def _calls(view: View) -> Iterator[tuple[ParsedCall, Location]]:
    for use in view.texts.calls:
        if isinstance(use.parts, Parts):
            for call in use.parts.calls:
                yield call, use.location


def _count(function: IntrinsicFunction) -> str:
    if function.most is None:
        return f"{_plural(function.fewest, 'argument')} or more"
    if function.most != function.fewest:
        return f"{function.fewest} or {function.most} arguments"
    return "no arguments" if function.most == 0 else _plural(function.most, "argument")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _kind_fault(kind: str, argument: Argument) -> str | None:
    """Return what the argument should be, if it is a constant and is not that."""
    if kind == "a" or not isinstance(argument, StringArgument | NumberArgument | ConstantArgument):
        return None
    right = {
        "t": isinstance(argument, StringArgument),
        "n": isinstance(argument, NumberArgument) and argument.whole is not None,
        "b": isinstance(argument, ConstantArgument) and argument.raw != "null",
    }.get(kind, False)
    return None if right else _KINDS[kind]


def _limit_fault(call: ParsedCall) -> str | None:
    """Return what is wrong with constant arguments of the right kind."""
    arguments = call.arguments
    if call.name == "Hash" and len(arguments) == 2 and isinstance(arguments[1], StringArgument):
        if arguments[1].value not in HASHES:
            return f"States.Hash knows {listed(list(HASHES))}, not '{shorten(arguments[1].value)}'."
    elif call.name == "JsonMerge" and len(arguments) == 3:
        if isinstance(arguments[2], ConstantArgument) and arguments[2].raw != "false":
            return "States.JsonMerge only merges the first level; its third argument has to be false."
    elif (
        call.name in ("Base64Encode", "Base64Decode", "Hash")
        and arguments
        and isinstance(arguments[0], StringArgument)
    ):
        if len(arguments[0].value) > LONGEST_TEXT:
            return f"States.{call.name} takes a text of at most {LONGEST_TEXT} characters."
    elif call.name == "ArrayGetItem" and len(arguments) == 2:
        index = _whole(arguments[1])
        if index is not None and index < 0:
            return f"States.ArrayGetItem counts from 0 and from the start; there is no item {index}."
    elif call.name == "ArrayPartition" and len(arguments) == 2:
        size = _whole(arguments[1])
        if size is not None and size < 1:
            return f"The size for States.ArrayPartition has to be 1 or more, not {size}."
    elif call.name == "ArrayRange" and len(arguments) == 3:
        return _range_fault(*(_whole(argument) for argument in arguments))
    elif call.name == "MathRandom" and len(arguments) > 1:
        start, end = _whole(arguments[0]), _whole(arguments[1])
        if start is not None and end is not None and end <= start:
            return (
                f"States.MathRandom chooses from {start} up to, but not including, {end}: there is nothing."
            )
    return None


def _range_fault(first: int | None, last: int | None, step: int | None) -> str | None:
    if step == 0:
        return "The step of States.ArrayRange cannot be 0."
    if first is None or last is None or step is None:
        return None
    count = (last - first) // step + 1
    if count > LONGEST_RANGE:
        return f"States.ArrayRange makes an array of at most {LONGEST_RANGE} items; this would have {count}."
    return None


def _whole(argument: Argument) -> int | None:
    return argument.whole if isinstance(argument, NumberArgument) else None
