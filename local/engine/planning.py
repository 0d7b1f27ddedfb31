"""What a deployment would do, without doing it.

The program runs as in a deployment, but each resource is only looked up and compared. One that is not there yet
gets the outputs that it would have as far as they can be foretold, so that what depends on it can be compared too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.engine import functions
from local.engine.clients import Clients
from local.engine.deploy import EmulatorBackend, account, differences, remembered
from local.engine.errors import UnknownPropertyError
from local.engine.monitor import Monitor
from local.engine.names import Place
from local.engine.program import run
from local.engine.project import PROGRAM, Project
from local.engine.recorder import Recorder
from local.engine.registration import Action, Registered, Registration
from local.engine.resources.base import Surroundings, is_missing, undeclared, without_effect
from local.engine.values import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.engine.resources.base import Handler, Live, Settings
    from local.engine.state import StateFile
    from local.engine.values import Properties

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
    changes: Mapping[str, tuple[object, object]]
    not_applied: Mapping[str, str]
    protected: bool


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
    clients = Clients(endpoint)
    place = Place(account=account(clients), region=clients.region)
    backend = PlanningBackend(Surroundings(clients, place, project.program.parent))
    monitor = Monitor(project=project.name, stack=stack, backend=backend)
    run(project, stack=stack, config={**project.config, "aws:region": place.region}, monitor=monitor)
    resources = []
    for entry in monitor.entries:
        registration, result = entry.registration, entry.result
        if result is None:
            continue
        secret = bool(registration.secrets)
        resources.append(
            PlannedResource(
                urn=registration.urn,
                type=registration.type,
                name=registration.name,
                action=result.action,
                changes={
                    key: (MASK, MASK) if secret else (result.before[key], result.after[key])
                    for key in sorted(result.changed)
                },
                not_applied=result.not_applied,
                protected=result.action == "replaced" and bool(registration.options.protect),
            )
        )
    if state is not None:
        known = state.read(project.name, stack)
        resources += [
            PlannedResource(
                urn=gone.urn,
                type=gone.type,
                name=gone.name,
                action="deleted",
                changes={},
                not_applied={},
                protected=gone.protect,
            )
            for gone in known.gone(remembered(monitor.entries))
            if not gone.retain
        ]
    return Plan(stack=stack, resources=resources)


class PlanningBackend(EmulatorBackend):
    """Looks each resource up, and changes none."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._foretold = Recorder(surroundings.place)

    def register(self, registration: Registration) -> Registered:
        """Say what would be done."""
        handler = self.handler(registration)
        if unknown := undeclared(type(handler), registration.inputs):
            raise UnknownPropertyError(registration.type, registration.name, unknown)
        try:
            wanted = handler.wanted(registration.name, registration.inputs)
            live = _found(handler, wanted)
        except (ValueError, ClientError, BotoCoreError) as error:
            raise self.error(registration, str(error)) from error
        reasons = without_effect(type(handler), registration.inputs)
        identity = handler.identity_of(wanted)
        if live is None:
            made_up = self._foretold.register(registration)
            return Registered(
                id=made_up.id,
                outputs=made_up.outputs,
                action="created",
                not_applied=reasons,
                identity=identity,
            )
        changed = differences(wanted, live.settings, registration.options.ignore_changes)
        action: Action = "unchanged"
        if changed:
            action = "replaced" if changed & handler.fixed else "updated"
        outputs: Properties = {**registration.inputs, **live.outputs}
        return Registered(
            id=live.id,
            outputs={**self.named(handler, wanted), **outputs},
            action=action,
            changed=changed,
            not_applied=reasons,
            before={key: live.settings.get(key) for key in changed},
            after={key: wanted[key] for key in changed},
            identity=identity,
        )

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer the functions that say where the program runs."""
        return functions.answer(token, arguments, self.place)


def _found(handler: Handler, wanted: Settings) -> Live | None:
    """The living resource; none where what it belongs to is missing as well."""
    try:
        return handler.read(wanted)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
