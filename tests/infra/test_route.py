"""A route: a rule, its target, and what happens to events that cannot be delivered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.infra.conftest import RecordProgram

TO_FUNCTION = """
bus = aws.cloudwatch.EventBus("bus", name="bus")
code = pulumi.AssetArchive({"greet.py": pulumi.StringAsset("")})
greet = Function("Greet", FunctionConfig(description="", handler="greet.handler", code=code), place=place)
route = RouteConfig(description="Arrivals", bus=bus.name, pattern={"source": ["door"]})
EventRoute("Arrival", route, greet, place=place)
"""
TO_WORKFLOW = """
class Machine:
    name = "Greeting"
    placeholders = frozenset()
    def to_json(self, bindings): return "{}"
    def policy(self, bindings): return {"Version": "2012-10-17", "Statement": []}

greeting = Workflow("Greeting", Machine(), WorkflowConfig(), place=place, bindings={})
pattern = {"source": ["door"], "detail": {"of": [greeting.arn]}}
EventRoute("Arrival", RouteConfig(description="Arrivals", pattern=pattern), greeting, place=place)
"""
HERE = "us-east-1:123456789012"


def statements(document: object) -> list[dict[str, Any]]:
    return list(json.loads(str(document))["Statement"])


@pytest.mark.parametrize("program", [TO_FUNCTION, TO_WORKFLOW], ids=["function", "workflow"])
def test_a_delivery_is_tried_for_a_day_and_then_kept(recorded: RecordProgram, program: str) -> None:
    recording = recorded(program)
    target = recording.get("EventTarget", "Arrival")
    assert target.inputs["retryPolicy"] == {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86_400}
    assert target.inputs["deadLetterConfig"] == {
        "arn": recording.get("Queue", "Arrival-undelivered").outputs["arn"]
    }


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        (TO_FUNCTION, f"arn:aws:events:{HERE}:rule/bus/Arrival"),
        (TO_WORKFLOW, f"arn:aws:events:{HERE}:rule/Arrival"),
    ],
    ids=["function", "workflow"],
)
def test_only_the_rule_may_write_to_its_dead_letters(
    recorded: RecordProgram, program: str, rule: str
) -> None:
    (policy,) = recorded(program).of_type("QueuePolicy")
    assert statements(policy.inputs["policy"]) == [
        {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Principal": {"Service": "events.amazonaws.com"},
            "Resource": [f"arn:aws:sqs:{HERE}:Arrival-undelivered"],
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
    ]


def test_a_function_lets_itself_be_invoked_by_the_rule_alone(recorded: RecordProgram) -> None:
    recording = recorded(TO_FUNCTION)
    (permission,) = recording.of_type("Permission")
    assert permission.inputs["action"] == "lambda:InvokeFunction"
    assert permission.inputs["function"] == "Greet"
    assert permission.inputs["principal"] == "events.amazonaws.com"
    assert permission.inputs["sourceArn"] == f"arn:aws:events:{HERE}:rule/bus/Arrival"
    assert "roleArn" not in recording.get("EventTarget", "Arrival").inputs


def test_a_rule_s_role_may_start_its_workflow_and_nothing_else(recorded: RecordProgram) -> None:
    recording = recorded(TO_WORKFLOW)
    (found,) = statements(recording.get("RolePolicy", "Arrival-route-policy").inputs["policy"])
    assert found["Action"] == ["states:StartExecution"]
    assert found["Resource"] == [f"arn:aws:states:{HERE}:stateMachine:Greeting"]
    role = recording.get("Role", "Arrival-route-role")
    assert recording.get("EventTarget", "Arrival").inputs["roleArn"] == role.outputs["arn"]


def test_only_the_rule_may_assume_that_role(recorded: RecordProgram) -> None:
    role = recorded(TO_WORKFLOW).get("Role", "Arrival-route-role")
    (found,) = statements(role.inputs["assumeRolePolicy"])
    assert found["Principal"] == {"Service": "events.amazonaws.com"}
    assert found["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:events:{HERE}:rule/Arrival"},
    }


def test_a_pattern_may_name_what_only_the_deployment_knows(recorded: RecordProgram) -> None:
    rule = recorded(TO_WORKFLOW).get("EventRule", "Arrival")
    assert json.loads(str(rule.inputs["eventPattern"])) == {
        "source": ["door"],
        "detail": {"of": [f"arn:aws:states:{HERE}:stateMachine:Greeting"]},
    }


def test_events_flow_only_once_they_can_be_delivered_or_kept(recorded: RecordProgram) -> None:
    recording = recorded(TO_FUNCTION)
    needed = {recording.of_type(kind)[0].urn for kind in ("Permission", "QueuePolicy")}
    assert needed <= recording.get("EventTarget", "Arrival").dependencies
