"""A state machine on an engine: its executions are started and run here."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from asl.execution.mocks import Response
from stepfunctions_local_client.cases import check_state
from stepfunctions_local_client.errors import MocksUnsupported
from stepfunctions_local_client.running import Running
from stepfunctions_local_client.runs import MockedRun, checked
from stepfunctions_local_client.states import StateResult, run_state

if TYPE_CHECKING:
    from stepfunctions_local_client.cases import Responses
    from stepfunctions_local_client.connection import Connection
    from stepfunctions_local_client.definitions import Definition
    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.runs import Mocks
    from stepfunctions_local_client.states import Mock
    from stepfunctions_local_client.values import JsonInput

MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]
DEADLINE: Final = 30.0
"""Seconds that a run may take where no deadline is given."""
_numbers = itertools.count(1)


class Machine:
    """A state machine on an engine."""

    def __init__(
        self,
        client: Connection,
        name: str,
        arn: str,
        definition: Definition,
        type: MachineType = "STANDARD",  # noqa: A002
    ) -> None:
        self.client = client
        self.name = name
        self.arn = arn
        self.definition = definition
        self.type = type

    def start(
        self,
        input: JsonInput = None,  # noqa: A002
        *,
        case: str = "",
        mocks: Mocks | None = None,
        name: str | None = None,
    ) -> Running:
        """Start an execution.

        Args:
            input: What it is started with; `{}` if None.
            case: The test case that it runs, of those that `Client.use_mocks` was given.
            mocks: What answers its tasks: a response by the name of each state (`returns`, `throws`), or a function
                that is asked at each call (on the embedded engine).
            name: What the execution is called.

        Raises:
            UnknownCase: There is no such case.
            InvalidMocks: The mocks name a state that it does not have, or one that is not a task.
            MocksUnsupported: The engine cannot do what they say.
            ReadOnly: It is in a real account, and the client was not allowed to change anything there.
        """
        if case and mocks is not None:
            raise ValueError("a run has a case or mocks of its own, not both")
        self.client.before_change(f"start an execution of {self.name!r}")
        if self.client.embedded is not None:
            return self._start_embedded(input, case, mocks, name)
        if case:
            self.client.responses(self.name, self.definition, case)
        if mocks is not None:
            case = f"Run{next(_numbers)}"
            self.client.add_case(self.name, self.definition, case, self._responses(mocks))
        arn = self._started(input, name, f"{self.arn}#{case}" if case else self.arn)
        return Running(self.client, self.name, self.definition, arn, case)

    def _start_embedded(self, input: JsonInput, case: str, mocks: Mocks | None, name: str | None) -> Running:  # noqa: A002
        engine = self.client.embedded
        assert engine is not None  # noqa: S101  # the caller has looked
        responses: Responses | None = None
        if case:
            responses = self.client.responses(self.name, self.definition, case) or {}
        elif mocks is not None:
            self._check(mocks)
            responses = (
                {k: v for k, v in mocks.items() if isinstance(v, Response)}
                if isinstance(mocks, Mapping)
                else None
            )
        run = None
        if case or mocks is not None:
            run = MockedRun(mocks if mocks is not None else responses or {})
        elif not engine.has_services:
            run = MockedRun({})
        with engine.mocking(run) if run is not None else nullcontext():
            arn = self._started(input, name, self.arn)
        return Running(self.client, self.name, self.definition, arn, case, run)

    def _started(self, input: JsonInput, name: str | None, arn: str) -> str:  # noqa: A002
        given = {"name": name} if name is not None else {}
        answer = self.client.api.start_execution(
            stateMachineArn=arn, input=json.dumps({} if input is None else input, default=dict), **given
        )
        return str(answer["executionArn"])

    def _check(self, mocks: Mocks) -> None:
        checked(mocks)
        if isinstance(mocks, Mapping):
            for state in mocks:
                # A state may also be of a machine that this one starts.
                if not self.client.knows_task(state):
                    check_state(state, self.definition, f"the mocks of {self.name}")

    def _responses(self, mocks: Mocks) -> Responses:
        self._check(mocks)
        if not isinstance(mocks, Mapping) or not all(isinstance(mock, Response) for mock in mocks.values()):
            raise MocksUnsupported(
                "only the embedded engine asks a function: give this one responses, returns(...) or throws(...)"
            )
        return {name: mock for name, mock in mocks.items() if isinstance(mock, Response)}

    def run(
        self,
        input: JsonInput = None,  # noqa: A002
        *,
        case: str = "",
        mocks: Mocks | None = None,
        name: str | None = None,
        deadline: float = DEADLINE,
    ) -> Execution:
        """Start an execution and wait for its end, whichever it is.

        Takes and raises what `start` does.

        Raises:
            DeadlineExceeded: It has not ended within `deadline` seconds, or never will. It is stopped then.
            UnansweredTask: It was mocked and came to a task without a response, or without a reply left.
        """
        if self.type == "EXPRESS" and self.client.embedded is None:
            return self._run_express(input, case, mocks, name)
        return self.start(input, case=case, mocks=mocks, name=name).result(deadline)

    def _run_express(
        self,
        input: JsonInput,  # noqa: A002
        case: str,
        mocks: Mocks | None,
        name: str | None,
    ) -> Execution:
        """Run an EXPRESS execution by StartSyncExecution, which tells its end and nothing of its way."""
        if case or mocks is not None:
            raise MocksUnsupported("only the embedded engine runs mocked EXPRESS executions to their end")
        self.client.before_change(f"start an execution of {self.name!r}")
        text = json.dumps({} if input is None else input, default=dict)
        sync = self.client.api.start_sync_execution
        answer = (
            sync(stateMachineArn=self.arn, input=text)
            if name is None
            else sync(stateMachineArn=self.arn, input=text, name=name)
        )
        running = Running(self.client, self.name, self.definition, str(answer["executionArn"]))
        return running.ended_with(answer)

    def run_state(
        self,
        state: str,
        input: JsonInput = None,  # noqa: A002
        *,
        mock: Mock | None = None,
        attempt: int = 0,
        context: JsonInput = None,
        role_arn: str = "arn:aws:iam::123456789012:role/StepFunctionsLocal",
    ) -> StateResult:
        """Run one of its states by AWS's TestState; see `run_state`."""
        return run_state(
            self.client.api,
            self.definition,
            state,
            input,
            mock=mock,
            attempt=attempt,
            context=context,
            role_arn=role_arn,
        )

    def delete(self) -> None:
        """Delete it; its executions end first, on AWS."""
        self.client.before_change(f"delete the state machine {self.name!r}")
        self.client.api.delete_state_machine(stateMachineArn=self.arn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.delete()

    def __repr__(self) -> str:
        return f"<Machine {self.name!r}>"
