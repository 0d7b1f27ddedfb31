"""The client: machines on an endpoint, and executions that are started, answered, waited for and read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from stepfunctions_local_client.definitions import Definition
from stepfunctions_local_client.errors import UnknownCase
from stepfunctions_local_client.masking import Tokens
from stepfunctions_local_client.mocking import mocks_for
from stepfunctions_local_client.running import Running
from stepfunctions_local_client.sessions import local_config, local_session
from stepfunctions_local_client.states import StateResult, run_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_stepfunctions import SFNClient

    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.mocking import MockChannel
    from stepfunctions_local_client.states import Mock
    from stepfunctions_local_client.tokens import TokenSource
    from stepfunctions_local_client.values import JsonInput

DEADLINE: Final = 30.0
"""Seconds that a run may take where no deadline is given."""

_LONGEST_REST: Final = 0.25  # seconds

_ROLE: Final = "arn:aws:iam::123456789012:role/StepFunctionsLocal"


class Client:
    """Talks to one endpoint that speaks the Step Functions API.

    `api` is the boto3 client of Step Functions, for what has no method here. `on_execution` is called with every
    execution that is read back: coverage is made of it.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        region: str = "us-east-1",
        api: SFNClient | None = None,
        mocks: MockChannel | None = None,
        tokens: TokenSource | None = None,
        on_execution: Callable[[Definition, Execution], None] | None = None,
    ) -> None:
        """Make a client of an endpoint.

        Args:
            endpoint: Its URL.
            region: The AWS region whose name it is given.
            api: A boto3 client to use in place of one of the endpoint's own, signed with the engine's key pair.
            mocks: How the engine is told test cases; found out from the endpoint if None.
            tokens: Where task tokens come from if the engine's history does not hold them.
            on_execution: Called with the definition and each execution that has ended.

        Raises:
            ValueError: the endpoint is no URL.
        """
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise ValueError(f"{endpoint!r} is no address of an engine: write http://host:port")
        self.endpoint = endpoint
        self.api = api if api is not None else local_api(endpoint, region)
        self.tokens = tokens
        self.known = Tokens()
        self._mocks = mocks
        self._cases: Mapping[str, Mapping[str, frozenset[str]]] | None = None
        self._on_execution = on_execution
        self._shortest: dict[tuple[str, str], float] = {}

    def use_mocks(self, config: Mapping[str, JsonInput]) -> None:
        """Give the engine a mock configuration, in place of the one it has.

        Raises:
            MocksUnsupported: the engine reads it only when it starts.
        """
        if self._mocks is None:
            self._mocks = mocks_for(self.endpoint)
        self._mocks.install(config)
        self._cases = cases_of(config)

    def machine(self, name: str, definition: Mapping[str, JsonInput], *, role_arn: str = _ROLE) -> Machine:
        """Create the machine of this name, or give it this definition."""
        from botocore.exceptions import (
            ClientError,  # boto3 takes its time; the pytest plugin is always loaded
        )

        text = json.dumps(definition, default=dict)
        try:
            arn = str(
                self.api.create_state_machine(name=name, definition=text, roleArn=role_arn)["stateMachineArn"]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "StateMachineAlreadyExists":
                raise
            arn = self._find(name)
            self.api.update_state_machine(stateMachineArn=arn, definition=text, roleArn=role_arn)
        else:
            # Creation is idempotent: some engines answer with a machine that has another definition.
            if self.api.describe_state_machine(stateMachineArn=arn)["definition"] != text:
                self.api.update_state_machine(stateMachineArn=arn, definition=text, roleArn=role_arn)
        return Machine(self, name, arn, Definition(json.loads(text)))

    def _find(self, name: str) -> str:
        for page in self.api.get_paginator("list_state_machines").paginate():
            for machine in page["stateMachines"]:
                if machine["name"] == name:
                    return str(machine["stateMachineArn"])
        raise LookupError(f"there is no state machine {name!r}, though one cannot be created either")

    def check_case(self, machine: str, case: str) -> None:
        """Refuse a case that the mock configuration given by `use_mocks` does not have."""
        if self._cases is not None and case not in self._cases.get(machine, {}):
            known = ", ".join(sorted(self._cases.get(machine, {}))) or "none"
            raise UnknownCase(f"{machine} has no test case {case!r}; there are: {known}")

    def mocked(self, machine: str, case: str) -> frozenset[str] | None:
        """The states to which a case gives a response; None where no case runs, or it is not known."""
        return self._cases.get(machine, {}).get(case) if self._cases is not None else None

    def shortest(self, machine: str, case: str) -> float:
        """Seconds in which no execution of this case has ended yet, as far as is known: nobody need ask before."""
        return self._shortest.get((machine, case), 0.0)

    def ended(self, definition: Definition, execution: Execution) -> None:
        """Tell whoever listens of an execution that was read back."""
        if execution.seconds is not None:
            # The engine's clock, and its answer to the start, may be late; and another input may take another way.
            seconds = min(execution.seconds * 0.95, _LONGEST_REST)
            key = execution.machine, execution.case
            self._shortest[key] = min(seconds, self._shortest.get(key, seconds))
        if self._on_execution is not None:
            self._on_execution(definition, execution)

    def run_state(
        self,
        definition: Mapping[str, JsonInput],
        state: str,
        input: JsonInput = None,  # noqa: A002  # the API's own word
        *,
        mock: Mock | None = None,
        attempt: int = 0,
        context: JsonInput = None,
        role_arn: str = _ROLE,
    ) -> StateResult:
        """Run one state of a definition by AWS's TestState, answered by `mock` if it is a task; see `run_state`."""
        document = Definition(json.loads(json.dumps(definition, default=dict)))
        return run_state(
            self.api, document, state, input, mock=mock, attempt=attempt, context=context, role_arn=role_arn
        )

    def __repr__(self) -> str:
        return f"<Client of {self.endpoint}>"


class Machine:
    """A state machine on an endpoint."""

    def __init__(self, client: Client, name: str, arn: str, definition: Definition) -> None:
        self.client = client
        self.name = name
        self.arn = arn
        self.definition = definition

    def start(self, input: JsonInput = None, *, case: str = "", name: str | None = None) -> Running:  # noqa: A002
        """Start an execution; of a test case, if one is named.

        Raises:
            UnknownCase: there is no such case.
        """
        if case:
            self.client.check_case(self.name, case)
        given = {"name": name} if name is not None else {}
        answer = self.client.api.start_execution(
            stateMachineArn=f"{self.arn}#{case}" if case else self.arn,
            input=json.dumps({} if input is None else input, default=dict),
            **given,
        )
        return Running(self.client, self.name, self.definition, str(answer["executionArn"]), case)

    def run(
        self,
        input: JsonInput = None,  # noqa: A002
        *,
        case: str = "",
        name: str | None = None,
        deadline: float = DEADLINE,
    ) -> Execution:
        """Start an execution and wait for its end, whichever it is.

        Raises:
            DeadlineExceeded: it has not ended within `deadline` seconds. It is stopped then.
            UnknownCase: there is no such case.
        """
        return self.start(input, case=case, name=name).result(deadline)

    def run_state(
        self,
        state: str,
        input: JsonInput = None,  # noqa: A002
        *,
        mock: Mock | None = None,
        attempt: int = 0,
        context: JsonInput = None,
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
            role_arn=_ROLE,
        )

    def delete(self) -> None:
        """Delete it; its executions end first, on AWS."""
        self.client.api.delete_state_machine(stateMachineArn=self.arn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.delete()

    def __repr__(self) -> str:
        return f"<Machine {self.name!r}>"


def cases_of(config: Mapping[str, JsonInput]) -> dict[str, dict[str, frozenset[str]]]:
    """The test cases in a mock configuration, by machine, and the states to which each gives a response."""
    machines = json.loads(json.dumps(config, default=dict)).get("StateMachines", {})
    return {
        name: {case: frozenset(responses) for case, responses in machine.get("TestCases", {}).items()}
        for name, machine in machines.items()
    }


def local_api(endpoint: str, region: str = "us-east-1") -> SFNClient:
    """A boto3 client of Step Functions at a local endpoint."""
    return local_session(endpoint, region).client(
        "stepfunctions", endpoint_url=endpoint, config=local_config(endpoint)
    )
