"""An execution as a test sees it, and what a test may expect of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self

from stepfunctions_local_client.errors import ExpectationFailed
from stepfunctions_local_client.masking import Tokens
from stepfunctions_local_client.values import Json, JsonInput, JsonObject, shown

if TYPE_CHECKING:
    from stepfunctions_local_client.history import Step


@dataclass(frozen=True)
class Execution:
    """An execution, read back.

    Its values are as the engine tells them. No message and no repr shows a task token that is known to be one: a
    fingerprint stands in its place.

    Attributes:
        machine: The name of its state machine.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        input: What it was started with.
        output: What it ended with; None while it runs and where it did not succeed.
        error: The name of the error that ended it, or "".
        cause: What that error said, or "".
        path: The states that it passed, in order, each visit once, with its attempts, its input and its output.
        events: Its history as the engine tells it.
        case: The test case that it ran, or "".
        mocked: The states to which this case gives a response; None where that is not known.
        seconds: How long it took by the engine's own clock; None while it runs.
        arn: Its ARN.
        known: The task tokens that no message about it may show.
    """

    machine: str
    status: str
    input: Json = field(repr=False)
    output: Json = field(repr=False)
    error: str = ""
    cause: str = field(default="", repr=False)
    path: tuple[Step, ...] = field(default=(), repr=False)
    events: tuple[JsonObject, ...] = field(default=(), repr=False)
    case: str = ""
    mocked: frozenset[str] | None = field(default=None, repr=False)
    seconds: float | None = field(default=None, repr=False)
    arn: str = field(default="", repr=False)
    known: Tokens = field(default_factory=Tokens, repr=False, compare=False)

    def __post_init__(self) -> None:
        for step in self.path:
            for token in step.tokens:
                self.known.add(token.reveal())

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

    def attempts(self, name: str) -> int:
        """How many attempts a task made on its latest visit."""
        return self.step(name).attempts

    # --- Expectations ----------------------------------------------------------------------------------------

    def expect_succeeded(self, output: JsonInput | None = None) -> Self:
        """Expect SUCCEEDED, with this output if one is given."""
        if self.status != "SUCCEEDED":
            self._fail("expected it to succeed")
        if output is not None and self.output != _plain(output):
            expected, came = (shown(value, without=self.known) for value in (_plain(output), self.output))
            self._fail(f"expected the output\n{expected}\nnot\n{came}")
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
        """Expect that it never came to any of these states."""
        for name in names:
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
        """Expect that a task failed with this error and that a catcher took it."""
        step = self.step(name)
        if step.catcher is None or step.failures[-1].error != error:
            self._fail(f"expected a catcher of {name!r} to take {error}")
        return self

    def _fail(self, message: str) -> NoReturn:
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        raise ExpectationFailed(self.known.hide(f"{message}\n{self.describe()}")) from None

    def describe(self) -> str:
        """The way that it took, the state that it ended in and that state's input, for people."""
        title = f"{self.machine}" + (f", case {self.case}" if self.case else "") + f": {self.status}"
        if self.error:
            title += f" with {self.error}" + (f" ({self.cause})" if self.cause else "")
        lines = [title, "route:"]
        lines += [f"  {line}" for line in map(describe_step, self.path)] or ["  (it entered no state)"]
        if self.path:
            last = self.path[-1]
            where = "ended in" if self.status != "RUNNING" else "is in"
            lines += [f"it {where} {last.name!r}, whose input was:", shown(last.input, without=self.known)]
            if self.mocked is not None and last.type == "Task" and last.name not in self.mocked:
                lines.append(
                    f"case {self.case} has no response for {last.name!r}, so the real service was called"
                )
        return self.known.hide("\n".join(lines))


def describe_step(step: Step) -> str:
    """One step in a line."""
    text = f"{step.name}"
    if step.within is not None:
        text = f"[{step.within} #{step.branch}] {text}"
    if step.attempts > 1:
        text += f"  ({step.attempts} attempts)"
    if step.failures:
        last = step.failures[-1]
        text += f"  failed: {last.error}" + (f": {last.cause}" if last.cause else "")
        if step.catcher is not None:
            text += ", caught"
    return text


def _plain(value: JsonInput) -> Json:
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if hasattr(value, "items"):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]
