"""What of Step Functions outlives the emulator's process where it keeps its state: machines, and what has ended.

An execution that runs does not survive: it is FAILED after the restart, with the error States.ServiceRestart.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from asl.execution import Execution
from asl.execution.history import Event
from asl.execution.records import FAILED, RUNNING, Frame

if TYPE_CHECKING:
    from asl.execution.api import StepFunctions

RESTARTED: Final = "States.ServiceRestart"
_FIELDS: Final = ("status", "output_text", "error", "cause", "started_at", "stopped_at", "redrive_count")


def kept(service: StepFunctions) -> dict[str, Any]:
    """Return what is to be kept of a service, as JSON."""
    engine = service.engine
    return {
        # So that a token from before is told as one that is spent.
        "signingKey": engine.tokens.signing_key.hex(),
        "machines": [
            {
                "name": entry.machine.name,
                "definition": entry.machine.text or json.dumps(entry.machine.definition),
                "roleArn": entry.machine.role_arn,
                "type": entry.machine.kind,
                "loggingConfiguration": entry.logging,
                "tags": [
                    {"key": key, "value": value}
                    for key, value in service.registry.tags.get(entry.machine.arn, {}).items()
                ],
            }
            for entry in service.registry.all()
        ],
        "activities": [arn.rpartition(":")[2] for arn in engine.activities],
        "executions": [
            {
                "machine": execution.machine.arn,
                "arn": execution.arn,
                "name": execution.name,
                "input": execution.input_text,
                "events": [list(event) for event in execution.history.events],
                **{field: getattr(execution, field) for field in _FIELDS},
            }
            for execution in engine.executions.values()
            if execution.map_run is None
        ],
    }


def restore(service: StepFunctions, state: dict[str, Any]) -> None:
    """Put back what `kept` returned."""
    engine = service.engine
    if "signingKey" in state:
        engine.tokens.signing_key = bytes.fromhex(state["signingKey"])
    for machine in state.get("machines", ()):
        service.call("CreateStateMachine", {key: value for key, value in machine.items() if value})
    for name in state.get("activities", ()):
        engine.create_activity(name)
    for record in state.get("executions", ()):
        machine = engine.machines.get(record["machine"])
        if machine is None:
            continue
        text = record["input"]
        execution = Execution(
            engine, machine, record["arn"], record["name"], json.loads(text), text, machine.kind
        )
        execution.root = Frame(execution, machine.program, None, 0, 0, {})
        execution.root.done = True
        execution.history.events.extend(Event(*event) for event in record["events"])
        for field in _FIELDS:
            setattr(execution, field, record[field])
        if execution.status == RUNNING:
            execution.status, execution.error = FAILED, RESTARTED
            execution.cause = "Execution was running when service restarted"
            execution.stopped_at = engine.now()
        engine.executions[execution.arn] = execution
