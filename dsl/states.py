"""The states of a workflow, and how they are wired together.

`>>` leads from one state to the next and reads along the happy path; a target is always an object, so a missing
one cannot be written, and the order in which states are wired does not matter:

    register >> shop >> choice("Shop Open?", (shop.Item.storeOpen, claim), otherwise=turn_away)
    claim >> wait_for_customer >> end
    claim.catch("DynamoDB.ConditionalCheckFailedException", to=turn_away)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from dsl.conditions import Condition
from dsl.errors import DefinitionError, caller, did_you_mean
from dsl.payloads import Payload, paths, render
from dsl.references import Reference, Shape, Timestamp, fields, view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dsl.errors import Source
    from dsl.expressions import Json, JsonObject, Path

S = TypeVar("S", bound=Shape)

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

    def __init__(self, name: str, *, comment: str | None = None) -> None:
        self.name = name
        self.comment = comment
        self.source: Source = caller()
        self._next: State | None = None
        self._ends = False
        self._machine: object = None
        self._sources: list[State] = []

    def __rshift__(self, target: Target | End) -> Chain:
        """Go on to the target, or end.

        Raises:
            DefinitionError: this state goes somewhere already, or cannot go anywhere.
        """
        self._check_open()
        if self._ends or (self._next is not None and self._next is not first_of(target)):
            there = "the end" if self._next is None else repr(self._next.name)
            raise self._error(f"it goes to {there} already; a state has one way on, so branch with choice()")
        if isinstance(target, End):
            self._ends = True
            return Chain(self, self)
        self._next = self._reach(target)
        return Chain(self, last_of(target))

    def _reach(self, target: Target) -> State:
        """Note that this state leads to the target, and return the state itself."""
        state = first_of(target)
        state._sources.append(self)
        return state

    def _check_open(self) -> None:
        if self._machine is not None:
            raise self._error("its machine is complete; wire every state before StateMachine(...) is made")

    def _error(self, message: str) -> DefinitionError:
        return DefinitionError(message, state=self.name, source=self.source)

    def edges(self) -> Iterator[Edge]:
        """The transitions, in the order in which AWS tries them."""
        if self._next is not None:
            yield Edge(self._next, "next")

    def reads(self) -> Iterator[Path]:
        """The paths that must be there when this state runs."""
        yield from ()

    def touches(self) -> Iterator[Path]:
        """The paths that this state mentions, also those that it only tests."""
        return self.reads()

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
        if self._next is not None:
            document["Next"] = self._next.name
        elif self._ends:
            document["End"] = True
        return document

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
    raise DefinitionError(f"{target!r} is no state")


def last_of(target: Target) -> State:
    """The state from which a chain goes on."""
    return target.last if isinstance(target, Chain) else target


def result_root(name: str) -> str:
    """Where the result of the state with this name is kept: its words in camel case below `$`."""
    first, *rest = re.findall(r"[A-Za-z0-9]+", name) or ["result"]
    word = first.lower() if first.isupper() else first[0].lower() + first[1:]
    joined = word + "".join(part[0].upper() + part[1:] for part in rest)
    return f"$.{joined}" if joined[0].isalpha() else f"$.s{joined}"


def slot(shape: type[S], name: str) -> S:
    """A named place in the state's data that several states may write (`into=`) and others read."""
    return view(shape, f"$.{name}")


class WithResult(State):
    """A state that makes a result, which later states may read or which the execution ends with.

    A result that nobody reads is dropped (`ResultPath` null). `output` is for a state that ends the execution:
    a reference (the execution's output is the value there), or a payload built from the result, the context
    object and the execution's input.
    """

    def __init__(
        self,
        name: str,
        *,
        comment: str | None = None,
        into: Shape | None = None,
        output: Mapping[str, Payload] | Reference | None = None,
    ) -> None:
        super().__init__(name, comment=comment)
        if into is not None and into._path.steps:
            raise self._error(
                f"into={into._path} is a part of something; make a place of its own with slot()"
            )
        self._into = into
        self._output = output

    @property
    def root(self) -> str:
        """Where the result is kept."""
        return result_root(self.name) if self._into is None else self._into._path.root

    def edges(self) -> Iterator[Edge]:
        if self._next is not None:
            yield Edge(self._next, "next", writes=self.root)

    def check(self) -> None:
        super().check()
        if self._output is not None and not self._ends:
            raise self._error(
                "it has an output but does not end the execution; only an ending state takes output="
            )

    def _keep(self, reads: Reads) -> JsonObject:
        """Where the result goes: to its root if somebody reads it, else nowhere."""
        if isinstance(self._output, Reference):
            return {"ResultPath": None, "OutputPath": self._output._asl()}
        return {"ResultPath": self.root if reads.get(self.root) else None}


class Pass(WithResult):
    """Makes a value without any work; use `pass_()`."""

    type = "Pass"

    def __init__(
        self,
        name: str,
        value: Mapping[str, Payload],
        *,
        into: Shape | None = None,
        ends_with_value: bool = False,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment, into=into, output=value if ends_with_value else None)
        self.value = value
        if into is not None:
            _check_fields(self, value, into)

    def reads(self) -> Iterator[Path]:
        yield from paths(self.value)

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {}
        rendered = render(self.value)
        computed = next(paths(self.value), None) is not None or rendered != self.value
        document["Parameters" if computed else "Result"] = rendered
        if self._output is None:
            document.update(self._keep(reads))
            if document["ResultPath"] is None:
                raise self._error(
                    "nobody reads what it makes, so it does nothing; leave it out, or give it an output"
                )
        return document


def _check_fields(state: State, value: Mapping[str, Payload], into: Shape) -> None:
    declared = fields(type(into))
    for key in value:
        if key not in declared:
            raise state._error(f"{type(into).__name__} has no field {key!r}{did_you_mean(key, declared)}")
    missing = [key for key, found in declared.items() if not found.optional and key not in value]
    if missing:
        raise state._error(f"{type(into).__name__} needs {', '.join(missing)}")


def pass_(
    name: str,
    value: Mapping[str, Payload] | None = None,
    *,
    into: Shape | None = None,
    output: Mapping[str, Payload] | None = None,
    comment: str | None = None,
) -> Pass:
    """A state that makes a value: into a slot, or as the execution's output.

    Raises:
        DefinitionError: neither or both of `value` and `output` are given, or a field is unknown or missing.
    """
    if (value is None) == (output is None):
        raise DefinitionError(
            "give either a value (and the slot it goes into) or an output", state=name, source=caller()
        )
    if output is not None:
        return Pass(name, output, ends_with_value=True, comment=comment)
    return Pass(name, value or {}, into=into, comment=comment)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a Choice: the first whose condition holds decides."""

    condition: Condition
    target: State = field(repr=False)


def _is_rule(rule: object) -> bool:
    return isinstance(rule, tuple) and len(rule) == 2 and isinstance(rule[0], Condition)


class Choice(State):
    """Goes on with the first rule that holds; use `choice()`."""

    type = "Choice"

    def __init__(
        self,
        name: str,
        *rules: tuple[Condition, Target],
        otherwise: Target | None,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment)
        if not rules:
            raise self._error("it has no rule; give at least one pair of a condition and a target")
        checked: list[Rule] = []
        for rule in rules:
            if not _is_rule(rule):
                raise self._error(f"{rule!r} is no rule; write a pair of a condition and a target")
            checked.append(Rule(rule[0], self._reach(rule[1])))
        self.rules = tuple(checked)
        self.otherwise = None if otherwise is None else self._reach(otherwise)

    def __rshift__(self, target: Target | End) -> Chain:
        raise self._error("a choice goes on by its rules; give the target to a rule, or as otherwise=")

    def edges(self) -> Iterator[Edge]:
        failed = NOTHING  # what the rules that did not hold prove together
        for index, rule in enumerate(self.rules):
            yield Edge(rule.target, "choice", str(index), failed | rule.condition._proves(True))
            failed = failed | rule.condition._proves(False)
        if self.otherwise is not None:
            yield Edge(self.otherwise, "default", "", failed)

    def reads(self) -> Iterator[Path]:
        for rule in self.rules:
            for path in rule.condition._reads():
                # A missing part is guarded by IsPresent; that its root was written on every route is not.
                yield path.certain

    def touches(self) -> Iterator[Path]:
        for rule in self.rules:
            yield from rule.condition._touches()

    def check(self) -> None:
        if self.otherwise is None:
            raise self._error(
                "no rule may hold, and then AWS fails the execution with States.NoChoiceMatched; give otherwise="
            )

    def body(self, reads: Reads) -> JsonObject:
        rules: list[Json] = [{**rule.condition._rule(), "Next": rule.target.name} for rule in self.rules]
        document: JsonObject = {"Choices": rules}
        if self.otherwise is not None:
            document["Default"] = self.otherwise.name
        return document


def choice(
    name: str, *rules: tuple[Condition, Target], otherwise: Target | None, comment: str | None = None
) -> Choice:
    """A state that goes on with the first rule whose condition holds, or with `otherwise`.

    Raises:
        DefinitionError: there is no rule, or one is no pair of a condition and a target.
    """
    return Choice(name, *rules, otherwise=otherwise, comment=comment)


class Wait(State):
    """Lets time pass; use `wait()`."""

    type = "Wait"

    def __init__(
        self,
        name: str,
        *,
        seconds: int | Reference | str | None = None,
        until: str | Timestamp | None = None,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment)
        if (seconds is None) == (until is None):
            raise self._error("give either seconds= or until=")
        self._seconds = seconds
        self._until = until

    def reads(self) -> Iterator[Path]:
        for value in (self._seconds, self._until):
            if isinstance(value, Reference):
                yield from value._paths()

    def body(self, reads: Reads) -> JsonObject:
        if isinstance(self._seconds, Reference):
            return {"SecondsPath": self._seconds._asl()}
        if self._seconds is not None:
            return {"Seconds": str(self._seconds) if isinstance(self._seconds, str) else self._seconds}
        if isinstance(self._until, Reference):
            return {"TimestampPath": self._until._asl()}
        return {"Timestamp": str(self._until)}


def wait(
    name: str,
    *,
    seconds: int | Reference | str | None = None,
    until: str | Timestamp | None = None,
    comment: str | None = None,
) -> Wait:
    """A state that lets `seconds` pass, or waits `until` a time.

    Raises:
        DefinitionError: both or neither is given.
    """
    return Wait(name, seconds=seconds, until=until, comment=comment)


class _Terminal(State):
    def __rshift__(self, target: Target | End) -> Chain:
        raise self._error(f"a {self.type} state ends the execution; nothing can follow it")

    def check(self) -> None:
        """Nothing to wire."""


class Succeed(_Terminal):
    """Ends the execution well; use `succeed()`."""

    type = "Succeed"

    def __init__(self, name: str, *, output: Reference | None = None, comment: str | None = None) -> None:
        super().__init__(name, comment=comment)
        self._output = output

    def reads(self) -> Iterator[Path]:
        if self._output is not None:
            yield from self._output._paths()

    def body(self, reads: Reads) -> JsonObject:
        return {} if self._output is None else {"OutputPath": self._output._asl()}


class Fail(_Terminal):
    """Ends the execution badly; use `fail()`."""

    type = "Fail"

    def __init__(
        self, name: str, *, error: str | Reference, cause: str | Reference, comment: str | None = None
    ) -> None:
        super().__init__(name, comment=comment)
        self._error_name = error
        self._cause = cause

    def reads(self) -> Iterator[Path]:
        for value in (self._error_name, self._cause):
            if isinstance(value, Reference):
                yield from value._paths()

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {}
        for key, value in (("Error", self._error_name), ("Cause", self._cause)):
            if isinstance(value, Reference):
                document[f"{key}Path"] = value._asl()
            else:
                document[key] = str(value)
        return document


def succeed(name: str, *, output: Reference | None = None, comment: str | None = None) -> Succeed:
    """A state that ends the execution well, with the value at `output` (all of the data where none is given)."""
    return Succeed(name, output=output, comment=comment)


def fail(name: str, *, error: str | Reference, cause: str | Reference, comment: str | None = None) -> Fail:
    """A state that ends the execution as failed, with an error name and a cause for people."""
    return Fail(name, error=error, cause=cause, comment=comment)
