"""An execution's history read as the steps that it took.

The events are those of GetExecutionHistory:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html. Engines leave some of them out;
`docs/engines.md` of the project that this package was written in says which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.choices import deciding_rule
from stepfunctions_local_client.handing_on import handed_on
from stepfunctions_local_client.masking import Secret, Tokens
from stepfunctions_local_client.values import Json, JsonObject, as_object, as_text, follow, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stepfunctions_local_client.definitions import Definition, StateView

FAILURES: Final = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
    "LambdaFunctionScheduleFailed": "lambdaFunctionScheduleFailedEventDetails",
    "LambdaFunctionStartFailed": "lambdaFunctionStartFailedEventDetails",
    "ActivityFailed": "activityFailedEventDetails",
    "ActivityTimedOut": "activityTimedOutEventDetails",
    "ActivityScheduleFailed": "activityScheduleFailedEventDetails",
}
"""The events that say that an attempt of a task failed, and the field that says why."""

_UNNAMED: Final = "(unnamed error)"
_COMPOSITE_STARTED = ("ParallelStateStarted", "MapStateStarted")
_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt of a task."""

    error: str
    cause: str = ""


@dataclass(slots=True)
class Step:
    """One visit of an execution to one state. Its values are the engine's; a known token in them has a masked repr.

    Attributes:
        name: The state's name.
        type: Task, Choice, Pass, ...
        input: The state's input.
        output: Its output; None where the execution ended, or still is, in it.
        parameters: What the task was called with; None where the engine does not report it.
        variables: The variables that it assigned, with their values; empty where the engine does not report them.
        failures: The attempts that failed, oldest first.
        attempts: How often it was tried: 1 unless a retrier tried it again. 0 for a state that cannot fail so.
        exited: Whether the execution went on from it.
        entered: When the execution came to it.
        left: When it went on from it; None where it did not.
        within: The Parallel or Map state around it.
        branch: Which branch, or which iteration of a Map, from 0.
        rule: Of a Choice, the index of the rule that decided; -1 for the default; None where that is not known.
        catcher: The index of the catcher that took its error.
        retriers: The index of the retrier before each further attempt.
        following: The state that came next.
        submitted: How many attempts the engine reports as called, where it does.
        tokens: The token of each attempt, where the engine's history holds it.
    """

    name: str
    type: str
    input: Json = field(default=None, repr=False)
    output: Json = field(default=None, repr=False)
    parameters: Json = field(default=None, repr=False)
    variables: JsonObject = field(default_factory=dict, repr=False)
    failures: list[Failure] = field(default_factory=list)
    attempts: int = 0
    exited: bool = False
    entered: datetime | None = field(default=None, repr=False, compare=False)
    left: datetime | None = field(default=None, repr=False, compare=False)
    within: str | None = None
    branch: int = 0
    rule: int | None = None
    catcher: int | None = None
    retriers: list[int] = field(default_factory=list)
    following: str | None = None
    submitted: int = field(default=0, repr=False)
    tokens: list[Secret] = field(default_factory=list, repr=False)


def steps_of(
    events: Sequence[Mapping[str, object]],
    definition: Definition,
    context: Json = None,
    *,
    known: Tokens | None = None,
    rules: Mapping[int, int] | None = None,
) -> list[Step]:
    """Return the steps of an execution, in the order in which it came to the states.

    Args:
        events: Its history, oldest first.
        definition: What it executes.
        context: What is known of the context object, for choice rules that read it.
        known: The tokens that are known already; those of these steps are added.
        rules: Which rule decided in a Choice state, by the event that entered it, where the engine reports it.
    """
    known = Tokens() if known is None else known
    reader = _HistoryReader(definition, context, rules or {})
    for event in events:
        reader.read(event)
    reader.finish()
    for step in reader.steps:
        for token in step.tokens:
            known.add(token.reveal())
    if len(known):
        for step in reader.steps:
            step.input, step.output = known.guard(step.input), known.guard(step.output)
            step.parameters = known.guard(step.parameters)
            step.failures = [Failure(each.error, as_text(known.guard(each.cause))) for each in step.failures]
    return reader.steps


class _HistoryReader:
    def __init__(self, definition: Definition, context: Json, rules: Mapping[int, int]) -> None:
        self._definition = definition
        self._context = context
        self._rules = rules
        self.steps: list[Step] = []
        self._raw: list[Json] = []  # the inputs with their tokens, to try choice rules on
        self._owner: dict[int, Step] = {}
        self._iteration: dict[int, int] = {}
        self._latest: Step | None = None

    def read(self, event: Mapping[str, object]) -> None:
        kind, number = as_text(event.get("type")), event.get("id")
        previous = event.get("previousEventId")
        source = self._owner.get(previous) if isinstance(previous, int) and previous else None
        iteration = self._iteration.get(previous, 0) if isinstance(previous, int) else 0
        step: Step | None
        if kind.endswith("StateEntered"):
            step = self._enter(kind, as_object(event.get("stateEnteredEventDetails")), source, iteration)
            step.entered = _moment(event)
            step.rule = self._rules.get(number) if isinstance(number, int) else None
        else:
            step = source or self._latest
            if kind in _COMPOSITE_STARTED and step is not None:
                step = self._composite(step, kind.removesuffix("StateStarted"))
                iteration = 0
            if kind == "MapIterationStarted":
                index = as_object(event.get("mapIterationStartedEventDetails")).get("index")
                iteration = index if isinstance(index, int) else 0
            if step is not None:
                step = self._note(kind, event, step)
        if isinstance(number, int) and step is not None:
            self._owner[number] = step
            self._iteration[number] = iteration

    def _enter(self, kind: str, details: Mapping[str, object], source: Step | None, iteration: int) -> Step:
        name = as_text(details.get("name"))
        view = self._definition.states.get(name)
        raw = parsed(details.get("input"))
        step = Step(name, kind.removesuffix("StateEntered"), raw)
        if view is not None and view.within is not None:
            step.within = view.within
            step.branch = iteration or view.branch
        if source is None:
            source = self._latest
        if source is not None and source.exited and source.following is None and source.within == step.within:
            source.following = name
        self.steps.append(step)
        self._raw.append(raw)
        self._latest = step
        return step

    def _note(self, kind: str, event: Mapping[str, object], step: Step) -> Step:
        if kind.endswith("StateExited"):
            details = as_object(event.get("stateExitedEventDetails"))
            name = as_text(details.get("name"))
            # Its own event may not point back at it: a Parallel state is left by way of its last branch.
            found = next((one for one in reversed(self.steps) if one.name == name and not one.exited), step)
            if step.name != name:
                step = found
            step.exited, step.output = True, parsed(details.get("output"))
            step.left = _moment(event)
            assigned = as_object(details.get("assignedVariables"))
            step.variables = {key: parsed(value) for key, value in assigned.items()}
            self._latest = step
        elif kind in _SCHEDULED:
            step.attempts += 1
            if step.attempts > 1 and step.failures:
                step.retriers.append(self._retrier(step))
            details = as_object(event.get(f"{kind[0].lower()}{kind[1:]}EventDetails"))
            parameters = parsed(details.get("parameters", details.get("input")))
            step.parameters = parameters
            token = self._token(step, parameters)
            if token is not None:
                step.tokens.append(token)
        elif kind in _COMPOSITE_STARTED:
            step.attempts += 1
            if step.attempts > 1:
                step.failures.append(self._inner_failure(step))
                step.retriers.append(self._retrier(step))
        elif kind in ("ParallelStateFailed", "MapStateFailed"):
            step = self._composite(step, kind.removesuffix("StateFailed"))
            step.failures.append(self._inner_failure(step))
        elif kind == "TaskSubmitted":
            step.submitted += 1
        elif kind in FAILURES:
            details = as_object(event.get(FAILURES[kind]))
            error = as_text(details.get("error")) or ("States.Timeout" if kind.endswith("TimedOut") else "")
            step.failures.append(Failure(error or _UNNAMED, as_text(details.get("cause"))))
        return step

    def _composite(self, step: Step, kind: str) -> Step:
        """Return the open Parallel or Map state that a step belongs to, or is."""
        found: Step | None = step
        while found is not None and (found.type != kind or found.exited):
            around = found.within
            found = next((one for one in reversed(self.steps) if one.name == around and not one.exited), None)
        return found or step

    def _inner_failure(self, composite: Step) -> Failure:
        """Return the failure of a state inside that made a Parallel or Map state fail."""
        at = self.steps.index(composite)
        for step in reversed(self.steps[at + 1 :]):
            if step.within is None or step.exited:
                continue
            if step.failures:
                return step.failures[-1]
            view = self._definition.states.get(step.name)
            if step.type == "Fail" and view is not None:
                return Failure(*(_text_at(view.document, name, step.input) for name in ("Error", "Cause")))
        return Failure(_UNNAMED)

    def _token(self, step: Step, parameters: Json) -> Secret | None:
        view = self._definition.states.get(step.name)
        return None if view is None or not view.waits_for_token else handed_on(view, parameters)

    def _retrier(self, step: Step) -> int:
        view = self._definition.states.get(step.name)
        taking = view.taking("Retry", step.failures[-1].error) if view is not None else None
        return taking or 0

    def finish(self) -> None:
        """Tell from what followed each step why it did."""
        for step, raw in zip(self.steps, self._raw, strict=True):
            view = self._definition.states.get(step.name)
            if step.type in ("Task", "Parallel", "Map") and not step.attempts:
                step.attempts = max(1, len(step.failures))  # a mocked answer leaves no trace on some engines
            if view is None or step.following is None:
                continue
            if step.type == "Choice" and step.rule is None:
                step.rule = deciding_rule(view.document, raw, step.following, self._context)
            elif step.failures:
                step.catcher = _catcher(view, step)


def _catcher(view: StateView, step: Step) -> int | None:
    """Return the catcher that took the step's last failure; None if a later attempt succeeded."""
    if len(step.failures) < step.attempts:
        return None
    index = view.taking("Catch", step.failures[-1].error)
    leads = any(
        way.kind == "catch" and way.index == index and way.target == step.following
        for way in view.transitions()
    )
    return index if leads else None


def _moment(event: Mapping[str, object]) -> datetime | None:
    when = event.get("timestamp")
    return when if isinstance(when, datetime) else None


def _text_at(fields: JsonObject, name: str, data: Json) -> str:
    """Return a text that a Fail state has as it is, or at a plain path of its input."""
    if f"{name}Path" in fields:
        steps = as_text(fields[f"{name}Path"]).removeprefix("$.").split(".")
        return as_text(follow(data, steps))
    return as_text(fields.get(name))
