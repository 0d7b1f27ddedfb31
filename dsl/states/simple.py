"""The states that call no service: Pass, Choice, Wait, Succeed, Fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Self

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.states.results import WithResult
from dsl.states.wiring import Chain, End, State, StateTransition, Target
from dsl.values.conditions import Condition
from dsl.values.expressions import check_text
from dsl.values.fitting import fault_of
from dsl.values.payloads import Payload, paths, render
from dsl.values.references import Reference, Shape, Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.states.wiring import Reads
    from dsl.values.expressions import Json, JsonObject, ReferencePath


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
        if not isinstance(value, Mapping):
            raise self.mistake(f"it makes an object, and {value!r} is none: pass_('Name', {{'field': ...}})")
        self.value = value
        if into is not None:
            fault = fault_of(type(into), value)
            if fault:
                raise self.mistake(f"{type(into).__name__} {fault}")

    def _end_with(self, output: Mapping[str, Payload] | Reference) -> None:
        raise self.mistake(
            "it makes a value, and ends with that; leave the output out, or give it as the value"
        )

    def handed_on(self) -> Payload:
        return self.value

    def reads(self) -> Iterator[ReferencePath]:
        yield from paths(self.value)

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {}
        rendered = render(self.value)
        computed = next(paths(self.value), None) is not None or rendered != self.value
        document["Parameters" if computed else "Result"] = rendered
        if self._output is None:
            document.update(self._keep(reads))
            read = reads.get(self.root) or (self.ends and self._into is None)
            if not read:
                raise self.mistake(
                    "nobody reads what it makes, so it does nothing; leave it out, or give it an output"
                )
        return document


@explained
def pass_(
    name: str,
    value: Mapping[str, Payload] | None = None,
    *,
    into: Shape | None = None,
    output: Mapping[str, Payload] | None = None,
    comment: str | None = None,
) -> Pass:
    """Return a state that makes a value: into a slot, or as the execution's output.

    Raises:
        DefinitionError: neither or both of `value` and `output` are given, or a field is unknown or missing.
    """
    if (value is None) == (output is None):
        raise DefinitionError("give either a value (and the slot it goes into) or an output", state=name)
    if output is not None:
        return Pass(name, output, ends_with_value=True, comment=comment)
    return Pass(name, value or {}, into=into, comment=comment)


class ChoiceRule(NamedTuple):
    """One rule of a Choice: the first whose condition holds decides."""

    condition: Condition
    target: State


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
            raise self.mistake("it has no rule; give at least one pair of a condition and a target")
        checked: list[ChoiceRule] = []
        for rule in rules:
            if not _is_rule(rule):
                raise self.mistake(f"{rule!r} is no rule; write a pair of a condition and a target")
            checked.append(ChoiceRule(rule[0], self._reach(rule[1])))
        self.rules = tuple(checked)
        self.otherwise = None if otherwise is None else self._reach(otherwise)

    def assign(self, **values: Payload) -> Self:
        raise self.mistake("a choice takes no variables here; assign them in the states that it leads to")

    def __rshift__(self, target: Target | End) -> Chain:
        raise self.mistake("a choice goes on by its rules; give the target to a rule, or as otherwise=")

    def edges(self) -> Iterator[StateTransition]:
        for index, rule in enumerate(self.rules):
            yield StateTransition(rule.target, "choice", str(index))
        if self.otherwise is not None:
            yield StateTransition(self.otherwise, "default")

    def reads(self) -> Iterator[ReferencePath]:
        for rule in self.rules:
            for path in rule.condition._reads():
                # A missing part is guarded by IsPresent; that its root was written on every route is not.
                yield path.certain

    def touches(self) -> Iterator[ReferencePath]:
        for rule in self.rules:
            yield from rule.condition._touches()

    def check(self) -> None:
        if self.otherwise is None:
            raise self.mistake(
                "no rule may hold, and then AWS fails the execution with States.NoChoiceMatched; give otherwise="
            )

    def body(self, reads: Reads) -> JsonObject:
        rules: list[Json] = [{**rule.condition._rule(), "Next": rule.target.name} for rule in self.rules]
        document: JsonObject = {"Choices": rules}
        if self.otherwise is not None:
            document["Default"] = self.otherwise.name
        return document


@explained
def choice(
    name: str, *rules: tuple[Condition, Target], otherwise: Target | None, comment: str | None = None
) -> Choice:
    """Return a state that goes on with the first rule whose condition holds, or with `otherwise`.

    Raises:
        DefinitionError: there is no rule, or one is no pair of a condition and a target.
    """
    return Choice(name, *rules, otherwise=otherwise, comment=comment)


class Wait(State):
    """Lets time pass; use `wait()`."""

    type = "Wait"
    hands_on_data = True

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
            raise self.mistake("give either seconds= or until=")
        self.check_seconds(seconds)
        if isinstance(until, Reference) and until._kind not in ("timestamp", "string", "value"):
            raise self.mistake(f"{until!r} is no time, so nothing can wait until it")
        self._seconds = seconds
        self._until = until

    def reads(self) -> Iterator[ReferencePath]:
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


@explained
def wait(
    name: str,
    *,
    seconds: int | Reference | str | None = None,
    until: str | Timestamp | None = None,
    comment: str | None = None,
) -> Wait:
    """Return a state that lets `seconds` pass, or waits `until` a time.

    Raises:
        DefinitionError: both or neither is given.
    """
    return Wait(name, seconds=seconds, until=until, comment=comment)


class _Terminal(State):
    def assign(self, **values: Payload) -> Self:
        raise self.mistake(f"a {self.type} state ends the execution; nobody could read the variables")

    def __rshift__(self, target: Target | End) -> Chain:
        raise self.mistake(f"a {self.type} state ends the execution; nothing can follow it")

    def check(self) -> None:
        """Nothing to wire."""


class Succeed(_Terminal):
    """Ends the execution well; use `succeed()`."""

    type = "Succeed"

    def __init__(self, name: str, *, output: Reference | None = None, comment: str | None = None) -> None:
        super().__init__(name, comment=comment)
        if output is not None and not isinstance(output, Reference):
            raise self.mistake(
                f"it ends with a place in the data, and {output!r} is none; pass_(..., output={{...}}) makes an object"
            )
        self._output = output
        self.hands_on_data = output is None

    def handed_on(self) -> Payload:
        return self._output

    def reads(self) -> Iterator[ReferencePath]:
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

    def reads(self) -> Iterator[ReferencePath]:
        for value in (self._error_name, self._cause):
            if isinstance(value, Reference):
                yield from value._paths()

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {}
        for key, value in (("Error", self._error_name), ("Cause", self._cause)):
            if isinstance(value, Reference):
                document[f"{key}Path"] = value._asl()
            else:
                check_text(value)
                document[key] = str.__str__(value)
        return document


@explained
def succeed(name: str, *, output: Reference | None = None, comment: str | None = None) -> Succeed:
    """Return a state that ends the execution well, with the value at `output` (all of the data where none is given)."""
    return Succeed(name, output=output, comment=comment)


@explained
def fail(name: str, *, error: str | Reference, cause: str | Reference, comment: str | None = None) -> Fail:
    """Return a state that ends the execution as failed, with an error name and a cause for people."""
    return Fail(name, error=error, cause=cause, comment=comment)
