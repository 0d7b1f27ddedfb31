"""Names of states and labels of maps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, RECORDED, Finding, machine_rule, state_rule
from asl.diagnostics import Severity
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State

LONGEST_STATE_NAME = 80
LONGEST_LABEL = 40


@machine_rule("INVALID_STATE_NAME", Severity.ERROR, RECORDED)
def names_are_short_enough(view: View) -> Iterator[Finding]:
    """A state's name has at most 80 characters.

    Example::

        {"This name goes on and on until nobody can fit it into the console any more, which is why": {
            "Type": "Pass", "End": true}}
    """
    for state in view.states:
        if len(state.name) > LONGEST_STATE_NAME:
            yield Finding(
                f"State name '{shorten(state.name)}' exceeds the {LONGEST_STATE_NAME}-character limit allowed by "
                f"the service; it has {len(state.name)}.",
                state.location,
            )


@machine_rule("DUPLICATE_STATE_NAME", Severity.ERROR, RECORDED)
def names_are_unique(view: View) -> Iterator[Finding]:
    """State names are unique in the whole state machine, including branches and item processors.

    Example::

        {"Prepare": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "Grind", "States": {"Grind": {"Type": "Pass", "End": true}}},
            {"StartAt": "Grind", "States": {"Grind": {"Type": "Pass", "End": true}}}]}}
    """
    if len(view.named) == len(view.states):
        return
    for name, states in view.named.items():
        for state in states[1:]:
            yield Finding(
                f"Duplicate State name: {name}. The first of that name is at {states[0].location}.",
                state.location,
            )


@state_rule("INVALID_LABEL_NAME", Severity.ERROR, RECORDED, "Map", having=("Label",))
def label_is_short_enough(state: State, _view: View) -> Iterator[Finding]:
    """The label of a distributed map has at most 40 characters.

    Example::

        {"Pour": {"Type": "Map", "End": true, "Label": "a-label-that-says-far-too-much-about-its-map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    label = state.value.get("Label")
    if isinstance(label, str) and len(label) > LONGEST_LABEL and "${" not in label:
        yield Finding(
            f"Label '{shorten(label)}' exceeds the {LONGEST_LABEL}-character limit allowed by the service; "
            f"it has {len(label)}.",
            state.location / "Label",
        )


_NOT_IN_LABELS = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")


@state_rule("INVALID_LABEL_NAME", Severity.ERROR, DOCUMENTED, "Map", having=("Label",))
def labels_have_plain_characters(state: State, _view: View) -> Iterator[Finding]:
    """A label is part of ARNs: no blanks, wildcards, brackets, control characters or most other signs.

    Example::

        {"Pour": {"Type": "Map", "End": true, "Label": "all cups",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    label = state.value.get("Label")
    if not isinstance(label, str) or "${" in label:
        return
    place = state.location / "Label"
    if not label:
        yield Finding("Label name cannot be empty: leave 'Label' out, and a name is made up.", place)
    elif found := _NOT_IN_LABELS.search(label):
        what = (
            "a blank" if found[0].isspace() else found[0] if found[0].isprintable() else "a control character"
        )
        yield Finding(f"Label '{shorten(label)}' contains {what}, which a label cannot have.", place)


@machine_rule("DUPLICATE_LABEL_NAME", Severity.ERROR, RECORDED)
def labels_are_unique(view: View) -> Iterator[Finding]:
    """The labels of the maps of a state machine are unique.

    Example::

        {"Pour": {"Type": "Map", "Next": "Serve", "Label": "cups",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}},
         "Serve": {"Type": "Map", "End": true, "Label": "cups",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Carry", "States": {"Carry": {"Type": "Pass", "End": true}}}}}
    """
    first: dict[str, State] = {}
    for state in view.states:
        label = state.value.get("Label")
        if state.type != "Map" or not isinstance(label, str) or "${" in label:
            continue
        if first.setdefault(label, state) is not state:
            yield Finding(
                f"Duplicate Label name: {shorten(label)}. The first is at {first[label].location}.",
                state.location / "Label",
            )
