"""However large or strange a machine is, its data is followed, and soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from asl.checking.dataflow.declared import Declared
from asl.checking.view import View
from asl.limits import DEEPEST
from tests.asl.checking.flows import (
    LAMBDA,
    choice,
    function,
    jsonata,
    machine,
    mapping,
    parallel,
    passing,
    task,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.checking.dataflow.reporting import Reported

MANY = 2_000
"""States enough to pass Python's recursion limit, and to show what grows with their square. `make bench` takes more."""

SECONDS = 4.0
"""A bound that a slow, busy machine keeps too; what grows with the square of the states does not."""


def timed(document: dict[str, object]) -> tuple[tuple[Reported, ...], float]:
    view = View(document)
    started = time.process_time()
    return view.flow.findings, time.process_time() - started


def in_a_row(count: int) -> dict[str, object]:
    states = {
        f"S{i}": function(Parameters={"a.$": f"$.r{i - 1}" if i else "$.x"}, ResultPath=f"$.r{i}")
        for i in range(count)
    }
    return machine(Start=passing(Result={"x": 1}), **states)


def forked(count: int) -> dict[str, object]:
    states: dict[str, dict[str, object]] = {"Start": passing(Parameters={"x.$": "$.x"})}
    for i in range(count // 3):
        states[f"C{i}"] = choice(
            {"Variable": "$.x", "NumericGreaterThan": i, "Next": f"A{i}"}, default=f"B{i}"
        )
        states[f"A{i}"] = passing(Result={"v": 1}, ResultPath=f"$.a{i}", Next=f"C{i + 1}")
        states[f"B{i}"] = passing(Result={"v": 1}, ResultPath=f"$.b{i}", Next=f"C{i + 1}")
    return machine(**states, **{f"C{count // 3}": passing(InputPath="$.x")})


def in_a_ring(count: int) -> dict[str, object]:
    document = in_a_row(count)
    states = document["States"]
    assert isinstance(states, dict)
    again = choice({"Variable": "$.x", "NumericEquals": 3, "Next": "Done"}, default="S0")
    states[f"S{count - 1}"] = {**again, "Comment": "back"}
    for i in range(0, count - 1, 2):
        states[f"S{i}"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "S0"}]
    states["Done"] = {"Type": "Succeed"}
    return document


def fanned_out(count: int) -> dict[str, object]:
    rules = [{"Variable": "$.x", "StringEquals": f"v{i}", "Next": f"P{i}"} for i in range(count)]
    ways = {f"P{i}": passing(Result=1, ResultPath=f"$.p{i}", Next="Done") for i in range(count)}
    return machine(Ask=choice(*rules, default="Done"), **ways, Done={"Type": "Succeed"})


def nested(count: int) -> dict[str, object]:
    document = machine(Last=passing(InputPath="$.x"))
    for i in range(count):
        inside = parallel(document) if i % 2 else mapping(document, ItemsPath="$.x")
        document = machine(**{f"P{i}": inside})
    return document


@pytest.mark.parametrize("build", [in_a_row, forked, in_a_ring, fanned_out])
def test_thousands_of_states(build: Callable[[int], dict[str, object]]) -> None:
    reported, seconds = timed(build(MANY))
    assert (reported, seconds < SECONDS) == ((), True)


def test_as_many_scopes_within_one_another_as_may_be() -> None:
    reported, seconds = timed(nested(DEEPEST // 4))
    assert (reported, seconds < SECONDS) == ((), True)


@pytest.mark.parametrize("build", [in_a_row, forked])
def test_a_fault_at_the_end_of_thousands_of_states(build: Callable[[int], dict[str, object]]) -> None:
    document = build(MANY)
    states = document["States"]
    assert isinstance(states, dict)
    last = list(states)[-1]
    states[last] = passing(Parameters={"x.$": "$.never"}, End=True)
    reported, seconds = timed(document)
    assert [str(item.location) for item in reported] == [f"/States/{last}/Parameters/x.$"]
    assert seconds < SECONDS


def test_a_fault_in_every_state_is_told_up_to_a_number() -> None:
    document = in_a_row(1500)
    states = document["States"]
    assert isinstance(states, dict)
    for i in range(1500):
        states[f"S{i}"]["Parameters"]["n.$"] = f"$.never{i}"
    reported, seconds = timed(document)
    assert (len(reported), seconds < SECONDS) == (200, True)


def test_a_template_of_many_levels() -> None:
    template: object = {"x.$": "$.never"}
    for _ in range(DEEPEST // 2):
        template = {"a": [template]}
    document = machine(
        Start=passing(Result={}), Make=passing(Parameters=template), Work=function(Parameters=template)
    )
    [found] = timed(document)[0]
    assert found.message.startswith("$.never is never there")


def test_a_condition_of_many_levels() -> None:
    rule: dict[str, object] = {"Variable": "$.never", "IsNull": True}
    for i in range(DEEPEST // 2):
        rule = {"Not": rule} if i % 2 else {"And": [rule]}
    document = machine(Ask=choice({**rule, "Next": "Done"}, default="Done"), Done={"Type": "Succeed"})
    assert timed(document)[0] == ()


def test_a_path_of_many_steps() -> None:
    path = "$" + ".a" * 5000
    document = machine(
        Start=passing(Result=1, ResultPath=path),
        Use=passing(InputPath=path),
        More=passing(InputPath="$" + "[0]" * 99),
    )
    assert timed(document)[1] < SECONDS


def test_conditions_whose_outcomes_multiply() -> None:
    """Of many possibilities the routes keep a few and join the others."""
    tests = [
        {"Or": [{"Variable": f"$.a{i}", "IsPresent": True}, {"Variable": f"$.b{i}", "IsNull": True}]}
        for i in range(30)
    ]
    document = machine(
        Start=passing(Parameters={"x.$": "$.x"}),
        Ask=choice({"And": tests, "Next": "Use"}, {"Or": tests, "Next": "Use"}, default="Use"),
        Use=passing(InputPath="$.never"),
    )
    reported, seconds = timed(document)
    assert seconds < SECONDS
    assert reported


def test_types_that_contain_themselves_are_joined() -> None:
    document = machine(
        Start=choice({"Variable": "$.x", "IsNull": True, "Next": "One"}, default="Two"),
        One=task("aws-sdk:dynamodb:getItem", Next="Use"),
        Two=task("dynamodb:getItem", Next="Use"),
        Use=passing(Parameters={"a.$": "$.Item.x.M.y.L[0].S", "b.$": "$.Item.x.Q"}),
    )
    reported, seconds = timed(document)
    assert [str(item.location) for item in reported] == ["/States/Use/Parameters/b.$"]
    assert seconds < SECONDS


def test_a_schema_that_contains_itself() -> None:
    tree = {
        "type": "object",
        "properties": {name: {"$ref": "#"} for name in "abcdefgh"},
        "additionalProperties": False,
    }
    view = View(machine(Use=passing(Parameters={"x.$": "$.a.b.c.d", "y.$": "$.a.b.z"})), Declared(tree))
    assert [str(item.location) for item in view.flow.findings] == ["/States/Use/Parameters/y.$"]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "null"},
        {"$ref": "#"},
        {"$ref": "#/$defs/none"},
        {"type": ["string", "null"]},
        {"properties": 3, "type": "object"},
    ],
)
def test_any_schema_is_taken(schema: dict[str, object]) -> None:
    view = View(machine(Use=passing(InputPath="$.a")), Declared(schema, {"Use": schema}))
    assert isinstance(view.flow.findings, tuple)


@pytest.mark.parametrize(
    "broken",
    [
        {
            "Type": "Task",
            "Resource": LAMBDA,
            "Parameters": "$.a",
            "ResultSelector": [1],
            "ResultPath": 3,
            "End": True,
        },
        {
            "Type": "Pass",
            "ResultPath": "$.a[*]",
            "OutputPath": ["$.b"],
            "InputPath": 5,
            "Assign": [1],
            "End": True,
        },
        {
            "Type": "Choice",
            "Choices": [{"And": 3, "Next": "S"}, {"Variable": 5, "IsNull": 1, "Next": "S"}, 7],
            "Default": "S",
        },
        {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "X", "States": {}},
            "ItemsPath": 3,
            "ItemBatcher": 1,
            "End": True,
        },
        {"Type": "Map", "ItemProcessor": {}, "Iterator": {}, "ItemSelector": "$", "End": True},
        {
            "Type": "Parallel",
            "Branches": [],
            "Catch": [{"ErrorEquals": [], "Next": "S", "Assign": 3}],
            "End": True,
        },
        {"Type": "Wait", "SecondsPath": None, "End": True},
        {"Type": "Nothing", "Next": "S"},
    ],
)
def test_states_of_the_wrong_shape_do_no_harm(broken: dict[str, object]) -> None:
    for build in (machine, jsonata):
        View(build(Start=passing(Result={}), S=broken)).flow.findings  # noqa: B018
