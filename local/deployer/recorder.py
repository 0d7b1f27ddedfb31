"""The recorder: a backend for tests that creates nothing and keeps everything.

Every custom resource gets the outputs that AWS would plausibly give, so that what depends on them resolves;
tests then read what the program declared.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from local.deployer import functions
from local.deployer.monitor import Monitor
from local.deployer.names import Account, arn, name_property, physical_name
from local.deployer.program import run
from local.deployer.project import PROGRAM, Project
from local.deployer.registration import STACK_TYPE, Registered, Registration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.deployer.monitor import ResourceRecord
    from local.deployer.values import Properties

ACCOUNT: Final = Account(id="123456789012", region="us-east-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResource(Registration):
    """One declared resource, component or custom, with the outputs that were made up for it."""

    outputs: Properties

    @property
    def physical_name(self) -> str:
        """The name that the resource would have on AWS."""
        return physical_name(self.type, self.name, self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a program declared: its resources in order of registration, its outputs, its log."""

    project: str
    stack: str
    resources: list[RecordedResource]
    outputs: Properties
    secret_outputs: frozenset[str]
    messages: list[tuple[int, str]]

    def of_type(self, type_: str) -> list[RecordedResource]:
        """Return all resources of a type, given by its token or the last part of it ("Table")."""
        return [r for r in self.resources if r.type == type_ or r.type.rpartition(":")[2] == type_]

    def get(self, type_: str, name: str) -> RecordedResource:
        """Return the one resource of a type with this logical or physical name.

        Raises:
            KeyError: There is none, or several. Names the others.
        """
        candidates = self.of_type(type_)
        found = [r for r in candidates if name in {r.name, r.physical_name}]
        if len(found) != 1:
            others = ", ".join(sorted(r.physical_name for r in candidates)) or "none"
            raise KeyError(f"{len(found)} resources of type {type_} are named {name!r} (there are: {others})")
        return found[0]

    def children(self, parent: RecordedResource | str) -> list[RecordedResource]:
        """Return the resources whose parent this is (a resource or its URN)."""
        urn = parent if isinstance(parent, str) else parent.urn
        return [r for r in self.resources if r.parent == urn]


def record(
    *,
    stack: str,
    config: Mapping[str, str] | None = None,
    program: Path = PROGRAM,
    account: Account = ACCOUNT,
) -> Recording:
    """Run a Pulumi program without creating anything and return what it declared.

    `config` has keys without the project's name (`{"ownerEmail": "..."}`), or full ones ("aws:region").

    Raises:
        DeploymentError: A ProjectError, or another. An error of the program itself passes unchanged.
    """
    project = Project.load(program, stack=stack, config=config)
    region = project.config.get("aws:region", account.region)
    backend = Recorder(Account(id=account.id, region=region))
    monitor = Monitor(project=project.name, stack=stack, backend=backend)
    outcome = run(project, monitor, region=region)
    return Recording(
        project=project.name,
        stack=stack,
        resources=[_recorded(entry) for entry in outcome.entries if entry.registration.type != STACK_TYPE],
        outputs=outcome.outputs,
        secret_outputs=outcome.secret_outputs,
        messages=outcome.messages,
    )


class Recorder:
    """Answers each registration with its inputs, an id, an ARN and a few outputs computed from them."""

    def __init__(self, account: Account = ACCOUNT) -> None:
        self._account = account

    def register(self, registration: Registration) -> Registered:
        """Return outputs such as AWS would return."""
        type_, name, inputs = registration.type, registration.name, registration.inputs
        physical = physical_name(type_, name, inputs)
        arn_ = arn(type_, name, inputs, self._account)
        outputs: Properties = {"arn": arn_, **inputs}
        if key := name_property(type_):
            outputs.setdefault(key, physical)
        id_ = physical
        account = self._account
        match type_:
            case "aws:lambda/function:Function":
                outputs["invokeArn"] = (
                    f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{arn_}/invocations"
                )
                outputs["version"] = "$LATEST"
                outputs["qualifiedArn"] = f"{arn_}:$LATEST"
            case "aws:sqs/queue:Queue":
                id_ = f"https://sqs.{account.region}.amazonaws.com/{account.id}/{physical}"
                outputs["url"] = id_
            case "aws:sfn/stateMachine:StateMachine":
                id_ = arn_
                outputs["status"] = "ACTIVE"
            case "aws:dynamodb/table:Table" if inputs.get("streamEnabled"):
                outputs["streamLabel"] = "2026-01-01T00:00:00.000"
                outputs["streamArn"] = f"{arn_}/stream/2026-01-01T00:00:00.000"
            case "aws:iam/role:Role":
                outputs["uniqueId"] = "AROA" + "X" * 17
            case "aws:iam/rolePolicy:RolePolicy":
                id_ = f"{inputs.get('role')}:{physical}"
            case "aws:cloudwatch/dashboard:Dashboard":
                outputs["dashboardArn"] = arn_
        if "tags" in inputs:
            outputs["tagsAll"] = inputs["tags"]
        return Registered(id=id_, outputs=outputs)

    def read(self, registration: Registration, id_: str) -> Registered:
        """Return the resource as if it existed, with the properties that the program gives."""
        named = {name_property(registration.type) or "id": id_, **registration.inputs}
        arn_ = arn(registration.type, registration.name, named, self._account)
        return Registered(id=id_, outputs={"arn": arn_, **named}, action="unchanged")

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer functions such as `getRegion`."""
        return functions.answer(token, arguments, self._account)


def _recorded(entry: ResourceRecord) -> RecordedResource:
    declared = {field.name: getattr(entry.registration, field.name) for field in fields(Registration)}
    return RecordedResource(**declared, outputs=entry.outputs)
