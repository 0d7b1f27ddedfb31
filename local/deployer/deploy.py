"""Deploys a program to the emulator, and destroys a deployment.

A deployment can be repeated, and continued after an interruption. A state file records the resources of the stack;
those that the program no longer declares are deleted at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.deployer.backends import DeployingBackend
from local.deployer.clients import Clients
from local.deployer.errors import DeploymentError, ProtectedStackError
from local.deployer.monitor import Monitor, ResourceEvent
from local.deployer.names import Account
from local.deployer.program import run
from local.deployer.project import PROGRAM, Project
from local.deployer.resources.base import Surroundings
from local.deployer.state import StackState, remembered
from local.deployer.values import masked, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from local.deployer.program import ProgramRun
    from local.deployer.registration import Action
    from local.deployer.resources.base import Live
    from local.deployer.state import Remembered, StateFile
    from local.deployer.values import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedResource:
    """One custom resource after a deployment. Secret inputs and outputs are masked.

    `changed` names the properties that an update or a replacement changed.
    `not_applied` names the properties that the program sets but that have no effect on the emulator, each
    with the reason.
    """

    urn: str
    type: str
    name: str
    id: str
    action: Action
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    not_applied: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The result of a deployment. `outputs` are plain; `secret_outputs` names those that must not be shown."""

    project: str
    stack: str
    endpoint: str
    outputs: Properties
    secret_outputs: frozenset[str]
    resources: list[DeployedResource]
    messages: list[tuple[int, str]]

    def count(self, action: Action) -> int:
        """Return how many resources were "created", "updated", "replaced", "deleted" or "unchanged"."""
        return sum(resource.action == action for resource in self.resources)


def deploy(
    endpoint: str,
    *,
    stack: str = "local",
    config: Mapping[str, str] | None = None,
    program: Path = PROGRAM,
    state: StateFile | None = None,
    on_progress: Callable[[ResourceEvent], None] | None = None,
) -> Deployment:
    """Run a Pulumi program and create what it declares in the emulator at `endpoint`.

    `config` has keys without the project's name (`{"ownerEmail": "..."}`), or full ones ("aws:region").
    With a `state` file, resources of an earlier deployment that the program no longer declares are deleted.
    `on_progress` is called when a resource begins and when it ends, never twice at the same time. After an error,
    which may also be the program's own, the created resources remain, and the next deployment continues from there.

    Raises:
        DeploymentError: A ProjectError, a ResourceError that names the resource, or another.
    """
    project = Project.load(program, stack=stack, config=config)
    known = StackState(project.name, stack) if state is None else state.read(project.name, stack)
    backend = DeployingBackend(surroundings(endpoint, project), known)
    monitor = Monitor(project=project.name, stack=stack, backend=backend, on_progress=on_progress)
    try:
        outcome = run(project, monitor, region=backend.account.region)
        current = remembered(monitor.entries)
        found = [(resource, backend.delete(resource)) for resource in known.gone(current)]
        known.resources = current
    except BaseException:
        # What was there and what has come are both the stack's until a deployment succeeds.
        current = remembered(monitor.entries)
        known.resources = [*reversed(known.gone(current)), *current]
        raise
    finally:
        if state is not None:
            state.write(known)
    deleted = [_deleted(resource, live) for resource, live in found if live is not None]
    return Deployment(
        project=project.name,
        stack=stack,
        endpoint=endpoint,
        outputs=outcome.outputs,
        secret_outputs=outcome.secret_outputs,
        resources=[*_resources(outcome), *deleted],
        messages=outcome.messages,
    )


def destroy(
    endpoint: str,
    *,
    state: StateFile,
    stack: str = "local",
    program: Path = PROGRAM,
    on_progress: Callable[[ResourceEvent], None] | None = None,
) -> list[DeployedResource]:
    """Delete everything that the state file remembers, the last first, and forget it.

    What cannot be deleted is still remembered.

    Raises:
        ProtectedStackError: A resource is protected; nothing was deleted.
        ResourceError: A resource cannot be deleted.
    """
    project = Project.load(program, stack=stack)
    known = state.read(project.name, stack)
    protected = [f"{r.type.rpartition(':')[2]} {r.name}" for r in known.resources if r.protect]
    if protected:
        raise ProtectedStackError(protected)
    backend = DeployingBackend(surroundings(endpoint, project), known)
    deleted: list[DeployedResource] = []
    try:
        for resource in list(reversed(known.resources)):
            live = backend.delete(resource)
            known.resources.remove(resource)
            if live is not None:
                deleted.append(_deleted(resource, live))
            if on_progress is not None:
                on_progress(
                    ResourceEvent(
                        phase="finished",
                        type=resource.type,
                        name=resource.name,
                        urn=resource.urn,
                        action="deleted",
                    )
                )
    except BaseException:
        state.write(known)
        raise
    state.clear()
    return deleted


def surroundings(endpoint: str, project: Project) -> Surroundings:
    """Return what providers need to work at `endpoint`.

    Raises:
        DeploymentError: No emulator answers there.
    """
    clients = Clients(endpoint)
    try:
        account = str(clients.sts.get_caller_identity()["Account"])
    except (ClientError, BotoCoreError) as error:
        raise DeploymentError(f"no emulator answers at {endpoint}: {error}") from error
    return Surroundings(clients, Account(id=account, region=clients.region), project.program.parent)


def _resources(outcome: ProgramRun) -> list[DeployedResource]:
    return [
        DeployedResource(
            urn=registration.urn,
            type=registration.type,
            name=registration.name,
            id=redacted(result.id, registration.inputs, registration.secret_inputs),
            inputs=masked(registration.inputs, registration.secret_inputs),
            outputs=masked(entry.outputs, entry.secret_outputs),
            action=result.action,
            changed=result.changed,
            not_applied=result.not_applied,
        )
        for entry, registration, result in outcome.custom()
    ]


def _deleted(resource: Remembered, live: Live) -> DeployedResource:
    return DeployedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        id=live.id,
        action="deleted",
    )
