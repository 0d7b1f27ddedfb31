"""The state of a stack: the resources that were deployed, so that they can be deleted again.

The living resources have their settings; the state only records which of them belong to the stack. For each resource it
keeps the settings by which its provider finds it. Secrets are never written: where one is part of such a setting,
the resource is remembered without it, and has to be deleted by hand.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from local.deployer.errors import DeploymentError
from local.deployer.values import redacted
from stepfunctions_local_client.engine_record import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from local.deployer.monitor import ResourceRecord

VERSION = 1


class StateFileError(DeploymentError):
    """The state file is there, but is not one that a deployment wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One resource of the stack, in the order of creation. `identity` is what its provider finds it by."""

    urn: str
    type: str
    name: str
    identity: dict[str, Any]
    protect: bool = False
    retain: bool = False
    unfindable: bool = False
    """Whether its identity held a secret, and so was not kept."""

    @property
    def key(self) -> str:
        """The same for the same thing in the emulator, whatever the program calls it."""
        return json.dumps([self.type, self.identity], sort_keys=True)


@dataclass(slots=True)
class StackState:
    """The resources of one stack."""

    project: str
    stack: str
    resources: list[Remembered] = field(default_factory=list)

    def gone(self, kept: Iterable[Remembered]) -> list[Remembered]:
        """Return what is remembered, but not among `kept`: the last first, so that nothing is deleted under another."""
        keys = {resource.key for resource in kept}
        return [resource for resource in reversed(self.resources) if resource.key not in keys]

    def find(self, urn: str) -> Remembered | None:
        """Return the resource of this URN."""
        return next((resource for resource in self.resources if resource.urn == urn), None)


class StateFile:
    """A state in a file, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, project: str, stack: str) -> StackState:
        """Return the state of a stack; an empty one if there is no file.

        Raises:
            StateFileError: The file is damaged, of another version, or of another stack.
        """
        try:
            document = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return StackState(project, stack)
        except (OSError, ValueError) as error:
            raise StateFileError(f"{self.path} can't be read: {error}") from error
        try:
            if document["version"] != VERSION:
                raise StateFileError(f"{self.path} has the version {document['version']}, not {VERSION}")
            if (document["project"], document["stack"]) != (project, stack):
                raise StateFileError(
                    f"{self.path} is of the stack {document['stack']} of {document['project']}, "
                    f"not of {stack} of {project}"
                )
            return StackState(project, stack, [Remembered(**resource) for resource in document["resources"]])
        except (KeyError, TypeError) as error:
            raise StateFileError(f"{self.path} is not what a deployment writes: {error!r}") from error

    def write(self, state: StackState) -> None:
        """Replace the file: a reader sees the old state or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.path, json.dumps({"version": VERSION, **asdict(state)}, indent=1))

    def clear(self) -> None:
        """Forget the stack."""
        self.path.unlink(missing_ok=True)


def remembered(entries: Iterable[ResourceRecord]) -> list[Remembered]:
    """Return what is kept of the custom resources that were registered."""
    found = []
    for entry in entries:
        registration, result = entry.registration, entry.result
        if result is None or not result.identity:
            continue
        identity = json.dumps(result.identity)
        secret = redacted(identity, registration.inputs, registration.secret_inputs) != identity
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
