"""State machines as the service keeps them: revisions, versions, aliases, tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asl.execution.faults import RequestError

if TYPE_CHECKING:
    from asl.execution.engine import Engine
    from asl.execution.program import MachineRevision
    from asl.execution.records import Execution


@dataclass(slots=True)
class Alias:
    """A name for one version, or for two between which executions are divided."""

    name: str
    routes: list[tuple[str, int]]
    """ARNs of versions, and how many of a hundred executions each gets."""
    description: str | None
    created_at: float
    updated_at: float


@dataclass(slots=True)
class MachineRecord:
    """A state machine with all that belongs to it."""

    machine: MachineRevision
    """Its newest revision."""
    logging: Any = None
    tracing: Any = None
    versions: dict[int, tuple[MachineRevision, str | None, float]] = field(default_factory=dict)
    """The published versions, with description and time."""
    last_version: int = 0
    aliases: dict[str, Alias] = field(default_factory=dict)
    is_deleting: bool = False


class Registry:
    """All state machines of an engine, found by any of their ARNs."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.entries: dict[str, MachineRecord] = {}
        self.tags: dict[str, dict[str, str]] = {}
        engine.find_machine = self.find

    def entry(self, arn: str) -> MachineRecord:
        """Return a state machine by its own ARN. Raises RequestError `StateMachineDoesNotExist`."""
        entry = self.entries.get(arn)
        if entry is None:
            machine = self.engine.machines.get(arn)
            if machine is None:
                raise missing(arn)
            entry = self.entries[arn] = MachineRecord(machine)
        return entry

    def all(self) -> list[MachineRecord]:
        """Return all state machines, those that the engine was given directly too."""
        return [self.entry(arn) for arn in self.engine.machines]

    def find(self, arn: str) -> tuple[MachineRevision, str | None]:
        """Return a machine to execute by the ARN of itself, a version or an alias; the second is what it was found by.

        Raises:
            RequestError: `StateMachineDoesNotExist`.
        """
        parts = arn.split(":")
        if len(parts) < 8:
            entry = self.entry(arn)
            if entry.is_deleting:
                raise RequestError("StateMachineDeleting", f"State Machine Deleting: '{arn}'")
            return entry.machine, None
        entry = self.entry(":".join(parts[:7]))
        qualifier = parts[7]
        alias = entry.aliases.get(qualifier)
        if alias is not None:
            qualifier = self._route(alias).rpartition(":")[2]
        version = entry.versions.get(int(qualifier)) if qualifier.isdigit() else None
        if version is None:
            raise missing(arn)
        return version[0], arn

    def _route(self, alias: Alias) -> str:
        chosen = self.engine.random.uniform(0, 100)
        for version, weight in alias.routes:
            chosen -= weight
            if chosen < 0:
                return version
        return alias.routes[-1][0]

    def version(self, arn: str) -> tuple[MachineRecord, int]:
        """Return a version by its ARN. Raises RequestError `ResourceNotFound`."""
        whole, _, number = arn.rpartition(":")
        entry = self.entries.get(whole)
        if entry is None or not number.isdigit() or int(number) not in entry.versions:
            raise RequestError("ResourceNotFound", f"Resource not found: '{arn}'")
        return entry, int(number)

    def alias(self, arn: str) -> tuple[MachineRecord, Alias]:
        """Return an alias by its ARN. Raises RequestError `ResourceNotFound`."""
        whole, _, name = arn.rpartition(":")
        entry = self.entries.get(whole)
        if entry is None or name not in entry.aliases:
            raise RequestError("ResourceNotFound", f"Resource not found: '{arn}'")
        return entry, entry.aliases[name]

    def execution(self, arn: str) -> Execution:
        """Return an execution. Raises RequestError `ExecutionDoesNotExist`."""
        found = self.engine.executions.get(arn)
        if found is None:
            raise RequestError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    def has(self, arn: str) -> bool:
        """Whether there is something with this ARN that can have tags."""
        return arn in self.engine.machines or arn in self.engine.activities


def missing(arn: str) -> RequestError:
    """Return the error for a state machine that is not there."""
    return RequestError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
