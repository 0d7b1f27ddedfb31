"""The one model of a definition: its scopes, its states and the transitions between them.

A model holds only what has the right shape: whatever is not an object where a state, a branch or a rule should be
is left out here and reported by the schema layer. So a rule can read a model without a single check of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from asl.definitions.templates import Template
from asl.errors import AslError
from asl.expressions import JSON_PATH as JSON_PATH
from asl.expressions import JSONATA as JSONATA
from asl.limits import DEEPEST, TOO_DEEP_MESSAGE
from asl.locations import ROOT, Location, located
from asl.services.resources import parse, waits_for_token
from asl.words import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.locations import Place
    from asl.services.resources import Resource


TERMINAL_TYPES = frozenset({"Succeed", "Fail"})


@dataclass(slots=True, eq=False)
class Transition:
    """One way out of a state."""

    source: State
    kind: Literal["next", "choice", "default", "catch"]
    target: str
    entry: dict[str, object] | None = None
    """The choice rule or the catcher that the transition belongs to."""
    index: int = 0
    """The place of that entry in its list."""
    to: State | None = None
    """The state that it leads to; None where its scope has no state of that name."""

    @property
    def location(self) -> Location:
        """The field that names the target."""
        place = self.source.location
        if self.entry is not None:
            place = place / ("Choices" if self.kind == "choice" else "Catch") / self.index
        return place / ("Default" if self.kind == "default" else "Next")


@dataclass(slots=True, eq=False)
class State:
    """A state with the language that is in force for its own fields."""

    name: str
    value: dict[str, object]
    scope: Scope
    location: Location
    language: str
    """JSON_PATH or JSONATA."""
    transitions: list[Transition] = field(init=False)
    inner: list[Scope] = field(init=False)
    """The branches of a Parallel state, the processor of a Map state."""
    type: str = field(init=False)
    """The value of `Type`, an empty string where it is none."""
    ends: bool = field(init=False)
    """Whether its scope ends with it."""
    resource: str = field(init=False)
    """The value of `Resource`, an empty string where it is none."""
    _errors: dict[str, list[list[str]]] = field(init=False, default_factory=dict)
    _named_errors: frozenset[str] | None = field(init=False, default=None)
    _templates: dict[str, Template] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        value = self.value
        kind, resource = value.get("Type"), value.get("Resource")
        self.type = kind if isinstance(kind, str) else ""
        self.resource = resource if isinstance(resource, str) else ""
        self.ends = self.type in TERMINAL_TYPES or bool(value.get("End"))
        self.transitions = _transitions(self)
        self.inner = _inner_scopes(self) if self.type == "Parallel" or self.type == "Map" else []

    @property
    def waits_for_token(self) -> bool:
        """Whether it is a task that waits until somebody returns its token."""
        return self.type == "Task" and waits_for_token(self.resource)

    @property
    def call(self) -> Resource | None:
        """What a task calls; None of other states, and where placeholders hide it."""
        return parse(self.resource) if self.type == "Task" else None

    def at(self, place: Place) -> Location:
        """Return the location of a place below the state."""
        return located(self.location, place)

    def template(self, field: str) -> Template:
        """Return what is evaluated in a payload template of the state."""
        found = self._templates.get(field)
        if found is None:
            found = self._templates[field] = Template(self.value.get(field), (None, field))
        return found

    @property
    def named_errors(self) -> frozenset[str]:
        """The names of errors in its retriers and catchers."""
        if self._named_errors is None:
            lists = [*self.error_names("Retry"), *self.error_names("Catch")]
            self._named_errors = frozenset().union(*lists)
        return self._named_errors

    def entries(self, field: str) -> list[dict[str, object]]:
        """Return the objects in a list such as `Retry`, `Catch` or `Choices`; an empty one for what is none."""
        entries = self.value.get(field)
        return (
            [entry if isinstance(entry, dict) else {} for entry in entries]
            if isinstance(entries, list)
            else []
        )

    def error_names(self, field: str) -> list[list[str]]:
        """Return what each entry of `Retry` or `Catch` names in its `ErrorEquals`."""
        found = self._errors.get(field)
        if found is None:
            written = [entry.get("ErrorEquals") for entry in self.entries(field)]
            found = self._errors[field] = [
                [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
                for names in written
            ]
        return found


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
    _reached: dict[State, list[State]] | None = None

    def nearest(self, name: str) -> State | None:
        """Return the state that a name which no state has was probably meant to be.

        Comparing names is slow, so a scope stops guessing after some 20,000 comparisons.
        """
        if name not in self._nearest:
            self._patience -= len(self.states)
            near = closest(name, self.states) if self._patience >= 0 else None
            self._nearest[name] = self.states[near] if near is not None else None
        return self._nearest[name]

    @property
    def reached(self) -> dict[State, list[State]]:
        """The states to which some way leads from the start, each with those that it leads to or probably means to."""
        if self._reached is None:
            start = self.states.get(self.start_at or "")
            self._reached = {} if start is None else followed([start])
        return self._reached

    @property
    def mode(self) -> str | None:
        """INLINE or DISTRIBUTED, of an item processor; None where it cannot be known."""
        config = self.value.get("ProcessorConfig", {})
        mode = config.get("Mode", "INLINE") if isinstance(config, dict) else None
        return mode if isinstance(mode, str) and "${" not in mode else None

    @property
    def is_distributed(self) -> bool:
        """Whether it is the processor of a distributed map, whose children are executions of their own."""
        return self.mode == "DISTRIBUTED"

    @property
    def start_at(self) -> str | None:
        """The name of the first state, None where there is none."""
        value = self.value.get("StartAt")
        return value if isinstance(value, str) else None


def followed(start: list[State]) -> dict[State, list[State]]:
    """Return `start` and the states to which some way leads from there, each with those that it leads to or probably
    means to."""
    found: dict[State, list[State]] = {state: [] for state in start}
    waiting = list(start)
    while waiting:
        state = waiting.pop()
        targets = found[state]
        for transition in state.transitions:
            to = transition.to or state.scope.nearest(transition.target)
            if to is not None:
                targets.append(to)
                if to not in found:
                    found[to] = []
                    waiting.append(to)
    return found


class Definition:
    """The whole definition: its scopes and states in the order in which they are written.

    Raises:
        AslError: it is nested more than `DEEPEST` levels deep.
    """

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document if isinstance(document, dict) else dict(document)
        self.language = effective_language(self.document, JSON_PATH)
        self.scopes: list[Scope] = []
        self.states: list[State] = []
        self._read(Scope("machine", self.document, ROOT, None))

    def _read(self, scope: Scope) -> None:
        if scope.location.depth >= DEEPEST:
            raise AslError(TOO_DEEP_MESSAGE)
        self.scopes.append(scope)
        written = scope.value.get("States")
        place = scope.location / "States"
        for name, value in written.items() if isinstance(written, dict) else ():
            if isinstance(value, dict):
                language = effective_language(value, self.language)
                state = scope.states[name] = State(name, value, scope, place / name, language)
                self.states.append(state)
        for state in scope.states.values():
            for transition in state.transitions:
                transition.to = scope.states.get(transition.target)
        for state in scope.states.values():
            for inner in state.inner:
                self._read(inner)

    @cached_property
    def named(self) -> dict[str, list[State]]:
        """Every state under its name, whatever scope it is in."""
        names: dict[str, list[State]] = {}
        for state in self.states:
            names.setdefault(state.name, []).append(state)
        return names


def effective_language(value: dict[str, object], inherited: str) -> str:
    """Return the language that a machine's or state's `QueryLanguage` puts in force.

    As the service reads it: absent, it is inherited from the machine (never from the Map or Parallel state
    around); only the exact string "JSONPath" means JSONPath, and whatever else is written means JSONata.
    """
    if "QueryLanguage" not in value:
        return inherited
    return JSON_PATH if value["QueryLanguage"] == JSON_PATH else JSONATA


def _transitions(state: State) -> list[Transition]:
    value = state.value
    found: list[Transition] = []
    if isinstance(following := value.get("Next"), str):
        found.append(Transition(state, "next", following))
    if "Choices" in value:
        found += _of_entries(state, "choice", "Choices")
    if isinstance(default := value.get("Default"), str):
        found.append(Transition(state, "default", default))
    if "Catch" in value:
        found += _of_entries(state, "catch", "Catch")
    return found


def _of_entries(state: State, kind: Literal["choice", "catch"], field: str) -> Iterator[Transition]:
    for i, entry in enumerate(state.entries(field)):
        if isinstance(target := entry.get("Next"), str):
            yield Transition(state, kind, target, entry, i)


def _inner_scopes(state: State) -> list[Scope]:
    if state.type == "Parallel":
        branches = state.value.get("Branches")
        return [
            Scope("branch", branch, state.location / "Branches" / i, state)
            for i, branch in enumerate(branches if isinstance(branches, list) else ())
            if isinstance(branch, dict)
        ]
    return [
        Scope("processor", processor, state.location / name, state)
        for name in ("ItemProcessor", "Iterator")
        if isinstance(processor := state.value.get(name), dict)
    ]
