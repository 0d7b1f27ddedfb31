"""States, and how they are wired together.

`>>` leads from one state to the next and reads along the happy path; a target is always an object, so a missing
one cannot be written, and the order in which states are wired does not matter:

    register >> shop >> choice("Shop Open?", (shop.Item.storeOpen, claim), otherwise=turn_away)
    claim >> wait_for_customer >> end
    claim.catch("DynamoDB.ConditionalCheckFailedException", to=turn_away)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from asl.words import did_you_mean
from dsl.arguments import explained
from dsl.errors import DefinitionError, NoAttributeError, author, building, source_of
from dsl.states import unplaced
from dsl.values.context import TASK_TOKEN
from dsl.values.expressions import check_text
from dsl.values.payloads import Payload, paths, render
from dsl.values.places import MAX_NAME, variable_root
from dsl.values.references import Anything, Number, Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import NoReturn

    from dsl.errors import SourceLine
    from dsl.permissions.policy import Permission
    from dsl.values.expressions import JsonObject, ReferencePath

Reads: TypeAlias = "Mapping[str, Collection[ReferencePath]]"
"""The paths that any state of the machine reads, by their root."""


class End:
    """Where an execution, a branch or a run of a map succeeds; use the ready `end`."""

    def __init__(self, output: Mapping[str, Payload] | Reference | None = None) -> None:
        self.output = output

    @explained
    def __call__(self, output: Mapping[str, Payload] | Reference) -> End:
        """End with this: a part of what the state made, another value in the data, or an object made of its result.

        Raises:
            DefinitionError: it is neither a reference nor an object.
        """
        given: object = output
        if not isinstance(given, Mapping | Reference):
            raise DefinitionError(
                f"end() takes a reference or an object, {{'field': ...}}, and not {given!r}"
            )
        return End(output)

    def __repr__(self) -> str:
        return "end"

    if not TYPE_CHECKING:  # type checkers find this by themselves

        def __rshift__(self, target: object) -> NoReturn:
            raise DefinitionError("nothing follows the end; wire states before it")


end: Final = End()
"""`state >> end`: the execution, the branch or the map's run succeeds after this state, with what the state made: a
task's result, the value of a Pass, the list of a map. A state that makes nothing, a Wait, hands on the data.
`state >> end(...)` says what it ends with instead."""


_OTHERWISE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("add_catch", "on_error", "except_"), "catch(..., to=state) leads errors on"),
    **dict.fromkeys(("next", "then", "to"), "`>>` leads on to another state"),
    "add_retry": "retries are given when it is built: retry=Retry(...)",
    "when": "choice() decides by conditions",
}
"""What people call what is written otherwise here."""


class StateTransition(NamedTuple):
    """One transition: where it leads, and why."""

    target: State
    kind: str
    label: str = ""
    writes: str | None = None
    """The root that taking this transition writes: the result's, or the caught error's."""
    alone: bool = False
    """Whether nothing else may write there, as several may into a slot."""


class _Complete(type):
    """Notes a state once it is built: one whose arguments are refused is none."""

    if not TYPE_CHECKING:  # to type checkers a class is called as its `__init__` says

        def __call__(cls, *args: object, **kwargs: object) -> object:
            state = super().__call__(*args, **kwargs)
            state.number = unplaced.add(state)
            return state


class State(metaclass=_Complete):
    """One state of a workflow; its name is unique in its machine and at most 80 characters long."""

    type: str = ""
    waits_for_token: bool = False
    """Whether it pauses until somebody returns its token."""
    hands_on_data: bool = False
    """Whether, at the end, it hands on the data as they came to it."""

    @property
    def permissions(self) -> Sequence[Permission]:
        """What its role has to be allowed."""
        return self._permissions

    _permissions: Sequence[Permission] = ()

    def __init__(self, name: str, *, comment: str | None = None) -> None:
        given: object = name
        if not isinstance(given, str):
            raise DefinitionError(f"a state's first argument is its name, and {given!r} is no text")
        check_text(name)
        if comment is not None:
            check_text(comment)
        self.name = name
        self.comment = comment
        frame = author()
        self.source: SourceLine = source_of(frame)
        self._next: State | None = None
        self.ends = False
        self.machine: object = None
        self._sources: list[State] = []
        self._assigned: dict[str, Payload] = {}
        self._nested = False
        self.calls = unplaced.calls(frame)
        self.number = 0

    if not TYPE_CHECKING:  # type checkers find these by themselves

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            raise NoAttributeError(self._lacking(name), state=self.name, source=self.source)

        def _no_wiring(self, *_: object) -> NoReturn:
            raise self.mistake("states are wired by `>>`, one after another; choice() and parallel() branch")

        __gt__ = __lt__ = __ge__ = __le__ = __or__ = __and__ = __add__ = __lshift__ = __call__ = _no_wiring

    def _lacking(self, name: str) -> str:
        """Why the state has no attribute of a name, and which it has."""
        if name in _OTHERWISE:
            return f"it has no {name!r}; {_OTHERWISE[name]}"
        if name in ("result", "output", "Payload", "Item", "Attributes"):
            made = [
                known for known in ("result", "Payload", "Item", "Attributes") if hasattr(type(self), known)
            ]
            if made:
                return f"it has no {name}; what it makes is in .{' and .'.join(made)}"
            return (
                f"a {self.type or type(self).__name__} makes nothing that could be read, so it has no .{name}"
            )
        useful = [
            known
            for known in dir(type(self))
            if known in ("assign", "catch") or isinstance(getattr(type(self), known), property)
        ]
        known = [name for name in useful if name not in ("assigns", "permissions") and name[0] != "_"]
        return f"it has no {name!r}{did_you_mean(name, known)}"

    def __rshift__(self, target: Target | End) -> Chain:
        """Go on to the target, or end.

        Raises:
            DefinitionError: this state goes somewhere already, or cannot go anywhere.
        """
        self._check_open()
        following = None if isinstance(target, End) else self._reach(target)
        if (self.ends or self._next is not None) and self._next is not following:
            there = "the end" if self._next is None else repr(self._next.name)
            raise self.mistake(f"it goes to {there} already; a state has one way on, so branch with choice()")
        self._next, self.ends = following, following is None
        unplaced.keep(self)
        if isinstance(target, End) and target.output is not None:
            self._end_with(target.output)
        return Chain(self, self if isinstance(target, End) else last_of(target))

    def _end_with(self, output: Mapping[str, Payload] | Reference) -> None:
        """Take what the execution ends with."""
        raise self.mistake(
            f"a {self.type} makes nothing, so it hands on the data; end with succeed(..., output=reference) or a Pass"
        )

    def _reach(self, target: Target) -> State:
        """Note that this state leads to the target, and return the state itself."""
        with building(self.name):
            state = first_of(target)
        if state.machine is not None:
            raise self.mistake(
                f"it leads to {state.name!r}, whose machine is complete; "
                "wire every state before StateMachine(...) is made"
            )
        state._sources.append(self)
        unplaced.keep(self, state)
        return state

    def _check_open(self) -> None:
        if self.machine is not None:
            raise self.mistake("its machine is complete; wire every state before StateMachine(...) is made")

    def mistake(self, message: str) -> DefinitionError:
        return DefinitionError(message, state=self.name, source=self.source)

    def check_seconds(self, seconds: object) -> None:
        """Check what is to be a number of seconds.

        Raises:
            DefinitionError: it is the reference of something else than a number.
        """
        if isinstance(seconds, Reference) and not (
            seconds._comparable and isinstance(seconds, Number | Anything)
        ):
            raise self.mistake(f"{seconds!r} is no number, so it cannot say how many seconds")

    def assign(self, **values: Payload) -> Self:
        """Give variables their values when this state succeeds; `variable()` reads them.

        A value is made of the state's own result and the context object, or, where the state has no result, of
        the data.

        Raises:
            DefinitionError: the state has no `Assign`, or a name is not that of a variable.
        """
        self._check_open()
        for name in values:
            variable_root(name)
        self._assigned.update(values)
        return self

    @property
    def assigns(self) -> tuple[str, ...]:
        """The roots of the variables that the state assigns when it succeeds."""
        return tuple(variable_root(name) for name in self._assigned)

    def scopes(self) -> Sequence[StateGraph]:
        """Return the scopes inside this state: branches, or a map's processor."""
        return ()

    def handed_on(self) -> Payload:
        """Return what the state ends with, where that is told by more than what it makes; None for nothing."""
        return None

    def starts(self) -> Sequence[State]:
        """Where the scopes inside this state start."""
        return ()

    def edges(self) -> Iterator[StateTransition]:
        """Yield the transitions, in the order in which AWS tries them."""
        if self._next is not None:
            yield StateTransition(self._next, "next")

    def reads(self) -> Iterator[ReferencePath]:
        """Yield the paths that must be there when this state runs."""
        yield from ()

    def needs(self) -> Iterator[ReferencePath]:
        """Yield what `reads()` gives, and what the values of variables are made of."""
        yield from self.reads()
        if self._assigned:
            yield from paths(self._assigned)

    def touches(self) -> Iterator[ReferencePath]:
        """Return the paths that this state mentions, also those that it only tests."""
        return self.needs()

    def check(self) -> None:
        """Look for mistakes that only show once the state is wired.

        Raises:
            DefinitionError: there is one.
        """
        if self._next is None and not self.ends:
            raise self.mistake("it leads nowhere; wire it on with `>>`, or end the execution with `>> end`")

    def body(self, reads: Reads) -> JsonObject:
        """Return the state's own fields; `reads` holds all that the machine's states read."""
        raise NotImplementedError

    def asl(self, reads: Reads) -> JsonObject:
        """Return the state as Amazon States Language."""
        document: JsonObject = {"Type": self.type}
        if self.comment:
            document["Comment"] = self.comment
        document.update(self.body(reads))
        if self._assigned:
            document["Assign"] = render(self._assigned, self._locate_assigned)
        if self._next is not None:
            document["Next"] = self._next.name
        elif self.ends:
            document["End"] = True
        return document

    def _locate_assigned(self, path: ReferencePath) -> str:
        """Write a path for a variable's value."""
        return str(path)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class Chain:
    """States wired one after another: as a target it is its first state, and `>>` goes on from its last."""

    __slots__ = ("first", "last")

    def __init__(self, first: State, last: State) -> None:
        self.first = first
        self.last = last

    def __rshift__(self, target: Target | End) -> Chain:
        self.last >> target
        return Chain(self.first, self.last if isinstance(target, End) else last_of(target))


Target: TypeAlias = State | Chain
"""Where a transition may lead."""


@explained
def wire(chain: Target, *more: Target) -> Target:
    """Wire chains, and return the first.

    `a >> b` wires by itself. As a line of its own it is an expression whose value is not used, which some editors
    flag; `wire(a >> b >> end, c >> b)` says the same in a call.

    Raises:
        DefinitionError: something is no chain and no state.
    """
    for target in (chain, *more):
        first_of(target)
    return chain


def first_of(target: Target | End) -> State:
    """Return the state that a transition to the target enters.

    Raises:
        DefinitionError: the target is no state.
    """
    if isinstance(target, Chain):
        return target.first
    if isinstance(target, State):
        return target
    if isinstance(target, End):
        raise DefinitionError(
            "`end` is no state, only what `>>` may lead to; make a succeed() state for this"
        )
    raise _no_state(target)


def _no_state(target: object) -> DefinitionError:
    """Why something is no target."""
    if isinstance(target, list | tuple):
        return DefinitionError(
            f"{len(target)} targets in a list: a state has one way on; use choice() to decide, or parallel() for all"
        )
    return DefinitionError(f"{target!r} is no state")


def last_of(target: Target) -> State:
    """Return the state from which a chain goes on."""
    return target.last if isinstance(target, Chain) else target


class StateGraph:
    """A graph of states that is entered at its start: the machine itself, a branch, or a map's processor.

    No transition crosses its border, and names are unique in the machine, not only in the scope. What runs in a
    branch sees the data of the state around it; what runs in a map sees the item, or what was made of it.
    """

    def __init__(self, start: Target, *, inner: bool = True, sees_outside: bool = True) -> None:
        self.start = first_of(start)
        self.sees_outside = sees_outside
        self.edges: dict[State, list[StateTransition]] = {}
        """The transitions of every state, in the order in which the states are met."""
        self.needs: dict[State, list[ReferencePath]] = {}
        """What every state reads."""
        self.touches: dict[State, list[ReferencePath]] = {}
        """What every state mentions."""
        self.document: JsonObject = {}
        """`StartAt` and `States`, once compiled."""
        for state, edges in _reachable(self.start):
            self.edges[state] = edges
        self.states = list(self.edges)
        for state in self.states:
            needs = self.needs[state] = list(state.needs())
            self.touches[state] = list(state.touches())
            _check_state(state, needs)
        self._check_strays(inner=inner)

    def _check_strays(self, *, inner: bool) -> None:
        """Refuse a state that leads into the graph but that nothing leads to: it was forgotten."""
        for state in self.states:
            for before in state._sources:
                if before not in self.edges:
                    self._check_jump(before, state)
                    raise before.mistake(
                        f"it leads to {state.name!r}, but no route from the start "
                        + (
                            "of that branch or map leads to it, and nothing else enters one"
                            if inner
                            else "leads to it"
                        )
                        + "; wire it in, or remove it"
                    )

    def _check_jump(self, before: State, state: State) -> None:
        """Look for a transition out of a branch or a map of this graph."""
        for outer in self.states:
            for start in outer.starts():
                if any(found is before for found, _ in _reachable(start)):
                    raise before.mistake(
                        f"it runs inside of {outer.name!r} and leads to {state.name!r}, which is outside; end what "
                        f"runs inside with `>> end`, and lead on from {outer.name!r}"
                    )

    def compile(self, reads: Reads) -> None:
        """Make the document; the scopes inside this one have theirs already."""
        states: JsonObject = {}
        for state in self.states:
            with building(state.name, state.source):
                states[state.name] = state.asl(reads)
        self.document = {"StartAt": self.start.name, "States": states}


def _check_state(state: State, needs: list[ReferencePath]) -> None:
    if state.machine is not None:
        raise state.mistake("it belongs to another machine; build it anew, a state has one place")
    if not state.name or len(state.name) > MAX_NAME:
        raise state.mistake(f"its name has {len(state.name)} characters; AWS takes 1 to {MAX_NAME}")
    state.check()
    if not state.waits_for_token and TASK_TOKEN in needs:
        raise state.mistake("it reads context.task.token, which is there only in a task that waits for it")


def _reachable(start: State) -> Iterator[tuple[State, list[StateTransition]]]:
    """Every state that can be reached: the happy path first, then branches, then what catchers lead to."""
    seen: set[State] = set()
    later = deque([start])
    while later:
        caught: list[State] = []
        stack = [later.popleft()]
        while stack:
            state = stack.pop()
            if state in seen:
                continue
            seen.add(state)
            edges = list(state.edges())
            yield state, edges
            stack += [edge.target for edge in reversed(edges) if edge.kind != "catch"]
            caught += [edge.target for edge in edges if edge.kind == "catch"]
        later.extend(caught)


def every_state(start: object) -> list[State]:
    """Return every state that can be reached, also inside others; of what is no state, none."""
    found: dict[State, None] = {}
    waiting = [start.first if isinstance(start, Chain) else start]
    while waiting:
        state = waiting.pop()
        if isinstance(state, State) and state not in found:
            found[state] = None
            waiting += [edge.target for edge in state.edges()]
            waiting += state.starts()
    return list(found)


def nested(scope: StateGraph) -> list[StateGraph]:
    """Return the scope and all scopes inside it, each after the one around it."""
    found = [scope]
    for outer in found:
        for state in outer.states:
            for inner in state.scopes():
                for member in inner.states:
                    member._nested = True
                found.append(inner)
    return found
