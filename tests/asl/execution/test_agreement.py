"""The engine held against readings of the language that know nothing of it: random machines, random data.

`tests.model.language` evaluates a definition step by step for the model of the order protocol; the analysis of the flow
of data says of each path whether it can lead anywhere. Neither shares a line with the engine.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings

from asl.execution import Engine, TaskFault
from tests.asl.checking.flows import found
from tests.asl.checking.test_dataflow_truth import (
    FIELDS,
    INNER_PATHS,
    PATHS,
    case,
    choosing,
    condition,
    data,
    selected,
    value,
)
from tests.asl.checking.test_dataflow_truth import TESTS as ALL_TESTS
from tests.dice import thrown
from tests.model import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.execution import Attempt, Execution
    from tests.asl.checking.test_dataflow_truth import Case
    from tests.dice import Dice

NAMES = ["A", "B", "C", "D", "E"]
TASK = "arn:aws:states:::lambda:invoke"
ERRORS = ["Own", "Other"]
QUESTIONS: list[tuple[str, object]] = [
    *(("StringMatches", word) for word in ("x*", "*", "y")),
    ("StringEqualsPath", "$$.State.Name"),
    *(("IsString", answer) for answer in (True, False)),
]
TESTS: list[dict[str, object]] = [
    *(test for test in ALL_TESTS if "NumericGreaterThan" not in test),  # the model compares no numbers
    *({"Variable": path, question: operand} for path in INNER_PATHS for question, operand in QUESTIONS),
]
RESULT_PATHS = [None, "$", *(f"$.{name}" for name in FIELDS)]


def answer(dice: Dice) -> object:
    """Return what a task answers: an object, or the name of an error."""
    return dice.one_of(ERRORS) if dice.roll(2) else data(dice)


def selection(dice: Dice) -> dict[str, object]:
    match dice.roll(3):
        case 0:
            return selected(dice)
        case 1:
            return dice.fields(lambda: dice.one_of(FIELDS), lambda: value(dice), 0, 2)
    return {"all.$": "States.Array($.a, 'x')"}


def template(dice: Dice, deep: int = 2) -> dict[str, object]:
    if deep and dice.roll(3) == 2:
        return dice.fields(lambda: dice.one_of(FIELDS), lambda: template(dice, deep - 1), 1, 2)
    return selection(dice) if dice.roll(4) else {"where.$": "$$.State.Name"}


def state(dice: Dice, following: Sequence[str]) -> dict[str, Any]:
    kind = dice.one_of(["Pass", "Task", "Task", "Task", "Task", "Choice", "Fail"])
    if kind == "Fail":
        return {"Type": "Fail", "Error": "Ended", "Cause": "here"}
    if kind == "Choice":
        return choosing(dice, following, partial(condition, tests=TESTS))
    state: dict[str, Any] = {
        "Type": kind,
        "Next": dice.one_of(following),
        "ResultPath": dice.one_of(RESULT_PATHS),
    }
    if kind == "Pass":
        return {**state, **({"Result": data(dice)} if dice.roll(2) else {"Parameters": template(dice)})}
    state |= {"Resource": TASK, "Parameters": template(dice)}
    if dice.roll(2):
        state["ResultSelector"] = selection(dice)
    if dice.roll(4) == 1:
        state["OutputPath"] = dice.one_of(PATHS)
    if dice.roll(2):
        state["Retry"] = [{"ErrorEquals": ["Own"], "MaxAttempts": dice.roll(3)}]
    if dice.roll(2):
        caught, to, path = dice.one_of(ERRORS), dice.one_of(following), dice.one_of(RESULT_PATHS)
        state["Catch"] = [{"ErrorEquals": [caught], "Next": to, "ResultPath": path}]
    return state


def flow(dice: Dice) -> dict[str, Any]:
    written = {name: state(dice, [*NAMES[i + 1 :], "End"]) for i, name in enumerate(NAMES)}
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


@settings(max_examples=60)
@given(thrown(lambda dice: (flow(dice), data(dice), dice.some(lambda: answer(dice), 8, 8)), 300))
def test_the_engine_and_the_models_reading_of_the_language_agree(
    case: tuple[dict[str, Any], dict[str, Any], list[Any]],
) -> None:
    definition, data, answers = case
    execution, requests = run(definition, data, answers)
    reading = Reading(definition, data, answers)
    assert route(execution) == reading.route
    assert requests == reading.requests
    assert (execution.status, execution.output) == reading.end


MISSING = ("could not be found in the input", "Missing property", "No results for path", "references an invalid value",
           "Expected to find an object")  # fmt: skip


def failed_for_a_path(execution: Execution) -> bool:
    return execution.status == "FAILED" and any(words in str(execution.cause) for words in MISSING)


@settings(max_examples=60)
@given(thrown(case))
def test_what_the_analysis_passes_never_fails_for_a_missing_path(case: Case) -> None:
    definition, data = case
    execution, _ = run(definition, data, [])
    if failed_for_a_path(execution):
        assert found(definition, given={"const": data})


@settings(max_examples=60)
@given(thrown(case))
def test_what_the_analysis_calls_certain_to_fail_does_fail(case: Case) -> None:
    """A state whose own paths are never there is the last one of every execution that comes to it."""
    definition, data = case
    execution, _ = run(definition, data, [])
    never = [item for item in found(definition, given={"const": data}) if item.code == "PATH_NEVER_THERE"]
    states = {str(item.location).split("/")[2] for item in never if "/Choices" not in str(item.location)}
    passed = route(execution)[: -1 if execution.status == "FAILED" else None]
    assert not states & set(passed)
    if route(execution)[-1] in states:
        assert execution.status == "FAILED"
