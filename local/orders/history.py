"""The states that an execution entered, read from its history.

The events are those of GetExecutionHistory (AWS Step Functions API Reference, "HistoryEvent"). The emulator
leaves out events between a state's entry and its exit that AWS reports, and reports a failed attempt always
as `TaskFailed`; `stepfunctions_local_client`, which folds them, copes with both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.masking import SeenTokens, mask_text
from stepfunctions_local_client.definitions import Definition
from stepfunctions_local_client.history import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

    from local.masking import JSON

_ANY = Definition({"States": {}})


@dataclass(frozen=True, slots=True)
class StatePassed:
    """A state that an execution entered.

    Attributes:
        name: The state's name in the definition.
        kind: Its type: Task, Choice, Pass, ...
        entered: When the execution entered it.
        left: When the execution exited it; None while it is there, or if it ended there without an exit.
        failures: The error names of the attempts that failed there, oldest first.
        failure: The error and the cause of the last of these attempts, without tokens; empty if none failed.
        input: Its input, unmasked: mask it where it is shown.
        output: Its output, unmasked; None while it is there.
    """

    name: str
    kind: str
    entered: datetime
    left: datetime | None = None
    failures: tuple[str, ...] = ()
    failure: str = ""
    input: JSON = field(default=None, repr=False)
    output: JSON = field(default=None, repr=False)

    @property
    def seconds(self) -> float | None:
        """The duration in seconds; None if it has not exited."""
        return None if self.left is None else (self.left - self.entered).total_seconds()


def states_passed(
    events: Sequence[HistoryEventTypeDef], known: SeenTokens | None = None
) -> tuple[StatePassed, ...]:
    """Return the states that an execution entered, in that order, a state again each time.

    Args:
        events: Its history, oldest first.
        known: The task tokens that were seen; those that these states passed on are added.
    """
    known = SeenTokens() if known is None else known
    steps = steps_of(events, _ANY)
    for step in steps:
        known.learn(step.input)
        known.learn(step.output)
    return tuple(
        StatePassed(
            step.name,
            step.type,
            step.entered,
            step.left,
            failures=tuple(failure.error for failure in step.failures),
            failure=": ".join(
                part
                for failure in step.failures[-1:]
                for part in (failure.error, mask_text(failure.cause, known))
                if part
            ),
            input=step.input,
            output=step.output,
        )
        for step in steps
        if step.entered is not None
    )
