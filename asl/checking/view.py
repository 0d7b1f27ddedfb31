"""A definition as the rules see it: the model, and what is worked out of it once for all of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from asl.checking.dataflow.analysis import Flow
from asl.checking.dataflow.declared import Declared
from asl.checking.parameter_checks import parameter_faults
from asl.definitions.model import Definition
from asl.definitions.texts import Texts

if TYPE_CHECKING:
    from asl.checking.parameter_checks import ParameterFault


class View(Definition):
    """A definition, and what is declared besides it.

    `execution_type` is STANDARD or EXPRESS, None where it is not known: the definition itself does not say it.
    """

    def __init__(
        self,
        document: dict[str, object],
        declared: Declared | None = None,
        *,
        execution_type: str | None = None,
    ) -> None:
        super().__init__(document)
        self.declared = declared or Declared()
        self.execution_type = execution_type

    @cached_property
    def texts(self) -> Texts:
        """The paths, calls and expressions in it that some rule may have something to say about."""
        return Texts(self)

    @cached_property
    def parameter_faults(self) -> list[ParameterFault]:
        """What is wrong with the parameters of its tasks."""
        return [fault for state in self.states if state.type == "Task" for fault in parameter_faults(state)]

    @cached_property
    def flow(self) -> Flow:
        """The data that its states read, and what is wrong with that."""
        return Flow(self, self.declared)
