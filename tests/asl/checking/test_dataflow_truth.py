"""The flow of data held against executions: small machines at random, run step by step on real data."""

from __future__ import annotations

from functools import partial
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, cast

from hypothesis import example, given, settings

from tests.asl.checking.flows import found
from tests.dice import thrown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.dice import Dice

NAMES = ["A", "B", "C", "D", "E", "F"]
FIELDS = ["a", "b", "c"]
MOST_STEPS = 30


class PathError(Exception):
    """A path leads nowhere."""


def steps_of(path: str) -> list[str]:
    return [step for step in path[1:].split(".") if step]


def read(data: object, path: str) -> object:
    for step in steps_of(path):
        if not isinstance(data, dict) or step not in data:
            raise PathError(path)
        data = data[step]
    return data


def written(data: object, path: str, value: object) -> object:
    steps = steps_of(path)
    if not steps:
        return value
    if not isinstance(data, dict):
        raise PathError(path)
    inner = data.get(steps[0], {})
    return {**data, steps[0]: written(inner, "$." + ".".join(steps[1:]), value)}


class Execution:
    """Runs Pass and Choice states, and notes which paths led somewhere and at which one it failed."""

    def __init__(self, machine: dict[str, object], data: object) -> None:
        self.states = cast("dict[str, dict[str, object]]", machine["States"])
        self.reached: set[str] = set()
        self.failed: str | None = None
        name: str | None = str(machine["StartAt"])
        for _ in range(MOST_STEPS):
            if name is None:
                break
            try:
                name, data = self._step(name, data)
            except PathError:
                break

    def _read(self, data: object, path: str, location: str) -> object:
        try:
            value = read(data, path)
        except PathError:
            self.failed = location
            raise
        self.reached.add(location)
        return value

    def _step(self, name: str, raw: object) -> tuple[str | None, object]:
        state, place = self.states[name], f"/States/{name}"
        data = raw
        if "InputPath" in state:
            data = self._read(data, str(state["InputPath"]), f"{place}/InputPath")
        if state["Type"] == "Choice":
            for i, rule in enumerate(cast("list[dict[str, object]]", state["Choices"])):
                if self._holds(rule, data, f"{place}/Choices[{i}]"):
                    return str(rule["Next"]), data
            return str(state["Default"]), data
        for key, path in cast("dict[str, str]", state.get("Parameters", {})).items():
            self._read(data, path, f"{place}/Parameters/{key}")
        result = data
        if "Parameters" in state:
            template = cast("dict[str, str]", state["Parameters"])
            result = {key[:-2]: read(data, path) for key, path in template.items()}
        result = state.get("Result", result)
        output = written(raw, str(state.get("ResultPath", "$")), result)
        if "OutputPath" in state:
            output = self._read(output, str(state["OutputPath"]), f"{place}/OutputPath")
        return cast("str | None", state.get("Next")), output

    def _holds(self, rule: dict[str, object], data: object, place: str) -> bool:
        if "And" in rule:
            rules = cast("list[dict[str, object]]", rule["And"])
            return all(self._holds(part, data, f"{place}/And[{i}]") for i, part in enumerate(rules))
        if "Or" in rule:
            rules = cast("list[dict[str, object]]", rule["Or"])
            return any(self._holds(part, data, f"{place}/Or[{i}]") for i, part in enumerate(rules))
        if "Not" in rule:
            return not self._holds(cast("dict[str, object]", rule["Not"]), data, f"{place}/Not")
        path = str(rule["Variable"])
        if "IsPresent" in rule:
            try:
                read(data, path)
            except PathError:
                return rule["IsPresent"] is False
            return rule["IsPresent"] is True
        value = self._read(data, path, f"{place}/Variable")
        if "StringEquals" in rule:
            return isinstance(value, str) and value == rule["StringEquals"]
        return isinstance(value, int) and value > cast("int", rule["NumericGreaterThan"])


SHORT, LONG = ([".".join(["$", *names]) for names in product(FIELDS, repeat=count)] for count in (1, 2))
# What occurs several times is chosen more often: short paths lead somewhere more often than long ones.
INNER_PATHS = [*SHORT * 3, *LONG]
PATHS = ["$"] * 9 + INNER_PATHS
SCALARS: list[object] = ["x", "y", 1, 5]
FLAT = [dict(zip(names, chosen, strict=True)) for count in (1, 2) for names in combinations(FIELDS, count)
        for chosen in product(SCALARS, repeat=count)]  # fmt: skip
DEEP = [{one: inner} for one in FIELDS for inner in FLAT] + [
    {one: inner, other: scalar}
    for one, other in permutations(FIELDS, 2)
    for inner in FLAT
    for scalar in SCALARS
]
VALUES: list[list[object]] = [SCALARS, [{}, *FLAT], [*DEEP]]
QUESTIONS: list[tuple[str, object]] = [
    *[("IsPresent", True), ("IsPresent", False), ("StringEquals", "x"), ("StringEquals", "y")] * 3,
    *(("NumericGreaterThan", limit) for limit in range(6)),
]
TESTS: list[dict[str, object]] = [
    {"Variable": path, question: operand} for path in INNER_PATHS for question, operand in QUESTIONS
]


def value(dice: Dice) -> object:
    return dice.one_of(dice.one_of(VALUES))


def data(dice: Dice) -> dict[str, object]:
    return dice.fields(lambda: dice.one_of(FIELDS), lambda: value(dice), 0, 3)


def condition(dice: Dice, tests: Sequence[dict[str, object]] = TESTS, deep: int = 2) -> dict[str, object]:
    """Return one of these tests, or the opposite of one, or a few joined, up to so many levels deep."""

    def part() -> dict[str, object]:
        return condition(dice, tests, deep - 1)

    match dice.roll(3) if deep else None:
        case None:
            return dice.one_of(tests)
        case 0:
            return part()
        case 1:
            return {"Not": part()}
    return {dice.one_of(["And", "Or"]): dice.some(part, 1, 3)}


def selected(dice: Dice) -> dict[str, object]:
    """Return one or two fields that are read by paths."""
    return dice.fields(lambda: f"{dice.one_of(FIELDS)}.$", lambda: dice.one_of(PATHS), 1, 2)


def passing(dice: Dice, following: Sequence[str]) -> dict[str, object]:
    state: dict[str, object] = {"Type": "Pass", "Next": dice.one_of(following)}
    if dice.roll(2):
        state["Result"] = value(dice)
    elif dice.roll(2):
        state["Parameters"] = selected(dice)
    for field, chance, paths in (
        ("InputPath", 4, PATHS),
        ("ResultPath", 2, INNER_PATHS),
        ("OutputPath", 4, PATHS),
    ):
        if dice.roll(chance) == 1:
            state[field] = dice.one_of(paths)
    return state


def choosing(
    dice: Dice, following: Sequence[str], condition: Callable[[Dice], dict[str, object]]
) -> dict[str, object]:
    rules = dice.some(lambda: {**condition(dice), "Next": dice.one_of(following)}, 1, 3)
    return {"Type": "Choice", "Choices": rules, "Default": dice.one_of(following)}


def machine(dice: Dice, *, loops: bool) -> dict[str, object]:
    states: dict[str, object] = {}
    for i, name in enumerate(NAMES):
        following = NAMES if loops else [*NAMES[i + 1 :], "End"]
        chosen = dice.roll(7) > 3
        states[name] = choosing(dice, following, condition) if chosen else passing(dice, following)
    return {"StartAt": "A", "States": {**states, "End": {"Type": "Pass", "End": True}}}


Case = tuple[dict[str, object], dict[str, object]]
"""A machine and an input."""


def case(dice: Dice, *, loops: bool = False) -> Case:
    return machine(dice, loops=loops), data(dice)


def never_there(machine: dict[str, object], schema: dict[str, object] | None = None) -> set[str]:
    return {str(item.location) for item in found(machine, given=schema) if item.code == "PATH_NEVER_THERE"}


def executions(machine: dict[str, object], inputs: list[dict[str, object]]) -> Iterator[Execution]:
    return (Execution(machine, data) for data in inputs)


@settings(max_examples=120)
@given(thrown(lambda dice: (machine(dice, loops=True), dice.some(lambda: data(dice), 1, 5))))
def test_what_is_called_never_there_is_read_in_no_execution(
    case: tuple[dict[str, object], list[dict[str, object]]],
) -> None:
    machine, inputs = case
    never = never_there(machine)
    for execution in executions(machine, inputs):
        assert not never & execution.reached


@settings(max_examples=120)
@given(thrown(case))
@example(({"StartAt": "End", "States": {"End": {"Type": "Pass", "InputPath": "$.a", "End": True}}}, {}))
def test_what_fails_on_known_data_is_found(case: Case) -> None:
    machine, data = case
    reported = {str(item.location) for item in found(machine, given={"const": data})}
    failed = Execution(machine, data).failed
    assert failed is None or reported


@settings(max_examples=120)
@given(thrown(partial(case, loops=True)))
def test_nothing_is_said_about_what_an_execution_on_known_data_reads(case: Case) -> None:
    """A machine without choices has one route; whatever it reads there is there."""
    machine, data = case
    execution = Execution(machine, data)
    reported = never_there(machine, {"const": data})
    assert not reported & execution.reached
