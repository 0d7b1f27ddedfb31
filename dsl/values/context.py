"""The context object: what Step Functions itself knows of the execution.

The fields are those of https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from asl.words import did_you_mean
from dsl.errors import NoAttributeError
from dsl.values.expressions import ReferencePath
from dsl.values.references import Anything, Integer, Str, Timestamp

_ROOT = ReferencePath("$$")


class _ContextFields:
    """A part of the context object, whose fields are known."""

    if not TYPE_CHECKING:  # type checkers find this by themselves

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            fields = [field for kind in type(self).__mro__ for field in vars(kind) if field[0] != "_"]
            wanted = "map_item" if name == "map" else name.lower()
            hint = f" (did you mean {wanted!r}?)" if wanted in fields else did_you_mean(name, fields)
            raise NoAttributeError(f"the context object has no {name!r} here{hint}")


class _ExecutionFields(_ContextFields):
    _at: ClassVar[ReferencePath] = _ROOT.child("Execution")
    id: Final = Str(_at.child("Id"))
    """The execution's ARN."""
    input: Final = Anything(_at.child("Input"))
    """What the execution was started with."""
    name: Final = Str(_at.child("Name"))
    role_arn: Final = Str(_at.child("RoleArn"))
    start_time: Final = Timestamp(_at.child("StartTime"))
    redrive_count: Final = Integer(_at.child("RedriveCount"))


class _StateFields(_ContextFields):
    _at: ClassVar[ReferencePath] = _ROOT.child("State")
    entered_time: Final = Timestamp(_at.child("EnteredTime"))
    """When this state was entered, with milliseconds; it stays the same over retries."""
    name: Final = Str(_at.child("Name"))
    retry_count: Final = Integer(_at.child("RetryCount"))


class _StateMachineFields(_ContextFields):
    _at: ClassVar[ReferencePath] = _ROOT.child("StateMachine")
    id: Final = Str(_at.child("Id"))
    """The state machine's ARN."""
    name: Final = Str(_at.child("Name"))


class _TaskFields(_ContextFields):
    _at: ClassVar[ReferencePath] = _ROOT.child("Task")
    token: Final = Str(_at.child("Token"))
    """The token that resumes this task; there only in a task that waits for it."""


class _MapItem(_ContextFields):
    _at: ClassVar[ReferencePath] = _ROOT.child("Map").child("Item")
    index: Final = Integer(_at.child("Index"))
    value: Final = Anything(_at.child("Value"))


class _Context(_ContextFields):
    execution: Final = _ExecutionFields()
    state: Final = _StateFields()
    state_machine: Final = _StateMachineFields()
    task: Final = _TaskFields()
    map_item: Final = _MapItem()


context: Final = _Context()
"""`context.task.token`, `context.execution.id`, `context.state.entered_time`, ..."""

TASK_TOKEN: Final = context.task.token._path
"""The path that a callback has to hand on."""
