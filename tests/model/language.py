"""Amazon States Language, evaluated step by step: what a compiled definition does with its data.

Strict where an emulator is lenient: a path that isn't there, a comparison of different types and a field that this
interpreter does not know are errors. Written from https://states-language.net/spec.html for the part that the two
workflows use. Nothing here calls a service; a Task is taken up to its request, and on from its answer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

canonical = json.JSONEncoder(sort_keys=True).encode
"""The JSON of a value, the same for equal ones."""

_KNOWN_FIELDS = {
    "Task": {
        "Type", "Resource", "Parameters", "ResultSelector", "ResultPath", "OutputPath", "Retry", "Catch", "Next",
        "End", "TimeoutSeconds",
    },
    "Choice": {"Type", "Choices", "Default"},
    "Pass": {"Type", "Parameters", "Result", "ResultPath", "Next", "End"},
    "Fail": {"Type", "Error", "Cause"},
}  # fmt: skip


class RuntimeFault(Exception):  # noqa: N818
    """What Step Functions would end the execution for with `States.Runtime`."""


def resolve(path: str, data: Any, context: Mapping[str, Any]) -> Any:
    """Return the value at a reference path. Raises RuntimeFault if there is none."""
    root, words = (context, path[3:]) if path.startswith("$$.") else (data, path[2:])
    if path == "$":
        return data
    if not re.fullmatch(r"\$?\$\.[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", path):
        raise RuntimeFault(f"this interpreter does not read the path {path}")
    value: Any = root
    for word in words.split("."):
        if not isinstance(value, dict) or word not in value:
            raise RuntimeFault(f"{path} is not there")
        value = value[word]
    return value


def is_present(path: str, data: Any, context: Mapping[str, Any]) -> bool:
    """Whether there is a value at a path."""
    try:
        resolve(path, data, context)
    except RuntimeFault:
        return False
    return True


def template(payload: Any, data: Any, context: Mapping[str, Any]) -> Any:
    """Return a payload template filled in."""
    if isinstance(payload, dict):
        return dict(
            (key[:-2], _dynamic(value, data, context))
            if key.endswith(".$")
            else (key, template(value, data, context))
            for key, value in payload.items()
        )
    if isinstance(payload, list):
        return [template(value, data, context) for value in payload]
    return payload


def _dynamic(expression: str, data: Any, context: Mapping[str, Any]) -> Any:
    call = re.fullmatch(r"States\.(\w+)\((.*)\)", expression)
    if call is None:
        return resolve(expression, data, context)
    function, inside = call.groups()
    arguments = [_argument(word, data, context) for word in _arguments(inside)]
    match function:
        case "Array":
            return arguments
        case "StringToJson":
            return json.loads(arguments[0])
        case "StringSplit":
            text, separators = arguments
            return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]
        case "ArrayGetItem":
            items, index = arguments
            return items[index]
        case "Format":
            text, *fillings = arguments
            parts = text.split("{}")
            if len(parts) != len(fillings) + 1:
                raise RuntimeFault(f"{expression} has as many blanks as it should not have")
            return "".join(part + str(filling) for part, filling in zip(parts, [*fillings, ""], strict=True))
    raise RuntimeFault(f"this interpreter does not know States.{function}")


def _arguments(inside: str) -> list[str]:
    """Return the arguments of a call, a call among them whole."""
    found, depth = [""], 0
    for word in re.findall(r"'(?:[^'\\]|\\.)*'|[(),]|[^(),'\s]+", inside):
        if word == "," and not depth:
            found.append("")
            continue
        depth += (word == "(") - (word == ")")
        found[-1] += word
    return found


def _argument(word: str, data: Any, context: Mapping[str, Any]) -> Any:
    if word.startswith("'"):
        return word[1:-1]
    return int(word) if re.fullmatch(r"-?\d+", word) else _dynamic(word, data, context)


def holds(rule: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> bool:
    """Whether a rule of a Choice state holds; And and Or stop at the first that decides."""
    if "And" in rule:
        return all(holds(part, data, context) for part in rule["And"])
    if "Or" in rule:
        return any(holds(part, data, context) for part in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, context)
    (operator,) = [key for key in rule if key not in ("Variable", "Next")]
    wanted = rule[operator]
    if operator == "IsPresent":
        return is_present(rule["Variable"], data, context) is wanted
    value = resolve(rule["Variable"], data, context)
    match operator:
        case "IsString":
            return isinstance(value, str) is wanted
        case "StringEquals":
            return isinstance(value, str) and value == wanted
        case "StringEqualsPath":
            return isinstance(value, str) and value == resolve(wanted, data, context)
        case "StringGreaterThanEquals":
            return isinstance(value, str) and value >= wanted
        case "StringMatches":
            pattern = "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", wanted))
            return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None
        case "BooleanEquals":
            return isinstance(value, bool) and value is wanted
    raise RuntimeFault(f"this interpreter does not know {operator}")


def check_fields(state: Mapping[str, Any]) -> None:
    """Raise RuntimeFault for a field that this interpreter would pass over."""
    if unknown := set(state) - _KNOWN_FIELDS[state["Type"]]:
        raise RuntimeFault(f"this interpreter does not know {sorted(unknown)}")


def place_result(state: Mapping[str, Any], data: Any, result: Any) -> Any:
    """Return the data after a state's result: ResultPath, then OutputPath."""
    path = state.get("ResultPath", "$")
    if path is None:
        after = data
    elif path == "$":
        after = result
    else:
        words = path[2:].split(".")
        if len(words) != 1 or not isinstance(data, dict):
            raise RuntimeFault(f"this interpreter does not write to {path}")
        after = {**data, words[0]: result}
    output = state.get("OutputPath", "$")
    return after if output == "$" else resolve(output, after, {})


def select(state: Mapping[str, Any], result: Any) -> Any:
    """Return the result after ResultSelector."""
    return template(state["ResultSelector"], result, {}) if "ResultSelector" in state else result


def catcher(state: Mapping[str, Any], error: str) -> Mapping[str, Any] | None:
    """Return the first catcher of a state that takes an error."""
    for entry in state.get("Catch", []):
        if error in entry["ErrorEquals"] or "States.ALL" in entry["ErrorEquals"]:
            found: Mapping[str, Any] = entry
            return found
    return None


def is_retried(state: Mapping[str, Any], error: str) -> bool:
    """Whether a state is tried again after an error."""
    return any(error in entry["ErrorEquals"] for entry in state.get("Retry", []))
