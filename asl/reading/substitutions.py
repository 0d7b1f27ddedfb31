"""What a template puts into a definition: `DefinitionSubstitutions`, and functions in place of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asl.locations import ROOT, Location
from asl.reading.faults import UNKNOWN_SUBSTITUTION
from asl.reading.intrinsics import NO_VALUE, chosen, function, text_of
from asl.reading.sources import Fault
from asl.words import closest, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.reading.places import Places

_USE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_NUMBER = re.compile(r"-?[0-9.]+\Z|true\Z|false\Z")
_DEEPEST_IF: Final = 40
_MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Substitutions:
    """The names that a definition may use, with their texts; None for one that is a number or is not known."""

    values: Mapping[str, str | None]
    complete: bool = True
    """Whether there are no other names, so that using one is a mistake."""

    @classmethod
    def of(cls, written: object, places: Places) -> Substitutions:
        """Read the property `DefinitionSubstitutions`."""
        if written is None:
            return cls({})
        if not isinstance(written, dict) or function(written) is not None:
            return cls({}, complete=False)
        values: dict[str, str | None] = {}
        for name, value in written.items():
            text = text_of(value, places, written, name)
            # A number is left to stand for itself: whether it ends up in quotes depends on the tool.
            values[name] = None if text is None or _NUMBER.match(text.value) else text.value
        complete = not any(name.startswith("Fn::") for name in written)
        return cls(values, complete)

    def put_into(self, root: object, places: Places, *, functions: bool) -> tuple[object, list[Fault]]:
        """Put the texts into every string of a definition, in place.

        With `functions`, intrinsic functions are replaced too, as in a definition that is part of a template.
        Answers with the definition and a fault for every name that is used but not given.
        """
        faults: list[Fault] = []
        root = _through(root) if functions else root
        if isinstance(root, str):
            return self._filled(root), faults
        told: set[str] = set()
        done: set[int] = set()
        waiting: list[tuple[object, Location]] = [(root, ROOT)]
        while waiting:
            container, place = waiting.pop()
            if id(container) in done or not isinstance(container, dict | list):
                continue
            done.add(id(container))
            steps = list(container) if isinstance(container, dict) else range(len(container))
            for step in steps:
                value: object = container[step]
                if isinstance(value, str):
                    for name in _USE.findall(value):
                        if self.complete and name not in self.values and name not in told:
                            told.add(name)
                            faults.append(self._unknown(name, places, container, step, place / step))
                    filled: object = self._filled(value)
                elif functions and function(value) is not None:
                    filled = _plain(value, places, container, step)
                else:
                    filled = value
                if filled == NO_VALUE and isinstance(container, dict):
                    del container[str(step)]
                    continue
                if filled is not value:
                    container[step] = filled
                if isinstance(filled, dict | list):
                    waiting.append((filled, place / step))
        return root, faults[:_MOST_FAULTS]

    def _filled(self, text: str) -> str:
        if "${" not in text:
            return text
        return _USE.sub(lambda found: self.values.get(found[1]) or found[0], text)

    def _unknown(
        self, name: str, places: Places, container: object, step: str | int, location: Location
    ) -> Fault:
        near = closest(name, self.values)
        given = f'; did you mean "${{{near}}}"?' if near else ", so it stays in the definition as it is."
        message = f"DefinitionSubstitutions have no value for ${{{shorten(name)}}}{given}"
        return Fault(UNKNOWN_SUBSTITUTION, message, places.span(container, step), str(location))


def _plain(value: object, places: Places, container: object, step: str | int) -> object:
    """What stands in the definition where a template calls a function."""
    value = _through(value)
    if function(value) is None:
        return value
    text = text_of(value, places, container, step)
    return text.value if text is not None else f"${{{function(value)}}}"


def _through(value: object) -> object:
    """Go through `Fn::If` to one of its values, and through `Fn::ToJsonString` to what it makes a text of."""
    for _ in range(_DEEPEST_IF):
        name = function(value)
        if name not in ("Fn::If", "Fn::ToJsonString") or not isinstance(value, dict):
            break
        value = chosen(value) if name == "Fn::If" else value[name]
    return value
