"""A task token is in the row and on the bus, and nowhere else.

The walkthrough and the failures run with real function processes, so that what they log goes where it goes, and with
the console open, whose event stream is read the whole time.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from local.deployer import deploy
from local.deployer.clients import Clients
from local.orders.client import OrderClient
from local.orders.walkthrough import walk
from local.stacks.emulator import REGION, Emulator
from local.stacks.stack import RunningStack, Stack, StateFolder
from tests.espresso import run_espresso
from tests.faults.bar import until

if TYPE_CHECKING:
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
    """Return the places that hold a token. Only their names: a failing test must not print one either."""
    return sorted(place for place, text in places.items() if any(token in text for token in tokens))


class OpenConsole:
    """`espresso console`, with somebody who looks at its page all the time."""

    def __init__(self, state: Path) -> None:
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("espresso"), "console", "--port", "0"],
            env=os.environ | {"ESPRESSO_STATE": str(state), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.streamed = b""
        self._readers = [threading.Thread(target=self._read_output)]
        self._readers[0].start()
        try:
            address = until(
                "the console's address", lambda: re.search(r"127\.0\.0\.1:(\d+)", "".join(self.said))
            )
        except AssertionError:
            self._process.kill()
            raise
        self.port = int(address[1])

    def __enter__(self) -> Self:
        self._readers.append(threading.Thread(target=self._read_stream))
        self._readers[1].start()
        until("the stream's first event", lambda: self.streamed)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        finally:
            self._process.kill()
            for reader in self._readers:
                reader.join(15)

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self.said.append(line)

    def _read_stream(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", "/api/stream")
        answer = connection.getresponse()
        try:
            while chunk := answer.read1(65536):
                self.streamed += chunk
        except (OSError, http.client.HTTPException):
            pass  # the console has stopped
        finally:
            connection.close()

    def get(self, path: str) -> str:
        """Return what the console answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200, f"{path}: {answer.status}"
            return answer.read().decode()
        finally:
            connection.close()

    def places(self, order_ids: list[str], executions: list[str]) -> dict[str, str]:
        """All that it shows anybody, and all that it said."""
        paths = ["/", *re.findall(r"/static/[\w./-]+", self.get("/"))]
        paths += [f"/api/timeline?order={quote(order_id)}" for order_id in order_ids]
        paths += [f"/api/execution?arn={quote(arn)}" for arn in executions]
        shown = {f"the console's {path}": self.get(path) for path in paths}
        return shown | {
            "the console's stream": self.streamed.decode(),
            "the console's output": "".join(self.said),
        }


def share_clients(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all commands of this process use the same clients: to make them costs each more than all that it asks."""
    session = stack.session()
    make: Any = session.client
    made: dict[str, object] = {}

    def client(service: str, **options: Any) -> object:
        if service not in made:
            made[service] = make(service, **options)
        return made[service]

    monkeypatch.setattr(session, "client", client)
    monkeypatch.setattr(Stack, "session", lambda _: session)


def test_no_token_leaves_the_row_and_the_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = StateFolder(tmp_path)
    with Emulator.start(data_dir=state.emulator_folder) as emulator, ExitStack() as looking:
        outputs = deploy(emulator.endpoint).outputs
        stack = Stack.emulated("local", REGION, emulator.endpoint, outputs)
        share_clients(stack, monkeypatch)
        clients, orders = Clients(emulator.endpoint), OrderClient(stack)
        state.write(RunningStack(stack, "2026-11-22T07:00:00Z", 1))
        monkeypatch.setenv("ESPRESSO_STATE", str(state.path))
        opened = looking.enter_context(OpenConsole(state.path))
        url = clients.sqs.create_queue(QueueName="bus")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:000000000000:bus"
        pattern = json.dumps({"source": [{"prefix": ""}]})
        clients.events.put_rule(Name="all", EventBusName=stack.bus, EventPattern=pattern)
        clients.events.put_targets(Rule="all", EventBusName=stack.bus, Targets=[{"Id": "all", "Arn": arn}])
        said: list[str] = []

        def espresso(*arguments: str) -> None:
            said.append(run_espresso(*arguments, catch_exceptions=False).output)

        def row(order_id: str) -> dict[str, Any]:
            key: Any = {"PK": {"S": "orders"}, "SK": {"S": order_id}}
            answer = clients.dynamodb.get_item(TableName=stack.order_table, Key=key, ConsistentRead=True)
            return dict(answer.get("Item", {}))

        def token_of(order_id: str) -> Any:
            return until("a task token", lambda: row(order_id).get("TaskToken", {}).get("S"), deadline=30)

        # The walkthrough, command by command and by itself.
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
        said += [repr(result) for result in walk(orders, order_id="2", deadline=30)]
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
        # What people do wrong: an order that is known, one that isn't, an end that was before, a drink that isn't.
        for wrong in ("order 1", "manage make nowhere", "manage complete 1", "show nowhere"):
            espresso(*wrong.split())
        espresso("order", "6")
        espresso("manage", "put", "6", "--drink", "milkshake")
        espresso("manage", "put", "6")
        for shown_id in ("1", "2", "3", "4", "6"):
            espresso("show", shown_id)
        for command in ("status", "plan", "costs"):
            espresso(command)
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
        places |= {f"output of command {number}": text for number, text in enumerate(said)}
        captured = capsys.readouterr()
        places |= {"stdout": captured.out, "stderr": captured.err}
        places["emulator.log"] = emulator.log_path.read_text(errors="replace")
        executions = []
        for machine in stack.machine_arns or ():
            for entry_ in clients.sfn.list_executions(stateMachineArn=machine)["executions"]:
                found = clients.sfn.describe_execution(executionArn=entry_["executionArn"])
                shown = {name: found.get(name) for name in ("name", "input", "output", "error", "cause")}
                places[f"execution {entry_['executionArn']}"] = json.dumps(shown)
                executions.append(entry_["executionArn"])
        shown_by_console = opened.places(["1", "2", "3", "4", "5", "6"], executions)
        assert "OrderProcessor.WaitingCompletion" in shown_by_console["the console's stream"], (
            "it missed the orders"
        )
        places |= shown_by_console
        for name, text in target_inputs(clients, stack.bus).items():
            places[name] = text
        assert len(places) > 80
        assert leaks(tokens, places) == []


def target_inputs(clients: Clients, bus: str) -> dict[str, str]:
    """Return what each rule makes of its events, beside handing them on: nothing that could put a token anywhere."""
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
    from local.deployer import record

    machines = [
        one for one in record(stack="local").resources if one.type == "aws:sfn/stateMachine:StateMachine"
    ]
    assert len(machines) == 2
    for machine in machines:
        logging: Any = machine.inputs.get("loggingConfiguration") or {}
        assert logging.get("includeExecutionData") in (None, False), machine.name
