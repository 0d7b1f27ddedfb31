"""The emulator's backend: brings the declared resources about in MiniStack.

A resource is looked up by its physical name, compared with what the program wants, and created, updated,
replaced or left alone: the living resource is the truth. So a deployment can be repeated, and one that was
interrupted continued. A state file only remembers what is the stack's, and what of it the program has dropped
since is deleted at the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.engine import functions
from local.engine.clients import Clients
from local.engine.errors import (
    EngineError,
    ProtectedError,
    ResourceError,
    UnknownPropertyError,
    UnknownTypeError,
)
from local.engine.monitor import Engine, Entry, Monitor, ResourceEvent
from local.engine.names import Place, name_property
from local.engine.program import run
from local.engine.project import PROGRAM, Project
from local.engine.registration import STACK_TYPE, Action, Registered, Registration
from local.engine.resources import HANDLERS
from local.engine.resources.base import Handler, Live, Settings, Surroundings, undeclared, without_effect
from local.engine.state import Remembered, StackState
from local.engine.values import masked, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from local.engine.state import StateFile
    from local.engine.values import Properties


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
    inputs: Properties
    outputs: Properties
    action: Action
    changed: frozenset[str]
    not_applied: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a deployment brought about. `outputs` are plain; `secret_outputs` names those not to show."""

    project: str
    stack: str
    endpoint: str
    outputs: Properties
    secret_outputs: frozenset[str]
    resources: list[DeployedResource]
    messages: list[tuple[int, str]]

    def count(self, action: Action) -> int:
        """How many resources were "created", "updated", "replaced", "deleted" or "unchanged"."""
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
    With a `state` file, what an earlier deployment brought about and the program no longer declares is deleted.
    `on_progress` is called once when a resource begins and once when it ends, never twice at a time.
    Raises ProjectError, ResourceError (naming the resource) or another EngineError, or whatever the program
    raises; what was created until then stays, and the next deployment goes on from there.
    """
    project = Project.load(program, stack=stack, config=config)
    clients = Clients(endpoint)
    place = Place(account=account(clients), region=clients.region)
    backend = EmulatorBackend(Surroundings(clients, place, project.program.parent))
    monitor = Monitor(project=project.name, stack=stack, backend=backend, on_progress=on_progress)
    settings = {**project.config, "aws:region": place.region}
    known = StackState(project.name, stack) if state is None else state.read(project.name, stack)
    backend.remembered = known
    try:
        engine = run(project, stack=stack, config=settings, monitor=monitor)
        current = remembered(monitor.entries)
        deleted = backend.delete_gone(known.gone(current))
        known.resources = current
    except BaseException:
        # What was there and what has come are both the stack's until a deployment succeeds.
        current = remembered(monitor.entries)
        known.resources = [*reversed(known.gone(current)), *current]
        raise
    finally:
        if state is not None:
            state.write(known)
    return _deployment(project.name, stack, endpoint, monitor.entries, engine, deleted)


def destroy(
    endpoint: str,
    *,
    state: StateFile,
    stack: str = "local",
    program: Path = PROGRAM,
    on_progress: Callable[[ResourceEvent], None] | None = None,
) -> list[DeployedResource]:
    """Delete everything that the state file remembers, the last first, and forget it.

    Raises ProtectedError, or another ResourceError, for what cannot be deleted; the rest is remembered still.
    """
    project = Project.load(program, stack=stack)
    clients = Clients(endpoint)
    place = Place(account=account(clients), region=clients.region)
    backend = EmulatorBackend(Surroundings(clients, place, project.program.parent))
    known = state.read(project.name, stack)
    deleted: list[DeployedResource] = []
    try:
        for resource in list(reversed(known.resources)):
            deleted += backend.delete_gone([resource])
            known.resources.remove(resource)
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


class EmulatorBackend:
    """Creates, updates or leaves alone each resource by the handler of its type."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.place = surroundings.place
        self._handlers = {type_: handler(surroundings) for type_, handler in HANDLERS.items()}
        self.remembered = StackState("", "")

    def register(self, registration: Registration) -> Registered:
        """Bring one resource about."""
        handler = self.handler(registration)
        if registration.options.import_id:
            raise self.error(registration, "importing an existing resource is not supported here")
        if unknown := undeclared(type(handler), registration.inputs):
            raise UnknownPropertyError(registration.type, registration.name, unknown)
        try:
            wanted = handler.wanted(registration.name, registration.inputs)
            action, live, changed, before = self._reconcile(handler, wanted, registration)
        except (ValueError, ClientError, BotoCoreError) as error:
            raise self.error(registration, str(error)) from error
        outputs: Properties = {
            **self.named(handler, wanted),
            **registration.inputs,
            **live.outputs,
        }
        if "tags" in registration.inputs:
            outputs["tagsAll"] = registration.inputs["tags"]
        reasons = without_effect(type(handler), registration.inputs)
        return Registered(
            id=live.id,
            outputs=outputs,
            action=action,
            changed=changed,
            not_applied=reasons,
            before={key: before.get(key) for key in changed},
            after={key: wanted[key] for key in changed},
            identity=handler.identity_of(wanted),
        )

    def read(self, registration: Registration, id_: str) -> Registered:
        """Look up a resource that exists in the emulator already."""
        handler = self.handler(registration)
        try:
            live = handler.read(handler.settings_of_id(id_))
        except (ClientError, BotoCoreError, NotImplementedError) as error:
            raise self.error(registration, str(error)) from error
        if live is None:
            raise self.error(registration, f"there is none with the id {id_} in the emulator")
        return Registered(id=live.id, outputs={**live.settings, **live.outputs}, action="unchanged")

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer the functions that say where the program runs."""
        return functions.answer(token, arguments, self.place)

    def handler(self, registration: Registration) -> Handler:
        """The handler of a resource's type. Raises UnknownTypeError."""
        handler = self._handlers.get(registration.type)
        if handler is None:
            raise UnknownTypeError(registration.type, registration.name, sorted(self._handlers))
        return handler

    def _reconcile(
        self, handler: Handler, wanted: Settings, registration: Registration
    ) -> tuple[Action, Live, frozenset[str], Settings]:
        live = handler.read(wanted)
        if live is None:
            handler.create(wanted)
            return "created", self._reread(handler, wanted, registration), frozenset(), {}
        changed = differences(wanted, live.settings, registration.options.ignore_changes)
        if not changed:
            return "unchanged", live, changed, {}
        if fixed := sorted(changed & handler.fixed):
            known = self.remembered.find(registration.urn)
            if registration.options.protect or (known is not None and known.protect):
                raise ProtectedError(registration.type, registration.name, fixed)
            # Physical names stay, so the old one goes first. What hangs on it comes later, and is made anew.
            handler.delete(live)
            handler.create(wanted)
            return "replaced", self._reread(handler, wanted, registration), changed, live.settings
        handler.update({**live.settings, **{key: wanted[key] for key in changed}}, live, changed)
        return "updated", self._reread(handler, wanted, registration), changed, live.settings

    def delete_gone(self, gone: Sequence[Remembered]) -> list[DeployedResource]:
        """Delete what is remembered, in this order; what somebody has deleted already is passed over."""
        deleted = []
        for resource in gone:
            if resource.retain:
                continue
            if resource.protect:
                raise ProtectedError(resource.type, resource.name)
            handler = self._handlers.get(resource.type)
            if handler is None or resource.unfindable:
                problem = "it cannot be found again to delete it; delete it by hand"
                raise ResourceError(resource.type, resource.name, problem)
            try:
                live = handler.read(resource.identity)
                if live is not None:
                    handler.delete(live)
            except (ValueError, ClientError, BotoCoreError) as error:
                raise ResourceError(resource.type, resource.name, f"deleting it: {error}") from error
            if live is not None:
                deleted.append(_deleted(resource, live))
        return deleted

    def _reread(self, handler: Handler, wanted: Settings, registration: Registration) -> Live:
        live = handler.read(wanted)
        if live is None:
            raise self.error(registration, "the emulator accepted it, but does not list it")
        return live

    @staticmethod
    def named(handler: Handler, wanted: Settings) -> Properties:
        """The physical name as an output, also where the program left it to us."""
        key = name_property(handler.type)
        return {key: wanted[key]} if key in wanted else {}

    @staticmethod
    def error(registration: Registration, problem: str) -> ResourceError:
        """An error that names the resource."""
        return ResourceError(registration.type, registration.name, problem)


def differences(wanted: Settings, live: Settings, ignored: tuple[str, ...]) -> frozenset[str]:
    """The settings that differ; one whose property, or a part of it, is to be ignored counts as equal."""
    if "*" in ignored:
        return frozenset()
    skip = {path.partition(".")[0].partition("[")[0] for path in ignored}
    absent = object()
    return frozenset(key for key in wanted if key not in skip and wanted[key] != live.get(key, absent))


def remembered(entries: Sequence[Entry]) -> list[Remembered]:
    """What a state file keeps of the custom resources that were registered."""
    found = []
    for entry in entries:
        registration, result = entry.registration, entry.result
        if result is None or not result.identity:
            continue
        identity = json.dumps(result.identity)
        secret = redacted(identity, registration.inputs, registration.secrets) != identity
        found.append(
            Remembered(
                urn=registration.urn,
                type=registration.type,
                name=registration.name,
                identity={} if secret else json.loads(identity),
                protect=bool(registration.options.protect),
                retain=bool(registration.options.retain_on_delete),
                unfindable=secret,
            )
        )
    return found


def _deleted(resource: Remembered, live: Live) -> DeployedResource:
    return DeployedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        id=live.id,
        inputs={},
        outputs={},
        action="deleted",
        changed=frozenset(),
        not_applied={},
    )


def account(clients: Clients) -> str:
    """The emulator's account. Raises EngineError if none answers."""
    try:
        return str(clients.sts.get_caller_identity()["Account"])
    except (ClientError, BotoCoreError) as error:
        raise EngineError(f"no emulator answers at {clients.endpoint}: {error}") from error


def _deployment(
    project: str,
    stack: str,
    endpoint: str,
    entries: list[Entry],
    engine: Engine,
    deleted: Sequence[DeployedResource],
) -> Deployment:
    resources = []
    outputs: Properties = {}
    secret_outputs: frozenset[str] = frozenset()
    for entry in entries:
        registration, result = entry.registration, entry.result
        if registration.type == STACK_TYPE:
            outputs, secret_outputs = entry.outputs, entry.secret_outputs
        if result is None:
            continue
        resources.append(
            DeployedResource(
                urn=registration.urn,
                type=registration.type,
                name=registration.name,
                id=redacted(result.id, registration.inputs, registration.secrets),
                inputs=masked(registration.inputs, registration.secrets),
                outputs=masked(entry.outputs, entry.secret_outputs),
                action=result.action,
                changed=result.changed,
                not_applied=result.not_applied,
            )
        )
    return Deployment(
        project=project,
        stack=stack,
        endpoint=endpoint,
        outputs=outputs,
        secret_outputs=secret_outputs,
        resources=[*resources, *deleted],
        messages=engine.messages,
    )
