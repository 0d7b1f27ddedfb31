"""The emulator behind the monitor: looks up each declared resource, compares it, and deploys or plans the difference.

A resource is looked up by its physical name and compared with what the program wants: the living resource is the
truth. From there on deploying and planning differ in one method. (The third backend, `local.deployer.recorder`, has
nothing to compare with.)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.deployer import functions
from local.deployer.errors import (
    ProtectedError,
    ResourceError,
    UnknownPropertyError,
    UnknownTypeError,
)
from local.deployer.names import name_property
from local.deployer.recorder import Recorder
from local.deployer.registration import Registered, Registration
from local.deployer.resources import PROVIDERS
from local.deployer.resources.base import nested, undeclared, without_effect

if TYPE_CHECKING:
    from local.deployer.registration import Action
    from local.deployer.resources.base import Live, ResourceProvider, Settings, Surroundings
    from local.deployer.state import Remembered, StackState
    from local.deployer.values import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceComparison:
    """How a declared resource compares with the living one: what it asks for, and which settings differ.

    `protected` says that a replacement, which deletes, is not allowed.
    """

    action: Action
    wanted: Settings
    live: Live | None
    changed: frozenset[str]
    protected: bool


class EmulatorBackend(ABC):
    """Answers registrations with the provider of each type; `remembered` is the state of earlier deployments."""

    def __init__(self, surroundings: Surroundings, remembered: StackState) -> None:
        self.account = surroundings.account
        self.remembered = remembered
        self._providers = {type_: provider(surroundings) for type_, provider in PROVIDERS.items()}
        self._created: set[tuple[str, str]] = set()

    @abstractmethod
    def take(
        self, comparison: ResourceComparison, provider: ResourceProvider, registration: Registration
    ) -> tuple[str, Properties]:
        """Do what a comparison asks for, or nothing. Return the id and the outputs beside the inputs."""

    def register(self, registration: Registration) -> Registered:
        """Compare a declared resource with the living one, and do what this asks for."""
        provider = self._providers.get(registration.type)
        if provider is None:
            raise UnknownTypeError(registration.type, registration.name, sorted(self._providers))
        if registration.options.import_id:
            raise _error(registration, "importing an existing resource is not supported here")
        if unknown := undeclared(type(provider), registration.inputs):
            raise UnknownPropertyError(registration.type, registration.name, unknown)
        try:
            wanted = provider.wanted(registration.name, registration.inputs)
            comparison = self._compare(provider, wanted, registration)
            id_, outputs = self.take(comparison, provider, registration)
        except (ValueError, ClientError, BotoCoreError) as error:
            raise _error(registration, str(error)) from error
        if comparison.action == "created":
            self._created.add((registration.type, id_))
        # The physical name is an output, even if the program does not set it.
        name = name_property(provider.type)
        named = {name: wanted[name]} if name in wanted else {}
        tagged = {"tagsAll": registration.inputs["tags"]} if "tags" in registration.inputs else {}
        before = comparison.live.settings if comparison.live is not None else {}
        return Registered(
            id=id_,
            outputs={**named, **registration.inputs, **outputs, **tagged},
            action=comparison.action,
            changed=comparison.changed,
            not_applied=without_effect(type(provider), registration.inputs),
            before={key: before.get(key) for key in comparison.changed},
            after={key: wanted[key] for key in comparison.changed},
            identity=provider.identity_of(wanted),
            protected=comparison.protected,
        )

    def read(self, registration: Registration, id_: str) -> Registered:
        """Look up a resource that exists in the emulator already."""
        provider = self._providers.get(registration.type)
        if provider is None:
            raise UnknownTypeError(registration.type, registration.name, sorted(self._providers))
        try:
            live = provider.find(provider.settings_of_id(id_))
        except (ClientError, BotoCoreError, NotImplementedError) as error:
            raise _error(registration, str(error)) from error
        if live is None:
            raise _error(registration, f"there is none with the id {id_} in the emulator")
        return Registered(id=live.id, outputs={**nested(live.settings), **live.outputs}, action="unchanged")

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer functions such as `getRegion`."""
        return functions.answer(token, arguments, self.account)

    def _compare(
        self, provider: ResourceProvider, wanted: Settings, registration: Registration
    ) -> ResourceComparison:
        # Of what was not there when this deployment began, no part was there either.
        live = None if provider.owner(wanted) in self._created else provider.find(wanted)
        known = self.remembered.find(registration.urn)
        protected = bool(registration.options.protect) or (known is not None and known.protect)
        action: Action = "created"
        changed: frozenset[str] = frozenset()
        if live is not None:
            changed = differences(wanted, live.settings, registration.options.ignore_changes)
            action = "unchanged"
            if changed:
                action = "replaced" if changed & provider.fixed else "updated"
        return ResourceComparison(
            action=action, wanted=wanted, live=live, changed=changed, protected=protected
        )


class DeployingBackend(EmulatorBackend):
    """Creates, updates, replaces or leaves alone."""

    def take(
        self, comparison: ResourceComparison, provider: ResourceProvider, registration: Registration
    ) -> tuple[str, Properties]:
        """Create, replace, change or keep the resource."""
        wanted, live = comparison.wanted, comparison.live
        if live is None:
            live = provider.create(wanted)
        elif comparison.action == "replaced":
            if comparison.protected:
                fixed = sorted(comparison.changed & provider.fixed)
                raise ProtectedError(registration.type, registration.name, fixed)
            # Physical names stay the same, so the old one is deleted first. Dependent resources are created later.
            provider.delete(live)
            live = provider.create(wanted)
        elif comparison.action == "updated":
            merged = {**live.settings, **{key: wanted[key] for key in comparison.changed}}
            provider.change(merged, live, comparison.changed)
            live = None
        if live is None:
            live = provider.find(wanted, tags=False)
        if live is None:
            raise _error(registration, "the emulator accepted it, but does not list it")
        return live.id, live.outputs

    def delete(self, resource: Remembered) -> Live | None:
        """Delete a remembered resource. Return None if it no longer exists, or is to be retained.

        Raises:
            ResourceError: It cannot be found again or deleted; a ProtectedError if it is protected.
        """
        if resource.retain:
            return None
        if resource.protect:
            raise ProtectedError(resource.type, resource.name)
        provider = self._providers.get(resource.type)
        if provider is None or resource.unfindable:
            problem = "it cannot be found again to delete it; delete it by hand"
            raise ResourceError(resource.type, resource.name, problem)
        try:
            live = provider.find(resource.identity, tags=False)
            if live is not None:
                provider.delete(live)
        except (ValueError, ClientError, BotoCoreError) as error:
            raise ResourceError(resource.type, resource.name, f"deleting it: {error}") from error
        return live


class PlanningBackend(EmulatorBackend):
    """Changes nothing. What is not there yet gets the outputs that it would have, as far as they are known before."""

    def __init__(self, surroundings: Surroundings, remembered: StackState) -> None:
        super().__init__(surroundings, remembered)
        self._recorder = Recorder(surroundings.account)

    def take(
        self,
        comparison: ResourceComparison,
        provider: ResourceProvider,  # noqa: ARG002
        registration: Registration,
    ) -> tuple[str, Properties]:
        """Return the outputs that the resource has, or would have."""
        if comparison.live is not None:
            return comparison.live.id, comparison.live.outputs
        made_up = self._recorder.register(registration)
        return made_up.id, made_up.outputs


def differences(wanted: Settings, live: Settings, ignored: tuple[str, ...]) -> frozenset[str]:
    """Return the settings that differ; one whose property, or a part of it, is to be ignored counts as equal."""
    if "*" in ignored:
        return frozenset()
    skip = {path.partition(".")[0].partition("[")[0] for path in ignored}
    absent = object()
    return frozenset(key for key in wanted if key not in skip and wanted[key] != live.get(key, absent))


def _error(registration: Registration, problem: str) -> ResourceError:
    return ResourceError(registration.type, registration.name, problem)
