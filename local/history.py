"""Reads what an execution did from its history.

The events are those of GetExecutionHistory (AWS Step Functions API Reference, "HistoryEvent"). The emulator
leaves out events between a state's entry and its exit that AWS reports, and reports a failed attempt always
as `TaskFailed`; everything here holds for both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.masking import mask_text
from stepfunctions_local_client.history import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef


@dataclass(frozen=True, slots=True)
class StatePassed:
    """One visit of an execution to one state.

    Attributes:
        name: The state's name in the definition.
        kind: Its type: Task, Choice, Pass, ...
        entered: When the execution came to it.
        left: When it went on; None while it is there, and where the execution ended in it without an exit.
        failures: The error names of the attempts that failed there, oldest first.
        failure: What the last of these attempts said, without tokens; empty if none failed.
    """

    name: str
    kind: str
    entered: datetime
    left: datetime | None = None
    failures: tuple[str, ...] = ()
    failure: str = ""

    @property
    def seconds(self) -> float | None:
        """How long the visit took; None if it isn't over."""
        return None if self.left is None else (self.left - self.entered).total_seconds()


def states_passed(events: Iterable[HistoryEventTypeDef]) -> tuple[StatePassed, ...]:
    """The states that an execution came to, in that order, each visit once.

    Args:
        events: Its history, oldest first.
    """
    visits: list[StatePassed] = []
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            visits.append(StatePassed(name, kind.removesuffix("StateEntered"), event["timestamp"]))
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            # The latest visit of that name: a loop comes to a state more than once.
            for at in range(len(visits) - 1, -1, -1):
                if visits[at].name == name and visits[at].left is None:
                    visits[at] = replace(visits[at], left=event["timestamp"])
                    break
        elif kind in FAILURES and visits:
            details = event.get(FAILURES[kind], {})
            error, cause = _text(details, "error"), _text(details, "cause")
            visits[-1] = replace(
                visits[-1],
                failures=(*visits[-1].failures, error or "unnamed error"),
                failure=": ".join(part for part in (error, mask_text(cause)) if part),
            )
    return tuple(visits)


def _text(details: object, key: str) -> str:
    value = details.get(key) if isinstance(details, dict) else None
    return value if isinstance(value, str) else ""
