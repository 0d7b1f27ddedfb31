"""The JSON documents that commands print with `--json`; docs/commands.md describes their stable fields.

No field is ever left out: an unknown value is null. Times are ISO 8601 in UTC. A task token is replaced by
a fingerprint.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.masking import mask
from local.orders.moments import moment

if TYPE_CHECKING:
    from local.deployer.planning import Plan
    from local.masking import JSON, SeenTokens
    from local.orders.client import Outcome
    from local.orders.executions import CurrentWait, WorkflowExecution
    from local.orders.rows import Shop, StoredOrder


def shop(found: Shop) -> dict[str, JSON]:
    """Return the shop: `open`, `places` and the `queue`, which is the ids of the orders in it."""
    return {"open": found.open, "places": found.limit, "queue": sorted(found.queue)}


def row(found: StoredOrder | None) -> JSON:
    """Return an order's row by its attributes, with the drink as a document; None if there is none."""
    return None if found is None else {**found.attributes, "drinkOrder": found.drink}


def execution(found: WorkflowExecution, known: SeenTokens) -> dict[str, JSON]:
    """Return an execution with the states that it came to; `states` is None where no history is kept (EXPRESS)."""
    states: JSON = None
    if found.states is not None:
        states = [
            {
                "name": state.name,
                "type": state.kind,
                "entered": _moment(state.entered),
                "left": _moment(state.left),
                "failures": list(state.failures),
            }
            for state in found.states
        ]
    return {
        "arn": found.arn,
        "status": found.status,
        "started": _moment(found.started),
        "stopped": _moment(found.stopped),
        "input": mask(found.input, known),
        "output": mask(found.output, known),
        "error": found.error or None,
        "cause": found.cause or None,
        "states": states,
    }


def waiting(found: CurrentWait | None) -> JSON:
    """Return whom an order waits for, since when, and how many seconds are left; None if it does not wait."""
    if found is None:
        return None
    left = found.left(datetime.now(UTC))
    return {
        "person": found.person,
        "state": found.state,
        "since": _moment(found.since),
        "seconds_left": None if left is None else round(left, 1),
    }


def outcome(found: Outcome, message: str, order: StoredOrder | None, known: SeenTokens) -> dict[str, JSON]:
    """Return the outcome of a request: whether it was `accepted`, else the `reason` and a `message` for people."""
    return {
        "accepted": found.accepted,
        "reason": found.reason or None,
        "message": message or None,
        "row": row(order),
        "execution": execution(found.execution, known),
    }


def plan(planned: Plan) -> dict[str, JSON]:
    """Return what `up` would change, and which settings have no effect on the emulator."""
    not_applied: dict[str, set[str]] = {}
    for resource in planned.resources:
        for name, reason in resource.not_applied.items():
            not_applied.setdefault(reason, set()).add(f"{resource.type}.{name}")
    return {
        "changes": [
            {
                "action": resource.action,
                "type": resource.type,
                "name": resource.name,
                "protected": resource.protected,
                "settings": {
                    name: {"before": _plain(before), "after": _plain(after)}
                    for name, (before, after) in resource.changes.items()
                },
            }
            for resource in planned.changes
        ],
        "unchanged": len(planned.resources) - len(planned.changes),
        "without_effect": {reason: sorted(names) for reason, names in sorted(not_applied.items())},
    }


def _moment(when: datetime | None) -> str | None:
    return None if when is None else moment(when)


def _plain(value: object) -> JSON:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else str(value)
