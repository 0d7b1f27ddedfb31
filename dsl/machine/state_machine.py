"""State machines: states joined into a whole, checked and compiled.

Making a `StateMachine` is the last step of describing a workflow. It collects every state that can be reached,
checks what can only be seen from the whole, compiles the definition and validates it; whatever is wrong raises
there and then.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, cast

from asl.words import did_you_mean
from dsl.arguments import explained
from dsl.errors import DefinitionError, InvalidDefinitionError, NoAttributeError, author, source_of
from dsl.machine.flow import input_schema, missing, needs
from dsl.machine.handing_on import check_handed_on
from dsl.machine.places import all_reads, check_places
from dsl.permissions.policy import policy_document
from dsl.states import unplaced
from dsl.states.tasks import Task
from dsl.states.wiring import StateGraph, every_state, nested
from dsl.states.written import WrittenState, read_scope
from dsl.values.expressions import check_text
from dsl.values.placeholders import bind, placeholders
from dsl.values.places import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asl.diagnostics import Diagnostic
    from dsl.errors import SourceLine
    from dsl.permissions.policy import Permission
    from dsl.states.wiring import State, Target
    from dsl.values.expressions import Json, JsonObject
    from dsl.values.references import Shape


class StateMachine:
    """A workflow: its definition, the policy of its role, and the names that a deployment has to bind.

    Raises:
        DefinitionError: a state leads nowhere or cannot be reached, two share a name, or one reads what is not
            there on some route.
        InvalidDefinitionError: the compiled document breaks a rule of Amazon States Language.
    """

    @explained
    def __init__(
        self,
        name: str,
        start: Target,
        *,
        comment: str | None = None,
        timeout_seconds: int | None = None,
        query_language: Literal["JSONPath", "JSONata"] | None = None,
        given: type[Shape] | None = None,
    ) -> None:
        """Describe the machine that starts at `start`.

        `given` is the shape of its input, if that is to be held to what the states read. A field that is read and
        not declared there is a fault then.
        """
        self._given = given
        header: JsonObject = {}
        if comment:
            header["Comment"] = comment
        if query_language is not None:
            header["QueryLanguage"] = query_language
        if timeout_seconds is not None:
            header["TimeoutSeconds"] = timeout_seconds
        self._make(name, start, header, strict=True)

    @classmethod
    def from_asl(
        cls,
        document: Mapping[str, Json],
        *,
        name: str = "StateMachine",
        strict: bool = False,
        permissions: Mapping[str, Sequence[Permission]] | None = None,
    ) -> StateMachine:
        """Read a definition that was written by hand; it compiles back to an equal document.

        What its tasks need follows from their resources and parameters. `permissions` says it, by the name of the
        state, where they do not.

        Raises:
            InvalidDefinitionError: the definition has an error, or, where `strict`, a warning.
            DefinitionError: permissions are given for a state that there is not.
        """
        from asl.checking import validate

        _refuse(name, _kept(validate(document), strict=strict), {})
        start, header = read_scope(document)
        machine = cls.__new__(cls)
        machine._given = None
        machine._make(name, start, header, strict=strict)
        states = {state.name: state for state in machine._states if isinstance(state, WrittenState)}
        for state, needed in (permissions or {}).items():
            if state not in states:
                raise DefinitionError(
                    f"permissions= names {state!r}, which is no state{did_you_mean(state, states)}"
                )
            states[state].given_permissions = needed
        return machine

    def _make(self, name: str, start: Target, header: JsonObject, *, strict: bool) -> None:
        given: object = name
        if not isinstance(given, str) or not 1 <= len(given) <= MAX_NAME:
            raise DefinitionError(f"a machine has a name of 1 to {MAX_NAME} characters, and not {given!r}")
        check_text(f"{name} {header.get('Comment', '')}")
        self.name = name
        frame = author()
        self.source = source_of(frame)
        self._call = (id(frame), frame.f_code)
        self._built_after = StateMachine._newest
        try:
            self._check(name, start, header, strict=strict)
        finally:
            # Also those of a machine that is refused: its error has named them.
            unplaced.take(every_state(start))
            self._made = StateMachine._newest = unplaced.number()

    def _check(self, name: str, start: Target, header: JsonObject, *, strict: bool) -> None:
        # Whoever only describes states does not wait for the checker.
        from asl.checking.checker import check
        from asl.checking.dataflow.declared import Declared

        scopes = nested(StateGraph(start, inner=False))
        self._assemble(scopes, header)
        needed = needs(scopes)
        declared = Declared(input_schema(scopes, self._given), self._answers(), needed)
        checked = check(self._document, declared)
        for found in checked.unproved:
            raise missing(scopes, found, needed)
        faults = _kept(checked.diagnostics, strict=strict)
        _refuse(name, faults, {state.name: state.source for state in self._states})
        for state in self._states:
            state.machine = self

    _newest = 0
    """The number of the machine that was made last."""

    @property
    def forgotten(self) -> list[str]:
        """What is to be said of states that were built for this machine and belong to none: nothing runs them.

        They are those that the same call of a function, or the same modules while they were imported, built after the
        machine before was made and until this one was; of a chain it is the first. Some may belong to a machine that
        is made later, so ask once every machine is made.
        """
        return [unplaced.message_of(state) for state in self._forgotten]

    @property
    def undecided(self) -> bool:
        """Whether a forgotten state may find its machine yet, since the module that built it is still being run."""
        return any(map(unplaced.undecided, self._forgotten))

    @property
    def _forgotten(self) -> list[unplaced.Built]:
        files = frozenset(file for state in self._states for file in state.source.files) | self.source.files
        return unplaced.within(unplaced.heads(self._built_after, self._made), self._call, files)

    def _answers(self) -> dict[str, JsonObject]:
        """Return what functions are declared to return, by the name of the task."""
        tasks = (state for state in self._states if isinstance(state, Task))
        return {task.name: schema for task in tasks if (schema := task.answer_schema()) is not None}

    def _assemble(self, scopes: Sequence[StateGraph], header: JsonObject) -> None:
        self._states = [state for member in scopes for state in member.states]
        self._check_names()
        reads = all_reads(scopes)
        for member in scopes:
            check_places(member.edges, reads)
        check_handed_on(scopes, reads)
        for member in reversed(scopes):  # from the inside out
            member.compile(reads)
        self._document = header | scopes[0].document

    @cached_property
    def _policy(self) -> JsonObject:
        return policy_document(permission for state in self._states for permission in state.permissions)

    @property
    def states(self) -> list[State]:
        """Every state, the happy path first, those inside other states last."""
        return list(self._states)

    def _check_names(self) -> None:
        seen: dict[str, State] = {}
        for state in self.states:
            if seen.get(state.name) is state:
                raise state.mistake(
                    "it is inside a branch or a map, and a transition leads to it from outside as well"
                )
            if state.name in seen:
                raise state.mistake(
                    f"another state has this name, built at {seen[state.name].source}; give each its own"
                )
            seen[state.name] = state

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that a deployment binds, in the definition and, as far as it is known, in the policy."""
        named = placeholders(self._document)
        try:
            return named | placeholders(self._policy)
        except DefinitionError:
            return named

    def definition(self, bindings: Mapping[str, str | int] | None = None) -> JsonObject:
        """Return the definition in Amazon States Language, with its placeholders bound if bindings are given.

        Raises:
            UnboundNameError: a placeholder of the definition has no binding.
        """
        return _copy(self._document, bindings)

    def policy(self, bindings: Mapping[str, str | int] | None = None) -> JsonObject:
        """Return the IAM policy document of the role: just the actions and resources that the tasks touch.

        What is bound where a name stands may be an ARN as well: `${Orders}` of a function or a table.

        Raises:
            DefinitionError: what a state needs does not follow from its resource and its parameters, and no
                `permissions=` was given.
            UnboundNameError: a placeholder of the policy has no binding.
        """
        return _with_arns(_copy(self._policy, bindings))

    def to_json(self, bindings: Mapping[str, str | int] | None = None) -> str:
        """Return the definition as text, indented by two spaces."""
        return json.dumps(self.definition(bindings), indent=2, ensure_ascii=False)

    if not TYPE_CHECKING:  # type checkers find this by themselves

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            known = [known for known in dir(StateMachine) if known[0] != "_"]
            raise NoAttributeError(f"a StateMachine has no {name!r}{did_you_mean(name, known)}")

    def __repr__(self) -> str:
        return f"<StateMachine {self.name!r} of {len(self.states)} states>"


_NESTED_ARN: Final = re.compile(r"arn:\S*?[:/](arn:[^:]+:\S*)\Z")


def _with_arns(policy: JsonObject) -> JsonObject:
    """Return a policy in which an ARN that was bound where a name stood is the resource itself."""
    for statement in cast("list[dict[str, list[str]]]", policy["Statement"]):
        statement["Resource"] = [_NESTED_ARN.sub(r"\1", resource) for resource in statement["Resource"]]
    return policy


def _kept(found: Iterable[Diagnostic], *, strict: bool) -> list[Diagnostic]:
    return [fault for fault in found if strict or fault.severity == "ERROR"]


def _refuse(name: str, faults: Sequence[Diagnostic], sources: Mapping[str, SourceLine]) -> None:
    if faults:
        notes = [_note(fault.location, str(fault), sources) for fault in faults]
        raise InvalidDefinitionError(name, faults, notes)


def _copy(document: JsonObject, bindings: Mapping[str, str | int] | None) -> JsonObject:
    if bindings is None:
        return cast("JsonObject", json.loads(json.dumps(document)))
    return cast("JsonObject", bind(document, bindings))


def _note(location: str | None, text: str, sources: Mapping[str, SourceLine]) -> str:
    """Return a diagnostic with the line of Python that built the state it is about."""
    place = f"{location or ''}/".replace("[", "/[")
    # A name may hold slashes itself, so it is looked for among those that there are: the innermost, then the longest.
    named = [(place.rfind(f"/States/{name}/"), len(name), name) for name in sources]
    at, _, name = max(named, default=(-1, 0, ""))
    return text if at < 0 else f"{text}\n    built at {sources[name]}"
