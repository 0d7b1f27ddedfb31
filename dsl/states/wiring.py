"""States, and how they are wired together.

`>>` leads from one state to the next and reads along the happy path; a target is always an object, so a missing
one cannot be written, and the order in which states are wired does not matter:

    register >> shop >> choice("Shop Open?", (shop.Item.storeOpen, claim), otherwise=turn_away)
    claim >> wait_for_customer >> end
    claim.catch("DynamoDB.ConditionalCheckFailedException", to=turn_away)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from dsl.errors import DefinitionError, building, caller
from dsl.values.payloads import Payload, paths, render
from dsl.values.places import variable_root
from dsl.values.references import Anything, Number, Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dsl.errors import Source
    from dsl.machine.permissions import Permission
    from dsl.states.scopes import Scope
    from dsl.values.expressions import JsonObject, Path

Reads: TypeAlias = "Mapping[str, Collection[Path]]"
"""The paths that any state of the machine reads, by their root."""

NOTHING: Final[frozenset[Path]] = frozenset()


class End:
    """Where an execution succeeds; use the ready `end`."""

    def __repr__(self) -> str:
        return "end"


end: Final = End()
"""`state >> end`: the execution succeeds after this state, with the state's output."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition: where it leads, why, and which paths are certainly there once it is taken."""

    target: State
    kind: str
    label: str = ""
    proves: frozenset[Path] = NOTHING
    writes: str | None = None
    """The root that taking this transition writes: the result's, or the caught error's."""


class State:
    """One state of a workflow; its name is unique in its machine and at most 80 characters long."""

    type: str = ""
    waits_for_token: bool = False
    """Whether it pauses until somebody returns its token."""
    permissions: Sequence[Permission] = ()
    """What its role has to be allowed."""

    def __init__(self, name: str, *, comment: str | None = None) -> None:
        self.name = name
        self.comment = comment
        self.source: Source = caller()
        self._next: State | None = None
        self._ends = False
        self._machine: object = None
        self._sources: list[State] = []
        self._assigned: dict[str, Payload] = {}
        self._nested = False

    def __rshift__(self, target: Target | End) -> Chain:
        """Go on to the target, or end.

        Raises:
            DefinitionError: this state goes somewhere already, or cannot go anywhere.
        """
        self._check_open()
        following = None if isinstance(target, End) else self._reach(target)
        if (self._ends or self._next is not None) and self._next is not following:
            there = "the end" if self._next is None else repr(self._next.name)
            raise self._error(f"it goes to {there} already; a state has one way on, so branch with choice()")
        self._next, self._ends = following, following is None
        return Chain(self, self if isinstance(target, End) else last_of(target))

    def _reach(self, target: Target) -> State:
        """Note that this state leads to the target, and return the state itself."""
        with building(self.name):
            state = first_of(target)
        if state._machine is not None:
            raise self._error(
                f"it leads to {state.name!r}, whose machine is complete; "
                "wire every state before StateMachine(...) is made"
            )
        state._sources.append(self)
        return state

    def _check_open(self) -> None:
        if self._machine is not None:
            raise self._error("its machine is complete; wire every state before StateMachine(...) is made")

    def _error(self, message: str) -> DefinitionError:
        return DefinitionError(message, state=self.name, source=self.source)

    def check_seconds(self, seconds: object) -> None:
        """Check what is to be a number of seconds.

        Raises:
            DefinitionError: it is the reference of something else than a number.
        """
        if isinstance(seconds, Reference) and not (
            seconds._comparable and isinstance(seconds, Number | Anything)
        ):
            raise self._error(f"{seconds!r} is no number, so it cannot say how many seconds")

    def assign(self, **values: Payload) -> Self:
        """Give variables their values when this state succeeds; `variable()` reads them.

        A value is made of the state's own result and the context object, or, where the state has no result, of
        the data.

        Raises:
            DefinitionError: the state has no `Assign`, or a name is none of a variable.
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

    def scopes(self) -> Sequence[Scope]:
        """The scopes inside this state: branches, or a map's processor."""
        return ()

    def edges(self) -> Iterator[Edge]:
        """The transitions, in the order in which AWS tries them."""
        if self._next is not None:
            yield Edge(self._next, "next")

    def reads(self) -> Iterator[Path]:
        """The paths that must be there when this state runs."""
        yield from ()

    def needs(self) -> Iterator[Path]:
        """What `reads()` gives, and what the values of variables are made of."""
        yield from self.reads()
        if self._assigned:
            yield from paths(self._assigned)

    def touches(self) -> Iterator[Path]:
        """The paths that this state mentions, also those that it only tests."""
        return self.needs()

    def check(self) -> None:
        """Look for mistakes that only show once the state is wired.

        Raises:
            DefinitionError: there is one.
        """
        if self._next is None and not self._ends:
            raise self._error("it leads nowhere; wire it on with `>>`, or end the execution with `>> end`")

    def body(self, reads: Reads) -> JsonObject:
        """The state's own fields; `reads` holds all that the machine's states read."""
        raise NotImplementedError

    def asl(self, reads: Reads) -> JsonObject:
        """The state as Amazon States Language."""
        document: JsonObject = {"Type": self.type}
        if self.comment:
            document["Comment"] = self.comment
        document.update(self.body(reads))
        if self._assigned:
            document["Assign"] = render(self._assigned, self._locate_assigned)
        if self._next is not None:
            document["Next"] = self._next.name
        elif self._ends:
            document["End"] = True
        return document

    def _locate_assigned(self, path: Path) -> str:
        """Write a path for a variable's value."""
        return str(path)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


@dataclass(frozen=True, slots=True)
class Chain:
    """States wired one after another: as a target it is its first state, and `>>` goes on from its last."""

    first: State
    last: State

    def __rshift__(self, target: Target | End) -> Chain:
        self.last >> target
        return Chain(self.first, self.last if isinstance(target, End) else last_of(target))


Target: TypeAlias = State | Chain
"""Where a transition may lead."""


def first_of(target: Target | End) -> State:
    """The state that a transition to the target enters.

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
    raise DefinitionError(f"{target!r} is no state")


def last_of(target: Target) -> State:
    """The state from which a chain goes on."""
    return target.last if isinstance(target, Chain) else target
