"""What a definition says: its states in every scope, their transitions, and where a task hands on its token.

https://states-language.net/ describes the document. Names of states are unique in the whole of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stepfunctions_local_client.values import JsonObject, as_list, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["next", "rule", "default", "catch", "retry"]


@dataclass(frozen=True, slots=True)
class Transition:
    """One way on from a state; a retry leads to the state itself.

    `index` counts rules, catchers and retriers from 0; `label` says for people what it is taken for.
    """

    source: str
    target: str
    kind: Kind
    index: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class StateView:
    """One state. `within` is the Parallel or Map state around it, `branch` which of its branches."""

    name: str
    document: JsonObject = field(repr=False)
    within: str | None = None
    branch: int = 0

    @property
    def type(self) -> str:
        """Task, Choice, Pass, ..."""
        return as_text(self.document.get("Type"))

    @property
    def waits_for_token(self) -> bool:
        """Whether it pauses until its token comes back."""
        return as_text(self.document.get("Resource")).endswith(".waitForTaskToken")

    def transitions(self) -> Iterator[Transition]:
        """Every way on, in the order in which Step Functions tries them."""
        for index, retrier in enumerate(map(as_object, as_list(self.document.get("Retry")))):
            yield Transition(self.name, self.name, "retry", index, _errors(retrier))
        following = self.document.get("Next")
        if isinstance(following, str):
            yield Transition(self.name, following, "next")
        for index, rule in enumerate(map(as_object, as_list(self.document.get("Choices")))):
            yield Transition(self.name, as_text(rule.get("Next")), "rule", index, f"rule {index + 1}")
        default = self.document.get("Default")
        if isinstance(default, str):
            yield Transition(self.name, default, "default", 0, "otherwise")
        for index, catcher in enumerate(map(as_object, as_list(self.document.get("Catch")))):
            yield Transition(self.name, as_text(catcher.get("Next")), "catch", index, _errors(catcher))


def _errors(handler: JsonObject) -> str:
    names = [as_text(name) for name in as_list(handler.get("ErrorEquals"))]
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""


class Definition:
    """A definition, for whoever walks it."""

    def __init__(self, document: JsonObject) -> None:
        self.document = document
        self.start = as_text(document.get("StartAt"))
        self.states: Mapping[str, StateView] = {state.name: state for state in _states(document, None, 0)}

    def transitions(self) -> Iterator[Transition]:
        """Every transition of every state."""
        for state in self.states.values():
            yield from state.transitions()


def _states(scope: JsonObject, within: str | None, branch: int) -> Iterator[StateView]:
    for name, value in as_object(scope.get("States")).items():
        document = as_object(value)
        yield StateView(name, document, within, branch)
        for index, inner in enumerate(as_list(document.get("Branches"))):
            yield from _states(as_object(inner), name, index)
        for key in ("ItemProcessor", "Iterator"):
            yield from _states(as_object(document.get(key)), name, 0)


def matches(handler: JsonObject, error: str) -> bool:
    """Whether a retrier or catcher takes the error: `States.TaskFailed` takes any but a timeout, `States.ALL` any."""
    names = as_list(handler.get("ErrorEquals"))
    if error in names or "States.ALL" in names:
        return error not in ("States.DataLimitExceeded", "States.Runtime") or error in names
    if error == "States.HeartbeatTimeout" and "States.Timeout" in names:
        return True
    return "States.TaskFailed" in names and error not in (
        "States.Timeout",
        "States.HeartbeatTimeout",
        "States.Runtime",
    )
