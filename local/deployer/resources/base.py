"""What a handler is: how one type of AWS resource is read, created, changed and deleted."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from local.deployer.names import Account, arn, name_property, physical_name

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.exceptions import ClientError

    from local.deployer.clients import Clients
    from local.deployer.values import Properties

# The applied properties of one resource in a normal form: Pulumi's names, defaults filled in, JSON documents
# canonical. What a program wants and what the emulator has are compared in this form. The values' shapes
# differ from type to type, hence Any.
Settings: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """A resource as the emulator has it: the provider's id, its settings, and outputs beyond them."""

    id: str
    settings: Settings
    outputs: Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What handlers share: the clients, where ARNs point to, and where relative asset paths start."""

    clients: Clients
    account: Account
    folder: Path


class Handler(ABC):
    """Brings resources of one Pulumi type about in the emulator.

    `applied` and `not_applied` together are the properties that the type may have, as paths in Pulumi's
    names: "ttl.enabled" is a property of an object, or of each object in a list, and "tags.*" admits any
    keys. What `not_applied` names has no effect on the emulator; its value says why. `fixed` are the
    properties that AWS cannot change in place. `identity` are the settings by which `read` finds a resource; empty
    means the physical name.
    """

    type: ClassVar[str]
    applied: ClassVar[frozenset[str]]
    not_applied: ClassVar[Mapping[str, str]] = {}
    fixed: ClassVar[frozenset[str]] = frozenset()
    identity: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, surroundings: Surroundings) -> None:
        self.clients = surroundings.clients
        self.account = surroundings.account
        self.folder = surroundings.folder

    @abstractmethod
    def wanted(self, name: str, inputs: Properties) -> Settings:
        """Return the settings that these inputs ask for. Raises ValueError for a value that cannot be meant."""

    @abstractmethod
    def read(self, wanted: Settings) -> Live | None:
        """Return the living resource of this physical name, if there is one."""

    @abstractmethod
    def create(self, wanted: Settings) -> None:
        """Create the resource."""

    @abstractmethod
    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        """Change the living resource; `changed` names the settings that differ."""

    @abstractmethod
    def delete(self, live: Live) -> None:
        """Delete the living resource."""

    def settings_of_id(self, id_: str) -> Settings:
        """Return settings that are enough for `read` to find the resource with this provider's id."""
        return {name_property(self.type): id_}

    def identity_of(self, wanted: Settings) -> Settings:
        """Return the settings by which `read` finds the resource, and nothing else."""
        return {key: wanted[key] for key in sorted(self.identity or {name_property(self.type)})}

    def name_of(self, name: str, inputs: Properties) -> str:
        """Return the physical name: as given, or the logical one."""
        return physical_name(self.type, name, inputs)

    def arn_of(self, physical: str) -> str:
        """Return the ARN that the resource of this physical name has."""
        return arn(self.type, physical, {}, self.account)


def undeclared(handler: type[Handler], inputs: Properties) -> list[str]:
    """Return the paths of all set properties that the handler does not declare."""
    declared = handler.applied | handler.not_applied.keys()
    return sorted({path for path in _leaves(inputs, "") if not _covers(declared, path)})


def without_effect(handler: type[Handler], inputs: Properties) -> dict[str, str]:
    """Return the properties that are set but have no effect on the emulator, with the reasons."""
    paths = list(_leaves(inputs, ""))
    return {
        declared: reason
        for declared, reason in handler.not_applied.items()
        if any(_covers({declared}, path) for path in paths)
    }


def _leaves(value: object, path: str) -> list[str]:
    match value:
        case None:
            return []
        case Mapping() if value or not path:
            return [
                leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}".lstrip("."))
            ]
        case Sequence() if not isinstance(value, str) and value:
            return [leaf for item in value for leaf in _leaves(item, path)]
        case Mapping() | Sequence() if not value:
            return []
        case _:
            return [path]


def _covers(declared: frozenset[str] | set[str], path: str) -> bool:
    if path in declared:
        return True
    parents = path.split(".")
    return any(".".join([*parents[:depth], "*"]) in declared for depth in range(1, len(parents)))


def canonical_json(text: object, what: str) -> str:
    """Return a JSON document in one spelling, so that documents compare by meaning. Raises ValueError naming it."""
    document = text
    if isinstance(text, str):
        try:
            document = json.loads(text)
        except ValueError as error:
            raise ValueError(f"{what} is not JSON: {error}") from None
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def error_code(error: ClientError) -> str:
    """AWS's name for an error."""
    return error.response.get("Error", {}).get("Code", "")


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that the thing asked for is not there; every service has its own name for that."""
    code = error_code(error)
    return code in _MISSING or "NotFound" in code or "DoesNotExist" in code


_MISSING = frozenset({"NoSuchEntity", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


def tags_of(inputs: Properties) -> dict[str, str]:
    """Return the tags that a program sets."""
    tags = inputs.get("tags")
    return {key: str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else {}


def retag(
    live: Live,
    wanted: Settings,
    untag: Callable[[list[str]], object],
    tag: Callable[[dict[str, str]], object],
) -> None:
    """Make a living resource's tags those that are wanted, by the two calls that its service has for it.

    Calls nothing where they are so already.
    """
    if live.settings["tags"] == wanted["tags"]:
        return
    if gone := sorted(live.settings["tags"].keys() - wanted["tags"].keys()):
        untag(gone)
    if wanted["tags"]:
        tag(wanted["tags"])


def key_values(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[Any]:
    """Tags, dimensions and the like, as the list of pairs that most services take."""
    return [{key: k, value: v} for k, v in sorted(tags.items())]


def pairs(
    listed: Sequence[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return the inverse of `key_values`."""
    return {item[key]: item[value] for item in listed or ()}


def given(settings: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a request's members from settings, those without a value left out; `names` maps settings to members."""
    return {member: settings[name] for name, member in names.items() if settings.get(name) is not None}


def taken(response: Mapping[str, Any], names: Mapping[str, str]) -> Settings:
    """Return the inverse of `given`: settings from a response's members; empty ones are left out, as programs do."""
    return {
        name: response[member]
        for name, member in names.items()
        if response.get(member) is not None and response[member] not in ("", [], {})
    }
