"""Paths: their syntax, and which kind a field takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, RECORDED, Finding, machine_rule
from asl.diagnostics import Severity
from asl.expressions.jsonpath import PathFault
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.texts import PathUse

_START = {
    "path": "Value must be a valid JSONPath",
    "single": "Value must be a valid JSONPath",
    "number": "Value is not a Reference Path",
    "reference": "Value is not a Reference Path",
    "result": "Value is not a Reference Path",
}


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def paths_can_be_read(view: View) -> Iterator[Finding]:
    """A path has JSONPath's syntax.

    Example::

        {"Brew": {"Type": "Pass", "InputPath": "$.order.", "End": true}}
    """
    for use in view.texts.paths:
        if isinstance(use.path, PathFault):
            start = _START.get(use.role) or (
                f"The value for the field '{use.location.step}' must be a valid JSONPath or a valid intrinsic "
                "function call"
            )
            yield Finding(
                f"{start}: {shorten(use.text)} cannot be read, since {use.path.reason}.", use.location
            )


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def reference_paths_name_one_place(view: View) -> Iterator[Finding]:
    """Where one place is meant, a path has no wildcard, filter, slice, deep scan or function.

    These are reference paths: `ResultPath`, `ItemsPath`, `Variable`, the paths that a choice compares with, and those
    to the numbers of a Map state.

    Example::

        {"Shop Open?": {"Type": "Choice", "Default": "Brew", "Choices": [
            {"Variable": "$.shops[*].open", "BooleanEquals": true, "Next": "Brew"}]},
         "Brew": {"Type": "Pass", "End": true}}
    """
    for use in view.texts.paths:
        if use.role not in ("reference", "number", "result") or isinstance(use.path, PathFault):
            continue
        step = next((step for step in use.path.steps if step.kind not in ("name", "index")), None)
        if step is not None:
            yield Finding(
                f"Value is not a Reference Path: '{use.location.step}' names a single place, and "
                f"{shorten(use.text)} has {_step_words(step.kind)} in it.",
                use.location,
            )


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, DOCUMENTED)
def results_go_into_the_input(view: View) -> Iterator[Finding]:
    """`ResultPath` is a place in the state's input: neither the context object nor a variable takes a result.

    Example::

        {"Brew": {"Type": "Pass", "ResultPath": "$$.Execution.Input", "End": true}}
    """
    for use in view.texts.paths:
        if use.role == "result" and not isinstance(use.path, PathFault) and use.path.root != "$":
            instead = (
                "the context object cannot be written to"
                if use.path.root == "$$"
                else f"set the variable {use.path.root} in 'Assign'"
            )
            yield Finding(
                f"Value is not a Reference Path: 'ResultPath' has to start with $. or $[, not {shorten(use.text)}; "
                f"{instead}.",
                use.location,
            )


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def numbers_of_maps_come_from_the_input(view: View) -> Iterator[Finding]:
    """Of the paths of a Map state only `ItemsPath` may read the context object, and none of those to its numbers.

    Example::

        {"Pour": {"Type": "Map", "MaxConcurrencyPath": "$$.Execution.Input.baristas", "End": true,
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    for use in view.texts.paths:
        if use.role == "number" and not isinstance(use.path, PathFault) and use.path.root == "$$":
            yield Finding(
                f"Value is not a Reference Path: '{use.location.step}' reads the state's input or a variable, and "
                f"{shorten(use.text)} the context object. Hand the number on in the input.",
                use.location,
            )


@machine_rule("INDEFINITE_PATH", Severity.WARNING, DOCUMENTED)
def single_values_come_from_definite_paths(view: View) -> Iterator[Finding]:
    """A path to a number or a timestamp selects one value; a path with a wildcard or filter always returns a list.

    Example::

        {"Rest": {"Type": "Wait", "SecondsPath": "$..pause", "End": true}}
    """
    for use in view.texts.paths:
        if use.role == "single" and not isinstance(use.path, PathFault) and not use.path.is_definite:
            yield Finding(
                f"'{use.location.step}' has to give one value, and {shorten(use.text)} gives a list: "
                f"it has {_kind(use)} in it.",
                use.location,
            )


def _kind(use: PathUse) -> str:
    if isinstance(use.path, PathFault):
        return ""
    return _step_words(
        next(step.kind for step in use.path.steps if step.kind not in ("name", "index", "function"))
    )


def _step_words(kind: str) -> str:
    return {
        "names": "several names",
        "indexes": "several indexes",
        "slice": "a slice",
        "wildcard": "a wildcard",
        "filter": "a filter",
        "deep": "a deep scan",
    }.get(kind, "a function")
