"""States written as Amazon States Language, field by field, and whole definitions read back into states.

For what the typed states do not say: everything of JSONata, fields that AWS adds tomorrow, definitions that
were written by hand elsewhere. Transitions are objects here too, and the checker reads the result like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from asl.services.resources import waits_for_token
from dsl.arguments import explained
from dsl.errors import DefinitionError, building
from dsl.permissions.deriving import derived, s3_permissions
from dsl.permissions.given import Given
from dsl.permissions.policy import assume_role_permission, distributed_map_permissions
from dsl.states import unplaced
from dsl.states.wiring import State, StateGraph, StateTransition, first_of
from dsl.values.expressions import Expression, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from dsl.permissions.policy import Permission
    from dsl.states.wiring import Reads, Target
    from dsl.values.expressions import Json, JsonObject

_PROCESSORS: Final = ("ItemProcessor", "Iterator")
_WIRED: Final = ("Type", "Comment", "Next", "End", "Default", "Choices", "Catch", "Branches", *_PROCESSORS)
_OPEN_ENDED: Final = frozenset({"Choice", "Succeed", "Fail"})


class Fields(State):
    """A state whose fields stand as Amazon States Language has them."""

    def __init__(
        self,
        name: str,
        kind: str,
        fields: Mapping[str, Json],
        *,
        permissions: Sequence[Permission] | None = None,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment)
        self.type = kind
        self.given_permissions = permissions
        self.fields = dict(fields)
        for field, value in self.fields.items():
            check_json(value, field, name)
        for field in _WIRED:
            if field in self.fields:
                raise self.mistake(f"{field} is wired with objects, not written as a field")
        resource = self.fields.get("Resource")
        self.waits_for_token = isinstance(resource, str) and waits_for_token(resource)
        self._rules: list[tuple[JsonObject, State]] = []
        self._otherwise: State | None = None
        self._catchers: list[tuple[JsonObject, State]] = []
        self._inside: list[tuple[str, JsonObject, State]] = []
        self._scopes: list[StateGraph] | None = None

    @property
    def permissions(self) -> Sequence[Permission]:
        """What its role has to be allowed: what was given, or else what its resource and parameters say.

        Raises:
            DefinitionError: they do not say it.
        """
        if self.given_permissions is not None:
            return self.given_permissions
        with building(self.name, self.source):
            if "Credentials" in self.fields:
                return self._roles()
            if self.type == "Task":
                parameters = self.fields.get("Parameters", self.fields.get("Arguments"))
                return derived(str(self.fields.get("Resource")), parameters)
            return self._of_map() if self.type == "Map" else ()

    def _roles(self) -> Sequence[Permission]:
        return (assume_role_permission(Given("Credentials", self.fields["Credentials"]).needed("RoleArn")),)

    def _of_map(self) -> Sequence[Permission]:
        """Return what a map needs in S3, and for runs that are executions of their own."""
        found: list[Permission] = []
        for key in ("ItemReader", "ResultWriter"):
            request = self.fields.get(key)
            if isinstance(request, dict) and "Resource" in request:
                found += s3_permissions(request)
        for _, header, _ in self._inside:
            config = header.get("ProcessorConfig")
            if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
                found += distributed_map_permissions()
        return tuple(found)

    def rule(self, rule: Mapping[str, Json], to: Target) -> Self:
        """Add a choice rule, written without its `Next`."""
        self._check_open()
        self._rules.append((dict(rule), self._reach(to)))
        return self

    def otherwise(self, to: Target) -> Self:
        """Go there when no rule holds."""
        self._check_open()
        self._otherwise = self._reach(to)
        return self

    def _catch(self, catcher: Mapping[str, Json], to: Target) -> Self:
        self._check_open()
        self._catchers.append((dict(catcher), self._reach(to)))
        return self

    def branch(self, start: Target, header: Mapping[str, Json] | None = None) -> Self:
        """Add a branch of a Parallel state."""
        return self._enter("Branches", start, header)

    def processor(
        self, start: Target, header: Mapping[str, Json] | None = None, *, key: str = "ItemProcessor"
    ) -> Self:
        """Give a Map state the states that run for each item; `header` holds `ProcessorConfig` and the like."""
        return self._enter(key, start, header)

    def _enter(self, key: str, start: Target, header: Mapping[str, Json] | None) -> Self:
        self._check_open()
        first = first_of(start)
        unplaced.keep(self, first)
        self._inside.append((key, dict(header or {}), first))
        return self

    def starts(self) -> Sequence[State]:
        return [start for _, _, start in self._inside]

    def scopes(self) -> Sequence[StateGraph]:
        if self._scopes is None:
            self._scopes = [
                StateGraph(start, sees_outside=key == "Branches") for key, _, start in self._inside
            ]
        return self._scopes

    def edges(self) -> Iterator[StateTransition]:
        yield from super().edges()
        for index, (_, target) in enumerate(self._rules):
            yield StateTransition(target, "choice", str(index))
        if self._otherwise is not None:
            yield StateTransition(self._otherwise, "default")
        for catcher, target in self._catchers:
            errors = catcher.get("ErrorEquals")
            label = ", ".join(map(str, errors)) if isinstance(errors, list) else ""
            yield StateTransition(target, "catch", label)

    def check(self) -> None:
        if self.type not in _OPEN_ENDED:
            super().check()

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = dict(self.fields)
        if self._rules:
            document["Choices"] = [rule | {"Next": target.name} for rule, target in self._rules]
        if self._otherwise is not None:
            document["Default"] = self._otherwise.name
        if self._catchers:
            document["Catch"] = [catcher | {"Next": target.name} for catcher, target in self._catchers]
        for (key, header, _), scope in zip(self._inside, self.scopes(), strict=True):
            inner = header | scope.document
            if key == "Branches":
                branches = document.setdefault("Branches", [])
                assert isinstance(branches, list)  # noqa: S101
                branches.append(inner)
            else:
                document[key] = inner
        return document


class WrittenState(Fields):
    """A state that is written field by field; use `written()`."""

    def catch(self, catcher: Mapping[str, Json], to: Target) -> Self:
        """Add a catcher, written without its `Next`.

        Raises:
            DefinitionError: it is no catcher.
        """
        if not isinstance(catcher, Mapping):
            raise self.mistake(
                f"a written() state takes its catcher as the States Language has it: {{'ErrorEquals': [{catcher!r}]}}"
            )
        return self._catch(catcher, to)


@explained
def written(
    name: str,
    kind: str,
    fields: Mapping[str, Json] | None = None,
    *,
    permissions: Sequence[Permission] | None = None,
    comment: str | None = None,
) -> WrittenState:
    """Return a state of any type, its fields as Amazon States Language has them; wire it like any other.

    What a task needs follows from its resource and its parameters; `permissions` is for those that do not say it.

    Raises:
        DefinitionError: a field is given that wiring makes, such as `Next`, or one that is no JSON.
    """
    return WrittenState(name, kind, fields or {}, permissions=permissions, comment=comment)


def check_json(value: object, at: str, state: str) -> None:
    """Look for what JSON cannot hold: a reference, most of all, whose path belongs to another query language.

    Raises:
        DefinitionError: there is something.
    """
    if isinstance(value, Expression):
        shown = value._asl()
        states = f"$states.input{shown[1:]}" if shown.startswith(("$.", "$[")) else "$states.input"
        raise DefinitionError(
            f"{at} holds {value!r}, a reference with a path, where the fields are written out; in JSONata write "
            f"jsonata.expression({states!r}), in a written() state '{at}.$': {shown!r}",
            state=state,
        )
    if isinstance(value, Mapping):
        for key, item in value.items():
            check_json(item, f"{at}.{key}", state)
    elif isinstance(value, list | tuple):
        for item in value:
            check_json(item, at, state)
    elif isinstance(value, str):
        check_text(value)
    elif not (value is None or isinstance(value, bool | int | float)):
        raise DefinitionError(f"{at} holds {value!r}, which is no JSON", state=state)


def read_scope(document: Mapping[str, Json]) -> tuple[State, JsonObject]:
    """Return the states of a valid definition: the first of them, and the fields beside `StartAt` and `States`."""
    documents = {
        name: value for name, value in _object(document.get("States")).items() if isinstance(value, dict)
    }
    states = {
        name: WrittenState(
            name,
            str(state.get("Type")),
            {key: value for key, value in state.items() if key not in _WIRED},
        )
        for name, state in documents.items()
    }
    for name, state in states.items():
        comment = documents[name].get("Comment")
        state.comment = comment if isinstance(comment, str) else None
        _wire(state, documents[name], states)
    start = document.get("StartAt")
    if not isinstance(start, str) or start not in states:
        raise DefinitionError(f"StartAt names {start!r}, which is no state")
    return states[start], {key: value for key, value in document.items() if key not in ("StartAt", "States")}


def _wire(state: WrittenState, document: Mapping[str, Json], states: Mapping[str, State]) -> None:
    if isinstance(document.get("Next"), str):
        state >> states[str(document["Next"])]
    if document.get("End") is True:
        state.ends = True
    elif "End" in document:
        state.fields["End"] = document["End"]  # false beside Next: it says nothing, and stays
    for rule in map(_object, _list(document.get("Choices"))):
        state.rule({key: value for key, value in rule.items() if key != "Next"}, states[str(rule["Next"])])
    if isinstance(document.get("Default"), str):
        state.otherwise(states[str(document["Default"])])
    inside = [("Branches", branch) for branch in _list(document.get("Branches"))]
    for key, inner in inside + [(key, document[key]) for key in _PROCESSORS if key in document]:
        first, header = read_scope(_object(inner))
        state._enter(key, first, header)
    for catcher in map(_object, _list(document.get("Catch"))):
        state._catch(
            {key: value for key, value in catcher.items() if key != "Next"}, states[str(catcher["Next"])]
        )


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
