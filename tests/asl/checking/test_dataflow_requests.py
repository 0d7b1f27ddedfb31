"""What a map runs over, and what a task hands to a service, where a declared input tells what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asl.checking import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

PROCESSOR = {"StartAt": "Pour", "States": {"Pour": {"Type": "Pass", "End": True}}}
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **PROCESSOR}
CALL = {"ApiEndpoint": "id.execute-api.eu-west-1.amazonaws.com", "Method": "GET"}
HTTP = {
    "ApiEndpoint": "https://api.example.com",
    "Method": "GET",
    "InvocationConfig": {"ConnectionArn": "arn:aws:events:eu-west-1:123456789012:connection/x"},
}
VALUES: dict[str, dict[str, object]] = {
    "array": {"type": "array", "items": {"type": "string"}},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "number": {"type": "integer"},
    "object": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
    "string": {"type": "string"},
}


def said(state: Mapping[str, object], schema: Mapping[str, object], language: str = "JSONPath") -> list[str]:
    document = {"QueryLanguage": language, "StartAt": "Here", "States": {"Here": {**state, "End": True}}}
    given = {"type": "object", "properties": {"x": schema}, "required": ["x"], "additionalProperties": False}
    found = validate(document, input_schema=given)
    assert {d.code for d in found} <= {"WRONG_KIND"}
    return [d.location or "" for d in found]


class TestMaps:
    @pytest.mark.parametrize("name", sorted(VALUES))
    @pytest.mark.parametrize("path", ["$.x", "$$.Execution.Input.x"])
    def test_an_inline_map_runs_over_an_array(self, name: str, path: str) -> None:
        found = said({"Type": "Map", "ItemProcessor": PROCESSOR, "ItemsPath": path}, VALUES[name])
        assert found == ([] if name == "array" else ["/States/Here/ItemsPath"])

    @pytest.mark.parametrize("name", sorted(VALUES))
    def test_so_it_does_in_jsonata(self, name: str) -> None:
        state = {"Type": "Map", "ItemProcessor": PROCESSOR, "Items": "{% $states.input.x %}"}
        assert said(state, VALUES[name], "JSONata") == ([] if name == "array" else ["/States/Here/Items"])

    @pytest.mark.parametrize("name", sorted(VALUES))
    def test_a_distributed_one_over_an_object_too(self, name: str) -> None:
        fine = name in ("array", "object")
        state = {"Type": "Map", "ItemProcessor": DISTRIBUTED, "Items": "{% $states.input.x %}"}
        assert said(state, VALUES[name], "JSONata") == ([] if fine else ["/States/Here/Items"])
        state = {"Type": "Map", "ItemProcessor": DISTRIBUTED, "ItemsPath": "$.x"}
        assert said(state, VALUES[name]) == ([] if fine else ["/States/Here/ItemsPath"])

    @pytest.mark.parametrize("items", ["{% 1 %}", "{% 'x' %}", "{% true %}", "{% null %}", {"a": 1}])
    def test_an_expression_that_is_one_value_is_no_list(self, items: object) -> None:
        state = {"Type": "Map", "ItemProcessor": PROCESSOR, "Items": items}
        assert said(state, VALUES["array"], "JSONata") == ["/States/Here/Items"]

    @pytest.mark.parametrize("items", ["{% [1] %}", "{% $states.input.y[0] %}", "{% $f(1) %}", [1]])
    def test_of_any_other_nothing_is_known(self, items: object) -> None:
        state = {"Type": "Map", "ItemProcessor": PROCESSOR, "Items": items}
        document = {"QueryLanguage": "JSONata", "StartAt": "Here", "States": {"Here": {**state, "End": True}}}
        assert "WRONG_KIND" not in {d.code for d in validate(document)}

    def test_without_items_it_is_the_whole_input(self) -> None:
        for language, what in (("JSONPath", "ItemsPath"), ("JSONata", "Items")):
            state = {"Type": "Map", "ItemProcessor": PROCESSOR, "End": True}
            document = {"QueryLanguage": language, "StartAt": "Here", "States": {"Here": state}}
            [only] = validate(document, input_schema={"type": "integer"})
            assert only.message.startswith(f"A Map without {what} takes its whole input")
            assert validate(document, input_schema={"type": "array"}) == []


class TestRequests:
    @pytest.mark.parametrize("name", sorted(VALUES))
    @pytest.mark.parametrize("call", ["apigateway:invoke", "http:invoke"])
    def test_headers_are_an_object(self, call: str, name: str) -> None:
        parameters = {**(CALL if call == "apigateway:invoke" else HTTP), "Headers.$": "$.x"}
        state = {"Type": "Task", "Resource": f"arn:aws:states:::{call}", "Parameters": parameters}
        # Those of API Gateway hold arrays, and the object at hand a text.
        fine = name == "null" or (name == "object" and call == "http:invoke")
        assert said(state, VALUES[name]) == ([] if fine else ["/States/Here/Parameters/Headers.$"])

    @pytest.mark.parametrize("name", sorted(VALUES))
    def test_those_of_api_gateway_hold_arrays(self, name: str) -> None:
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::apigateway:invoke",
            "Parameters": {**CALL, "Headers": {"accept.$": "$.x"}},
        }
        fine = name in ("array", "null")
        assert said(state, VALUES[name]) == ([] if fine else ["/States/Here/Parameters/Headers/accept.$"])

    @pytest.mark.parametrize("name", sorted(VALUES))
    def test_so_they_are_in_jsonata(self, name: str) -> None:
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::apigateway:invoke",
            "Arguments": {**CALL, "Headers": {"accept": "{% $states.input.x %}"}},
        }
        fine = name in ("array", "null")
        found = said(state, VALUES[name], "JSONata")
        assert found == ([] if fine else ["/States/Here/Arguments/Headers/accept"])

    @pytest.mark.parametrize(
        ("call", "parameters", "fine"),
        [
            ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody.$": "$.x"}, sorted(VALUES)),
            ("lambda:invoke", {"FunctionName": "f", "Payload.$": "$.x"}, sorted(VALUES)),
            ("ecs:runTask", {"TaskDefinition": "t", "Overrides.$": "$.x"}, ["null", "object"]),
            ("aws-sdk:ec2:stopInstances", {"InstanceIds.$": "$.x"}, ["array", "null"]),
            (
                "sqs:sendMessage",
                {"QueueUrl": "q", "MessageBody": "b", "DelaySeconds.$": "$.x"},
                ["boolean", "null", "number", "string"],
            ),
            ("dynamodb:putItem", {"TableName": "t", "Item": {"a.$": "$.x"}}, ["null", "object", "string"]),
        ],
    )
    def test_lists_and_objects_are_held_to_the_model(
        self, call: str, parameters: dict[str, object], fine: list[str]
    ) -> None:
        state = {"Type": "Task", "Resource": f"arn:aws:states:::{call}", "Parameters": parameters}
        assert [name for name in sorted(VALUES) if said(state, VALUES[name]) == []] == fine
