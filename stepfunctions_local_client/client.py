"""The client: it makes machines on an engine, or on an endpoint that speaks the Step Functions API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

from stepfunctions_local_client.activities import Activity
from stepfunctions_local_client.connection import Connection, error_code, is_account
from stepfunctions_local_client.definitions import Definition
from stepfunctions_local_client.documents import definition_of
from stepfunctions_local_client.machines import Machine
from stepfunctions_local_client.running import Running
from stepfunctions_local_client.states import StateResult, run_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.machines import MachineType
    from stepfunctions_local_client.states import Mock
    from stepfunctions_local_client.values import JsonInput


class Client(Connection):
    """Talks to the engine of this process, or to an endpoint that speaks the Step Functions API.

    `api` is the boto3 client of Step Functions, or what takes its place, for what has no method here.

    A client of a real account (`https://states.REGION.amazonaws.com`) uses your AWS credentials and only reads, unless
    it is allowed to change. As a context manager it deletes the machines that it made there.
    """

    def machine(
        self,
        name: str,
        definition: Mapping[str, object] | str | Path,
        *,
        substitutions: Mapping[str, str | int | float | bool] | None = None,
        role_arn: str | None = None,
        type: MachineType = "STANDARD",  # noqa: A002  # the API's own word
    ) -> Machine:
        """Create the machine of this name, or give it this definition.

        Args:
            name: What it is called.
            definition: An object, a text in JSON or YAML, or a file, also a template with a state machine in it.
            substitutions: The values of its placeholders, `${Name}`.
            role_arn: The role that it runs with; one of the engine's own account if None. A real account needs one.
            type: EXPRESS executions are run to their end by StartSyncExecution.

        Raises:
            InvalidDefinition: There is no definition, or the placeholders and the values do not fit.
            InvalidMocks: A test case of it names a state that it does not have.
            ReadOnly: It would be created in a real account, and the client was not allowed to.
            ClientError: The engine refuses it, as `botocore.exceptions.ClientError`.
        """
        document = definition_of(definition, substitutions, name=name)
        read = Definition(document)
        self.cases.check(name, read)
        self.before_change(f"create or change the state machine {name!r}")
        arn, created = self._put(name, json.dumps(document), role_arn or self.role_arn(), type)
        machine = Machine(self, name, arn, read, type)
        if created and is_account(self.endpoint):
            self.leftovers.append(machine.delete)
        self.know(name, read)
        return machine

    def _put(self, name: str, text: str, role_arn: str, kind: MachineType) -> tuple[str, bool]:
        try:
            answer = self.api.create_state_machine(name=name, definition=text, roleArn=role_arn, type=kind)
        except Exception as error:
            if error_code(error) != "StateMachineAlreadyExists":
                raise
            arn, created = self._find(name), False
        else:
            arn, created = str(answer["stateMachineArn"]), True
            # Creation is idempotent: some engines answer with a machine that has another definition.
            if self.api.describe_state_machine(stateMachineArn=arn)["definition"] == text:
                return arn, created
        self.api.update_state_machine(stateMachineArn=arn, definition=text, roleArn=role_arn)
        return arn, created

    def attach(self, arn: str) -> Machine:
        """Take a machine that is there, as it is; `arn` may also be that of a version or of an alias.

        Raises:
            ClientError: There is no such machine, as `botocore.exceptions.ClientError`.
        """
        described = arn
        if arn.count(":") == 7 and not arn.rpartition(":")[2].isdecimal():
            routes = self.api.describe_state_machine_alias(stateMachineAliasArn=arn)["routingConfiguration"]
            described = str(routes[0]["stateMachineVersionArn"])
        answer = self.api.describe_state_machine(stateMachineArn=described)
        definition = Definition(json.loads(answer["definition"]))
        return Machine(self, str(answer["name"]), arn, definition, answer.get("type", "STANDARD"))

    def activity(self, name: str) -> Activity:
        """Create the activity of this name, or take the one that is there."""
        self.before_change(f"create the activity {name!r}")
        return Activity(self, str(self.api.create_activity(name=name)["activityArn"]))

    def _find(self, name: str) -> str:
        for page in self.api.get_paginator("list_state_machines").paginate():
            for machine in page["stateMachines"]:
                if machine["name"] == name:
                    return str(machine["stateMachineArn"])
        raise LookupError(f"there is no state machine {name!r}, though one cannot be created either")

    def read(self, arn: str) -> Execution:
        """Read any execution back, by its ARN."""
        answer = self.api.describe_state_machine_for_execution(executionArn=arn)
        definition = Definition(json.loads(answer["definition"]))
        return Running(self, str(answer["name"]), definition, arn).now()

    def children(self, execution: Execution) -> list[Execution]:
        """Read the executions that an execution started: nested ones, and those of its distributed maps."""
        return [self.read(arn) for arn in execution.children] + [
            self.read(str(child["executionArn"]))
            for run in execution.map_runs
            for page in self.api.get_paginator("list_executions").paginate(mapRunArn=run)
            for child in page["executions"]
        ]

    def run_state(
        self,
        definition: Mapping[str, object] | str | Path,
        state: str,
        input: JsonInput = None,  # noqa: A002  # the API's own word
        *,
        mock: Mock | None = None,
        attempt: int = 0,
        context: JsonInput = None,
        role_arn: str | None = None,
    ) -> StateResult:
        """Run one state of a definition by AWS's TestState, answered by `mock` if it is a task; see `run_state`."""
        document = Definition(definition_of(definition))
        role = role_arn or self.role_arn()
        return run_state(
            self.api, document, state, input, mock=mock, attempt=attempt, context=context, role_arn=role
        )

    def close(self) -> None:
        """Delete the machines that it made in a real account; an engine forgets them by itself."""
        while self.leftovers:
            self.leftovers.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.embedded or self.endpoint}>"
