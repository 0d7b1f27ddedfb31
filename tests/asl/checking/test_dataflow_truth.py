"""The flow of data held against executions: small machines at random, run step by step on real data."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, cast

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.asl.checking.flows import found

if TYPE_CHECKING:
    from collections.abc import Iterator

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


# What is drawn from a list is drawn at once; what is put together of many draws takes longer than the tests themselves.
fields = st.sampled_from(FIELDS)
SHORT, LONG = ([".".join(["$", *names]) for names in product(FIELDS, repeat=count)] for count in (1, 2))
# What occurs several times is drawn more often: short paths lead somewhere more often than long ones.
inner_paths = st.sampled_from([*SHORT * 3, *LONG])
paths = st.sampled_from(["$"] * 9 + [*SHORT * 3, *LONG])
SCALARS: list[object] = ["x", "y", 1, 5]
FLAT = [dict(zip(names, chosen, strict=True)) for count in (1, 2) for names in combinations(FIELDS, count)
        for chosen in product(SCALARS, repeat=count)]  # fmt: skip
DEEP = [{one: inner} for one in FIELDS for inner in FLAT] + [
    {one: inner, other: scalar}
    for one, other in permutations(FIELDS, 2)
    for inner in FLAT
    for scalar in SCALARS
]
values = st.sampled_from(SCALARS) | st.sampled_from([{}, *FLAT]) | st.sampled_from(DEEP)
objects = st.dictionaries(fields, values, max_size=3)
targets = st.sampled_from(NAMES)
QUESTIONS: list[tuple[str, object]] = [
    *[("IsPresent", True), ("IsPresent", False), ("StringEquals", "x"), ("StringEquals", "y")] * 3,
    *(("NumericGreaterThan", limit) for limit in range(6)),
]
TESTS: list[dict[str, object]] = [
    {"Variable": path, question: operand} for path in [*SHORT * 3, *LONG] for question, operand in QUESTIONS
]


def combined(parts: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    """Return these conditions, their opposites, and a few of them joined."""
    some = st.lists(parts, min_size=1, max_size=3)
    joined = st.builds(lambda word, rules: {word: rules}, st.sampled_from(["And", "Or"]), some)
    return st.one_of(parts, parts.map(lambda rule: {"Not": rule}), joined)


conditions = combined(combined(st.sampled_from(TESTS)))


@st.composite
def passes(draw: st.DrawFn, following: st.SearchStrategy[str]) -> dict[str, object]:
    state: dict[str, object] = {"Type": "Pass", "Next": draw(following)}
    if draw(st.booleans()):
        state["Result"] = draw(values)
    elif draw(st.booleans()):
        state["Parameters"] = draw(st.dictionaries(fields.map("{}.$".format), paths, min_size=1, max_size=2))
    for field, chance, drawn in (
        ("InputPath", 4, paths),
        ("ResultPath", 2, inner_paths),
        ("OutputPath", 4, paths),
    ):
        if draw(st.integers(1, chance)) == 1:
            state[field] = draw(drawn)
    return state


@st.composite
def machines(draw: st.DrawFn, *, loops: bool) -> dict[str, object]:
    states: dict[str, object] = {}
    for i, name in enumerate(NAMES):
        following = targets if loops else st.sampled_from([*NAMES[i + 1 :], "End"])
        if draw(st.integers(0, 2)):
            states[name] = draw(passes(following))
        else:
            rules = draw(st.lists(st.tuples(conditions, following), min_size=1, max_size=3))
            states[name] = {
                "Type": "Choice",
                "Choices": [{**condition, "Next": to} for condition, to in rules],
                "Default": draw(following),
            }
    return {"StartAt": "A", "States": {**states, "End": {"Type": "Pass", "End": True}}}


def never_there(machine: dict[str, object], schema: dict[str, object] | None = None) -> set[str]:
    return {str(item.location) for item in found(machine, given=schema) if item.code == "PATH_NEVER_THERE"}


def executions(machine: dict[str, object], inputs: list[dict[str, object]]) -> Iterator[Execution]:
    return (Execution(machine, data) for data in inputs)


relaxed = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@relaxed
@given(machines(loops=True), st.lists(objects, min_size=1, max_size=5))
def test_what_is_called_never_there_is_read_in_no_execution(
    machine: dict[str, object], inputs: list[dict[str, object]]
) -> None:
    never = never_there(machine)
    for execution in executions(machine, inputs):
        assert not never & execution.reached


@relaxed
@given(machines(loops=False), objects)
@example({"StartAt": "End", "States": {"End": {"Type": "Pass", "InputPath": "$.a", "End": True}}}, {})
def test_what_fails_on_known_data_is_found(machine: dict[str, object], data: dict[str, object]) -> None:
    reported = {str(item.location) for item in found(machine, given={"const": data})}
    failed = Execution(machine, data).failed
    assert failed is None or reported


@relaxed
@given(machines(loops=True), objects)
def test_nothing_is_said_about_what_an_execution_on_known_data_reads(
    machine: dict[str, object], data: dict[str, object]
) -> None:
    """A machine without choices has one route; whatever it reads there is there."""
    execution = Execution(machine, data)
    reported = never_there(machine, {"const": data})
    assert not reported & execution.reached
