"""Values that are the same if their parts are. `dataclasses` would take half of the time that `import dsl` takes."""

from __future__ import annotations


class Record:
    """Compared, hashed and shown by what `__slots__` lists."""

    __slots__ = ()

    def _parts(self) -> tuple[object, ...]:
        names: tuple[str, ...] = self.__slots__
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        names: tuple[str, ...] = self.__slots__
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({parts})"
