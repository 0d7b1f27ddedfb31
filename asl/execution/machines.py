"""State machines as the engine keeps them: a definition made ready, with its names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from asl.execution.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class MachineRevision:
    """One revision of a state machine."""

    arn: str
    name: str
    definition: Mapping[str, Any]
    kind: str = "STANDARD"
    """STANDARD or EXPRESS."""
    role_arn: str = "arn:aws:iam::123456789012:role/StepFunctionsRole"
    text: str = ""
    """The definition as it was given; empty if it was given as an object."""
    revision: str = "INITIAL"
    created_at: float = 0.0
    program: Program = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", Program(self.definition))

    @property
    def timeout(self) -> float | None:
        """The machine's own TimeoutSeconds."""
        seconds = self.definition.get("TimeoutSeconds")
        return None if seconds is None else float(seconds)

    def execution_arn(self, name: str) -> str:
        """Return the ARN of an execution of this name; one of an EXPRESS machine has an id of its own behind it."""
        kind = "express" if self.kind == "EXPRESS" else "execution"
        return f"{self.arn.replace(':stateMachine:', f':{kind}:')}:{name}"

    def of_map(self, label: str) -> MachineRevision:
        """Return the machine under whose name a map run's executions go; they have no time-out of their own."""
        definition = {key: value for key, value in self.definition.items() if key != "TimeoutSeconds"}
        return replace(self, arn=f"{self.arn}/{label}", name=f"{self.name}/{label}", definition=definition)
