"""What there is of executions: plain records that wait without a thread.

An execution has a root frame; a frame is a run through the states of one scope (the machine, a branch, an iteration);
a visit is one stay in a state. A Parallel or Map state's visit has frames of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.execution.history import EventChain, History
from asl.execution.sight import Sight
from asl.execution.values import given
from asl.timestamps import write_timestamp

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from asl.execution.clock import Scheduler, Timer
    from asl.execution.faults import StateFault
    from asl.execution.program import MachineRevision, PreparedState, Program
    from asl.execution.tokens import Tokens

RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
TIMED_OUT: Final = "TIMED_OUT"
ABORTED: Final = "ABORTED"

RETRIED: Final = frozenset({"Task", "Parallel", "Map"})
"""The types of states that can fail and try again."""


class OpenTask(Protocol):
    """What of a task concerns the visit that waits for it."""

    is_open: bool
    token: str | None

    def cancel(self) -> None:
        """Take no answer any more."""


class Runtime(Protocol):
    """What states need of the engine that runs them."""

    scheduler: Scheduler
    random: random.Random
    region: str
    reader: Any
    writer: Any
    tokens: Tokens[Any]
    executions: dict[str, Execution]
    map_runs: dict[str, Any]
    behaviours: Mapping[str, Callable[[Visit], None]]
    find_machine: Callable[[str], tuple[MachineRevision, str | None]]

    def now(self) -> float:
        """Seconds since 1970."""

    def new_id(self) -> str:
        """Return a random UUID."""

    def outside(self, action: Callable[[], None]) -> None:
        """Do something that somebody outside asks for."""

    def observe(self, visit: Visit, what: str, value: Any) -> None:
        """Tell the observer of a step."""

    def announce(self, execution: Execution) -> None:
        """Tell the listeners that an execution's status has changed."""

    def ask(self, attempt: Any) -> object:
        """Return the answer to a task."""

    def start(
        self,
        machine: MachineRevision,
        data: object = None,
        name: str | None = None,
        *,
        via: str | None = None,
        parent: Execution | None = None,
    ) -> Execution:
        """Start an execution."""


class Execution:
    """One execution of a machine, or of one batch of items of a distributed Map state."""

    __slots__ = (
        "arn", "cause", "children", "engine", "error", "given_context", "history", "input", "input_text", "kind",
        "machine", "map_run", "name", "on_end", "output_text", "parent", "redrive_count", "redriven_at", "root",
        "started_at", "status", "stopped_at", "timer", "trace", "via",
    )  # fmt: skip

    def __init__(
        self, engine: Runtime, machine: MachineRevision, arn: str, name: str, data: Any, text: str, kind: str
    ) -> None:
        self.engine = engine
        self.machine = machine
        self.arn = arn
        self.name = name
        self.input = data
        self.input_text = text
        self.kind = kind
        """STANDARD or EXPRESS."""
        self.status = RUNNING
        self.output_text: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.started_at = engine.now()
        self.stopped_at: float | None = None
        self.history = History(limited=kind == "STANDARD")
        self.root: Frame
        self.timer: Timer | None = None
        self.on_end: list[Callable[[Execution], None]] = []
        self.redrive_count = 0
        self.redriven_at: float | None = None
        self.parent: Execution | None = None
        """The execution whose Map state or task started it."""
        self.children: list[Execution] = []
        self.map_run: str | None = None
        self.via: str | None = None
        """The alias or version that it was started by."""
        self.trace: str | None = None
        self.given_context: dict[str, Any] | None = None
        """The context object, where it is given and not the engine's own."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == RUNNING

    @property
    def output(self) -> Any:
        """Its output as a value; None unless it succeeded."""
        import json

        return None if self.output_text is None else json.loads(self.output_text)

    def described(self, *, parsed: bool = False) -> dict[str, Any]:
        """Return what results of tasks and of map runs say of an ended execution, its input and output as texts or
        read."""
        text = self.output_text
        return {
            "ExecutionArn": self.arn,
            "Input": self.input if parsed else self.input_text,
            "InputDetails": {"Included": True},
            "Name": self.name,
            "StartDate": write_timestamp(self.started_at),
            "StateMachineArn": self.machine.arn,
            "Status": self.status,
            **given(
                StopDate=None if self.stopped_at is None else write_timestamp(self.stopped_at),
                OutputDetails=None if text is None else {"Included": True},
                Error=self.error,
                Cause=self.cause,
            ),
            **({} if text is None else {"Output": self.output if parsed else text}),
        }

    @property
    def via_field(self) -> str:
        """The field in which the API says by which alias or version it was started."""
        is_version = self.via is not None and self.via.rpartition(":")[2].isdigit()
        return "stateMachineVersionArn" if is_version else "stateMachineAliasArn"

    def __repr__(self) -> str:
        return f"<Execution {self.name} of {self.machine.name}: {self.status}>"


class Frame:
    """A run through the states of one scope."""

    __slots__ = (
        "chain", "done", "execution", "index", "parent", "program", "result", "target", "target_input", "target_text",
        "variables", "visit",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        program: Program,
        parent: Visit | None,
        index: int,
        after: int,
        variables: Mapping[str, Any],
    ) -> None:
        self.execution = execution
        self.program = program
        self.parent = parent
        self.index = index
        """Which branch or iteration of its parent it is."""
        self.chain = EventChain(after)
        self.variables = variables
        """What its states see; replaced, never changed."""
        self.visit: Visit | None = None
        self.target = program.start_at
        self.target_input: Any = None
        self.target_text = "null"
        self.done = False
        self.result: Any = None


class Visit:
    """One stay in a state."""

    __slots__ = (
        "attempt", "data", "entered", "entered_at", "frame", "frames", "input", "input_text", "is_over", "next_index",
        "open", "results", "retries", "state", "task", "timers", "token", "work",
    )  # fmt: skip

    def __init__(self, frame: Frame, state: PreparedState, data: Any, text: str, at: float) -> None:
        self.frame = frame
        self.state = state
        self.input = data
        """What came in."""
        self.input_text = text
        self.data = data
        """What InputPath made of it."""
        self.entered = 0
        """The id of the event with which the state was entered."""
        self.entered_at = at
        self.attempt = 0
        """How often it was retried."""
        self.retries: dict[int, int] = {}
        """How often each retrier was used."""
        self.is_over = False
        self.timers: list[Timer] = []
        self.token: str | None = None
        self.task: OpenTask | None = None
        self.frames: list[Frame] = []
        self.results: list[Any] = []
        self.open = 0
        """How many of its frames are not done."""
        self.next_index = 0
        self.work: Any = None
        """The branches, the iterations or the map run of a Parallel or Map state."""

    @property
    def execution(self) -> Execution:
        """The execution that it belongs to."""
        return self.frame.execution

    @property
    def engine(self) -> Runtime:
        """The engine that runs it."""
        return self.frame.execution.engine

    def sight(self, data: Any, states: Mapping[str, Any] | None = None) -> Sight:
        """Return what an expression of the state sees: `$` in JSONPath, `$states` in JSONata."""
        engine = self.frame.execution.engine
        return Sight(
            data,
            self.context,
            self.frame.variables,
            engine.random,
            engine.now,
            states if states is not None else {"input": self.input},
        )

    def context(self) -> dict[str, Any]:
        """Return the context object.

        https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        execution = self.frame.execution
        if execution.given_context is not None:
            return dict(execution.given_context)
        state: dict[str, Any] = {"Name": self.state.name, "EnteredTime": write_timestamp(self.entered_at)}
        if self.state.type in RETRIED:
            state["RetryCount"] = self.attempt
        redriven = execution.redriven_at
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": execution.input,
                "StartTime": write_timestamp(execution.started_at),
                "Name": execution.name,
                "RoleArn": execution.machine.role_arn,
                "RedriveCount": execution.redrive_count,
                **given(RedriveTime=redriven and write_timestamp(redriven)),
            },
            "StateMachine": {"Id": execution.machine.arn, "Name": execution.machine.name},
            "State": state,
        }
        if self.state.type == "Task" and (self.state.resource.pattern or self.state.resource.waits):
            if self.token is None:
                self.token = self.engine.tokens.new()
            context["Task"] = {"Token": self.token}
        return context

    def cancel_timers(self) -> None:
        """Let nothing happen to it any more by time alone."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


def error_output(fault: StateFault) -> dict[str, Any]:
    """Return the error output that catchers and JSONata see."""
    cause = "" if fault.cause is None and fault.error is not None else fault.cause
    return {"Error": fault.error, "Cause": cause}
