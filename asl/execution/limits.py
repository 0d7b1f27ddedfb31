"""Numbers that a state is given: written down, read from a path, or made by an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.execution.faults import ITEM_READER_FAILED, RUNTIME, RuntimeFault
from asl.execution.queries import compile_query, unexpected
from asl.execution.templates import dynamic, selected
from asl.execution.values import is_number, shown
from asl.expressions import JSONATA, is_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.execution.sight import Sight
    from asl.execution.templates import Filler


_OF_TIME: Final = frozenset({"HeartbeatSecondsPath", "SecondsPath", "TimeoutSecondsPath"})
"""What takes no number that is written as a text, as the limits of maps do."""


class Limit:
    """A field such as `TimeoutSeconds` with its `...Path`."""

    __slots__ = ("_fill", "field", "location", "text", "whole")

    def __init__(self, field: str, location: str, text: str, fill: Filler, *, whole: bool) -> None:
        self.field = field
        self.location = location
        self.text = text
        self.whole = whole
        self._fill = fill

    @classmethod
    def of(
        cls, raw: Mapping[str, Any], field: str, language: str, *, within: str = "", whole: bool = True
    ) -> Limit | None:
        """Return the field of a state, None where it has none."""
        location = f"{within}/{field}" if within else field
        if f"{field}Path" in raw and language != JSONATA:
            path = str(raw[f"{field}Path"])
            return cls(f"{field}Path", location, path, _reading(field, path), whole=whole)
        if field not in raw:
            return None
        value = raw[field]
        if is_expression(value):
            return cls(field, location, value, compile_query(value, location), whole=whole)
        return cls(field, location, "", lambda _: value, whole=whole)

    def value(self, sight: Sight) -> int | float:
        """Return the number.

        Raises:
            RuntimeFault: what the path leads to is none, or nothing.
            QueryFault: what the expression makes is none.
        """
        found = self._fill(sight)
        number = found
        if self.field in _OF_TIME and not _is_whole(found):
            told = (
                "cannot be parsed as a long"
                if self.field == "SecondsPath"
                else "does not reference an integer"
            )
            raise RuntimeFault(f"The {self.field} parameter {told} value: {self.text} == {shown(found)}")
        if isinstance(found, str):
            try:
                number = int(found) if self.whole else float(found)
            except ValueError:
                number = None
        if not is_number(number) or (self.whole and isinstance(number, float) and not number.is_integer()):
            if is_expression(self.text):
                raise unexpected(self.text, self.location, "integer" if self.whole else "number", found)
            kind = "integer" if self.whole else "float"
            raise RuntimeFault(
                f'The {self.field} field refers to value "{shown(found)}" which is not a valid {kind}: {self.text}',
                # As LocalStack has it; of the other fields it was recorded on AWS.
                ITEM_READER_FAILED if self.field == "MaxItemsPath" else RUNTIME,
            )
        return int(number) if self.whole else float(number)


def _reading(field: str, path: str) -> Filler:
    """Return what reads a path: what it says if it leads nowhere is, but for the limits of maps, as LocalStack has it
    from AWS."""
    if field not in ("HeartbeatSeconds", "Seconds", "TimeoutSeconds"):
        return dynamic(path, f"{field}Path")
    read = selected(path)
    if field != "Seconds":
        return read

    def seconds(sight: Sight) -> Any:
        try:
            return read(sight)
        except RuntimeFault:
            reason = f"The SecondsPath parameter does not reference an input value: {path}"
            raise RuntimeFault(reason) from None

    return seconds


def _is_whole(value: object) -> bool:
    return is_number(value) and float(value).is_integer()  # type: ignore[arg-type]
