"""What the checker answers with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, measured by what AWS does with the definition."""

    ERROR = "ERROR"
    """AWS refuses to create a state machine from it."""
    WARNING = "WARNING"
    """AWS creates the state machine, although it cannot work or is surely not meant."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a definition.

    `code` is AWS's own where ValidateStateMachineDefinition has one. `location` is the path of the object or
    field at fault in AWS's notation (`/States/Decide/Choices[0]/Next`), or None for the whole machine.
    """

    severity: Severity
    code: str
    message: str
    location: str | None = None

    def __str__(self) -> str:
        place = f" at {self.location}" if self.location is not None else ""
        return f"{self.severity} {self.code}: {self.message}{place}"

    def to_json(self) -> dict[str, str]:
        """Return the entry as ValidateStateMachineDefinition lists it; no location where there is none."""
        entry = {"severity": str(self.severity), "code": self.code, "message": self.message}
        return entry if self.location is None else entry | {"location": self.location}
