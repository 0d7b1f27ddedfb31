"""What an EXPRESS execution cannot do: as the type of a machine, and as the child of a distributed map."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate

ERROR, WARNING = Severity.ERROR, Severity.WARNING
START = "arn:aws:states:::"
TOKEN = {"QueueUrl": "https://example.com/queue", "MessageBody.$": "$$.Task.Token"}
RUN = {"TaskDefinition": "roast"}
DONE = {"Type": "Pass", "End": True}
MACHINE = "The machine is of type EXPRESS: make it STANDARD."
CHILD = "It belongs to an EXPRESS child of a distributed map: make its ExecutionType STANDARD."


def task(call: str, parameters: object, **fields: object) -> dict[str, object]:
    return {"Type": "Task", "Resource": START + call, "Parameters": parameters, "End": True, **fields}


def machine(state: object, **fields: object) -> dict[str, object]:
    return {"StartAt": "Here", "States": {"Here": state}, **fields}


def pour(state: object, kind: str, name: str = "Each") -> dict[str, object]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    return {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": config, "StartAt": name, "States": {name: state}},
        "End": True,
    }


WAITING = [
    (task("ecs:runTask.sync", RUN), "'.sync' service integration"),
    (task("states:startExecution.sync:2", {"StateMachineArn": "${Child}"}), "'.sync:2' service integration"),
    (
        task("sqs:sendMessage.waitForTaskToken", TOKEN, TimeoutSeconds=9),
        "'.waitForTaskToken' service integration",
    ),
    (
        {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:brew", "End": True},
        "activities",
    ),
]


@pytest.mark.parametrize(("state", "what"), WAITING, ids=[what for _, what in WAITING])
def test_only_a_machine_of_type_express_cannot_wait(state: dict[str, object], what: str) -> None:
    assert validate(machine(state)) == []
    assert validate(machine(state), execution_type="STANDARD") == []
    assert validate(machine(state), execution_type="EXPRESS") == [
        Diagnostic(
            ERROR,
            "SCHEMA_VALIDATION_FAILED",
            f"Express state machine does not support {what}. {MACHINE}",
            "/States/Here/Resource",
        )
    ]


@pytest.mark.parametrize(("state", "what"), WAITING, ids=[what for _, what in WAITING])
def test_an_express_child_of_a_map_cannot_wait_either(state: dict[str, object], what: str) -> None:
    assert validate(machine(pour(state, "STANDARD"))) == []
    assert validate(machine(pour(state, "EXPRESS"))) == [
        Diagnostic(
            WARNING,
            "EXPRESS_CANNOT_WAIT",
            f"Express state machine does not support {what}. {CHILD}",
            "/States/Here/ItemProcessor/States/Each/Resource",
        )
    ]


def test_a_call_that_waits_for_nothing_is_fine_in_both() -> None:
    call = task("ecs:runTask", RUN)
    assert validate(machine(call), execution_type="EXPRESS") == []
    assert validate(machine(pour(call, "EXPRESS"))) == []


def test_a_distributed_map_is_not_for_express() -> None:
    said = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines."
    config = "ItemProcessor/ProcessorConfig/Mode"
    assert validate(machine(pour(DONE, "EXPRESS")), execution_type="EXPRESS") == [
        Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", f"{said} {MACHINE}", f"/States/Here/{config}")
    ]
    nested = pour(pour(DONE, "STANDARD", "Deep"), "EXPRESS")
    assert validate(machine(nested)) == [
        Diagnostic(
            WARNING,
            "EXPRESS_CANNOT_WAIT",
            f"{said} {CHILD}",
            f"/States/Here/ItemProcessor/States/Each/{config}",
        )
    ]


def test_what_a_standard_child_does_is_its_own_matter() -> None:
    waiting = task("ecs:runTask.sync", RUN)
    found = validate(machine(pour(waiting, "STANDARD")), execution_type="EXPRESS")
    assert [d.location for d in found] == ["/States/Here/ItemProcessor/ProcessorConfig/Mode"]


@pytest.mark.parametrize(("seconds", "long"), [(300, False), (301, True)])
def test_an_express_execution_ends_after_five_minutes(seconds: int, long: bool) -> None:
    rest = machine({"Type": "Wait", "Seconds": seconds, "End": True})
    limited = machine(DONE, TimeoutSeconds=seconds)
    assert validate(rest) == validate(limited) == []
    assert validate(rest, execution_type="EXPRESS") == [
        Diagnostic(
            WARNING,
            "EXPRESS_TOO_LONG",
            f"An EXPRESS execution ends after 300 seconds, and this state waits for {seconds}.",
            "/States/Here/Seconds",
        )
    ] * int(long)
    assert validate(limited, execution_type="EXPRESS") == [
        Diagnostic(
            WARNING,
            "EXPRESS_TOO_LONG",
            f"AWS ends an EXPRESS execution after 300 seconds, before the {seconds} of its own limit.",
            "/TimeoutSeconds",
        )
    ] * int(long)
