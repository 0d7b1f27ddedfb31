"""States that make a result, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.states.wiring import State, StateTransition
from dsl.values.places import result_root
from dsl.values.references import Reference, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsl.states.wiring import Reads
    from dsl.values.expressions import JsonObject, ReferencePath
    from dsl.values.payloads import Payload


class WithResult(State):
    """A state that makes a result, which later states may read or which the execution ends with.

    A state that ends the execution hands its result on. Of one that leads on, a result that nothing reads is dropped
    (`ResultPath` null). `output` is for a state that ends the execution with something else: a reference (the
    execution's output is the value there, be it in the data or in the state's own result), or a payload built from
    the result, the context object and the execution's input.
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
        given: object = into
        if given is not None and not isinstance(given, Reference):
            raise self.mistake(f"into= takes a place made by slot(Answer, 'answer'), and not {given!r}")
        if into is not None and (into._path.steps or into._path.root in ("$", "$$")):
            raise self.mistake(
                f"into={into._path} is {'a part of something' if into._path.steps else 'all of the data'}; "
                "make a place of its own with slot()"
            )

    def edges(self) -> Iterator[StateTransition]:
        if self._next is not None:
            yield StateTransition(self._next, "next", writes=self.root, alone=self._into is None)

    def check(self) -> None:
        super().check()
        if self._output is not None and not self.ends:
            raise self.mistake(
                "it has an output but does not end the execution; only an ending state takes output="
            )

    def _end_with(self, output: Mapping[str, Payload] | Reference) -> None:
        if self._output is not None:
            raise self.mistake("it has an output= already; say once what it ends with")
        self._output = output

    def handed_on(self) -> Payload:
        return self._output

    def _own(self, reference: Reference) -> bool:
        """Whether a reference leads into the state's own result."""
        return reference._path.root == self.root

    def _from_result(self, path: ReferencePath) -> str:
        """Write a path for a place that sees the result, and not the data."""
        raise NotImplementedError

    def _keep(self, reads: Reads) -> JsonObject:
        """Where the result goes: to its root if somebody reads it, else nowhere; all of it goes on at the end."""
        if isinstance(self._output, Reference):
            if self._own(self._output):
                part = self._output._asl(self._from_result)
                return {} if part == "$" else {"OutputPath": part}
            return {"ResultPath": None, "OutputPath": self._output._asl()}
        if self.ends:
            return {}
        return {"ResultPath": self.root if reads.get(self.root) else None}
