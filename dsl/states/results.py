"""States that make a result, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.states.wiring import Edge, State
from dsl.values.places import result_root
from dsl.values.references import Reference, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsl.states.wiring import Reads
    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload


class WithResult(State):
    """A state that makes a result, which later states may read or which the execution ends with.

    A result that nobody reads is dropped (`ResultPath` null). `output` is for a state that ends the execution:
    a reference (the execution's output is the value there), or a payload built from the result, the context
    object and the execution's input.
    """

    def __init__(
        self,
        name: str,
        *,
        comment: str | None = None,
        into: Shape | None = None,
        output: Mapping[str, Payload] | Reference | None = None,
    ) -> None:
        super().__init__(name, comment=comment)
        self._check_place(into)
        self._into = into
        self._output = output
        self.root = result_root(name) if into is None else into._path.root
        """Where the result is kept."""

    def _check_place(self, into: Shape | None) -> None:
        if into is not None and (into._path.steps or into._path.root in ("$", "$$")):
            raise self._error(
                f"into={into._path} is {'a part of something' if into._path.steps else 'all of the data'}; "
                "make a place of its own with slot()"
            )

    def edges(self) -> Iterator[Edge]:
        if self._next is not None:
            yield Edge(self._next, "next", writes=self.root, alone=self._into is None)

    def check(self) -> None:
        super().check()
        if self._output is not None and not self._ends:
            raise self._error(
                "it has an output but does not end the execution; only an ending state takes output="
            )

    def _keep(self, reads: Reads) -> JsonObject:
        """Where the result goes: to its root if somebody reads it, else nowhere."""
        if isinstance(self._output, Reference):
            return {"ResultPath": None, "OutputPath": self._output._asl()}
        return {"ResultPath": self.root if reads.get(self.root) else None}
