"""What one state reads: paths, calls of intrinsic functions, and the templates that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking.dataflow.access import Presence, Steps, look, with_present, write
from asl.checking.dataflow.paths import VARIABLE, DataPath, followed, parse_path
from asl.checking.dataflow.values import (
    ABSENT,
    MOST_DEPTH,
    Entry,
    KnownList,
    Maybe,
    Object,
    Scalar,
    Unknown,
    Value,
    forced,
    from_json,
    join,
)
from asl.expressions.intrinsic_calls import (
    CallFault,
    NumberArgument,
    ParsedCall,
    Parts,
    StringArgument,
    parts_of,
    read_call,
)
from asl.expressions.intrinsic_functions import FUNCTIONS
from asl.expressions.jsonpath import Path

if TYPE_CHECKING:
    from asl.checking.dataflow.facts import Facts
    from asl.comparisons import ScalarKind
    from asl.definitions.model import Definition, Scope
    from asl.definitions.templates import Template
    from asl.expressions.intrinsic_calls import Argument
    from asl.locations import Place

_ON_SOME_ROUTES: Final = Presence.ON_SOME_ROUTES
_NEVER: Final = Presence.NEVER


class ReadFault(NamedTuple):
    """A path that leads nowhere, or may do so."""

    place: Place
    path: DataPath
    presence: Presence
    holder: Value
    """The value that has no such part; of a path that is missing on some routes what it leads to otherwise."""
    at: int
    """The index of the first step that leads nowhere."""
    of_result: bool
    """Whether `$` is the state's result and not its input."""
    only_tested: bool = False
    """Whether a choice only asks if it is there, which fails nothing."""


class Store:
    """The data and variables at one point of an execution.

    `facts` are the outcomes of tests on a single route, None where routes have been joined.
    """

    __slots__ = ("data", "facts", "variables")

    def __init__(self, data: Value, variables: Value, facts: Facts | None = None) -> None:
        self.data = data
        self.variables = variables
        self.facts = facts

    def replaced(self, data: Value) -> Store:
        """Return the same with other data."""
        return self if data is self.data else Store(data, self.variables, self.facts)


class Reader:
    """Reads for one state, and notes what leads nowhere."""

    __slots__ = ("_scope", "_variables", "context", "faults", "forgiven", "store")

    def __init__(self, store: Store, context: Value, scope: Scope, variables: Variables) -> None:
        self.store = store
        self.context = context
        self._scope = scope
        self._variables = variables
        self.faults: list[ReadFault] = []
        self.forgiven: frozenset[tuple[Place, DataPath]] = frozenset()
        """Reads that fail on every route: what comes after them is looked at as if they did not."""

    @property
    def failed(self) -> bool:
        """Whether the execution ends here because of what the state reads."""
        return any(self.ends_with(fault) for fault in self.faults)

    def ends_with(self, fault: ReadFault) -> bool:
        """Whether the execution ends with this read."""
        if fault.presence is not _NEVER or fault.only_tested:
            return False
        return (fault.place, fault.path) not in self.forgiven

    def at(self, path: DataPath) -> Presence:
        """Whether a path leads anywhere in the raw input, the variables or the context object."""
        root = self.store.data if path.root == "$" else self.context
        return look(self.store.variables if path.root == VARIABLE else root, path.steps)[0]

    def follow(self, path: DataPath, data: Value, place: Place, *, of_result: bool = False) -> Value:
        """Return the value at a path. `data` is what `$` means where the path stands."""
        root = path.root
        if root == "$":
            return self.follow_in(data, path, place, of_result=of_result)
        return self.follow_in(self.context if root == "$$" else self.store.variables, path, place)

    def follow_in(self, value: Value, path: DataPath, place: Place, *, of_result: bool = False) -> Value:
        """Return the value at the path's steps in what its root is."""
        presence, found, at = look(value, path.steps)
        if presence >= _ON_SOME_ROUTES:
            if (
                path.root == VARIABLE
                and at == 0
                and presence is _NEVER
                and not self._variables.are_assigned_in(self._scope, path.steps[0])
            ):
                return Unknown()  # nothing ever assigns it: that is a fault of its own
            self.faults.append(ReadFault(place, path, presence, found, at, of_result))
            if presence is _NEVER:
                return Unknown()
        return found if path.definite else Unknown()

    def path(self, text: object, data: Value, place: Place, *, of_result: bool = False) -> Value:
        """Return the value at a path that is written as text; unknown if it is none."""
        parsed = parse_path(text) if isinstance(text, str) else None
        return Unknown() if parsed is None else self.follow(parsed, data, place, of_result=of_result)

    def expression(self, text: object, data: Value, place: Place, *, of_result: bool = False) -> Value:
        """Return the value of a path or of a call of an intrinsic function."""
        if not isinstance(text, str) or text.startswith("$"):
            return self.path(text, data, place, of_result=of_result)
        call = read_call(text)
        return Unknown() if isinstance(call, CallFault) else self._evaluate(call, data, place, of_result)

    def _evaluate(self, argument: Argument, data: Value, place: Place, of_result: bool) -> Value:
        match argument:
            case Path():
                return self.follow(followed(argument), data, place, of_result=of_result)
            case ParsedCall():
                parts = [self._evaluate(part, data, place, of_result) for part in argument.arguments]
                return _result(argument, parts)
            case StringArgument():
                return from_json(argument.value)
            case NumberArgument():
                return Scalar("number")
        return from_json({"true": True, "false": False, "null": None}[argument.raw])

    def template(
        self, template: object, data: Value, place: Place, level: int = 0, *, of_result: bool = False
    ) -> Value:
        """Return what a payload template makes, a field whose name ends in `.$` being computed."""
        if level > MOST_DEPTH * 2:
            return Unknown()
        if isinstance(template, dict):
            fields: dict[str, Entry] = {}
            rest: Value | None = None
            for name, item in template.items():
                if not isinstance(name, str):
                    continue
                if "${" in name:
                    rest = Unknown()
                elif name.endswith(".$"):
                    fields[name[:-2]] = self.expression(item, data, (place, name), of_result=of_result)
                elif isinstance(item, dict | list):
                    fields[name] = self.template(item, data, (place, name), level + 1, of_result=of_result)
                else:
                    fields[name] = from_json(item)
            return Object(fields, rest)
        if isinstance(template, list):
            return KnownList(
                tuple(
                    self.template(item, data, (place, i), level + 1, of_result=of_result)
                    for i, item in enumerate(template)
                )
            )
        return from_json(template)

    def check(self, template: Template, data: Value) -> None:
        """Read what a payload template reads, without making what it makes."""
        for place, key, text, _ in template.dynamic:
            if type(text) is not str:
                continue
            path = parse_path(text)
            if path is not None:
                self.follow(path, data, (place, key))
                continue
            parts = parts_of(text)
            for each in parts.paths if isinstance(parts, Parts) else ():
                self.follow(followed(each), data, (place, key))

    def mended(self, data: Value) -> Value:
        """Return the data with what was read in vain put in, since the state only got past it if it was there."""
        for fault in self.faults:
            if fault.path.root in ("$", "$states.input") and not (fault.of_result or fault.only_tested):
                data = taken_as_present(data, fault.path.steps)
        return data


def taken_as_present(data: Value, steps: Steps) -> Value:
    """Return the data in which a path leads somewhere, whatever was known before."""
    better = with_present(data, steps)
    return write(data, steps, Unknown()) if better is None else better


class Variables:
    """The variables that each scope can see, whether or not they are assigned in time; listed when one is asked for."""

    __slots__ = ("_definition", "_names")

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._names: dict[Scope, _Names] = {}

    def are_assigned_in(self, scope: Scope, name: object) -> bool:
        """Whether some state of the scope, or of a scope around it, assigns a variable of this name."""
        if not self._names:
            self._list()
        names: _Names | None = self._names[scope]
        while names is not None:
            if name in names.own:
                return True
            names = names.around
        return False

    def _list(self) -> None:
        for scope in self._definition.scopes:
            own: set[str] = set()
            for state in scope.states.values():
                for entry in (state.value, *(t.entry for t in state.transitions if t.entry is not None)):
                    assign = entry.get("Assign")
                    if isinstance(assign, dict):
                        own.update(name.removesuffix(".$") for name in assign if isinstance(name, str))
            around = self._names[scope.owner.scope] if scope.owner is not None else None
            self._names[scope] = _Names(frozenset(own), around) if own or around is None else around


class _Names(NamedTuple):
    """What a scope assigns itself, and what the next scope around it that assigns anything does."""

    own: frozenset[str]
    around: _Names | None


_SCALARS: Final[dict[str, ScalarKind]] = {"t": "string", "n": "number", "b": "boolean"}


def _result(call: ParsedCall, arguments: list[Value]) -> Value:
    """Return what an intrinsic function returns."""
    function = FUNCTIONS.get(call.name)
    if function is not None and function.result in _SCALARS:
        return Scalar(_SCALARS[function.result])
    if call.name == "Array":
        return KnownList(tuple(arguments))
    if call.name == "StringSplit":
        return KnownList(None, Scalar("string"))
    if call.name == "ArrayRange":
        return KnownList(None, Scalar("number"))
    first = forced(arguments[0]) if arguments else None
    element: Value = first.element if isinstance(first, KnownList) else Unknown()
    if call.name == "ArrayUnique":
        return KnownList(None, element)
    if call.name == "ArrayPartition":
        return KnownList(None, KnownList(None, element))
    if call.name == "ArrayGetItem":
        return element
    if call.name == "JsonMerge" and len(arguments) > 1:
        return _merged(forced(arguments[0]), forced(arguments[1]))
    return Unknown()


def _merged(first: Value, second: Value) -> Value:
    """Return both objects in one; a field of the second wins where it is there."""
    if not isinstance(first, Object) or not isinstance(second, Object):
        return Unknown()
    fields: dict[str, Entry] = {}
    for name in dict.fromkeys((*first.names(), *second.names())):
        fields[name] = _overlaid(first.entry(name), second.entry(name))
    rest = None if first.rest is None and second.rest is None else Unknown()
    return Object(fields, rest)


def _overlaid(below: Entry, above: Entry) -> Entry:
    if isinstance(above, Value) or below is ABSENT:
        return above
    if above is ABSENT:
        return below
    return (
        join(below, above.value)
        if isinstance(below, Value) and isinstance(above, Maybe)
        else Maybe(Unknown())
    )
