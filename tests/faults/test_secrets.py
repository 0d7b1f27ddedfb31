"""A task token is in the row and on the bus, and nowhere else.

The walkthrough and the failures run with real function processes, so that what they log goes where it goes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from local.cli.app import app
from local.emulator import REGION, Emulator
from local.engine import deploy
from local.engine.clients import Clients
from local.orders import OrderClient
from local.stack import RunningStack, Stack, StateFolder
from local.walkthrough import walk
from tests.faults.bar import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from mypy_boto3_logs import CloudWatchLogsClient


def log_lines(logs: CloudWatchLogsClient) -> dict[str, list[str]]:
    """All lines of all log groups."""
    lines: dict[str, list[str]] = {}
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            lines[name] = []
            for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
                answer = logs.get_log_events(
                    logGroupName=name, logStreamName=stream["logStreamName"], startFromHead=True
                )
                lines[name] += [event["message"] for event in answer["events"]]
    return lines


def leaks(tokens: set[str], places: dict[str, str]) -> list[str]:
    """The places that hold a token. Only their names: a failing test must not print one either."""
    return sorted(place for place, text in places.items() if any(token in text for token in tokens))


def test_no_token_leaves_the_row_and_the_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = StateFolder(tmp_path)
    with Emulator.start(data_dir=state.emulator_folder) as emulator:
        outputs = deploy(emulator.endpoint).outputs
        stack = Stack.emulated("local", REGION, emulator.endpoint, outputs)
        clients, orders = Clients(emulator.endpoint), OrderClient(stack)
        state.write(RunningStack(stack, "2026-11-22T07:00:00Z", 1))
        monkeypatch.setenv("ESPRESSO_STATE", str(state.path))
        url = clients.sqs.create_queue(QueueName="bus")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:000000000000:bus"
        pattern = json.dumps({"source": [{"prefix": ""}]})
        clients.events.put_rule(Name="all", EventBusName=stack.bus, EventPattern=pattern)
        clients.events.put_targets(Rule="all", EventBusName=stack.bus, Targets=[{"Id": "all", "Arn": arn}])
        runner = CliRunner()
        console: list[str] = []

        def espresso(*arguments: str) -> None:
            answer = runner.invoke(app, list(arguments), catch_exceptions=False)
            console.append(answer.output)

        def row(order_id: str) -> dict[str, Any]:
            key: Any = {"PK": {"S": "orders"}, "SK": {"S": order_id}}
            answer = clients.dynamodb.get_item(TableName=stack.order_table, Key=key, ConsistentRead=True)
            return dict(answer.get("Item", {}))

        def token_of(order_id: str) -> Any:
            return until("a task token", lambda: row(order_id).get("TaskToken", {}).get("S"), deadline=30)

        # The walkthrough, on the console and by itself.
        espresso("order", "1", "--user", "1")
        token_of("1")
        for action in ("put", "make", "complete"):
            if action != "put":
                until(
                    "a barista to be waited for",
                    lambda: row("1")["ORDERSTATE"]["S"] != "CREATED",
                    deadline=30,
                )
            espresso("manage", action, "1")
            espresso("show", "1")
        console += [repr(result) for result in walk(orders, order_id="2", deadline=30)]
        # The failures: refused, cancelled, stopped by hand, its token come back twice, a function that fails.
        for order_id in ("3", "4"):
            orders.scan(order_id, "1")
            token_of(order_id)
        espresso("manage", "make", "3")
        espresso("manage", "cancel", "3")
        clients.sfn.stop_execution(
            executionArn=row("4")["executionId"]["S"], error="Stopped", cause="by hand"
        )
        until("OrderEnded to be done", lambda: "announcedAt" in row("4"), deadline=30)
        espresso("manage", "cancel", "4")
        bad = {
            "userId": "1",
            "orderId": "5",
            "TaskToken": "a-token-in-a-malformed-event",
            "tokenIssuedAt": "never",
        }
        for name in ("WorkflowStarted", "WaitingCompletion"):
            orders_event = {"EventBusName": stack.bus, "Source": "awsserverlessda.serverlesspresso"}
            entry: Any = {**orders_event, "DetailType": f"OrderProcessor.{name}", "Detail": json.dumps(bad)}
            clients.events.put_events(Entries=[entry])
        for shown_id in ("1", "2", "3", "4"):
            espresso("show", shown_id)
        espresso("status")
        until(
            "the functions to have refused the malformed events",
            lambda: (
                sum(
                    "MalformedEventError" in line
                    for lines in log_lines(clients.logs).values()
                    for line in lines
                )
                >= 2
            ),
            deadline=30,
        )

        # The tokens that there were, from the two places where they may be.
        bus: list[str] = []
        while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in messages:
                bus.append(message["Body"])
                clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        details = [json.loads(text)["detail"] for text in bus]
        tokens = {detail["TaskToken"] for detail in details if "TaskToken" in detail}
        assert len(tokens) >= 7
        assert {row(order_id)["TaskToken"]["S"] for order_id in ("1", "2", "3", "4")} <= tokens
        bearers = {json.loads(text)["detail-type"] for text in bus if any(token in text for token in tokens)}
        assert bearers == {"OrderProcessor.WorkflowStarted", "OrderProcessor.WaitingCompletion"}

        # And all the places where they may not be.
        places = {f"log group {name}": "\n".join(lines) for name, lines in log_lines(clients.logs).items()}
        assert any("stored the first token" in text for text in places.values()), (
            "no function logged anything"
        )
        places |= {f"console {number}": text for number, text in enumerate(console)}
        captured = capsys.readouterr()
        places |= {"stdout": captured.out, "stderr": captured.err}
        places["emulator.log"] = emulator.log_path.read_text(errors="replace")
        for machine in stack.machine_arns or ():
            for entry_ in clients.sfn.list_executions(stateMachineArn=machine)["executions"]:
                found = clients.sfn.describe_execution(executionArn=entry_["executionArn"])
                shown = {name: found.get(name) for name in ("name", "input", "output", "error", "cause")}
                places[f"execution {entry_['executionArn']}"] = json.dumps(shown)
        for name, text in target_inputs(clients, stack.bus).items():
            places[name] = text
        assert len(places) > 30
        assert leaks(tokens, places) == []


def target_inputs(clients: Clients, bus: str) -> dict[str, str]:
    """What each rule makes of its events, beside handing them on: nothing that could put a token anywhere."""
    found = {}
    for bus_name in (bus, "default"):
        for rule in clients.events.list_rules(EventBusName=bus_name)["Rules"]:
            targets = clients.events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus_name)["Targets"]
            for target in targets:
                assert not re.search("token", json.dumps(target.get("InputTransformer", {})), re.IGNORECASE)
                found[f"rule {rule['Name']}"] = json.dumps(target)
    return found


def test_no_definition_names_a_token_where_people_can_read_it() -> None:
    """Histories hold what passed through the states, so the state machines' logs leave execution data out."""
    from local.engine import record

    machines = [
        one for one in record(stack="local").resources if one.type == "aws:sfn/stateMachine:StateMachine"
    ]
    assert len(machines) == 2
    for machine in machines:
        logging: Any = machine.inputs.get("loggingConfiguration") or {}
        assert logging.get("includeExecutionData") in (None, False), machine.name
