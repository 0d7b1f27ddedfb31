"""State machines: states joined into a whole, checked and compiled.

Making a `StateMachine` is the last step of describing a workflow. It collects every state that can be reached,
checks what can only be seen from the whole, compiles the definition and validates it; whatever is wrong raises
there and then.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from dsl.errors import InvalidDefinitionError, caller
from dsl.flow import check_flow
from dsl.permissions import policy_document
from dsl.placeholders import bind, placeholders
from dsl.states import State, first_of
from dsl.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsl.errors import Source
    from dsl.expressions import JsonObject, Path
    from dsl.states import Target

MAX_NAME = 80  # characters: https://states-language.net/#states-fields


class Scope:
    """A graph of states that is entered at its start: the machine itself, a branch, or a map's processor.

    No transition crosses its border, and names are unique in the machine, not only in the scope.
    """

    def __init__(self, owner: object, start: Target) -> None:
        self.start = first_of(start)
        self.states = list(_reachable(self.start))
        for state in self.states:
            self._adopt(state, owner)
        self._check_strays()

    def _adopt(self, state: State, owner: object) -> None:
        if state._machine is not None and state._machine is not owner:
            raise state._error("it belongs to another machine; build it anew, a state has one place")
        if not state.name or len(state.name) > MAX_NAME:
            raise state._error(f"its name has {len(state.name)} characters; AWS takes 1 to {MAX_NAME}")
        state.check()
        state._machine = owner

    def _check_strays(self) -> None:
        """A state that leads into the graph but that nothing leads to was forgotten."""
        inside = set(map(id, self.states))
        for state in self.states:
            for before in state._sources:
                if id(before) not in inside:
                    raise before._error(
                        f"it leads to {state.name!r}, but no state leads to it; wire it in, or remove it"
                    )

    def asl(self) -> JsonObject:
        """`StartAt` and `States`."""
        reads: dict[str, list[Path]] = {}
        for state in self.states:
            for path in state.touches():
                reads.setdefault(path.root, []).append(path)
        return {"StartAt": self.start.name, "States": {state.name: state.asl(reads) for state in self.states}}


def _reachable(start: State) -> Iterator[State]:
    """Every state that can be reached: the happy path first, then branches, then what catchers lead to."""
    seen: set[int] = set()
    later = [start]
    while later:
        caught: list[State] = []
        stack = [later.pop(0)]
        while stack:
            state = stack.pop()
            if id(state) in seen:
                continue
            seen.add(id(state))
            yield state
            edges = list(state.edges())
            stack.extend(edge.target for edge in reversed(edges) if edge.kind != "catch")
            caught.extend(edge.target for edge in edges if edge.kind == "catch")
        later.extend(caught)


class StateMachine:
    """A workflow: its definition, the policy of its role, and the names that a deployment has to bind.

    Raises:
        DefinitionError: a state leads nowhere or cannot be reached, two share a name, or one reads what is not
            there on some route.
        InvalidDefinitionError: the compiled document breaks a rule of Amazon States Language.
    """

    def __init__(
        self, name: str, start: Target, *, comment: str | None = None, timeout_seconds: int | None = None
    ) -> None:
        self.name = name
        self.source = caller()
        self._scope = Scope(self, start)
        self._check_names()
        check_flow(self._scope.start, self._scope.states)
        document: JsonObject = {}
        if comment:
            document["Comment"] = comment
        document.update(self._scope.asl())
        if timeout_seconds is not None:
            document["TimeoutSeconds"] = timeout_seconds
        self._document = document
        self._policy = policy_document(
            permission for state in self.states if isinstance(state, Task) for permission in state.permissions
        )
        self._validate()

    @property
    def states(self) -> list[State]:
        """Every state, the happy path first."""
        return list(self._scope.states)

    def _check_names(self) -> None:
        seen: dict[str, State] = {}
        for state in self.states:
            if state.name in seen:
                raise state._error(
                    f"another state has this name, built at {seen[state.name].source}; give each its own"
                )
            seen[state.name] = state

    def _validate(self) -> None:
        from dsl.validation import validate

        found = validate(self._document)
        if found:
            sources = {state.name: state.source for state in self.states}
            raise InvalidDefinitionError(
                self.name, found, [_note(item.location, str(item), sources) for item in found]
            )

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that a deployment binds, in the definition and in the policy."""
        return placeholders(self._document) | placeholders(self._policy)

    def definition(self, bindings: Mapping[str, str | int] | None = None) -> JsonObject:
        """The definition in Amazon States Language, with its placeholders bound if bindings are given.

        Raises:
            UnboundNameError: a placeholder of the definition has no binding.
        """
        return _copy(self._document, bindings)

    def policy(self, bindings: Mapping[str, str | int] | None = None) -> JsonObject:
        """The IAM policy document of the role: just the actions and resources that the tasks touch.

        Raises:
            UnboundNameError: a placeholder of the policy has no binding.
        """
        return _copy(self._policy, bindings)

    def to_json(self, bindings: Mapping[str, str | int] | None = None) -> str:
        """The definition as text, indented by two spaces."""
        return json.dumps(self.definition(bindings), indent=2, ensure_ascii=False)

    def __repr__(self) -> str:
        return f"<StateMachine {self.name!r} of {len(self.states)} states>"


def _copy(document: JsonObject, bindings: Mapping[str, str | int] | None) -> JsonObject:
    if bindings is None:
        return cast("JsonObject", json.loads(json.dumps(document)))
    return cast("JsonObject", bind(document, bindings))


def _note(location: str | None, text: str, sources: Mapping[str, Source]) -> str:
    """A diagnostic with the line of Python that built the state it is about."""
    parts = (location or "").split("/")
    source = sources.get(parts[2]) if len(parts) > 2 and parts[1] == "States" else None
    return text if source is None else f"{text}\n    built at {source}"
