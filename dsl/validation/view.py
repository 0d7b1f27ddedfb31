"""A definition taken apart once, so that no rule has to walk it again.

A view holds only what has the right shape: whatever is not an object where a state, a branch or a rule should be
is left out here and reported by the schema layer. So a rule can read a view without a single check of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dsl.validation.locations import ROOT, Location
from dsl.validation.words import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.validation.texts import Texts

JSON_PATH = "JSONPath"
JSONATA = "JSONata"

TERMINAL_TYPES = frozenset({"Succeed", "Fail"})


@dataclass(slots=True, eq=False)
class Transition:
    """One way out of a state."""

    source: State
    kind: Literal["next", "choice", "default", "catch"]
    target: str
    location: Location
    """The field that names the target."""
    entry: dict[str, object] | None = None
    """The choice rule or the catcher that the transition belongs to."""

    @property
    def to(self) -> State | None:
        """The state that it leads to; None where its scope has no state of that name."""
        return self.source.scope.states.get(self.target)


@dataclass(slots=True, eq=False)
class State:
    """A state with the language that is in force for its own fields."""

    name: str
    value: dict[str, object]
    scope: Scope
    location: Location
    language: str
    """JSON_PATH or JSONATA."""
    transitions: list[Transition] = field(default_factory=list)
    inner: list[Scope] = field(default_factory=list)
    """The branches of a Parallel state, the processor of a Map state."""

    @property
    def type(self) -> str:
        """The value of `Type`, an empty string where it is none."""
        value = self.value.get("Type")
        return value if isinstance(value, str) else ""

    @property
    def ends(self) -> bool:
        """Whether its scope ends with it."""
        end = self.value.get("End")
        return self.type in TERMINAL_TYPES or (bool(end) and end is not False)

    @property
    def resource(self) -> str:
        """The value of `Resource`, an empty string where it is none."""
        value = self.value.get("Resource")
        return value if isinstance(value, str) else ""


@dataclass(slots=True, eq=False)
class Scope:
    """States that may lead to one another: those of the machine, of a branch or of an item processor."""

    kind: Literal["machine", "branch", "processor"]
    value: dict[str, object]
    location: Location
    owner: State | None
    states: dict[str, State] = field(default_factory=dict)
    _nearest: dict[str, State | None] = field(default_factory=dict)
    _patience: int = 20_000

    def nearest(self, name: str) -> State | None:
        """The state that a name which no state has was probably meant to be.

        Comparing names is slow, so a scope stops guessing after some 20,000 comparisons.
        """
        if name not in self._nearest:
            self._patience -= len(self.states)
            near = closest(name, self.states) if self._patience >= 0 else None
            self._nearest[name] = self.states[near] if near is not None else None
        return self._nearest[name]

    @property
    def start_at(self) -> str | None:
        """The name of the first state, None where there is none."""
        value = self.value.get("StartAt")
        return value if isinstance(value, str) else None


class View:
    """The whole definition: its scopes and states in the order in which they are written."""

    def __init__(self, document: dict[str, object]) -> None:
        self.document = document
        self.language = effective_language(document, JSON_PATH)
        self.scopes: list[Scope] = []
        self.states: list[State] = []
        self._read()

    def _read(self) -> None:
        waiting = [Scope("machine", self.document, ROOT, None)]
        while waiting:
            scope = waiting.pop()
            self.scopes.append(scope)
            written = scope.value.get("States")
            if not isinstance(written, dict):
                continue
            place = scope.location / "States"
            for name, value in written.items():
                if isinstance(value, dict):
                    language = effective_language(value, self.language)
                    state = State(name, value, scope, place / name, language)
                    state.transitions.extend(_transitions(state))
                    state.inner.extend(_inner_scopes(state))
                    scope.states[name] = state
                    self.states.append(state)
            for state in reversed(scope.states.values()):
                waiting.extend(reversed(state.inner))

    @cached_property
    def texts(self) -> Texts:
        """The paths, calls and expressions in it that some rule may have something to say about."""
        from dsl.validation.texts import Texts

        return Texts(self)

    @cached_property
    def named(self) -> dict[str, list[State]]:
        """Every state under its name, whatever scope it is in."""
        names: dict[str, list[State]] = {}
        for state in self.states:
            names.setdefault(state.name, []).append(state)
        return names


def is_distributed(scope: Scope) -> bool:
    """Whether the scope is the processor of a distributed map, whose children are executions of their own."""
    config = scope.value.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def effective_language(value: dict[str, object], inherited: str) -> str:
    """The language that a machine's or state's `QueryLanguage` puts in force.

    As the service reads it: absent, it is inherited from the machine (never from the Map or Parallel state
    around); only the exact string "JSONPath" means JSONPath, and whatever else is written means JSONata.
    """
    if "QueryLanguage" not in value:
        return inherited
    return JSON_PATH if value["QueryLanguage"] == JSON_PATH else JSONATA


def _transitions(state: State) -> Iterator[Transition]:
    value, place = state.value, state.location
    following = value.get("Next")
    if isinstance(following, str):
        yield Transition(state, "next", following, place / "Next")
    choices = value.get("Choices")
    if isinstance(choices, list):
        for i, rule in enumerate(choices):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield Transition(state, "choice", rule["Next"], place / "Choices" / i / "Next", rule)
    default = value.get("Default")
    if isinstance(default, str):
        yield Transition(state, "default", default, place / "Default")
    catchers = value.get("Catch")
    if isinstance(catchers, list):
        for i, catcher in enumerate(catchers):
            if isinstance(catcher, dict) and isinstance(catcher.get("Next"), str):
                yield Transition(state, "catch", catcher["Next"], place / "Catch" / i / "Next", catcher)


def _inner_scopes(state: State) -> Iterator[Scope]:
    branches = state.value.get("Branches")
    if isinstance(branches, list) and state.type == "Parallel":
        for i, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield Scope("branch", branch, state.location / "Branches" / i, state)
    if state.type == "Map":
        for name in ("ItemProcessor", "Iterator"):
            processor = state.value.get(name)
            if isinstance(processor, dict):
                yield Scope("processor", processor, state.location / name, state)
