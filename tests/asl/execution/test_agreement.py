"""The engine held against readings of the language that know nothing of it: random machines, random data.

`tests.model.language` evaluates a definition step by step for the model of the order protocol; the analysis of the flow
of data says of each path whether it can lead anywhere. Neither shares a line with the engine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.execution import Engine, TaskFault
from tests.asl.checking.flows import found
from tests.asl.checking.test_dataflow_truth import (
    conditions,
    fields,
    inner_paths,
    machines,
    objects,
    paths,
    values,
)
from tests.model import language

if TYPE_CHECKING:
    from asl.execution import Attempt, Execution

NAMES = ["A", "B", "C", "D", "E"]
TASK = "arn:aws:states:::lambda:invoke"
ERRORS = ["Own", "Other"]
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

# What a task answers, in turn: an object, or an error.
answers = st.lists(st.one_of(objects, st.sampled_from(ERRORS)), min_size=8, max_size=8)
selections = st.one_of(
    st.dictionaries(fields.map("{}.$".format), paths, min_size=1, max_size=2),
    st.dictionaries(fields, values, max_size=2),
    st.just({"all.$": "States.Array($.a, 'x')"}),
)
templates = st.recursive(
    st.one_of(selections, st.just({"where.$": "$$.State.Name"})),
    lambda inner: st.dictionaries(fields, inner, min_size=1, max_size=2),
    max_leaves=3,
)
result_paths = st.one_of(st.none(), st.just("$"), fields.map("$.{}".format))
model_conditions = st.one_of(
    conditions.filter(lambda rule: "NumericGreaterThan" not in json.dumps(rule)),
    st.builds(
        lambda path, word: {"Variable": path, "StringMatches": word},
        inner_paths,
        st.sampled_from(["x*", "*", "y"]),
    ),
    inner_paths.map(lambda path: {"Variable": path, "StringEqualsPath": "$$.State.Name"}),
    st.builds(lambda path, answer: {"Variable": path, "IsString": answer}, inner_paths, st.booleans()),
)


@st.composite
def states(draw: st.DrawFn, following: st.SearchStrategy[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["Pass", "Task", "Task", "Choice", "Fail"]))
    if kind == "Fail":
        return {"Type": "Fail", "Error": "Ended", "Cause": "here"}
    if kind == "Choice":
        rules = draw(st.lists(st.tuples(model_conditions, following), min_size=1, max_size=3))
        return {
            "Type": "Choice",
            "Choices": [{**condition, "Next": to} for condition, to in rules],
            "Default": draw(following),
        }
    state: dict[str, Any] = {"Type": kind, "Next": draw(following), "ResultPath": draw(result_paths)}
    if kind == "Pass":
        if draw(st.booleans()):
            return {**state, "Result": draw(objects)}
        return {**state, "Parameters": draw(templates)}
    state |= {"Resource": TASK, "Parameters": draw(templates)}
    if draw(st.booleans()):
        state["ResultSelector"] = draw(selections)
    if draw(st.integers(1, 4)) == 1:
        state["OutputPath"] = draw(paths)
    if draw(st.booleans()):
        state["Retry"] = [{"ErrorEquals": ["Own"], "MaxAttempts": draw(st.integers(0, 2))}]
    if draw(st.booleans()):
        path = draw(result_paths)
        state["Catch"] = [
            {"ErrorEquals": [draw(st.sampled_from(ERRORS))], "Next": draw(following), "ResultPath": path}
        ]
    return state


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for i, name in enumerate(NAMES):
        written[name] = draw(states(st.sampled_from([*NAMES[i + 1 :], "End"])))
    return {"StartAt": "A", "States": {**written, "End": {"Type": "Pass", "End": True}}}


class Reading:
    """An execution as the model's language reads it: route, requests, and how it ends."""

    def __init__(self, definition: dict[str, Any], data: Any, answers: list[Any]) -> None:
        self.states = definition["States"]
        self.waiting = list(answers)
        self.route: list[str] = []
        self.requests: list[Any] = []
        self.end: tuple[str, Any] = ("FAILED", None)
        name: str | None = definition["StartAt"]
        try:
            while name is not None:
                self.route.append(name)
                name, data = self._step(name, data)
            self.end = ("SUCCEEDED", data)
        except language.RuntimeFault:
            pass

    def _step(self, name: str, data: Any) -> tuple[str | None, Any]:
        state, context = self.states[name], {"State": {"Name": name}}
        match state["Type"]:
            case "Fail":
                raise language.RuntimeFault
            case "Choice":
                rules = (rule["Next"] for rule in state["Choices"] if language.holds(rule, data, context))
                return next(rules, state["Default"]), data
            case "Pass":
                template = state.get("Parameters", data)
                result = state["Result"] if "Result" in state else language.template(template, data, context)
                return state.get("Next"), language.place_result(state, data, result)
        return self._task(state, data, context)

    def _task(self, state: dict[str, Any], data: Any, context: dict[str, Any]) -> tuple[str, Any]:
        most = state["Retry"][0]["MaxAttempts"] if "Retry" in state else 0
        while True:
            self.requests.append(language.template(state["Parameters"], data, context))
            answer = self.waiting.pop(0)
            if not isinstance(answer, str):
                result = language.place_result(state, data, language.select(state, answer))
                return state["Next"], result
            if not (language.is_retried(state, answer) and most):
                break
            most -= 1
        caught = language.catcher(state, answer)
        if caught is None:
            raise language.RuntimeFault
        error = {"Error": answer, "Cause": "told"}
        return caught["Next"], language.place_result({"ResultPath": caught["ResultPath"]}, data, error)


def run(definition: dict[str, Any], data: Any, answers: list[Any]) -> tuple[Execution, list[Any]]:
    waiting, requests = list(answers), []

    def answer(attempt: Attempt) -> object:
        requests.append(attempt.arguments)
        given = waiting.pop(0)
        if isinstance(given, str):
            raise TaskFault(given, "told")
        return given

    return Engine(answer).run(definition, data), requests


def route(execution: Execution) -> list[str]:
    return [
        str(event.details["name"])
        for event in execution.history.events
        if event.type.endswith("StateEntered") and event.details
    ]


@relaxed
@given(flows(), objects, answers)
def test_the_engine_and_the_models_reading_of_the_language_agree(
    definition: dict[str, Any], data: dict[str, Any], answers: list[Any]
) -> None:
    execution, requests = run(definition, data, answers)
    reading = Reading(definition, data, answers)
    assert route(execution) == reading.route
    assert requests == reading.requests
    assert (execution.status, execution.output) == reading.end


MISSING = ("could not be found in the input", "Missing property", "No results for path", "references an invalid value",
           "Expected to find an object")  # fmt: skip


def failed_for_a_path(execution: Execution) -> bool:
    return execution.status == "FAILED" and any(words in str(execution.cause) for words in MISSING)


@relaxed
@given(machines(loops=False), objects)
def test_what_the_analysis_passes_never_fails_for_a_missing_path(
    definition: dict[str, Any], data: dict[str, Any]
) -> None:
    execution, _ = run(definition, data, [])
    if failed_for_a_path(execution):
        assert found(definition, given={"const": data})


@relaxed
@given(machines(loops=False), objects)
def test_what_the_analysis_calls_certain_to_fail_does_fail(
    definition: dict[str, Any], data: dict[str, Any]
) -> None:
    """A state whose own paths are never there is the last one of every execution that comes to it."""
    execution, _ = run(definition, data, [])
    never = [item for item in found(definition, given={"const": data}) if item.code == "PATH_NEVER_THERE"]
    states = {str(item.location).split("/")[2] for item in never if "/Choices" not in str(item.location)}
    passed = route(execution)[: -1 if execution.status == "FAILED" else None]
    assert not states & set(passed)
    if route(execution)[-1] in states:
        assert execution.status == "FAILED"
