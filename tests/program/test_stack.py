"""What the whole program declares, in a plain stack and in somebody's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from handlers.sanitize_order import handler as sanitize_order
from local.deployer import record
from local.deployer.project import PROGRAM
from local.stacks.stack import PROJECT_ROOT
from tests.recordings import recorded
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from pathlib import Path

    from local.deployer import RecordedResource, Recording

APPROVAL = PROJECT_ROOT / "examples" / "document_approval" / "__main__.py"
HERE = "us-east-1:123456789012"
NAMES = {
    "EventBus": {"Serverlesspresso"},
    "StateMachine": {"OrderProcessorWorkflow", "OrderManagerStateMachine"},
    "aws:dynamodb/table:Table": {
        "serverlesspresso-order-table",
        "serverlesspresso-config-table",
        "serverlesspresso-counting-table",
    },
    "aws:lambda/function:Function": {"WorkflowStarted", "WaitingCompletion", "SanitizeOrder", "OrderEnded"},
}
# What names a part of another resource, and so is not unique in an account by itself.
INNER = {
    "RolePolicy",
    "EventTarget",
    "TableItem",
    "Permission",
    "QueuePolicy",
    "FunctionEventInvokeConfig",
}
# Actions for which AWS knows no narrower resource than "*".
UNBOUNDED = {"logs", "xray"}


@pytest.fixture(scope="module")
def local() -> Recording:
    return recorded("local")


@pytest.fixture(scope="module")
def alice() -> Recording:
    return recorded("alice")


@pytest.fixture(scope="module")
def watched() -> Recording:
    """Alice's stack with everything that she can switch on."""
    return recorded("alice", alarms="true", dashboard="true")


@pytest.fixture(scope="module")
def configured() -> Recording:
    """Alice's stack with settings of her own."""
    config = {
        "customerTimeoutSeconds": "5",
        "baristaTimeoutSeconds": "6",
        "maxOrdersInQueue": "7",
        "managerType": "EXPRESS",
        "ownerEmail": "alice@example.com",
    }
    return record(stack="alice", config=config)


@pytest.fixture(scope="module")
def patient() -> Recording:
    """Alice's stack with timers of a day."""
    return record(stack="alice", config={"customerTimeoutSeconds": "86400", "baristaTimeoutSeconds": "86400"})


def kind(resource: RecordedResource) -> str:
    return resource.type.rpartition(":")[2]


def bindings(suffix: str) -> dict[str, str | int]:
    """Return what the workflows' placeholders stand for in the recorder's account."""
    return {
        "OrderTableName": f"serverlesspresso-order-table{suffix}",
        "OrderTableArn": f"arn:aws:dynamodb:{HERE}:table/serverlesspresso-order-table{suffix}",
        "ConfigTableName": f"serverlesspresso-config-table{suffix}",
        "ConfigTableArn": f"arn:aws:dynamodb:{HERE}:table/serverlesspresso-config-table{suffix}",
        "CountingTableName": f"serverlesspresso-counting-table{suffix}",
        "CountingTableArn": f"arn:aws:dynamodb:{HERE}:table/serverlesspresso-counting-table{suffix}",
        "EventBusName": f"Serverlesspresso{suffix}",
        "EventBusArn": f"arn:aws:events:{HERE}:event-bus/Serverlesspresso{suffix}",
        "SanitizeOrderFunctionArn": f"arn:aws:lambda:{HERE}:function:SanitizeOrder{suffix}",
        "OrderProcessorArn": f"arn:aws:states:{HERE}:stateMachine:OrderProcessorWorkflow{suffix}",
        "CustomerTimeoutSeconds": 900,
        "BaristaTimeoutSeconds": 900,
    }


def policies(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    """Return the statements of every role and queue policy, by the resource's logical name."""
    found = recording.of_type("RolePolicy") + recording.of_type("QueuePolicy")
    return {resource.name: json.loads(str(resource.inputs["policy"]))["Statement"] for resource in found}


@pytest.mark.parametrize("type_", NAMES)
def test_a_local_stack_has_the_walkthrough_s_names_to_the_letter(local: Recording, type_: str) -> None:
    assert {resource.physical_name for resource in local.of_type(type_)} == NAMES[type_]


@pytest.mark.parametrize("type_", NAMES)
def test_alice_s_stack_has_the_same_names_with_hers_behind(alice: Recording, type_: str) -> None:
    expected = {f"{name}-alice" for name in NAMES[type_]}
    assert {resource.physical_name for resource in alice.of_type(type_)} == expected


def test_no_resource_of_alice_s_shares_a_name_with_somebody_else_s(watched: Recording) -> None:
    for resource in watched.resources:
        if resource.custom and kind(resource) not in INNER:
            assert resource.physical_name.endswith("-alice"), resource.urn


@pytest.mark.parametrize("machine", [order_processor, order_manager], ids=lambda machine: machine.name)
@pytest.mark.parametrize(("stack", "suffix"), [("local", ""), ("alice", "-alice")])
def test_each_state_machine_is_the_workflow_with_its_names_bound(
    request: pytest.FixtureRequest, machine: Any, stack: str, suffix: str
) -> None:
    recording: Recording = request.getfixturevalue(stack)
    deployed = recording.get("StateMachine", f"{machine.name}{suffix}")
    assert json.loads(str(deployed.inputs["definition"])) == machine.definition(bindings(suffix))
    tasks = policies(recording)[f"{machine.name}-tasks"]
    assert tasks == machine.policy(bindings(suffix))["Statement"]


def test_timers_and_queue_come_from_the_configuration(configured: Recording) -> None:
    machine = configured.get("StateMachine", "OrderProcessorWorkflow-alice")
    processor = json.loads(str(machine.inputs["definition"]))
    waits = [s["TimeoutSeconds"] for s in processor["States"].values() if "TimeoutSeconds" in s]
    assert waits == [5, 6]
    item = json.loads(str(configured.get("TableItem", "serverlesspresso-config-table-config").inputs["item"]))
    assert item["maxOrdersInQueue"] == {"N": "7"}


@pytest.mark.parametrize(
    ("program", "config", "message"),
    [
        (
            PROGRAM,
            {"maxOrdersInQueue": "0"},
            "maxOrdersInQueue is '0', but must be a whole number from 1 to 350",
        ),
        (
            PROGRAM,
            {"maxOrders": "5"},
            "maxOrders is not a setting of this program; did you mean maxOrdersInQueue? "
            "`pulumi config rm maxOrders` takes it away.",
        ),
        (PROGRAM, {"protectdata": "true"}, "did you mean protectData?"),
        (
            PROGRAM,
            {"milk": "oat"},
            "milk is not a setting of this program; there are customerTimeoutSeconds, ",
        ),
        (
            PROGRAM,
            {"milk": "oat", "alarm": "no"},
            "alarm is not a .* did you mean alarms?.*milk is not a setting",
        ),
        (APPROVAL, {"reviewSeconds": "0"}, "reviewSeconds is 0, but must be a whole number from 1 to 259200"),
        (APPROVAL, {"reviewSeconds": "soon"}, "reviewSeconds"),
        (
            APPROVAL,
            {"reviewDays": "3"},
            "reviewDays is not a setting of this program; did you mean reviewSeconds?",
        ),
    ],
)
def test_a_setting_that_is_none_stops_the_program_with_one_sentence_before_any_resource(
    program: Path, config: dict[str, str], message: str
) -> None:
    # The Pulumi CLI prints the message of a RunError alone, and of any other error the whole stack.
    with pytest.raises(pulumi.RunError, match=message.replace("?", r"\?")) as caught:
        record(stack="local", config=config, program=program)
    assert "\n" not in str(caught.value)


def test_the_keys_of_others_are_not_the_program_s_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"aws:profile": "x", "serverless:maxOrders": "5"}')
    assert record(stack="local", config={"aws:maxRetries": "5"}).resources


def test_a_mistyped_key_is_found_where_the_pulumi_cli_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"serverlesspresso:maxOrders": "5"}')
    with pytest.raises(pulumi.RunError, match="did you mean maxOrdersInQueue"):
        record(stack="local")


def test_first_values_never_overwrite_living_ones(local: Recording) -> None:
    items = {item.name: item for item in local.of_type("TableItem")}
    assert set(items) == {
        "serverlesspresso-config-table-config",
        "serverlesspresso-config-table-menu",
        "serverlesspresso-counting-table-orderID",
    }
    assert all(item.options.ignore_changes == ("item",) for item in items.values())


def test_a_new_shop_is_open_has_room_for_twenty_and_has_served_nobody(local: Recording) -> None:
    config = local.get("TableItem", "serverlesspresso-config-table-config")
    assert json.loads(str(config.inputs["item"])) == {
        "PK": {"S": "config"},
        "storeOpen": {"BOOL": True},
        "maxOrdersInQueue": {"N": "20"},
    }
    counter = local.get("TableItem", "serverlesspresso-counting-table-orderID")
    assert json.loads(str(counter.inputs["item"])) == {"PK": {"S": "orderID"}, "IDvalue": {"N": "0"}}


@pytest.mark.parametrize("drink", ["Cappuccino", "Latte", "Americano", "Flat White", "Espresso"])
def test_each_drink_of_the_first_menu_can_be_ordered_with_oat_milk(local: Recording, drink: str) -> None:
    menu = json.loads(str(local.get("TableItem", "serverlesspresso-config-table-menu").inputs["item"]))
    body = {"userId": "1", "drink": drink, "modifiers": ["Oat"]}
    assert sanitize_order({"body": body, "menu": menu["value"]["L"]}, None)["valid"] is True


def test_the_walkthrough_s_order_passes_the_first_menu_unchanged(local: Recording) -> None:
    menu = json.loads(str(local.get("TableItem", "serverlesspresso-config-table-menu").inputs["item"]))
    body = {
        "userId": "1",
        "drink": "Cappuccino",
        "modifiers": [],
        "icon": "barista-icons_cappuccino-alternative",
    }
    answer = sanitize_order({"body": body, "menu": menu["value"]["L"]}, None)
    assert json.loads(str(answer["drinkOrder"])) == body


def test_events_go_where_the_domain_says(alice: Recording) -> None:
    targets = {target.name: target.inputs["arn"] for target in alice.of_type("EventTarget")}
    assert targets == {
        "NewOrder": f"arn:aws:states:{HERE}:stateMachine:OrderProcessorWorkflow-alice",
        "WorkflowStarted": f"arn:aws:lambda:{HERE}:function:WorkflowStarted-alice",
        "WaitingCompletion": f"arn:aws:lambda:{HERE}:function:WaitingCompletion-alice",
        "OrderEnded": f"arn:aws:lambda:{HERE}:function:OrderEnded-alice",
    }
    rules = {rule.name: rule for rule in alice.of_type("EventRule") if rule.name in targets}
    patterns = {name: json.loads(str(rule.inputs["eventPattern"])) for name, rule in rules.items()}
    source = ["awsserverlessda.serverlesspresso"]
    assert patterns == {
        "NewOrder": {
            "source": source,
            "detail-type": ["Validator.NewOrder"],
            "detail": {"userId": [{"prefix": ""}], "orderId": [{"prefix": ""}]},
        },
        "WorkflowStarted": {"source": source, "detail-type": ["OrderProcessor.WorkflowStarted"]},
        "WaitingCompletion": {"source": source, "detail-type": ["OrderProcessor.WaitingCompletion"]},
        "OrderEnded": {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {
                "status": ["FAILED", "ABORTED", "TIMED_OUT"],
                "stateMachineArn": [f"arn:aws:states:{HERE}:stateMachine:OrderProcessorWorkflow-alice"],
            },
        },
    }
    buses = {name: rule.inputs.get("eventBusName") for name, rule in rules.items()}
    own = "Serverlesspresso-alice"
    assert buses == {"NewOrder": own, "WorkflowStarted": own, "WaitingCompletion": own, "OrderEnded": None}


def test_every_route_keeps_what_it_could_not_deliver(local: Recording) -> None:
    targets = {target.name: target.inputs["deadLetterConfig"] for target in local.of_type("EventTarget")}
    assert targets == {
        name: {"arn": local.get("Queue", f"{name}-undelivered").outputs["arn"]}
        for name in ("NewOrder", "WorkflowStarted", "WaitingCompletion", "OrderEnded")
    }


def test_only_logging_and_tracing_are_allowed_on_everything(local: Recording) -> None:
    for name, statements in policies(local).items():
        for statement in statements:
            assert not any("*" in action for action in statement["Action"]), name
            if "*" in statement["Resource"]:
                assert {action.split(":")[0] for action in statement["Action"]} <= UNBOUNDED, name


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("SanitizeOrder", {}),
        (
            "WorkflowStarted",
            {
                "dynamodb:UpdateItem": {"OrderTableArn"},
                "states:SendTaskFailure": {"OrderProcessorArn"},
            },
        ),
        (
            "WaitingCompletion",
            {
                "dynamodb:UpdateItem": {"OrderTableArn"},
                "events:PutEvents": {"EventBusArn"},
                "states:SendTaskFailure": {"OrderProcessorArn"},
            },
        ),
        (
            "OrderEnded",
            {
                "dynamodb:GetItem": {"OrderTableArn"},
                "dynamodb:UpdateItem": {"OrderTableArn", "CountingTableArn"},
                "events:PutEvents": {"EventBusArn"},
            },
        ),
    ],
)
def test_each_function_may_do_what_its_code_does_and_no_more(
    alice: Recording, function: str, expected: dict[str, set[str]]
) -> None:
    names = {arn: name for name, arn in bindings("-alice").items()}
    found: dict[str, set[Any]] = {}
    for statement in policies(alice)[f"{function}-policy"]:
        for action in statement["Action"]:
            if action.split(":")[0] not in {"logs", "xray", "sqs", "states"} or "SendTask" in action:
                found.setdefault(action, set()).update(names.get(arn, arn) for arn in statement["Resource"])
    assert found == expected


def test_order_ended_may_read_executions_of_the_processor_only(alice: Recording) -> None:
    (statement,) = [
        s for s in policies(alice)["OrderEnded-policy"] if s["Action"] == ["states:DescribeExecution"]
    ]
    assert statement["Resource"] == [f"arn:aws:states:{HERE}:execution:OrderProcessorWorkflow-alice:*"]


def variables(function: RecordedResource) -> set[str]:
    environment: Any = function.inputs.get("environment", {})
    return set(environment.get("variables", {}))


def test_functions_are_told_only_the_names_that_they_use(local: Recording) -> None:
    told = {function.name: variables(function) for function in local.of_type("aws:lambda/function:Function")}
    assert told == {
        "SanitizeOrder": set(),
        "WorkflowStarted": {"ORDER_TABLE_NAME"},
        "WaitingCompletion": {"ORDER_TABLE_NAME", "EVENT_BUS_NAME"},
        "OrderEnded": {"ORDER_TABLE_NAME", "COUNTING_TABLE_NAME", "EVENT_BUS_NAME"},
    }


def test_whatever_can_be_tagged_says_whose_it_is(watched: Recording) -> None:
    untaggable = {*INNER, "Dashboard"}
    for resource in watched.resources:
        if resource.custom and kind(resource) not in untaggable:
            assert resource.inputs["tags"] == {"project": "serverlesspresso", "stack": "alice"}, resource.urn


def test_the_outputs_are_what_the_command_line_needs(alice: Recording) -> None:
    bound = bindings("-alice")
    assert alice.outputs == {
        "eventBusName": bound["EventBusName"],
        "orderTableName": bound["OrderTableName"],
        "configTableName": bound["ConfigTableName"],
        "countingTableName": bound["CountingTableName"],
        "orderProcessorArn": bound["OrderProcessorArn"],
        "orderManagerArn": f"arn:aws:states:{HERE}:stateMachine:OrderManagerStateMachine-alice",
        "orderManagerType": "STANDARD",
        "functionNames": {
            name: f"{name}-alice"
            for name in ("SanitizeOrder", "WorkflowStarted", "WaitingCompletion", "OrderEnded")
        },
        "region": "us-east-1",
    }
    assert alice.secret_outputs == frozenset()


def test_tags_name_the_owner_where_there_is_one(configured: Recording) -> None:
    (bus,) = configured.of_type("EventBus")
    assert bus.inputs["tags"] == {
        "project": "serverlesspresso",
        "stack": "alice",
        "owner": "alice@example.com",
    }


def test_the_manager_runs_as_it_is_configured_and_the_processor_always_waits(configured: Recording) -> None:
    types = {machine.name: machine.inputs["type"] for machine in configured.of_type("StateMachine")}
    assert types == {"OrderManagerStateMachine": "EXPRESS", "OrderProcessorWorkflow": "STANDARD"}
    assert configured.outputs["orderManagerType"] == "EXPRESS"


@pytest.mark.parametrize(
    ("stack", "seconds", "route", "function"),
    [
        ("configured", {5, 6}, 60, 60),
        ("alice", {900}, 900, 900),
        ("patient", {86_400}, 86_400, 21_600),
    ],
)
def test_a_token_is_delivered_for_as_long_as_its_timer_runs_within_what_aws_allows(
    request: pytest.FixtureRequest, stack: str, seconds: set[int], route: int, function: int
) -> None:
    recording: Recording = request.getfixturevalue(stack)
    machine = recording.get("StateMachine", "OrderProcessorWorkflow-alice")
    states = json.loads(str(machine.inputs["definition"]))["States"].values()
    assert {state["TimeoutSeconds"] for state in states if "TimeoutSeconds" in state} == seconds
    for name in ("WorkflowStarted", "WaitingCompletion"):
        retry: Any = recording.get("EventTarget", name).inputs["retryPolicy"]
        assert retry["maximumEventAgeInSeconds"] == route
        invocations = recording.get("FunctionEventInvokeConfig", f"{name}-invocations")
        assert invocations.inputs["maximumEventAgeInSeconds"] == function


def test_dead_letters_with_tokens_are_kept_for_a_day_and_others_for_two_weeks(local: Recording) -> None:
    days = {
        queue.name: float(str(queue.inputs["messageRetentionSeconds"])) / 86_400
        for queue in local.of_type("Queue")
    }
    assert days == {
        "NewOrder-undelivered": 14,
        "OrderEnded-undelivered": 14,
        "OrderEnded-failures": 14,
        "WorkflowStarted-undelivered": 1,
        "WorkflowStarted-failures": 1,
        "WaitingCompletion-undelivered": 1,
        "WaitingCompletion-failures": 1,
    }
