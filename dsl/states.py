"""The states of a workflow, and how they are wired together.

`>>` leads from one state to the next and reads along the happy path; a target is always an object, so a missing
one cannot be written, and the order in which states are wired does not matter:

    register >> shop >> choice("Shop Open?", (shop.Item.storeOpen, claim), otherwise=turn_away)
    claim >> wait_for_customer >> end
    claim.catch("DynamoDB.ConditionalCheckFailedException", to=turn_away)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, TypeAlias, TypeVar, cast

from dsl.conditions import Condition
from dsl.errors import DefinitionError, building, caller
from dsl.expressions import Path
from dsl.fitting import fault_of
from dsl.payloads import Payload, paths, render
from dsl.references import Anything, Number, Reference, Shape, Timestamp, make, view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dsl.errors import Source
    from dsl.expressions import Json, JsonObject
    from dsl.permissions import Permission
    from dsl.scopes import Scope

S = TypeVar("S", bound=Shape)
R = TypeVar("R", bound=Reference)
MAX_NAME: Final = 80  # characters of a state's name: https://states-language.net/#states-fields

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


def result_root(name: str) -> str:
    """Where the result of the state with this name is kept: its words in camel case below `$`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()  # é becomes e
    first, *rest = re.findall(r"[A-Za-z0-9]+", plain) or ["result"]
    word = first.lower() if first.isupper() else first[0].lower() + first[1:]
    joined = word + "".join(part[0].upper() + part[1:] for part in rest)
    return f"$.{joined}" if joined[0].isalpha() else f"$.s{joined}"


def variable_root(name: str) -> str:
    """The root of a variable: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html.

    Raises:
        DefinitionError: it is no name of a variable.
    """
    if not name.isidentifier() or name == "states" or len(name) > MAX_NAME:
        raise DefinitionError(
            f"{name!r} cannot name a variable: use letters, digits and _, a letter first, at most {MAX_NAME}; "
            "`states` is taken"
        )
    return f"${name}"


def variable(kind: type[R], name: str) -> R:
    """A typed view of the variable that a state assigns by this name.

    Raises:
        DefinitionError: it is no name of a variable.
    """
    return cast("R", make(kind, Path(variable_root(name))))


def slot(shape: type[S], name: str) -> S:
    """A named place in the state's data that several states may write (`into=`) and others read.

    Raises:
        DefinitionError: the name is no plain word.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise DefinitionError(f"{name!r} cannot name a slot: use letters, digits and _, a letter first")
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
        self._check_place(into)
        self._into = into
        self._output = output

    def _check_place(self, into: Shape | None) -> None:
        if into is not None and (into._path.steps or into._path.root in ("$", "$$")):
            raise self._error(
                f"into={into._path} is {'a part of something' if into._path.steps else 'all of the data'}; "
                "make a place of its own with slot()"
            )

    @property
    def root(self) -> str:
        """Where the result is kept."""
        return result_root(self.name) if self._into is None else self._into._path.root

    @property
    def has_slot(self) -> bool:
        """Whether the result goes into a slot, which several states may share."""
        return self._into is not None

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
            fault = fault_of(type(into), value)
            if fault:
                raise self._error(f"{type(into).__name__} {fault}")

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
        raise DefinitionError("give either a value (and the slot it goes into) or an output", state=name)
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

    def assign(self, **values: Payload) -> Self:
        raise self._error("a choice takes no variables here; assign them in the states that it leads to")

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
        self.check_seconds(seconds)
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
    def assign(self, **values: Payload) -> Self:
        raise self._error(f"a {self.type} state ends the execution; nobody could read the variables")

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
