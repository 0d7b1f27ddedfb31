"""The engine: it keeps state machines, runs executions of them, and lets time pass."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.execution import transitions
from asl.execution.behaviours import BEHAVIOURS
from asl.execution.clock import Scheduler
from asl.execution.faults import RequestError, StateFault, TaskFault
from asl.execution.program import MachineRevision
from asl.execution.records import ABORTED, Execution, Frame
from asl.execution.tasks import LATER, Attempt
from asl.execution.tokens import Tokens
from asl.execution.values import dump, is_too_large, json_value, new_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.execution.distributed import MapRun
    from asl.execution.files import Reader, Writer
    from asl.execution.records import Visit


UNPACKED: Final = 1_000
"""Finished executions whose history is kept as it is; that of older ones is packed."""


class Handler(Protocol):
    """What answers tasks."""

    def __call__(self, attempt: Attempt, /) -> object:
        """Answer one attempt of a Task state.

        Returns: the result as a JSON value; `Finished(value)` for a result that counts even where the state waits for
            a token; `LATER` if `attempt.succeed` or `attempt.fail` will be called; NotImplemented if somebody else is
            to answer: the engine itself, which runs nested executions and keeps activities.

        Raises:
            TaskFault: the task fails, with the service's error and cause.
        """


class Observer(Protocol):
    """What is called at each step of each execution."""

    def __call__(self, visit: Visit, what: str, value: Any, /) -> None:
        """Take note of a step.

        `what` is "called" with the attempt, "answered" with the output or the fault, "chosen" with the index of the
        rule (None for Default), "retried" with the index of the retrier and the delay in seconds, "caught" with the
        index of the catcher, "left" with the output, or "failed" with the fault; besides, as the state's data is
        worked on, "afterInputPath", "arguments", "result", "afterResultSelector", "afterResultPath", and what Map
        states work with, by the names that TestState has for it, each with the value.
        """


def _payload(value: object, code: str, what: str) -> tuple[Any, str]:
    """Return what is handed in from outside as JSON, and as a text. Raises RequestError with this code."""
    try:
        payload = json_value(value)
    except (TypeError, ValueError) as error:
        raise RequestError(code, f"Invalid {what}: '{error}'") from None
    text = dump(payload)
    if is_too_large(text):
        raise RequestError(code, f"Invalid {what}: it exceeds 262144 bytes")
    return payload, text


class Engine:
    """Executes state machines in this process.

        engine = Engine(lambda attempt: {"Payload": {"ok": True}})
        execution = engine.run(definition, {"orderId": "2"})
        execution.status, execution.output

    Args:
        handler: Answers tasks. Without one, tasks other than nested executions and activities cannot be run.
        virtual: Let time be the engine's own: it passes at once when nothing else is to be done. False for real time,
            where `Driver` (asl.execution.driving) calls the engine at the right moments.
        start: When virtual time begins, in seconds since 1970.
        seed: Makes random numbers, delays with jitter and ids the same in each run; None for other ones each time.
        account, region: Of the ARNs that are made.
        reader, writer: Read the files of ItemReaders, store those of ResultWriters.
        wait_scale: How long Wait states of some seconds and delays of retriers take, as a part of what they should;
            0 for not at all.
    """

    def __init__(
        self,
        handler: Handler | None = None,
        *,
        virtual: bool = True,
        start: float | None = None,
        seed: int | None = None,
        account: str = "123456789012",
        region: str = "us-east-1",
        reader: Reader | None = None,
        writer: Writer | None = None,
        wait_scale: float = 1.0,
    ) -> None:
        self.handler = handler
        self.scheduler = Scheduler(virtual=virtual, start=start, wait_scale=wait_scale)
        self.random = random.Random(seed)  # noqa: S311 - what a machine draws is no secret; tokens are made elsewhere
        self.account = account
        self.region = region
        self.reader = reader
        self.writer = writer
        self.observer: Observer | None = None
        self.listeners: list[Callable[[Execution], None]] = []
        """Called whenever the status of an execution changes, also when it starts."""
        self.lock = threading.RLock()
        self.on_change: Callable[[], None] | None = None
        """Called after something from outside was done, so that whoever drives real time looks again."""
        self.machines: dict[str, MachineRevision] = {}
        self.executions: dict[str, Execution] = {}
        self.map_runs: dict[str, MapRun] = {}
        self.activities: dict[str, deque[Attempt]] = {}
        self.activity_waiters: list[threading.Event] = []
        self.tokens: Tokens[Attempt] = Tokens()
        self.behaviours = BEHAVIOURS
        self._is_busy = False
        self._finished: deque[Execution] = deque()
        """Those that ended last, whose history is at hand."""
        self.find_machine: Callable[[str], tuple[MachineRevision, str | None]] = self._machine
        """Finds what a task is to start, and by which version or alias."""

    # --- Machines and executions ---

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of something of this engine's account."""
        return f"arn:aws:states:{self.region}:{self.account}:{kind}:{name}"

    def create(
        self,
        definition: Mapping[str, Any] | str,
        name: str | None = None,
        *,
        kind: str = "STANDARD",
        role_arn: str | None = None,
    ) -> MachineRevision:
        """Keep a state machine under a name; one of the same name is replaced.

        The definition is taken as one that AWS accepts: check it first (`asl.validate`), where it is not known to be.

        Raises:
            TypeError: the definition holds what JSON has not.
            ValueError: it is not a JSON object, or is nested too deep.
        """
        text = definition if isinstance(definition, str) else ""
        value = json_value(json.loads(definition) if isinstance(definition, str) else definition)
        if not isinstance(value, dict):
            raise ValueError("a definition is a JSON object")
        name = name or f"machine-{len(self.machines) + 1}"
        role = role_arn or f"arn:aws:iam::{self.account}:role/StepFunctionsRole"
        machine = MachineRevision(
            self.arn("stateMachine", name), name, value, kind, role, text, "INITIAL", self.now()
        )
        self.machines[machine.arn] = machine
        return machine

    def start(
        self,
        machine: MachineRevision,
        data: object = None,
        name: str | None = None,
        *,
        via: str | None = None,
        parent: Execution | None = None,
    ) -> Execution:
        """Start an execution; nothing of it happens before the engine next runs.

        Args:
            machine: What to execute.
            data: Its input: JSON; `{}` for None.
            name: Its name; a random one for None.
            via: The ARN of the alias or the version by which it was started.
            parent: The execution that starts it.

        Raises:
            RequestError: `ExecutionAlreadyExists` for a name that was used, `InvalidExecutionInput` for an input that
                is too large or no JSON.
        """
        value, text = _payload(
            {} if data is None else data, "InvalidExecutionInput", "State Machine Execution Input"
        )
        name = name or self.new_id()
        arn = machine.execution_arn(name)
        if machine.kind == "EXPRESS":
            arn = f"{arn}:{self.new_id()}"
        if arn in self.executions:
            raise RequestError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        execution = Execution(self, machine, arn, name, value, text, machine.kind)
        execution.root = Frame(execution, machine.program, None, 0, 0, {})
        execution.via, execution.parent = via, parent
        self.executions[arn] = execution
        transitions.start(execution)
        return execution

    def _machine(self, arn: str) -> tuple[MachineRevision, str | None]:
        machine = self.machines.get(arn)
        if machine is None:
            raise RequestError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return machine, None

    def run(
        self, machine: MachineRevision | Mapping[str, Any] | str, data: object = None, name: str | None = None
    ) -> Execution:
        """Execute a machine, or a definition, to its end; time passes as it has to, timeouts included.

        It comes back earlier if the execution waits for somebody who is not in here, without a timeout.
        """
        if not isinstance(machine, MachineRevision):
            machine = self.create(machine)
        execution = self.start(machine, data, name)
        self.finish(execution)
        return execution

    def finish(self, execution: Execution) -> bool:
        """Let time pass until an execution has ended; false if it never will by itself."""
        while execution.is_running:
            if not self._advance():
                return False
        return True

    def settle(self) -> None:
        """Do all that can happen until everything waits for somebody outside.

        Waits and delays of retriers pass; a task that waits for its token, or for a handler that answers later, is
        not timed out by it.
        """
        while self._advance(deadlines=False):
            pass

    def advance(self, seconds: float) -> None:
        """Let virtual time pass, with all that happens in it."""
        with self.lock:
            self.turn()
            self._busy(lambda: self.scheduler.pass_to(self.now() + seconds))

    def turn(self) -> None:
        """Do all that can happen at once, and in real time all that is due."""
        with self.lock:
            if not self._is_busy:
                self._busy(self.scheduler.run_ready)

    def _advance(self, *, deadlines: bool = True) -> bool:
        with self.lock:
            if self._is_busy:  # a handler that asks for it while it answers
                return False
            return bool(self._busy(lambda: self.scheduler.advance(deadlines=deadlines)))

    def _busy(self, action: Callable[[], Any]) -> Any:
        self._is_busy = True
        try:
            return action()
        finally:
            self._is_busy = False

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """Abort an execution, with what it started and waits for; one that has ended stays as it is."""
        with self.lock:
            transitions.end(execution, ABORTED, StateFault(error, cause))
            self._changed()

    def redrive(self, execution: Execution) -> None:
        """Let an execution that did not succeed go on where it failed.

        Raises:
            RequestError: `ExecutionNotRedrivable`, with the reason.
        """
        from asl.execution.redriving import redrive

        with self.lock:
            redrive(execution)
            self._changed()

    # --- What comes from outside ---

    def outside(self, action: Callable[[], None]) -> None:
        """Do something that somebody outside asks for, from any thread."""
        with self.lock:
            self.scheduler.soon(action)
            self._changed()

    def _changed(self) -> None:
        self.turn()
        if self.on_change is not None:
            self.on_change()

    def send_task_success(self, token: str, output: object) -> None:
        """Hand a token back with the task's result: JSON, as a value.

        Raises:
            RequestError: `InvalidToken`, `TaskTimedOut`, or `InvalidOutput` for what is too large or no JSON.
        """
        with self.lock:
            attempt = self.tokens.attempt(token)
            attempt.succeed(_payload(output, "InvalidOutput", "Output")[0])

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Hand a token back with an error. Raises RequestError as `send_task_success` does."""
        with self.lock:
            self.tokens.attempt(token).fail(error, cause)

    def send_task_heartbeat(self, token: str) -> None:
        """Say that a task is still worked on. Raises RequestError as `send_task_success` does."""
        with self.lock:
            self.tokens.attempt(token).beat()
            self._changed()

    def create_activity(self, name: str) -> str:
        """Keep an activity. Returns its ARN."""
        arn = self.arn("activity", name)
        self.activities.setdefault(arn, deque())
        return arn

    def next_activity_task(self, arn: str, worker: str | None = None) -> Attempt | None:
        """Return the task that has waited longest for a worker of an activity, None if there is none.

        Raises:
            RequestError: `ActivityDoesNotExist`.
        """
        with self.lock:
            if arn not in self.activities:
                raise RequestError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
            waiting = self.activities[arn]
            while waiting:
                attempt = waiting.popleft()
                if attempt.is_open:
                    transitions.publish(attempt.visit, "ActivityStarted", {"workerName": worker})
                    attempt.beat()
                    return attempt
            return None

    def wait_for_activity(self, arn: str, worker: str | None, seconds: float) -> Attempt | None:
        """In real time, wait for a task of an activity, at most so many seconds."""
        came = threading.Event()
        self.activity_waiters.append(came)
        try:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                attempt = self.next_activity_task(arn, worker)
                if attempt is not None:
                    return attempt
                came.wait(left)
                came.clear()
            return None
        finally:
            self.activity_waiters.remove(came)

    # --- What states need ---

    def now(self) -> float:
        """Seconds since 1970, by the engine's clock."""
        return self.scheduler.now()

    def new_id(self) -> str:
        """Return a random UUID."""
        return new_uuid(self.random)

    def observe(self, visit: Visit, what: str, value: Any) -> None:
        """Tell the observer of a step."""
        if self.observer is not None:
            self.observer(visit, what, value)

    def announce(self, execution: Execution) -> None:
        """Tell the listeners that an execution's status has changed."""
        for listen in self.listeners:
            listen(execution)
        if not execution.is_running:
            self._finished.append(execution)
            if len(self._finished) > UNPACKED:
                oldest = self._finished.popleft()
                if not oldest.is_running:
                    oldest.history.pack()

    def ask(self, attempt: Attempt) -> object:
        """Return the handler's answer, or the engine's own. Raises TaskFault."""
        answer = NotImplemented if self.handler is None else self.handler(attempt)
        if answer is not NotImplemented:
            return answer
        if attempt.resource.kind == "activity":
            queue = self.activities.get(attempt.resource.arn)
            if queue is None:
                raise TaskFault("States.Runtime", f"Activity Does Not Exist: '{attempt.resource.arn}'")
            queue.append(attempt)
            for came in self.activity_waiters:
                came.set()
            return LATER
        from asl.execution.nested import answer_nested

        answer = answer_nested(self, attempt)
        if answer is NotImplemented:
            raise TaskFault(
                "States.TaskFailed", f"nobody answers {attempt.resource.arn} here: give the engine a handler"
            )
        return answer
