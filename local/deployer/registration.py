"""What the program asks for, and what a backend answers: the plain data between monitor and backends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

STACK_TYPE = "pulumi:pulumi:Stack"

Action: TypeAlias = Literal["created", "updated", "replaced", "deleted", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A resource's options, as far as the program set them. Property names are Pulumi's (camelCase)."""

    protect: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    replace_on_changes: tuple[str, ...] = ()
    retain_on_delete: bool | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str | None = None
    provider: str | None = None
    deleted_with: str | None = None
    aliases: tuple[str, ...] = ()
    timeouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One resource as the program declares it.

    `inputs` are resolved and plain, with Pulumi's property names (camelCase); `secret_inputs` names those that the
    program marked as secret. `dependencies` are URNs, explicit and through inputs together.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str | None
    inputs: Properties
    secret_inputs: frozenset[str]
    dependencies: frozenset[str]
    property_dependencies: Mapping[str, frozenset[str]]
    options: Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The result of a registration: the provider's id, all outputs, and what was done for it.

    `changed` names the settings that an update or a replacement changed, `before` how they were. `identity` are the
    settings by which the resource is found again. `protected` says that it may not be deleted.
    """

    id: str
    outputs: Properties
    action: Action = "created"
    changed: frozenset[str] = frozenset()
    not_applied: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    identity: Mapping[str, object] = field(default_factory=dict)
    protected: bool = False


class Backend(Protocol):
    """Deploys, plans or records resources. Called from several threads, for a resource after its dependencies."""

    def register(self, registration: Registration) -> Registered:
        """Create, update or leave alone a custom resource.

        Raises:
            ResourceError: It failed.
        """

    def read(self, registration: Registration, id_: str) -> Registered:
        """Look up an existing resource by its provider's id.

        Raises:
            ResourceError: It does not exist, or cannot be looked up.
        """

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer a provider function (a data source).

        Raises:
            UnknownFunctionError: The function is not known.
        """
