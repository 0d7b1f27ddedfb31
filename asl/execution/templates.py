"""Payload templates and single expressions, prepared once and filled in whenever a state runs.

In JSONPath a key that ends with `.$` has a path or a call; in JSONata a string between `{%` and `%}` is an expression.
Causes are worded as AWS words them; those of paths and calls were recorded there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.execution.faults import INTRINSIC_FAILURE, RUNTIME, RuntimeFault
from asl.execution.paths import ABSENT, PathMissing, compile_path
from asl.execution.queries import compile_query
from asl.execution.sight import NULL_INPUT
from asl.execution.values import copied, dump
from asl.expressions import JSONATA, is_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.execution.paths import PathReader
    from asl.execution.sight import Sight

    Filler = Callable[[Sight], Any]
    """Fills something in. Raises RuntimeFault or QueryFault."""


def template(language: str, template: Any, location: str) -> Filler:
    """Return a payload template in either language. `location` is the field, such as `Output/total`."""
    return query_template(template, location) if language == JSONATA else path_template(template)


def written(language: str, raw: Mapping[str, Any], field: str, *, within: str = "") -> Filler | None:
    """Return the template that a state, or a part of one, has in a field; None where it has none."""
    location = f"{within}/{field}" if within else field
    return template(language, raw[field], location) if field in raw else None


def constant(value: Any) -> Filler:
    """Give the same value each time; a copy, so that nobody can change it for others."""
    if isinstance(value, (dict, list)):
        return lambda _: copied(value)
    return lambda _: value


# --- JSONPath ---


def path_template(template: Any) -> Filler:
    """Return a template of Parameters, ResultSelector, ItemSelector or Assign."""
    if isinstance(template, dict) and _any(template, _is_dynamic):
        parts = [
            (key[:-2], dynamic(value, key)) if key.endswith(".$") else (key, path_template(value))
            for key, value in template.items()
        ]
        return lambda sight: {key: fill(sight) for key, fill in parts}
    if isinstance(template, list) and _any(template, _is_dynamic):
        items = [path_template(item) for item in template]
        return lambda sight: [fill(sight) for fill in items]
    return constant(template)


def _is_dynamic(template: Any) -> bool:
    return isinstance(template, dict) and any(key.endswith(".$") for key in template)


def _any(template: Any, test: Callable[[Any], bool]) -> bool:
    """Whether a test holds for something in a template."""
    inside = (
        template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    )
    return test(template) or any(_any(part, test) for part in inside)


def dynamic(text: Any, field: str) -> Filler:
    """Return a path or a call in a field."""
    try:
        if not isinstance(text, str):
            raise ValueError(text)
        if not text.startswith("$"):
            return _call(text)
        reader = compile_path(text)
    except ValueError:
        return _failing(
            f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
        )

    def fill(sight: Sight) -> Any:
        try:
            found = sight.read(reader)
        except PathMissing as missing:
            if missing.reason == NULL_INPUT:
                raise RuntimeFault(NULL_INPUT) from None
            raise RuntimeFault(_not_found(text, field, reader, sight)) from None
        except ValueError as error:
            raise RuntimeFault(str(error)) from None
        # Past the end of a list lies null, but only here (measured on AWS, see docs/engines.md).
        return None if found is ABSENT else found

    return fill


def _failing(reason: str) -> Filler:
    def fail(_: Sight) -> Any:
        raise RuntimeFault(reason)

    return fail


def _call(text: str) -> Filler:
    # Many a machine calls none, and what reads them takes as long to load as much of the engine.
    from asl.execution.intrinsics import CallFailed, compile_call

    run = compile_call(text)

    def fill(sight: Sight) -> Any:
        try:
            return run(sight)
        except CallFailed as failed:
            raise RuntimeFault(
                f"The function '{text}' had the following error: {failed.reason}",
                RUNTIME if failed.missing else INTRINSIC_FAILURE,
            ) from None

    return fill


def _not_found(text: str, field: str, reader: PathReader, sight: Sight) -> str:
    searched = sight.context if reader.root == "$$" else sight.data
    return (
        f"The JSONPath '{text}' specified for the field '{field}' could not be found in the input "
        f"'{dump(searched)}'"
    )


def selected(text: str | None) -> Filler:
    """InputPath, OutputPath, ItemsPath: a path whose fault names no field; None gives an empty object."""
    if text is None:
        return lambda _: {}
    if text == "$":
        return lambda sight: sight.data
    try:
        if not text.startswith("$"):
            return _call(text)
        reader = compile_path(text)
    except ValueError as error:
        return _failing(f"Invalid path '{text}' : {error}")

    def fill(sight: Sight) -> Any:
        try:
            found = sight.read(reader)
        except PathMissing as missing:
            if missing.reason == NULL_INPUT:
                raise RuntimeFault(NULL_INPUT) from None
            raise RuntimeFault(f"Invalid path '{text}' : {missing.reason}") from None
        except ValueError as error:
            raise RuntimeFault(f"Invalid path '{text}' : {error}") from None
        if found is ABSENT:
            raise RuntimeFault(f"Invalid path '{text}' : No results for path: {text}")
        return found

    return fill


# --- JSONata ---


def query_template(template: Any, location: str) -> Filler:
    """Return a template of Arguments, Output, Assign and the like. `location` is the field, such as `Output/total`."""
    if is_expression(template):
        return compile_query(template, location)
    if isinstance(template, dict) and _any(template, is_expression):
        parts = [(key, query_template(value, f"{location}/{key}")) for key, value in template.items()]
        return lambda sight: {key: fill(sight) for key, fill in parts}
    if isinstance(template, list) and _any(template, is_expression):
        items = [query_template(item, f"{location}[{i}]") for i, item in enumerate(template)]
        return lambda sight: [fill(sight) for fill in items]
    return constant(template)
