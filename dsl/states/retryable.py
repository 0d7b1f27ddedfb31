"""States whose work may fail: their retries and catchers, and what they keep of their result."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from asl.error_names import matches
from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.states.results import WithResult
from dsl.states.retries import Retry
from dsl.states.wiring import State, StateTransition
from dsl.values.expressions import Bracket, Json, JsonObject, ReferencePath
from dsl.values.payloads import paths, render
from dsl.values.places import is_variable
from dsl.values.references import Reference, Shape, Str

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import NoReturn

    from dsl.options import Output, Retries
    from dsl.states.wiring import Reads, Target


class CaughtError(Shape):
    """What a catcher keeps: the error's name and its cause. Make a place for it with `slot()`."""

    Error: Str
    Cause: Str


class _WiredCatcher(NamedTuple):
    errors: tuple[str, ...]
    target: State
    root: str | None
    """Where the error is kept; None for nowhere, so that the data stays as it was."""


def retriers(retry: Retries, state: State) -> tuple[Retry, ...]:
    """Return what `retry=` says, one or several.

    Raises:
        DefinitionError: it is something else.
    """
    if isinstance(retry, Retry):
        return _Retriers((retry,))
    if not isinstance(retry, list | tuple) or not all(isinstance(retrier, Retry) for retrier in retry):
        raise state.mistake(f"retry= takes a Retry, or several in a list, not {retry!r}")
    return _Retriers(retry)


class _Retriers(tuple[Retry, ...]):
    """What a state tries again."""

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers find this by themselves

        def __call__(self, *_: object, **__: object) -> NoReturn:
            raise DefinitionError("retries are given when a state is built: retry=Retry(...)")


def check_catcher(state: State, errors: Sequence[str], caught: Collection[str]) -> None:
    """Check the errors of a catcher beside those that others catch before it.

    Raises:
        DefinitionError: no error is named, one is caught already, or `States.ALL` is not the last and alone.
    """
    if not errors:
        raise state.mistake("catch() needs the name of at least one error, such as 'States.Timeout'")
    for error in errors:
        if not isinstance(error, str):
            raise state.mistake(f"catch() takes names of errors, such as 'States.Timeout', and not {error!r}")
        if error in caught:
            raise state.mistake(f"{error} is caught already; the second catcher would never be reached")
    if "States.ALL" in caught:
        raise state.mistake(
            "States.ALL is caught already, so this catcher would never be reached; put it before"
        )
    if "States.ALL" in errors and len(errors) > 1:
        raise state.mistake("States.ALL stands for every error, so it must stand alone in a catcher")


class RetryableState(WithResult):
    """A state whose work may fail: a task, or states that run other states."""

    def __init__(
        self,
        name: str,
        *,
        retry: Retries | None = None,
        default_retry: Retries = (),
        into: Shape | None = None,
        output: Output = None,
        comment: str | None = None,
    ) -> None:
        super().__init__(name, comment=comment, into=into, output=output)
        self.retry = retriers(default_retry if retry is None else retry, self)
        self._catchers: list[_WiredCatcher] = []

    @explained
    def catch(self, *errors: str, to: Target, into: CaughtError | None = None) -> Self:
        """Go on at `to` when one of the errors ends the retries; the error is kept in a slot, if one is given.

        Raises:
            DefinitionError: no error is named, one is caught already, or `States.ALL` is not the last and alone.
        """
        self._check_open()
        check_catcher(self, errors, self._caught())
        self._check_place(into)
        self._catchers.append(
            _WiredCatcher(errors, self._reach(to), None if into is None else into._path.root)
        )
        return self

    def _caught(self) -> set[str]:
        return {error for catcher in self._catchers for error in catcher.errors}

    def caught_by(self, error: str) -> State | None:
        """Return where the first catcher leads that takes an error; None if none does."""
        return next((catcher.target for catcher in self._catchers if matches(catcher.errors, error)), None)

    def names_error(self, error: str) -> bool:
        """Whether a retrier or a catcher has an error by its very name."""
        return error in {name for one in self.retry for name in one.errors} | self._caught()

    def edges(self) -> Iterator[StateTransition]:
        yield from super().edges()
        for catcher in self._catchers:
            yield StateTransition(catcher.target, "catch", ", ".join(catcher.errors), writes=catcher.root)

    def needs(self) -> Iterator[ReferencePath]:
        yield from self.reads()
        if self._assigned:
            yield from (path for path in paths(self._assigned) if path.root != self.root)

    def touches(self) -> Iterator[ReferencePath]:
        yield from super().needs()

    def _locate_assigned(self, path: ReferencePath) -> str:
        # https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html: in the Assign of a state
        # with a result, `$` is that result; variables have the values that they had before.
        return str(path) if is_variable(path.root) else self._from_result(path)

    def _output_reads(self) -> Iterator[ReferencePath]:
        if isinstance(self._output, Reference):
            if not self._own(self._output):
                yield self._output._path
        elif self._output is not None:
            # Read from the execution's input; a result of another state is refused when this is compiled.
            yield from (path for path in paths(self._output) if path.root == "$")

    def _result(self, reads: Reads) -> JsonObject:
        if isinstance(self._output, Reference) or self._output is None:
            selector = None if self.ends else select(self.root, reads.get(self.root, ()))
            return ({"ResultSelector": selector} if selector else {}) | self._keep(reads)
        return {"ResultSelector": render(self._output, self._from_result)}

    def _from_result(self, path: ReferencePath) -> str:
        """Write a path for a ResultSelector, which sees the result and the context object, but not the data.

        Raises:
            DefinitionError: it leads to something that is not there, or may not be.
        """
        if path.root == self.root:
            if path.optional:
                raise self.mistake(
                    f"its output reads {path}, which may not be there; use required() or a Pass"
                )
            return str(ReferencePath("$", path.steps))
        if path.root == "$" and not self._nested:
            return str(ReferencePath("$$.Execution.Input", path.steps))
        if path.root == "$$":
            return str(path)
        what = "a variable" if is_variable(path.root) else "another state's result"
        raise self.mistake(f"its output reads {path}, which is {what}; use a reference as output=, or a Pass")

    def _errors(self) -> JsonObject:
        """`Retry` and `Catch`."""
        document: JsonObject = {}
        if self.retry:
            document["Retry"] = [retry.asl() for retry in self.retry]
        if self._catchers:
            document["Catch"] = [
                {
                    "ErrorEquals": list(catcher.errors),
                    "ResultPath": catcher.root,
                    "Next": catcher.target.name,
                }
                for catcher in self._catchers
            ]
        return document


def select(root: str, read: Collection[ReferencePath]) -> JsonObject | None:
    """Return a `ResultSelector` that keeps just what is read of a result, in its own shape; None to keep all of it.

    Only a value that is sure to be there can be selected, so a read of an optional one keeps the object around it.
    """
    wanted = {path.certain.steps for path in read if path.root == root}
    if (
        not wanted
        or () in wanted
        or any(isinstance(step, int | Bracket) for steps in wanted for step in steps)
    ):
        return None
    selector: JsonObject = {}
    for steps in sorted(wanted, key=lambda steps: (len(steps), str(steps))):
        if any(steps[:length] in wanted for length in range(1, len(steps))):
            continue  # a larger part that holds it is kept
        node = selector
        for step in steps[:-1]:
            inner: Json = node.setdefault(str(step), {})
            assert isinstance(inner, dict)  # noqa: S101
            node = inner
        node[f"{steps[-1]}.$"] = str(ReferencePath("$", steps))
    return selector
