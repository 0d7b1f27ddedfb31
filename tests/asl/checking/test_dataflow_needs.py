"""What is declared that a state needs: it has to be there on every route that an execution can take."""

from __future__ import annotations

import pytest

from asl.checking.checker import check
from asl.checking.dataflow.declared import Declared
from tests.asl.checking.flows import choice, function, machine, passing

Missing = list[tuple[str, str, tuple[str | None, ...]]]


def missing(
    document: dict[str, object], schema: dict[str, object] | None = None, **needs: list[str]
) -> Missing:
    found = check(document, Declared(schema, needs=needs))
    return [(each.state.name, each.path, each.route) for each in found.unproved]


BRANCHES = machine(
    Pick=choice({"Variable": "$.note", "IsPresent": True, "Next": "Made"}, default="Plain"),
    Made=passing(Result="x", ResultPath="$.made", Next="Use"),
    Plain=passing(Next="Use"),
    Use=function(End=True),
)


def test_what_nothing_is_known_of_is_not_sure_to_be_there() -> None:
    assert missing(machine(Use=function()), Use=["$.note"]) == [("Use", "$.note", ("Use",))]


def test_a_required_field_of_the_input_is() -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"note": {"type": "string"}},
        "required": ["note"],
    }
    assert missing(machine(Use=function()), schema, Use=["$.note"]) == []


def test_a_field_whose_schema_is_false_is_never_there() -> None:
    document = machine(Use=function(InputPath="$.note"))
    schema: dict[str, object] = {"type": "object", "properties": {"note": False}}
    assert [d.code for d in check(document, Declared(schema)).diagnostics] == ["PATH_NEVER_THERE"]


def test_the_shortest_route_without_it_is_told() -> None:
    assert missing(BRANCHES, Use=["$.made"]) == [("Use", "$.made", ("Pick", "Plain", "Use"))]


def test_what_a_test_found_is_there_on_that_side_of_it() -> None:
    assert missing(BRANCHES, Made=["$.note"], Plain=["$.note"]) == [("Plain", "$.note", ("Pick", "Plain"))]


@pytest.mark.parametrize("path", ["$", "$.", "no path", "$.a[*]"])
def test_what_is_no_path_to_one_value_is_not_asked_for(path: str) -> None:
    assert missing(machine(Use=function()), Use=[path]) == []


def test_a_variable_is_there_once_a_state_has_assigned_it() -> None:
    document = machine(Set=passing(Assign={"note": 1}), Use=function())
    assert missing(document, Set=["$note"], Use=["$note"]) == [("Set", "$note", ("Set",))]
