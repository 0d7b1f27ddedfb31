"""Paths, and what else Step Functions evaluates while a workflow runs.

An `Expression` is text for a field whose name ends in `.$`. Two kinds exist: a reference into the state's
data or the context object (`dsl.values.references`), and a call of an intrinsic function (`dsl.intrinsics`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, Union

from dsl.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
"""Any JSON value."""

JsonObject: TypeAlias = "dict[str, Json]"
"""A JSON object."""

Locate: TypeAlias = "Callable[[ReferencePath], str]"
"""How a path is written: as it is, or relative to the place where it is used."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Bracket(str):
    """A step of a path to several values, as it stands between brackets: `*`, `1:3`, `?(@.price > 3)`."""

    __slots__ = ()


class ReferencePath:
    """A JSONPath that leads to one value: `$.a.b[0]`, or `$$.Task.Token` in the context object. It never changes.

    `root` is where some state or the caller put a whole value: `$` (the input), `$$` (the context object) or
    `$.shop` (the result of a state). `steps` lead from there; `maybe` says of each step whether its declaration
    calls it optional, and the first `granted` steps are taken for granted all the same. `declared` is the shape that
    the root is viewed as, if one is said. Two paths are the same if they lead to the same place, whatever is known of
    what lies on the way.
    """

    __slots__ = ("_hash", "declared", "granted", "maybe", "root", "steps")

    def __init__(
        self,
        root: str,
        steps: tuple[str | int, ...] = (),
        maybe: tuple[bool, ...] = (),
        granted: int = 0,
        declared: object = None,
    ) -> None:
        self.root: Final = root
        self.steps: Final = steps
        self.maybe: Final = maybe
        self.granted: Final = granted
        self.declared: Final = declared
        self._hash: Final = hash((root, steps))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReferencePath) and self.steps == other.steps and self.root == other.root

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"<ReferencePath {self}>"

    def child(self, step: str | int, *, optional: bool = False) -> ReferencePath:
        """Return the path one step deeper."""
        return ReferencePath(
            self.root, (*self.steps, step), (*self.maybe, optional), self.granted, self.declared
        )

    def prefix(self, length: int) -> ReferencePath:
        """Return the path of the first `length` steps."""
        if length == len(self.steps):
            return self
        return ReferencePath(self.root, self.steps[:length], self.maybe[:length], self.granted, self.declared)

    def grant(self) -> ReferencePath:
        """Return the same path, taken for granted."""
        return ReferencePath(self.root, self.steps, self.maybe, len(self.steps), self.declared)

    @property
    def optional(self) -> bool:
        """Whether the value may be missing although its root is there, and nobody takes it for granted."""
        return True in self.maybe[self.granted :]

    @property
    def proved(self) -> ReferencePath:
        """The prefix that has to be proved to be there: as far as the last step that may be missing."""
        length = len(self.steps)
        while length > self.granted and not self.maybe[length - 1]:
            length -= 1
        return self.prefix(length if length > self.granted else 0)

    @property
    def certain(self) -> ReferencePath:
        """The longest prefix that is there whenever the root is, whatever is taken for granted."""
        return self.prefix(self.maybe.index(True)) if True in self.maybe else self

    @property
    def is_plain(self) -> bool:
        """Whether it leads to one value, and not to several of a list."""
        return not any(isinstance(step, Bracket) for step in self.steps)

    def __str__(self) -> str:
        return self.root + "".join(map(_step, self.steps))


@lru_cache(maxsize=4096, typed=True)
def _step(step: str | int) -> str:
    if isinstance(step, int | Bracket):
        return f"[{step}]"
    if _PLAIN.match(step):
        return f".{step}"
    escaped = step.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


_NO_TEXT: Final = (
    "{} has no value while the workflow is being described, so text cannot hold it; "
    "use format_string('... {{}}', value)"
)
READ_HERE: Final = "is read here, not written; a state writes, such as pass_('Name', {...}, into=slot)"

_SHOWN: Final = re.compile(r"<(?:[A-Za-z_]\w* \$[^>]*|States\.\w+\(.*?\)|condition \{.*?\})>")


def check_text(text: str) -> None:
    """Look for an expression that Python wrote into a text: by `str()`, by `%`, by `join`.

    Raises:
        DefinitionError: there is one.
    """
    if "<" in text and (shown := _SHOWN.search(text)):
        raise DefinitionError(_NO_TEXT.format(shown[0]))


class Expression:
    """A value that is known only while the workflow runs.

    What the language asks of every expression begins with an underscore, since a `Shape` leaves all other names to its
    fields: `_kind`, `_values`, `_asl()`, `_paths()` and `_json()` here, and a reference's `_path`. None is annotated
    at run time: of each shape, Python evaluates the annotations of its bases too.
    """

    __slots__ = ()
    _kind = "value"
    _comparable = True
    _values = tuple[str, ...]()
    """The only values that it takes, where its declaration names them."""

    def _asl(self, locate: Locate = str) -> str:
        """Return the text that a `.$` field holds; `locate` writes the paths in it."""
        raise NotImplementedError

    def _paths(self) -> Iterator[ReferencePath]:
        """Every path that evaluating this reads."""
        raise NotImplementedError

    def _json(self) -> Expression:
        """Return the expression of the same value in JSON's own kind: a DynamoDB number, a string, is parsed."""
        return self

    def _incomparable(self) -> DefinitionError:
        return DefinitionError(
            f"{self!r} cannot be compared: a condition needs a reference whose declared kind is a string, "
            "a number, a boolean or a timestamp"
        )

    def __format__(self, spec: str) -> str:
        raise DefinitionError(_NO_TEXT.format(repr(self)))

    if not TYPE_CHECKING:  # type checkers find these by themselves

        def _no_sum(self, *_: object) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no value while the workflow is being described, so Python cannot calculate with it; "
                "use format_string('... {}', value) for text, and math_add(value, 1) for a sum"
            )

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _no_sum
        __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = _no_sum
        __neg__ = __pos__ = __abs__ = __round__ = _no_sum

        def _no_number(self) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no value while the workflow is being described, so Python cannot make a number of it; "
                "hand on the reference itself"
            )

        __int__ = __float__ = __index__ = _no_number

        def __len__(self) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no length while the workflow is being described; array_length(value) gives it "
                "to a payload"
            )

        def _no_order(self, other: object) -> NoReturn:
            raise self._incomparable()

        __lt__ = __le__ = __gt__ = __ge__ = _no_order

        def __and__(self, other: object) -> NoReturn:
            raise DefinitionError(
                f"{self!r} is no condition; compare it first, and put the comparison into parentheses: "
                "(size > 3) & paid"
            )

        __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __and__

        def __invert__(self) -> NoReturn:
            raise DefinitionError(
                f"{self!r} is no condition, so there is no opposite of it; compare it first"
            )

        def __call__(self, *_: object, **__: object) -> NoReturn:
            raise DefinitionError(
                f"{self!r} is a value in the data, and no function; leave out the parentheses"
            )

        def __bool__(self) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no value while the workflow is being described; "
                "combine conditions with &, | and ~, and decide in a choice()"
            )

        def __eq__(self, other: object) -> NoReturn:
            raise self._incomparable()

        __ne__ = __eq__

        __hash__ = object.__hash__

        def __getitem__(self, step: object) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no parts that Python could take; of a Shape read the fields, value.field, of text take "
                "parts with array_get_item(string_split(value, ','), 0)"
            )

        def __setitem__(self, step: object, value: object) -> NoReturn:
            raise DefinitionError(f"{self!r} {READ_HERE}")

        __delitem__ = __setitem__

        def __iter__(self) -> NoReturn:
            raise DefinitionError(
                f"{self!r} has no elements while the workflow is being described, so Python cannot iterate over it"
            )
