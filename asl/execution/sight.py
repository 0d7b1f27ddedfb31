"""What an expression sees: the data at `$`, the context object at `$$`, and the variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.execution.paths import PathMissing

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from asl.execution.paths import PathReader

NULL_INPUT = "Unable to apply Path transformation to null or empty input."


class Sight:
    """One view of the data. In JSONata, `states` is what `$states` has beside the context object."""

    __slots__ = ("_context", "_make_context", "data", "now", "random", "states", "variables")

    def __init__(
        self,
        data: Any,
        make_context: Callable[[], dict[str, Any]],
        variables: Mapping[str, Any],
        random: random.Random,
        now: Callable[[], float],
        states: Mapping[str, Any] | None = None,
    ) -> None:
        self.data = data
        self.variables = variables
        self.random = random
        self.now = now
        self.states = states if states is not None else {"input": data}
        self._make_context = make_context
        self._context: dict[str, Any] | None = None

    @property
    def context(self) -> dict[str, Any]:
        """The context object, made when it is first asked for."""
        if self._context is None:
            self._context = self._make_context()
        return self._context

    def read(self, reader: PathReader) -> Any:
        """Return the value at a path.

        Raises:
            PathMissing: there is none.
        """
        if reader.root == "$":
            if self.data is None:
                raise PathMissing(NULL_INPUT)
            return reader.walk(self.data, self.data)
        if reader.root == "$$":
            return reader.walk(self.context, self.context)
        name = reader.root[1:]
        if name not in self.variables:
            raise PathMissing(f"No results for path: {reader.root}")
        return reader.walk(self.variables[name], self.variables[name])
