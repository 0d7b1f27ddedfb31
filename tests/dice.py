"""Random values that are made of many choices, and cost Hypothesis one.

From a strategy of strategies (machines of states, lists of objects of texts) Hypothesis draws for longer than the
checks take that are tried on what it draws. `thrown` draws bytes, once, and a function makes a value by the choices
that `Dice` reads from them. A failing example still becomes simpler: a byte that becomes 0 chooses what is simplest.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

T = TypeVar("T")
K = TypeVar("K", bound="Hashable")

LETTERS = "".join(map(chr, (*range(97, 123), *range(32, 97), *range(123, 127))))
ODD_LETTERS = (
    '"\\\n\r\t\0\x07\x1b\x7f\x85\xa0éß\u0131\u0301\u2028\u2029\ud7ff\ue000\ufeff\ufffe\uffff😀\U0010ffff'
)
ODD_FLOATS = (
    0.0,
    1.5,
    -0.0,
    0.1,
    1e16,
    -1e-7,
    5e-324,
    2.0**53,
    1.7976931348623157e308,
    math.inf,
    -math.inf,
    math.nan,
)


def thrown(make: Callable[[Dice], T], throws: int = 200) -> st.SearchStrategy[T]:
    """Return a strategy for what `make` makes of the dice; after so many throws they show 0."""
    return st.binary(min_size=throws, max_size=throws).map(lambda shown: make(Dice(shown)))


class Dice:
    """Choices among things, each as likely as the others."""

    def __init__(self, shown: bytes) -> None:
        self._shown = iter(shown)

    def roll(self, sides: int) -> int:
        """Return a number from 0 to `sides` - 1; there are up to 65,536 sides."""
        number = next(self._shown, 0)
        if sides > 256:
            number = number << 8 | next(self._shown, 0)
        return number % sides

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.roll(len(things))]

    def either(self, *makes: Callable[[], T]) -> T:
        """Return what one of them makes."""
        return self.one_of(makes)()

    def some(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        return [make() for _ in range(least + self.roll(most - least + 1))]

    def fields(self, name: Callable[[], K], value: Callable[[], T], least: int, most: int) -> dict[K, T]:
        """Return an object of so many fields, or of fewer where a name comes twice."""
        return dict(self.some(lambda: (name(), value()), least, most))

    def integer(self) -> int:
        """Return a number of up to 136 bits; small ones are more likely."""
        size = self.one_of((1, 1, 2, 8, 17))
        number = int.from_bytes(self.some(lambda: self.roll(256), size, size))
        return -number if self.roll(2) else number

    def float(self, *, finite: bool = False) -> float:
        """Return a number of any magnitude; those at which programs stumble are more likely."""
        number = self.one_of(ODD_FLOATS)
        if self.roll(2):
            [number] = struct.unpack("d", bytes(self.some(lambda: self.roll(256), 8, 8)))
        return 0.5 if finite and not math.isfinite(number) else number

    def text(self, most: int = 8) -> str:
        """Return a text of any characters but surrogates; those at which programs stumble are more likely."""
        return "".join(self.some(self._letter, 0, most))

    def _letter(self) -> str:
        match self.roll(5):
            case 0 | 1:
                return self.one_of(LETTERS)
            case 2:
                return self.one_of(ODD_LETTERS)
            case 3:
                code = self.roll(0x10000)
                return chr(code) if code < 0xD800 or code >= 0xE000 else "\ufffd"
        return chr(0x10000 + self.roll(0x10000))

    def scalar(self, *, finite: bool = False) -> object:
        """Return null, a boolean, a number or a text."""
        return self.either(
            lambda: None,
            lambda: bool(self.roll(2)),
            self.integer,
            lambda: self.float(finite=finite),
            self.text,
            self.text,
        )

    def nested(
        self,
        leaf: Callable[[], object],
        key: Callable[[], Hashable],
        *,
        lists: Sequence[Callable[[list[object]], object]] = (list,),
        most: int = 4,
        deep: int = 4,
    ) -> object:
        """Return a leaf, or a list or an object of up to `most` such values, up to so many levels deep."""

        def inner() -> object:
            return self.nested(leaf, key, lists=lists, most=most, deep=deep - 1)

        kind = self.roll(deep + 1)
        if kind == 0:
            return leaf()
        if kind % 2:
            return self.fields(key, inner, 0, most)
        return self.one_of(lists)(self.some(inner, 0, most))

    def json(self) -> object:
        """Return any JSON whose numbers are finite."""
        return self.nested(lambda: self.scalar(finite=True), lambda: self.text(6))
