"""The example: another program of `dsl` and `infra`, compiled, checked and deployed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asl.checking import validate
from local.deployer import deploy
from local.deployer.clients import Clients
from tests.policy.schema import faults
from tests.recordings import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stacks.emulator import Emulator

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "document_approval" / "__main__.py"


class Office:
    """The deployed example, and the people who use it."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def submit(self, document: str) -> None:
        detail = json.dumps({"documentId": document, "reviewer": "ana"})
        entry: Any = {
            "EventBusName": "Approvals",
            "Source": "example.approvals",
            "DetailType": "Document.Submitted",
            "Detail": detail,
        }
        self._clients.events.put_events(Entries=[entry])

    def row(self, document: str) -> dict[str, str]:
        answer = self._clients.dynamodb.get_item(
            TableName="documents", Key={"documentId": {"S": document}}, ConsistentRead=True
        )
        return {name: str(next(iter(value.values()))) for name, value in answer.get("Item", {}).items()}

    def wait(self, document: str, what: str, ready: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        end = time.monotonic() + 30
        while not ready(row := self.row(document)):
            assert time.monotonic() < end, f"waited for {what}; the row has {sorted(row)}"
            time.sleep(0.05)
        return row

    def token(self, document: str) -> str:
        return self.wait(document, "the token", lambda row: "TaskToken" in row)["TaskToken"]


@pytest.fixture(scope="module")
def office(shared_emulator: Emulator) -> Iterator[Office]:
    shared_emulator.reset()
    deploy(shared_emulator.endpoint, program=PROGRAM, config={"reviewSeconds": "60"})
    yield Office(Clients(shared_emulator.endpoint))
    shared_emulator.reset()


@pytest.mark.parametrize("stack", ["local", "alice"])
def test_its_definition_has_no_fault_and_its_resources_fit_the_schema(stack: str) -> None:
    recording = recorded(stack, program=PROGRAM)
    (machine,) = recording.of_type("StateMachine")
    assert [str(found) for found in validate(json.loads(str(machine.inputs["definition"])))] == []
    assert [fault for r in recording.resources if r.custom for fault in faults(r.type, r.inputs)] == []


def test_its_role_may_do_what_the_workflow_does_and_no_more() -> None:
    recording = recorded("alice", program=PROGRAM)
    policy = json.loads(str(recording.get("RolePolicy", "DocumentApproval-tasks").inputs["policy"]))
    here = "us-east-1:123456789012"
    assert [(s["Action"], s["Resource"]) for s in policy["Statement"]] == [
        (
            ["dynamodb:PutItem", "dynamodb:UpdateItem"],
            [f"arn:aws:dynamodb:{here}:table/documents-alice"],
        ),
        (["events:PutEvents"], [f"arn:aws:events:{here}:event-bus/Approvals-alice"]),
    ]


def test_a_document_is_approved(office: Office, shared_emulator: Emulator) -> None:
    office.submit("a")
    Clients(shared_emulator.endpoint).sfn.send_task_success(taskToken=office.token("a"), output="{}")
    office.wait("a", "the approval", lambda row: row["status"] == "approved")


def test_a_document_is_rejected(office: Office, shared_emulator: Emulator) -> None:
    office.submit("b")
    Clients(shared_emulator.endpoint).sfn.send_task_failure(taskToken=office.token("b"), error="Rejected")
    office.wait("b", "the rejection", lambda row: row["status"] == "rejected")


def test_a_document_that_nobody_looks_at_expires(office: Office, shared_emulator: Emulator) -> None:
    deploy(shared_emulator.endpoint, program=PROGRAM, config={"reviewSeconds": "1"})
    office.submit("c")
    office.wait("c", "the expiry", lambda row: row.get("status") == "expired")
