"""An execution as a test sees it, and what a test may expect of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn, Self

from asl.words import did_you_mean
from stepfunctions_local_client.errors import EngineError, ExpectationFailed
from stepfunctions_local_client.masking import Tokens, shown
from stepfunctions_local_client.telling import difference, route_lines
from stepfunctions_local_client.values import Json, JsonInput, JsonObject, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepfunctions_local_client.definitions import Definition
    from stepfunctions_local_client.history import Step
    from stepfunctions_local_client.runs import Call


class AnyOutput(Enum):
    """What `expect_succeeded` takes where no output is expected: None would be the output null."""

    ANY = "any output"


@dataclass(frozen=True)
class Execution:
    """An execution, read back.

    Its values are as the engine reports them. No message and no repr shows a task token that is known to be one: a
    fingerprint stands in its place.

    Attributes:
        machine: The name of its state machine.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        input: What it was started with.
        output: What it ended with; None while it runs and where it did not succeed.
        error: The name of the error that ended it, or "".
        cause: What that error said, or "".
        path: The states that it passed, in order, each visit once, with its attempts, its input and its output.
        case: The test case that it ran, or "".
        seconds: How long it took by the engine's own clock; None while it runs.
        arn: Its ARN.
        known: The task tokens that no message about it may show.
        definition: What was executed, where it is known.
        shows_inner: Whether the engine's history holds the states inside Parallel and Map states.
        calls: What its tasks were called with, and those of the executions that it started, in order; only the
            embedded engine reports them.
        children: The ARNs of the executions that its tasks started; `Client.children` reads them.
        map_runs: The ARNs of the runs of its distributed maps.
        read_events: Gives its `events`.
    """

    machine: str
    status: str
    input: Json = field(repr=False)
    output: Json = field(repr=False)
    error: str = ""
    cause: str = field(default="", repr=False)
    path: tuple[Step, ...] = field(default=(), repr=False)
    case: str = ""
    seconds: float | None = field(default=None, repr=False)
    arn: str = field(default="", repr=False)
    known: Tokens = field(default_factory=Tokens, repr=False, compare=False)
    definition: Definition | None = field(default=None, repr=False, compare=False)
    shows_inner: bool = field(default=True, repr=False, compare=False)
    calls: tuple[Call, ...] = field(default=(), repr=False, compare=False)
    children: tuple[str, ...] = field(default=(), repr=False)
    map_runs: tuple[str, ...] = field(default=(), repr=False)
    read_events: Callable[[], tuple[JsonObject, ...]] = field(default=tuple, repr=False, compare=False)

    def __post_init__(self) -> None:
        for step in self.path:
            for token in step.tokens:
                self.known.add(token.reveal())

    @cached_property
    def events(self) -> tuple[JsonObject, ...]:
        """Its history as the engine tells it."""
        return self.read_events()

    @property
    def route(self) -> tuple[str, ...]:
        """The names of the states passed at the top level, in order."""
        return tuple(step.name for step in self.path if step.within is None)

    def step(self, name: str, visit: int = -1) -> Step:
        """One visit to a state, the latest unless `visit` counts another from 0.

        Raises:
            ExpectationFailed: the execution did not come there, or not as often.
        """
        visits = [step for step in self.path if step.name == name]
        try:
            return visits[visit]
        except IndexError:
            self._fail(f"expected it to come to {name!r}, but it came there {len(visits)} times")

    def iterations(self, name: str, visit: int = -1) -> list[tuple[Step, ...]]:
        """Return the states passed in each iteration of a Map state, or in each branch of a Parallel state.

        Args:
            name: The Map or Parallel state.
            visit: Which visit to it, as `step` counts.

        Raises:
            ExpectationFailed: The execution did not come there, or not as often.
            EngineError: The engine does not show the states inside.
        """
        composite = self.step(name, visit)
        self._need_inner(name)
        at = next(index for index, step in enumerate(self.path) if step is composite)
        found: dict[int, list[Step]] = {}
        for step in self.path[at + 1 :]:
            if step.name == name:
                break
            if step.within == name:
                found.setdefault(step.branch, []).append(step)
        return [tuple(found[branch]) for branch in sorted(found)]

    def variables(self, name: str = "") -> JsonObject:
        """Return the variables at the top level after the latest visit to a state; at the end if there is no name."""
        variables: JsonObject = {}
        last = self.step(name) if name else None
        for step in self.path:
            if step.within is None:
                variables |= step.variables
            if step is last:
                break
        return variables

    def attempts(self, name: str) -> int:
        """How many attempts a task made on its latest visit."""
        return self.step(name).attempts

    # --- Expectations ----------------------------------------------------------------------------------------

    def expect_succeeded(self, output: JsonInput | AnyOutput = AnyOutput.ANY) -> Self:
        """Expect SUCCEEDED, with this output if one is given; None is the output null."""
        if self.status != "SUCCEEDED":
            self._fail("expected it to succeed")
        if not isinstance(output, AnyOutput) and self.output != plain(output):
            self._fail(difference(plain(output), self.output, self.known))
        return self

    def expect_called(self, name: str, parameters: JsonInput, visit: int = -1) -> Self:
        """Expect that a task was called with these parameters.

        Raises:
            EngineError: The engine does not report what tasks were called with.
        """
        step = self.step(name, visit)
        if step.parameters is None and plain(parameters) is not None:
            raise EngineError(f"this engine does not tell what {name!r} was called with (MiniStack does not)")
        if step.parameters != plain(parameters):
            told = difference(plain(parameters), step.parameters, self.known, what=f"parameters of {name!r}")
            self._fail(told)
        return self

    def expect_failed(self, error: str | None = None) -> Self:
        """Expect FAILED, with this error if one is given."""
        if self.status != "FAILED" or (error is not None and self.error != error):
            self._fail("expected it to fail" + (f" with {error}" if error else ""))
        return self

    def expect_timed_out(self) -> Self:
        """Expect that the machine's own time ran out."""
        if self.status != "TIMED_OUT":
            self._fail("expected it to run out of time")
        return self

    def expect_aborted(self) -> Self:
        """Expect that somebody stopped it."""
        if self.status != "ABORTED":
            self._fail("expected it to be stopped")
        return self

    def expect_path(self, *names: str, within: str | None = None, branch: int | None = None) -> Self:
        """Expect exactly these states, in this order.

        Without `within` the states at the top level; with it those inside that Parallel or Map state, of one
        branch or iteration where `branch` says which.
        """
        taken = tuple(
            step.name
            for step in self.path
            if step.within == within and (branch is None or step.branch == branch)
        )
        if taken != names:
            at = next(
                (i for i, pair in enumerate(zip(taken, names, strict=False)) if pair[0] != pair[1]), None
            )
            at = min(len(taken), len(names)) if at is None else at
            wanted = repr(names[at]) if at < len(names) else "nothing more"
            came = repr(taken[at]) if at < len(taken) else "nothing more"
            self._fail(f"expected as step {at + 1} {wanted}, but there came {came}")
        return self

    def expect_passed(self, *names: str) -> Self:
        """Expect these states in this order, whatever lies between them."""
        rest = iter(step.name for step in self.path)
        for name in names:
            if name not in rest:
                self._fail(f"expected it to pass {name!r}" + (" in this place" if name in self.route else ""))
        return self

    def expect_not_passed(self, *names: str) -> Self:
        """Expect that it never came to any of these states.

        Raises:
            LookupError: The machine has no such state.
            EngineError: The engine does not show such a state.
        """
        for name in names:
            if self.definition is not None:
                state = self.definition.states.get(name)
                if state is None:
                    hint = did_you_mean(name, self.definition.states)
                    raise LookupError(f"{self.machine} has no state {name!r}{hint}")
                if state.within is not None:
                    self._need_inner(state.within)
            if any(step.name == name for step in self.path):
                self._fail(f"expected it never to come to {name!r}")
        return self

    def expect_attempts(self, name: str, attempts: int) -> Self:
        """Expect so many attempts of a task, the first one included."""
        made = self.attempts(name)
        if made != attempts:
            self._fail(f"expected {attempts} attempts of {name!r}, not {made}")
        return self

    def expect_caught(self, name: str, error: str) -> Self:
        """Expect that a task, a Parallel or a Map state failed with this error and that a catcher took it."""
        step = self.step(name)
        if step.catcher is None or step.failures[-1].error != error:
            self._fail(f"expected a catcher of {name!r} to take {error}")
        return self

    def _need_inner(self, around: str) -> None:
        if not self.shows_inner:
            raise EngineError(
                f"this engine does not show the states inside of {around!r}: run it on the embedded engine, LocalStack "
                "or AWS"
            )

    def _fail(self, message: str) -> NoReturn:
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        raise ExpectationFailed(self.known.hide(f"{message}\n{self.describe()}")) from None

    def describe(self) -> str:
        """Return the way that it took, the state that it ended in and that state's input, for people."""
        title = f"{self.machine}" + (f", case {self.case}" if self.case else "") + f": {self.status}"
        if self.error:
            title += f" with {self.error}" + (f" ({self.cause})" if self.cause else "")
        lines = [title, "route:"]
        lines += [f"  {line}" for line in route_lines(self.path)] or ["  (it entered no state)"]
        if self.path:
            last = self.path[-1]
            where = "ended in" if self.status != "RUNNING" else "is in"
            lines += [f"it {where} {last.name!r}, whose input was:", shown(last.input, without=self.known)]
        return self.known.hide("\n".join(lines))
