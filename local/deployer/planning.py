"""What a deployment would do, without doing it: the program runs, but each resource is only looked up and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from local.deployer.backends import PlanningBackend
from local.deployer.deploy import surroundings
from local.deployer.monitor import Monitor
from local.deployer.program import run
from local.deployer.project import PROGRAM, Project
from local.deployer.state import StackState, remembered
from local.deployer.values import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.deployer.registration import Action, Registered, Registration
    from local.deployer.state import StateFile

DONE: Final[Mapping[Action, str]] = {
    "created": "create",
    "updated": "update",
    "replaced": "replace",
    "deleted": "delete",
    "unchanged": "keep",
}
"""What a plan says to do, by what a deployment says was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedResource:
    """What would become of one resource. `changes` has the settings that differ, as they are and as they would be.

    A setting of a resource with secret inputs is shown masked. `protected` says that a replacement or a deletion
    would be refused.
    """

    urn: str
    type: str
    name: str
    action: Action
    protected: bool
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    not_applied: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a deployment would do now, in its order; deletions come last."""

    stack: str
    resources: list[PlannedResource]

    @property
    def changes(self) -> list[PlannedResource]:
        """The resources that would not stay as they are."""
        return [resource for resource in self.resources if resource.action != "unchanged"]


def plan(
    endpoint: str,
    *,
    stack: str = "local",
    config: Mapping[str, str] | None = None,
    program: Path = PROGRAM,
    state: StateFile | None = None,
) -> Plan:
    """Run a Pulumi program and compare what it declares with what is in the emulator at `endpoint`.

    Takes and raises what `deploy` does, and changes nothing, neither in the emulator nor in the state file.
    """
    project = Project.load(program, stack=stack, config=config)
    known = StackState(project.name, stack) if state is None else state.read(project.name, stack)
    backend = PlanningBackend(surroundings(endpoint, project), known)
    monitor = Monitor(project=project.name, stack=stack, backend=backend)
    outcome = run(project, monitor, region=backend.account.region)
    resources = [_planned(registration, result) for _, registration, result in outcome.custom()]
    resources += [
        PlannedResource(
            urn=gone.urn,
            type=gone.type,
            name=gone.name,
            action="deleted",
            protected=gone.protect,
        )
        for gone in known.gone(remembered(monitor.entries))
        if not gone.retain
    ]
    return Plan(stack=stack, resources=resources)


def _planned(registration: Registration, result: Registered) -> PlannedResource:
    secret = bool(registration.secret_inputs)
    return PlannedResource(
        urn=registration.urn,
        type=registration.type,
        name=registration.name,
        action=result.action,
        changes={
            key: (MASK, MASK) if secret else (result.before[key], result.after[key])
            for key in sorted(result.changed)
        },
        not_applied=result.not_applied,
        protected=result.action == "replaced" and result.protected,
    )
