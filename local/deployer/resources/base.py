"""What a resource provider is: how one type of AWS resource is read, created, changed and deleted."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from botocore.exceptions import ClientError

from local.deployer.names import arn, name_property, physical_name

if TYPE_CHECKING:
    from pathlib import Path

    from local.deployer.clients import Clients
    from local.deployer.names import Account
    from local.deployer.values import Properties

# The applied properties of one resource in a normal form: paths in Pulumi's names, defaults filled in, JSON documents
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
    """What providers share: the clients, where ARNs point to, and where relative asset paths start."""

    clients: Clients
    account: Account
    folder: Path


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a resource type that requests and responses have under a name of their own.

    Attributes:
        member: AWS's name for it, as a path ("LoggingConfig.LogFormat"); None where the provider translates it itself.
        default: The value that AWS takes where none is given.
        json: Whether it is a JSON document, so that two spellings of one document are equal.
    """

    member: str | None = None
    default: object = None
    json: bool = False

    def normalize(self, value: object, name: str) -> object:
        """Return a value in the form in which values are compared.

        Raises:
            ValueError: The text is not JSON.
        """
        if value in (None, "", [], {}):
            return self.default
        return canonical_json(value, name) if self.json else value


@dataclass(frozen=True, slots=True)
class Tagging:
    """The calls of a service that list, set and remove the tags of a resource, and the names of their members.

    Attributes:
        service: boto3's name of the service.
        resource: The member that names the resource: by its ARN, or by its id with `by_id`.
        tags: The member with the tags, in requests and in responses.
        pair: The names of a tag's key and value in a list; None where tags are a map.
    """

    service: str
    resource: str = "ResourceARN"
    by_id: bool = False
    list_tags: str = "list_tags_for_resource"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    tags: str = "Tags"
    pair: tuple[str, str] | None = ("Key", "Value")

    def request(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """Return the member of a request that sets these tags; nothing where there are none."""
        if not tags:
            return {}
        return {self.tags: key_values(tags, *self.pair) if self.pair else dict(tags)}

    def read(self, clients: Clients, live: Live) -> dict[str, str]:
        """Return the tags of a living resource."""
        found = self._call(clients, self.list_tags, live).get(self.tags)
        return pairs(found, *self.pair) if self.pair else dict(found or {})

    def replace(self, clients: Clients, live: Live, tags: Mapping[str, str]) -> None:
        """Give a living resource these tags and no others."""
        keys = f"{self.tags.removesuffix('s')}Keys"  # TagKeys, or tagKeys where tags begin small
        if gone := sorted(live.settings["tags"].keys() - tags.keys()):
            self._call(clients, self.untag, live, **{keys: gone})
        if tags:
            self._call(clients, self.tag, live, **self.request(tags))

    def _call(self, clients: Clients, operation: str, live: Live, **members: object) -> Any:
        resource = live.id if self.by_id else live.outputs["arn"]
        return getattr(clients.client(self.service), operation)(**{self.resource: resource}, **members)


class ResourceProvider(ABC):
    """Reads, creates, changes and deletes resources of one Pulumi type in the emulator.

    A provider's settings are its `properties`, `tags` where it has a `tagging`, and what it adds in `wanted`.

    Attributes:
        properties: What requests and responses have under other names, by the path in Pulumi's names: "ttl.enabled" is
            a property of an object, or of each object in a list.
        applied: All paths that have an effect on the emulator. Those of `properties` and the tags need not be repeated;
            "environment.variables.*" admits any keys.
        not_applied: The paths that have no effect on the emulator, each with the reason.
        fixed: The properties that AWS cannot change in place.
        identity: The settings by which `read` finds a resource; empty means the physical name.
    """

    type: ClassVar[str]
    properties: ClassVar[Mapping[str, Property]] = {}
    applied: ClassVar[frozenset[str]] = frozenset()
    not_applied: ClassVar[Mapping[str, str]] = {}
    fixed: ClassVar[frozenset[str]] = frozenset()
    identity: ClassVar[frozenset[str]] = frozenset()
    tagging: ClassVar[Tagging | None] = None

    def __init_subclass__(cls) -> None:
        cls.applied |= cls.properties.keys() | ({"tags.*"} if cls.tagging else set())

    def __init__(self, surroundings: Surroundings) -> None:
        self.clients = surroundings.clients
        self.account = surroundings.account
        self.folder = surroundings.folder

    def wanted(self, name: str, inputs: Properties) -> Settings:
        """Return the settings that these inputs ask for.

        Raises:
            ValueError: An input has an invalid value.
        """
        settings = {
            path: property_.normalize(at(inputs, path), path) for path, property_ in self.properties.items()
        }
        if (own := name_property(self.type)) in settings:
            settings[own] = physical_name(self.type, name, inputs)
        if self.tagging:
            tags = inputs.get("tags")
            given = tags if isinstance(tags, Mapping) else {}
            settings["tags"] = {key: str(value) for key, value in given.items()}
        return settings

    def find(self, wanted: Settings, *, tags: bool = True) -> Live | None:
        """Return the living resource; None where it is missing, or what it belongs to. `tags` are one more request."""
        try:
            live = self.read(wanted)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        if live is not None and tags and self.tagging and "tags" not in live.settings:
            live.settings["tags"] = self.tagging.read(self.clients, live)
        return live

    def arn(self, name: str) -> str:
        """Return the ARN of the resource of that physical name."""
        return arn(self.type, name, {}, self.account)

    def owner(self, wanted: Settings) -> tuple[str, str] | None:  # noqa: ARG002
        """Return the type and the id of the resource that the wanted one is a part of: without it there is none."""
        return None

    @abstractmethod
    def read(self, wanted: Settings) -> Live | None:
        """Return the living resource, its tags only if they come in the same response.

        Where it is missing, return None or raise what the service raises then.
        """

    @abstractmethod
    def create(self, wanted: Settings) -> Live | None:
        """Create the resource. Return it if its id and outputs are known then; None if it has to be read."""

    def change(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        """Change the living resource and its tags; `changed` names the settings that differ."""
        if others := changed - {"tags"}:
            self.update(wanted, live, others)
        if self.tagging and "tags" in changed:
            self.tagging.replace(self.clients, live, wanted["tags"])

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        """Change the living resource, but not its tags: by creating it anew, for what a service puts."""
        self.create({**wanted, "tags": {}})

    @abstractmethod
    def delete(self, live: Live) -> None:
        """Delete the living resource."""

    def settings_of_id(self, id_: str) -> Settings:
        """Return settings that are enough for `read` to find the resource with this provider's id."""
        if self.identity:
            raise NotImplementedError(
                f"a resource of the type {self.type} cannot be looked up by its id alone"
            )
        return {name_property(self.type): id_}

    def identity_of(self, wanted: Settings) -> Settings:
        """Return the settings by which `read` finds the resource, and nothing else."""
        return {key: wanted[key] for key in sorted(self.identity or {name_property(self.type)})}

    def request(self, wanted: Settings) -> dict[str, Any]:
        """Return the members of a request that the properties ask for; those without a value are left out."""
        return nested(
            {
                property_.member: wanted[path]
                for path, property_ in self.properties.items()
                if property_.member and wanted.get(path) is not None
            }
        )

    def tags(self, wanted: Settings) -> dict[str, Any]:
        """Return the member of a request that sets the tags."""
        return self.tagging.request(wanted["tags"]) if self.tagging else {}

    def settings_in(self, response: Mapping[Any, Any]) -> Settings:
        """Return the settings that a response contains: the inverse of `request`."""
        return {
            path: property_.normalize(at(response, property_.member), path)
            for path, property_ in self.properties.items()
            if property_.member
        }


def at(document: object, path: str) -> object:
    """Return the value at a path of keys; None where there is none."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def nested(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the document that has each value at its path of keys."""
    document: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        inner = document
        for key in parents:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return document


def undeclared(provider: type[ResourceProvider], inputs: Properties) -> list[str]:
    """Return the paths of all set properties that the provider does not declare."""
    declared = provider.applied | provider.not_applied.keys()
    return sorted({path for path in _leaves(inputs, "") if not _covers(declared, path)})


def without_effect(provider: type[ResourceProvider], inputs: Properties) -> dict[str, str]:
    """Return the properties that are set but have no effect on the emulator, with the reasons."""
    paths = list(_leaves(inputs, ""))
    return {
        declared: reason
        for declared, reason in provider.not_applied.items()
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
    """Return a JSON document in one spelling, so that documents compare by meaning.

    Raises:
        ValueError: The text is not JSON. Names the property.
    """
    document = text
    if isinstance(text, str):
        try:
            document = json.loads(text)
        except ValueError as error:
            raise ValueError(f"{what} is not JSON: {error}") from None
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def error_code(error: ClientError) -> str:
    """Return AWS's name for an error."""
    return error.response.get("Error", {}).get("Code", "")


def is_missing(error: ClientError) -> bool:
    """Return whether an error says that a resource does not exist; each service has its own name for that."""
    code = error_code(error)
    return code in _MISSING or "NotFound" in code or "DoesNotExist" in code


_MISSING = frozenset({"NoSuchEntity", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


def key_values(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[Any]:
    """Return tags or dimensions as the list of pairs that most services take."""
    return [{key: k, value: v} for k, v in sorted(tags.items())]


def pairs(
    listed: Sequence[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return the inverse of `key_values`."""
    return {item[key]: item[value] for item in listed or ()}
