"""A workflow: a state machine with its role, its log and its bindings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.infra.conftest import RecordProgram

# What stands for a machine of `dsl`, reduced to the surface that the component uses.
WORKFLOW = """
class Machine:
    name = "Greeting"
    placeholders = frozenset({"Queue", "Seconds"})

    def to_json(self, bindings=None):
        bindings = bindings or {"Seconds": "${Seconds}"}
        wait = {"Type": "Wait", "Seconds": bindings["Seconds"], "End": True}
        return json.dumps({"StartAt": "Greet", "States": {"Greet": wait}})

    def policy(self, bindings):
        send = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [bindings["Queue"]]}
        return {"Version": "2012-10-17", "Statement": [send]}

queue = aws.sqs.Queue("greetings", name="greetings")
Workflow("Greeting", Machine(), WorkflowConfig(%s), place=place, bindings=%s)
"""
BOUND = '{"Queue": queue.arn, "Seconds": 900, "Unused": "x"}'
HERE = "us-east-1:123456789012"


def statements(document: object) -> list[dict[str, Any]]:
    return list(json.loads(str(document))["Statement"])


def test_the_definition_is_the_machine_s_with_its_names_bound_in_their_types(recorded: RecordProgram) -> None:
    machine = recorded(WORKFLOW % ("", BOUND)).get("StateMachine", "Greeting")
    assert json.loads(str(machine.inputs["definition"]))["States"]["Greet"]["Seconds"] == 900


def test_an_unbound_name_is_an_error_before_anything_is_made(recorded: RecordProgram) -> None:
    with pytest.raises(ValueError, match="nothing is bound to Queue, Seconds of the workflow Greeting"):
        recorded(WORKFLOW % ("", "{}"))


def test_its_role_has_the_machine_s_policy_and_what_logging_and_tracing_need(recorded: RecordProgram) -> None:
    recording = recorded(WORKFLOW % ("", BOUND))
    tasks, observability = (
        statements(recording.get("RolePolicy", name).inputs["policy"])
        for name in ("Greeting-tasks", "Greeting-observability")
    )
    assert [s["Resource"] for s in tasks] == [[f"arn:aws:sqs:{HERE}:greetings"]]
    actions = {action for statement in observability for action in statement["Action"]}
    assert {action.split(":")[0] for action in actions} == {"logs", "xray"}


def test_only_step_functions_may_assume_its_role_and_only_for_this_account(recorded: RecordProgram) -> None:
    role = recorded(WORKFLOW % ("", BOUND)).get("Role", "Greeting-role")
    assert statements(role.inputs["assumeRolePolicy"]) == [
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Principal": {"Service": "states.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnLike": {"aws:SourceArn": f"arn:aws:states:{HERE}:stateMachine:*"},
            },
        }
    ]


def test_its_log_holds_errors_and_no_execution_data(recorded: RecordProgram) -> None:
    recording = recorded(WORKFLOW % ("log_retention_days=3", BOUND))
    assert recording.get("StateMachine", "Greeting").inputs["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": False,
        "logDestination": f"arn:aws:logs:{HERE}:log-group:/aws/vendedlogs/states/Greeting:*",
    }
    group = recording.get("LogGroup", "/aws/vendedlogs/states/Greeting")
    assert group.inputs["retentionInDays"] == 3


def test_it_is_traced_and_standard_unless_told_otherwise(recorded: RecordProgram) -> None:
    standard = recorded(WORKFLOW % ("", BOUND)).get("StateMachine", "Greeting")
    assert standard.inputs["tracingConfiguration"] == {"enabled": True}
    assert standard.inputs["type"] == "STANDARD"
    express = recorded(WORKFLOW % ('type="EXPRESS"', BOUND)).get("StateMachine", "Greeting")
    assert express.inputs["type"] == "EXPRESS"


def test_the_state_machine_is_made_after_its_permissions(recorded: RecordProgram) -> None:
    recording = recorded(WORKFLOW % ("", BOUND))
    policies = {policy.urn for policy in recording.of_type("RolePolicy")}
    assert policies <= recording.get("StateMachine", "Greeting").dependencies


@pytest.mark.parametrize("pattern", [".waitForTaskToken", ".sync", ".sync:2"])
def test_an_express_workflow_that_would_have_to_wait_is_refused(
    recorded: RecordProgram, pattern: str
) -> None:
    task = f'"Ask": {{"Type": "Task", "Resource": "arn:aws:states:::events:putEvents{pattern}"}}'
    program = WORKFLOW.replace("wait = {", "wait = {" + f"**json.loads('{{{task}}}')[\"Ask\"], ") % (
        'type="EXPRESS"',
        BOUND,
    )
    with pytest.raises(ValueError, match="Greeting cannot be EXPRESS: Greet waits"):
        recorded(program)


def test_an_alarm_watches_each_way_in_which_executions_go_wrong(recorded: RecordProgram) -> None:
    recording = recorded(WORKFLOW % ("", BOUND))
    arn = f"arn:aws:states:{HERE}:stateMachine:Greeting"
    alarms = {alarm.name: alarm.inputs for alarm in recording.of_type("MetricAlarm")}
    assert {name: alarm["metricName"] for name, alarm in alarms.items()} == {
        "Greeting-Failed": "ExecutionsFailed",
        "Greeting-TimedOut": "ExecutionsTimedOut",
        "Greeting-Throttled": "ExecutionThrottled",
    }
    for alarm in alarms.values():
        assert alarm["dimensions"] == {"StateMachineArn": arn}
        assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")
        assert alarm["treatMissingData"] == "notBreaching"


INTERLEAVED = """
    from dsl import StateMachine, end, fail, wait

    one, other = wait("One", seconds=1) >> end, wait("Other", seconds=1)
    other >> fail("Failed", error="E", cause="C")
    Workflow("One", StateMachine("One", one), WorkflowConfig(), place=place, bindings={})
"""


def test_states_of_a_machine_that_the_program_makes_later_are_its_own(recorded: RecordProgram) -> None:
    later = """
    Workflow("Other", StateMachine("Other", other), WorkflowConfig(), place=place, bindings={})
    """
    assert len(recorded(INTERLEAVED + later).of_type("StateMachine")) == 2


def test_a_chain_of_which_the_program_makes_nothing_is_refused_with_its_line(recorded: RecordProgram) -> None:
    with pytest.raises(Exception, match=r"state 'Other': it was built and belongs to no machine") as caught:
        recorded(INTERLEAVED)
    assert "__main__.py:" in str(caught.value)
