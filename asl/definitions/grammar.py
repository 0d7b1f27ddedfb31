"""Which field takes what: a path, a payload template, an expression, in either language.

The one table that everything here which reads definitions shares, after https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

PathRole = Literal["path", "single", "number", "reference", "result", "template"]
"""What a field takes: any path, a path to one value, a reference path to a number of a Map state, a reference path, a
place for a result, a template's value."""
Sight = Literal["input", "result", "error"]
"""What `$states` has beside `input` and `context` where an expression stands: nothing, `result`, `errorOutput`."""


class PathField(NamedTuple):
    """A field of JSONPath that holds a path."""

    role: PathRole
    holder: str = ""
    """The type of the states that have it, or the field inside of which it stands; empty for states of many types."""
    kind: Literal["", "number", "string"] = ""
    """What is to be at the path, where it is not any JSON."""


PATHS: Final[dict[str, PathField]] = {
    "InputPath": PathField("path"),
    "OutputPath": PathField("path"),
    "ResultPath": PathField("result"),
    "ItemsPath": PathField("reference", "Map"),
    "SecondsPath": PathField("single", "Wait", "number"),
    "TimestampPath": PathField("single", "Wait", "string"),
    "TimeoutSecondsPath": PathField("single", "Task", "number"),
    "HeartbeatSecondsPath": PathField("single", "Task", "number"),
    "MaxConcurrencyPath": PathField("number", "Map", "number"),
    "ToleratedFailureCountPath": PathField("number", "Map", "number"),
    "ToleratedFailurePercentagePath": PathField("number", "Map", "number"),
    "MaxItemsPath": PathField("number", "ReaderConfig", "number"),
    "MaxItemsPerBatchPath": PathField("number", "ItemBatcher", "number"),
    "MaxInputBytesPerBatchPath": PathField("number", "ItemBatcher", "number"),
    "ErrorPath": PathField("path", "Fail"),
    "CausePath": PathField("path", "Fail"),
}
"""`$` is the state's input in all of them: the raw one in `InputPath`, `ResultPath`, and those of a Fail state, what
`InputPath` leaves of it in the others, and in `OutputPath` what the state hands on."""

TEMPLATES: Final = frozenset(
    {"Parameters", "ResultSelector", "ItemSelector", "Assign", "BatchInput", "Credentials"}
)
"""Payload templates of JSONPath. `$` is the result in `ResultSelector`, and elsewhere what `InputPath` leaves of the
input; what it is in `Assign` differs from state to state."""
ANY_JSON: Final = frozenset({"Parameters", "ItemSelector", "BatchInput"})
"""Templates that may be any JSON, and so a text."""
CONSTANT: Final = frozenset({"Error", "Cause", "Result"})
"""What a Fail or a Pass state in JSONPath hands on as it is."""
NESTED: Final = frozenset({"ItemReader", "ReaderConfig", "ItemBatcher", "ResultWriter"})
"""Objects of a Map state that have fields of their own, to which all this applies too."""

_PLAIN_TOO: Final = ("Arguments", "Output", "Assign", "Error", "Cause", "BatchInput", "ItemSelector")
_EXPRESSIONS_ALONE: Final = (
    "Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "Credentials", "Items", "MaxConcurrency",
    "ToleratedFailurePercentage", "ToleratedFailureCount", "Condition", "MaxItems", "MaxItemsPerBatch",
    "MaxInputBytesPerBatch",
)  # fmt: skip
EXPRESSIONS: Final = {**dict.fromkeys(_PLAIN_TOO, False), **dict.fromkeys(_EXPRESSIONS_ALONE, True)}
"""Fields in whose texts JSONata is evaluated; True where the schema takes no other text than an expression."""
WITH_RESULT: Final = frozenset({"Task", "Parallel", "Map"})
"""The types of state that have a result: their `Output` and `Assign` see `$states.result`."""


def paths_of(holder: str) -> dict[str, PathField]:
    """Return the fields with paths that only states of one type have, or only one of the nested objects."""
    return {name: field for name, field in PATHS.items() if field.holder == holder}
