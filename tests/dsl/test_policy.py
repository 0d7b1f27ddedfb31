"""The policy of a machine's role: just what its tasks need."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from dsl import StateMachine, Target, end, wait
from dsl.dynamodb import get_item, set_, update_item
from tests.dsl.samples import KEY, ask, call, table


def statements(start: Target) -> Any:
    policy = StateMachine("Machine", start).policy()
    assert policy["Version"] == "2012-10-17"
    return policy["Statement"]


def test_each_task_brings_the_permission_that_it_needs() -> None:
    assert statements(get_item("Get", table, key=KEY) >> end) == [
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": ["${RowTableArn}"]}
    ]


def test_a_permission_that_two_tasks_need_is_given_once() -> None:
    chain = get_item("Get", table, key=KEY) >> get_item("Again", table, key=KEY) >> end
    assert len(statements(chain)) == 1


def test_actions_on_the_same_resource_are_one_statement_in_order() -> None:
    chain = (
        update_item("Write", table, key=KEY, update=set_(name="x")) >> get_item("Get", table, key=KEY) >> end
    )
    assert statements(chain) == [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "Resource": ["${RowTableArn}"],
        }
    ]


def test_an_action_on_several_resources_is_one_statement() -> None:
    assert statements(ask("Ask") >> end) == [
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": ["${AskFunctionArn}", "${AskFunctionArn}:*"],
        }
    ]


def test_no_task_gets_more_than_it_needs_because_another_needs_it() -> None:
    found = statements(get_item("Get", table, key=KEY) >> ask("Ask") >> call("Stop") >> end)
    allowed = {
        (action, resource)
        for statement in found
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert allowed == {
        ("dynamodb:GetItem", "${RowTableArn}"),
        ("lambda:InvokeFunction", "${AskFunctionArn}"),
        ("lambda:InvokeFunction", "${AskFunctionArn}:*"),
        ("states:StopExecution", "arn:aws:states:x"),
    }


def test_the_order_of_tasks_does_not_change_the_policy() -> None:
    policies = []
    for one, two, three in permutations(range(3)):
        tasks = [get_item("Get", table, key=KEY), ask("Ask"), call("Stop")]
        policies.append(statements(tasks[one] >> tasks[two] >> tasks[three] >> end))
    assert all(policy == policies[0] for policy in policies)


def test_a_task_that_only_an_error_leads_to_brings_its_permission_too() -> None:
    task = get_item("Get", table, key=KEY)
    task.catch("States.ALL", to=ask("Mend") >> end)
    actions = [statement["Action"] for statement in statements(task >> end)]
    assert actions == [["dynamodb:GetItem"], ["lambda:InvokeFunction"]]


def test_a_machine_without_tasks_needs_nothing() -> None:
    assert statements(wait("Pause", seconds=1) >> end) == []
