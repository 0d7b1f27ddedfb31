"""Paths and the context object: what can be read, where each kind is allowed, and what is there."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from asl.expressions.jsonpath import Path, PathFault, PathStep, read_path
from tests.asl.checking.machines import INNER, callback, machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
SCHEMA = "SCHEMA_VALIDATION_FAILED"


def passing(**fields: object) -> dict[str, object]:
    return machine({"Type": "Pass", "End": True, **fields})


def choosing(**rule: object) -> dict[str, object]:
    return machine({"Type": "Choice", "Choices": [{"Next": "Done", **rule}], "Default": "Done"})


class TestReading:
    @pytest.mark.parametrize(
        ("text", "root", "kinds"),
        [
            ("$", "$", []),
            ("$$", "$$", []),
            ("$.a.b", "$", ["name", "name"]),
            ("$.detail-type", "$", ["name"]),
            ("$['a b'][\"c\"]", "$", ["name", "name"]),
            ("$['it\\'s']", "$", ["name"]),
            ("$.['a']", "$", ["name"]),
            ("$.a[0][-1]", "$", ["name", "index", "index"]),
            ("$.a[0,1]", "$", ["name", "indexes"]),
            ("$['a','b']", "$", ["names"]),
            ("$.a[1:2]", "$", ["name", "slice"]),
            ("$.a[:-2]", "$", ["name", "slice"]),
            ("$.a[*].*", "$", ["name", "wildcard", "wildcard"]),
            ("$..a", "$", ["deep", "name"]),
            ("$..['a']", "$", ["deep", "name"]),
            ("$.a[?(@.b == 'x]' && @.c[0] > 1)].d", "$", ["name", "filter", "name"]),
            ("$.a.length()", "$", ["name", "function"]),
            ("$order.id", "$order", ["name"]),
            ("$größe", "$größe", []),
            ("$.a\n", "$", ["name"]),
        ],
    )
    def test_every_kind_of_step_is_understood(self, text: str, root: str, kinds: list[str]) -> None:
        path = read_path(text)
        assert isinstance(path, Path)
        assert (path.root, [step.kind for step in path.steps]) == (root, kinds)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("order", "it does not start with $"),
            ("$.", "it ends with a dot"),
            ("$.a.", "it ends with a dot"),
            ("$.a..", "two dots have to be followed by a name or a bracket"),
            ("$-a", "after $ comes a dot or a bracket, not -"),
            ("$.a[0]b", "after $.a[0] comes a dot or a bracket, not b"),
            ("$.a[", "the bracket or quote after $.a is never closed"),
            ("$.a['b]", "the bracket or quote after $.a is never closed"),
            ("$.a[(0])", "the bracket or quote after $.a is never closed"),
            ("$.a[]", "the brackets are empty"),
            (
                "$.a[b]",
                "[b] is not a quoted name, index, slice, wildcard or filter; a name is written ['...']",
            ),
            (
                "$.a[1,]",
                "[1,] is not a quoted name, index, slice, wildcard or filter; a name is written ['...']",
            ),
            (
                "$.a['b',]",
                "['b',] is not a quoted name, index, slice, wildcard or filter; a name is written ['...']",
            ),
            ("$.my order", "a name with a blank in it is written in brackets and quotes: $['...']"),
            ("$.a.length(", "the bracket after length is never closed"),
            ("$.a.[", "the bracket or quote after $.a. is never closed"),
        ],
    )
    def test_a_text_that_is_no_path_has_a_reason(self, text: str, reason: str) -> None:
        assert read_path(text) == PathFault(reason)

    def test_names_lose_their_quotes_and_escapes(self) -> None:
        assert read_path("$['it\\'s'].b") == Path(
            "$", (PathStep("name", "it's", escaped=True), PathStep("name", "b")), "$['it\\'s'].b"
        )

    def test_a_long_path_takes_little_time(self) -> None:
        assert isinstance(read_path("$" + ".a" * 50_000), Path)
        assert isinstance(read_path("$" + "[" * 50_000), PathFault)
        assert isinstance(read_path("$['" + "a" * 50_000), PathFault)


class TestSyntax:
    @pytest.mark.parametrize(
        ("document", "message", "place"),
        [
            (
                passing(InputPath="$.order."),
                "Value must be a valid JSONPath: $.order. cannot be read, since it ends with a dot.",
                "/States/Here/InputPath",
            ),
            (
                choosing(Variable="$.a[b]", IsNull=True),
                "Value is not a Reference Path: $.a[b] cannot be read, since [b] is not a quoted name, index, slice, "
                "wildcard or filter; a name is written ['...'].",
                "/States/Here/Choices[0]/Variable",
            ),
            (
                choosing(And=[{"Not": {"Variable": "$.a", "StringEqualsPath": "$."}}]),
                "Value is not a Reference Path: $. cannot be read, since it ends with a dot.",
                "/States/Here/Choices[0]/And[0]/Not/StringEqualsPath",
            ),
            (
                passing(Parameters={"a": [{"b.$": "$.x["}]}),
                "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call: "
                "$.x[ cannot be read, since the bracket or quote after $.x is never closed.",
                "/States/Here/Parameters/a[0]/b.$",
            ),
        ],
    )
    def test_a_path_that_cannot_be_read_is_an_error(
        self, document: dict[str, object], message: str, place: str
    ) -> None:
        assert validate(document) == [Diagnostic(ERROR, SCHEMA, message, place)]

    @pytest.mark.parametrize(
        "path", ["$.order", "$..a[*]", "$.a[?(@.b > 1)].c", "$$.Execution.Input.a", "${Path}"]
    )
    def test_any_path_selects_the_input(self, path: str) -> None:
        assert validate(passing(InputPath=path)) == []

    def test_a_placeholder_inside_a_path_is_not_looked_at(self) -> None:
        assert validate(passing(InputPath="$.${Field}[")) == []


class TestReferencePaths:
    @pytest.mark.parametrize(
        ("path", "what"),
        [
            ("$.a[*]", "a wildcard"),
            ("$.a.*", "a wildcard"),
            ("$..a", "a deep scan"),
            ("$.a[?(@.b)]", "a filter"),
            ("$.a[0:2]", "a slice"),
            ("$.a[0,1]", "several indexes"),
            ("$['a','b']", "several names"),
            ("$.a.length()", "a function"),
        ],
    )
    @pytest.mark.parametrize("field", ["ResultPath", "Variable", "NumericEqualsPath"])
    def test_they_name_a_single_place(self, field: str, path: str, what: str) -> None:
        rule: dict[str, object] = {"Variable": "$.n", "NumericEqualsPath": "$.m"}
        here = "/States/Here/" if field == "ResultPath" else "/States/Here/Choices[0]/"
        document = passing(ResultPath=path) if field == "ResultPath" else choosing(**rule | {field: path})
        assert validate(document) == [
            Diagnostic(
                ERROR,
                SCHEMA,
                f"Value is not a Reference Path: '{field}' names a single place, and {path} has {what} in it.",
                here + field,
            )
        ]

    @pytest.mark.parametrize("path", ["$", "$.a[0].b", "$['a b']"])
    def test_names_and_indexes_are_fine(self, path: str) -> None:
        assert validate(passing(ResultPath=path)) == []
        assert validate(choosing(Variable=path, IsPresent=True)) == []

    def test_a_choice_reads_the_context(self) -> None:
        assert validate(choosing(Variable="$$.Execution.Name", StringEqualsPath="$$.State.Name")) == []

    @pytest.mark.parametrize(
        ("path", "advice"),
        [
            ("$$.Execution.Input", "the context object cannot be written to"),
            ("$order.id", "set the variable $order in 'Assign'"),
        ],
    )
    def test_a_result_goes_into_the_input(self, path: str, advice: str) -> None:
        found = [d for d in validate(passing(ResultPath=path)) if d.severity is ERROR]
        assert found == [
            Diagnostic(
                ERROR,
                SCHEMA,
                f"Value is not a Reference Path: 'ResultPath' has to start with $. or $[, not {path}; {advice}.",
                "/States/Here/ResultPath",
            )
        ]

    def test_a_catcher_writes_into_the_input_too(self) -> None:
        catcher = {"ErrorEquals": ["States.ALL"], "Next": "Done", "ResultPath": "$.a[*]"}
        parallel = {"Type": "Parallel", "Branches": [INNER], "Catch": [catcher], "End": True}
        assert [d.location for d in validate(machine(parallel))] == ["/States/Here/Catch[0]/ResultPath"]


class TestSingleValues:
    def test_a_path_that_gives_a_list_is_a_warning(self) -> None:
        wait = {"Type": "Wait", "End": True}
        assert validate(machine(wait | {"SecondsPath": "$.pauses[0]"})) == []
        assert validate(machine(wait | {"SecondsPath": "$.pauses[*]"})) == [
            Diagnostic(
                WARNING,
                "INDEFINITE_PATH",
                "'SecondsPath' has to give one value, and $.pauses[*] gives a list: it has a wildcard in it.",
                "/States/Here/SecondsPath",
            )
        ]

    def test_a_function_gives_one_value(self) -> None:
        assert validate(machine({"Type": "Wait", "SecondsPath": "$.pauses.max()", "End": True})) == []


class TestContext:
    @pytest.mark.parametrize(
        "path",
        [
            "$$",
            "$$.Execution",
            "$$.Execution.Id",
            "$$.Execution.Input.order.id",
            "$$.Execution.RedriveCount",
            "$$.State.EnteredTime",
            "$$.StateMachine.Name",
            "$$['Execution']['Name']",
            "$$..Id",
        ],
    )
    def test_its_fields_are_known(self, path: str) -> None:
        assert validate(passing(Parameters={"a.$": path})) == []

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("$$.Execution.StartedTime", "$$.Execution has no field StartedTime; did you mean StartTime?"),
            ("$$.execution.Id", "$$ has no field execution; did you mean Execution?"),
            ("$$.StateMachine.Arn", "$$.StateMachine has no field Arn; it has Id and Name."),
            (
                "$$.Execution.Id.x",
                "$$.Execution.Id is a simple value without fields, so .x finds nothing.",
            ),
        ],
    )
    def test_another_field_is_a_warning(self, path: str, message: str) -> None:
        assert validate(passing(Parameters={"a.$": path})) == [
            Diagnostic(WARNING, "UNKNOWN_CONTEXT_FIELD", message, "/States/Here/Parameters/a.$")
        ]

    def test_it_is_the_same_in_jsonata(self) -> None:
        def said(expression: str) -> list[str]:
            state = {"Type": "Pass", "Output": expression, "End": True}
            return [d.message for d in validate(machine(state, "JSONata"))]

        assert said("{% $states.context.Execution.Input.a %}") == []
        assert said("{% $states.context.Execution.ID %}") == [
            "$states.context.Execution has no field ID; did you mean Id?"
        ]

    @pytest.mark.parametrize("text", ["$$.Task.Token", "States.Format('{}', $$.Task.Token)"])
    def test_a_token_outside_a_callback_is_a_warning(self, text: str) -> None:
        assert validate(callback()) == []
        assert validate(passing(Parameters={"t.$": text})) == [
            Diagnostic(
                WARNING,
                "TOKEN_OUTSIDE_CALLBACK",
                "$$.Task is not there in a state that does not wait for a token: hand it on in the task that waits, "
                "not in a Pass state.",
                "/States/Here/Parameters/t.$",
            )
        ]

    @pytest.mark.parametrize("resource", ["arn:aws:states:eu-west-1:1:activity:brew", "${Resource}"])
    def test_a_task_that_may_have_a_token_can_read_it(self, resource: str) -> None:
        state = {"Type": "Task", "Resource": resource, "Parameters": {"t.$": "$$.Task.Token"}, "End": True}
        assert "TOKEN_OUTSIDE_CALLBACK" not in [d.code for d in validate(machine(state))]

    def test_the_item_of_a_map_is_there_in_the_map_and_not_in_its_processor(self) -> None:
        inner = {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": True}
        map_state = {
            "Type": "Map",
            "ItemSelector": {"v.$": "$$.Map.Item.Value.name", "s.$": "$$.Map.Item.Source"},
            "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": inner}},
            "End": True,
        }
        within = "/States/Here/ItemProcessor/States/Inner"
        for tried, place, advice in (
            (map_state, within, ": its ItemSelector can hand the item on"),
            (inner, "/States/Here", ""),
        ):
            text = f"$$.Map is only there in a Map state{advice}."
            assert validate(machine(tried)) == [
                Diagnostic(WARNING, "MAP_ITEM_OUTSIDE_MAP", text, f"{place}/Parameters/i.$")
            ]


class TestOneDollar:
    """Paths that read from the input what hardly anything but the context object has."""

    @pytest.mark.parametrize("path", ["$.Map.Item.Value", "$.Execution.Id", "$.StateMachine.Name"])
    def test_the_context_object_has_two_dollars(self, path: str) -> None:
        found = validate(machine({"Type": "Pass", "Parameters": {"x.$": path}, "End": True}))
        assert found == [
            Diagnostic(
                Severity.WARNING,
                "CONTEXT_NEEDS_TWO_DOLLARS",
                f"{path} is read from the state's input; the context object is ${path}.",
                "/States/Here/Parameters/x.$",
            )
        ]

    @pytest.mark.parametrize(
        "path", ["$.State.Name", "$.Map", "$.Execution.Input", "$.map.Item", "$$.Execution.Id"]
    )
    def test_what_many_inputs_have_is_fine(self, path: str) -> None:
        assert validate(machine({"Type": "Pass", "Parameters": {"x.$": path}, "End": True})) == []


def test_where_a_result_cannot_go_is_said_once() -> None:
    for path in ("$$.Execution.Input", "$$.Nothing", "$drink"):
        found = validate(machine({"Type": "Pass", "ResultPath": path, "End": True}))
        assert [d.code for d in found] == ["SCHEMA_VALIDATION_FAILED"]
