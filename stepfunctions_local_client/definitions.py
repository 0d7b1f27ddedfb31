"""What a definition says: its states in every scope, their transitions, and where a task hands on its token.

https://states-language.net/ describes the document. Names of states are unique in the whole of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import asl.definitions as asl
from stepfunctions_local_client.values import JsonObject, as_object

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

    state: asl.State = field(repr=False)
    within: str | None = None
    branch: int = 0

    @property
    def name(self) -> str:
        """Its name, of which there is one in the whole definition."""
        return self.state.name

    @property
    def document(self) -> JsonObject:
        """Its fields."""
        return as_object(self.state.value)

    @property
    def type(self) -> str:
        """Task, Choice, Pass, ..."""
        return self.state.type

    @property
    def waits_for_token(self) -> bool:
        """Whether it pauses until its token comes back."""
        return self.state.waits_for_token

    def taking(self, field: Literal["Retry", "Catch"], error: str) -> int | None:
        """Return the index of the first retrier or catcher that takes an error; None if none does."""
        entries = enumerate(self.state.error_names(field))
        return next((index for index, names in entries if asl.matches(names, error)), None)

    def transitions(self) -> Iterator[Transition]:
        """Every way on, in the order in which Step Functions tries them."""
        for index, names in enumerate(self.state.error_names("Retry")):
            yield Transition(self.name, self.name, "retry", index, _errors(names))
        for way in self.state.transitions:
            match way.kind:
                case "next":
                    yield Transition(self.name, way.target, "next")
                case "choice":
                    yield Transition(self.name, way.target, "rule", way.index, f"rule {way.index + 1}")
                case "default":
                    yield Transition(self.name, way.target, "default", 0, "otherwise")
                case "catch":
                    label = _errors(self.state.error_names("Catch")[way.index])
                    yield Transition(self.name, way.target, "catch", way.index, label)


def _errors(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""


class Definition:
    """A definition, for whoever walks it."""

    def __init__(self, document: JsonObject) -> None:
        self.document = document
        machine = asl.Definition(document).scopes[0]
        self.start = machine.start_at or ""
        self.states: Mapping[str, StateView] = {view.name: view for view in _views(machine, None, 0)}

    def transitions(self) -> Iterator[Transition]:
        """Every transition of every state."""
        for state in self.states.values():
            yield from state.transitions()


def _views(scope: asl.Scope, within: str | None, branch: int) -> Iterator[StateView]:
    for state in scope.states.values():
        yield StateView(state, within, branch)
        for index, inner in enumerate(state.inner):
            yield from _views(inner, state.name, index if inner.kind == "branch" else 0)
