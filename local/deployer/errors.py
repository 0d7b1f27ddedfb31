"""What can go wrong while a Pulumi program runs in process.

An exception that the program itself raises passes through unchanged; these are the deployer's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class DeploymentError(Exception):
    """Base of the deployer's errors; the message names what to look at."""


class ProjectError(DeploymentError):
    """The program, or the project and stack files beside it, cannot be read."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}")


class ResourceError(DeploymentError):
    """A resource could not be deployed. Carries its `type` (a Pulumi token) and logical `name`."""

    def __init__(self, type_: str, name: str, problem: str) -> None:
        self.type = type_
        self.name = name
        self.problem = problem
        super().__init__(f"{type_} {name!r}: {problem}")


class UnknownTypeError(ResourceError):
    """The program declares a resource of a type that has no provider here."""

    def __init__(self, type_: str, name: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(
            type_,
            name,
            "the emulator's side does not know this type, so it would be missing locally; "
            "add a provider in local/deployer/resources/ (known: " + ", ".join(known) + ")",
        )


class UnknownPropertyError(ResourceError):
    """A resource sets properties that its provider neither applies nor knows as not applied."""

    def __init__(self, type_: str, name: str, properties: Sequence[str]) -> None:
        self.properties = tuple(properties)
        super().__init__(
            type_,
            name,
            "the provider of this type does not know " + ", ".join(properties) + "; "
            "apply it there, or declare it as not applied with the reason",
        )


class ProtectedError(ResourceError):
    """A resource would be deleted or replaced, but the program protects it."""

    def __init__(self, type_: str, name: str, properties: Sequence[str] = ()) -> None:
        self.properties = tuple(properties)
        why = (
            f"{', '.join(properties)} cannot be changed in place, so it would be replaced"
            if properties
            else "the program no longer declares it, so it would be deleted"
        )
        super().__init__(type_, name, f"{why}; but it is protected. Deploy it without protection first")


class ProtectedStackError(DeploymentError):
    """A stack cannot be destroyed, since resources of it are protected; nothing was deleted."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        are = "is" if len(names) == 1 else "are"
        super().__init__(f"nothing was deleted: {', '.join(names)} {are} protected")


class UnknownFunctionError(DeploymentError):
    """The program calls a provider function (a data source) that is not answered here."""

    def __init__(self, token: str, known: Sequence[str]) -> None:
        self.token = token
        super().__init__(
            f"the provider function {token} is not answered in process (known: {', '.join(known)})"
        )


class UnsupportedRequestError(DeploymentError):
    """The program uses a part of Pulumi's protocol that is not answered in process."""
