"""What is known of a JSON value before the workflow runs.

Values are immutable and share their parts, so a change copies only what lies on the way to it. An object that is
`Unknown` has an identity: the same field of the same unknown object is the same value wherever it is read, which is
how a route's choices are known to be about the same thing.
"""

from __future__ import annotations

from itertools import compress, islice
from operator import is_not
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.checking.dataflow import tries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asl.checking.dataflow.tries import Trie
    from asl.comparisons import ScalarKind

MOST_DEPTH: Final = 16
"""Below so many levels nothing is known any more, or a loop that wraps its data would never come to rest."""

_LARGE: Final = 24


class Value:
    """A JSON value of which something may be known."""

    __slots__ = ()
    depth: int = 0
    """How many levels are known below it."""


class Unknown(Value):
    """Any JSON value."""

    __slots__ = ("_children",)

    def __init__(self) -> None:
        self._children: dict[str | int, Unknown] | None = None

    def child(self, step: str | int) -> Unknown:
        """Return the value of a field or element, the same one whenever it is asked for."""
        if self._children is None:
            self._children = {}
        found = self._children.get(step)
        if found is None:
            found = self._children[step] = Unknown()
        return found


class Scalar(Value):
    """A string, a number, a boolean or null; `constant` is its value in a tuple where that is known.

    `own` says that the object stands for one value of one execution, so that facts about it may be kept.
    """

    __slots__ = ("constant", "kind", "own")

    def __init__(self, kind: ScalarKind, constant: tuple[object, ...] = (), *, own: bool = False) -> None:
        self.kind: ScalarKind = kind
        self.constant = constant
        self.own = own


class KnownList(Value):
    """A list: `items` where every element is known by its place, otherwise None and any element is `element`.

    Of the latter the `first` ones are sure to be there, and known by their place.
    """

    __slots__ = ("_element", "depth", "first", "items")

    def __init__(
        self,
        items: tuple[Value, ...] | None,
        element: Value | None = None,
        first: tuple[Value, ...] = (),
    ) -> None:
        deepest = max((item.depth for item in (first if items is None else items)), default=0)
        if element is not None:
            deepest = max(deepest, element.depth)
        if deepest >= MOST_DEPTH:
            items = None if items is None else tuple(_shallow(item) for item in items)
            element, first, deepest = Unknown(), (), MOST_DEPTH - 1
        self.items = items
        self.first = first
        self._element = element
        self.depth = deepest + 1

    @property
    def element(self) -> Value:
        """What is known of all elements alike."""
        if self._element is None:
            found: Value = self.items[0] if self.items else Unknown()
            for item in (self.items or ())[1:]:
                found = join(found, item)
            self._element = found
        return self._element


class Maybe:
    """A field that may be missing. `by_route` says that some route certainly leads past it."""

    __slots__ = ("by_route", "depth", "value")

    def __init__(self, value: Value, by_route: bool = False) -> None:
        self.value = value
        self.by_route = by_route
        self.depth = value.depth


class Absent:
    """A field that is certainly missing; use `ABSENT`."""

    __slots__ = ()
    depth = 0


ABSENT: Final = Absent()

Entry: TypeAlias = Value | Maybe | Absent
"""What is known of a field: its value if it is certainly there."""


class Object(Value):
    """An object. `rest` is what any other field holds if it is there, None where there is no other.

    `solid` is False where it is not even certain that it is an object: then `fields` say what holds if it is one.
    """

    __slots__ = ("depth", "fields", "rest", "solid", "source")

    def __init__(
        self,
        fields: Trie[Entry],
        rest: Value | None = None,
        *,
        solid: bool = True,
        depth: int = 0,
        source: str = "",
    ) -> None:
        if not depth:
            if type(fields) is dict and len(fields) > _LARGE:
                fields = tries.grown(fields)
            depth = 1
            for _, entry in tries.items(fields) if type(fields) is tuple else fields.items():  # type: ignore[union-attr]
                below = entry.depth
                if below >= depth:
                    depth = below + 1
        if depth > MOST_DEPTH:
            fields = tries.grown({name: _shallow_entry(entry) for name, entry in tries.items(fields)})
            depth = MOST_DEPTH
        self.fields = fields
        self.rest = rest
        self.solid = solid
        self.source = source
        """Who made it, for people: `what sqs:sendMessage answers`."""
        self.depth = depth

    def get(self, name: str) -> Entry | None:
        """Return what is known of a field; None where it is only one of the rest."""
        fields = self.fields
        return fields.get(name) if type(fields) is dict else tries.find(fields, name)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Yield the fields that are known, each with what is known of it."""
        fields = self.fields
        yield from fields.items() if type(fields) is dict else tries.items(fields)

    def other(self, name: str) -> Value:
        """Return the value that a field of the rest has if it is there."""
        rest = self.rest
        if type(rest) is Unknown:
            return rest.child(name)
        return Unknown() if rest is None else rest

    def entry(self, name: str) -> Entry:
        """Return what is known of a field, whether it is listed or one of the rest."""
        found = self.get(name)
        if found is not None:
            return found
        return ABSENT if self.rest is None else Maybe(self.other(name))

    def put(self, name: str, entry: Entry) -> Object:
        """Return the object with one field changed."""
        depth = entry.depth + 1
        if depth < self.depth:
            depth = self.depth
        fields = self.fields
        fields = {**fields, name: entry} if type(fields) is dict else tries.put(fields, name, entry)
        if type(fields) is dict and len(fields) > _LARGE:
            fields = tries.grown(fields)
        return Object(fields, self.rest, depth=depth, source=self.source)

    def names(self, most: int | None = None) -> list[str]:
        """Return the fields that are, or may be, there; some of them where there are more than `most`."""
        found = (name for name, entry in tries.items(self.fields) if entry is not ABSENT)
        names = list(islice(found, most))
        return names if type(self.fields) is dict else sorted(names)


EMPTY: Final = Object({})
"""`{}`"""


class Lazy(Value):
    """A value that is worked out when something is read from it. Of the same `keys` the same is made."""

    __slots__ = ("_make", "_value", "keys")
    depth = 1

    def __init__(self, make: Callable[[], Value], *keys: object) -> None:
        self.keys = frozenset(keys)
        self._make = make
        self._value: Value | None = None

    def force(self) -> Value:
        """Return what it is, never lazy itself."""
        if self._value is None:
            value = self._make()
            while type(value) is Lazy:
                value = value.force()
            self._value = value
        return self._value


def forced(value: Value) -> Value:
    """Return the value itself, worked out if it was not yet."""
    return value.force() if type(value) is Lazy else value


def _shallow(value: Value) -> Value:
    return value if value.depth < MOST_DEPTH - 1 else Unknown()


def _shallow_entry(entry: Entry) -> Entry:
    if entry.depth < MOST_DEPTH - 1 or type(entry) is Absent:
        return entry
    return Maybe(Unknown()) if type(entry) is Maybe else Unknown()


def kind_of(value: object) -> ScalarKind | None:
    """Return the kind of a JSON scalar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "number" if isinstance(value, int | float) else None


def from_json(value: object, level: int = 0) -> Value:
    """Return the value of a literal. Text with a placeholder may become anything else of the same or another kind."""
    if isinstance(value, str):
        return Unknown() if "${" in value else Scalar("string", (value,))
    kind = kind_of(value)
    if kind is not None:
        return Scalar(kind, (value,))
    if level >= MOST_DEPTH:
        return Unknown()
    if isinstance(value, dict):
        is_open = any("${" in name for name in value if isinstance(name, str))
        fields: dict[str, Entry] = {
            name: from_json(item, level + 1) for name, item in value.items() if isinstance(name, str)
        }
        return Object(fields, Unknown() if is_open else None)
    if isinstance(value, list):
        return KnownList(tuple(from_json(item, level + 1) for item in value))
    return Unknown()


def join(left: Value, right: Value, level: int = 0) -> Value:
    """Return what holds of both. The answer is `left` itself if `right` adds nothing to it."""
    if left is right or type(left) is Unknown:
        return left
    if type(right) is Unknown or level > MOST_DEPTH:
        return Unknown()
    if type(left) is Lazy:
        if (
            type(right) is Lazy
        ):  # types that contain themselves have no end, so these are joined when they are read
            return left if right.keys <= left.keys else _joined_later(left, right)
        merged = join(left.force(), right, level)
        return left if merged is left.force() else merged
    if type(right) is Lazy:
        right = right.force()
    if type(left) is Object and type(right) is Object:
        return _join_objects(left, right, level)
    if type(left) is Scalar and type(right) is Scalar and left.kind == right.kind:
        return left if not left.constant or left.constant == right.constant else Scalar(left.kind)
    if type(left) is KnownList and type(right) is KnownList:
        return _join_arrays(left, right, level)
    return Unknown()


def _joined_later(left: Lazy, right: Lazy) -> Lazy:
    return Lazy(lambda: join(left.force(), right.force()), *left.keys, *right.keys)


def _join_arrays(left: KnownList, right: KnownList, level: int) -> Value:
    if left.items is not None and right.items is not None and len(left.items) == len(right.items):
        items = tuple(join(a, b, level + 1) for a, b in zip(left.items, right.items, strict=True))
        same = all(a is b for a, b in zip(items, left.items, strict=True))
        return left if same else KnownList(items)
    if right.items == ():
        return left if left.items is None and not left.first else KnownList(None, left.element)
    if left.items == ():
        return KnownList(None, right.element)
    element = join(left.element, right.element, level + 1)
    first = tuple(join(a, b, level + 1) for a, b in zip(_first(left), _first(right), strict=False))
    same = len(first) == len(left.first) and all(a is b for a, b in zip(first, left.first, strict=True))
    return (
        left if left.items is None and element is left.element and same else KnownList(None, element, first)
    )


def _first(array: KnownList) -> tuple[Value, ...]:
    return array.first if array.items is None else array.items


def _join_objects(left: Object, right: Object, level: int) -> Object:
    fields, others = left.fields, right.fields
    if type(fields) is dict and type(others) is dict and fields.keys() == others.keys():
        fields = _join_fields(fields, others, level + 1)
    else:

        def both(name: str, own: Entry | None, other: Entry | None) -> Entry:
            return join_entries(own or left.entry(name), other or right.entry(name), level + 1)

        fields = tries.merge(fields, others, both, _settled(left.rest, right.rest))
    rest = left.rest
    if right.rest is not None and rest is not right.rest:
        rest = right.rest if rest is None else join(rest, right.rest, level + 1)
    solid = left.solid and right.solid
    if fields is left.fields and rest is left.rest and solid is left.solid:
        return left
    source = left.source if left.source == right.source else ""
    return Object(fields, rest, solid=solid, depth=max(left.depth, right.depth), source=source)


_SETTLED: Final[dict[tuple[int, int], tuple[Value | None, Value | None, tries.Settled]]] = {}
_MOST_SETTLED: Final = 50_000


def _settled(left: Value | None, right: Value | None) -> tries.Settled:
    """Return what is settled between objects with these other fields, which is what a listed one may be joined with."""
    key = id(left), id(right)
    kept = _SETTLED.get(key)
    if kept is None or len(kept[2]) > _MOST_SETTLED:
        if len(_SETTLED) > 8:
            _SETTLED.clear()
        kept = _SETTLED[key] = (left, right, {})
    return kept[2]


def _join_fields(left: dict[str, Entry], right: dict[str, Entry], level: int) -> dict[str, Entry]:
    """Return the fields of two objects that list the same ones; `left` itself if nothing differs."""
    changed: dict[str, Entry] = {}
    # Most fields are the same on both routes, so which differ is left to the libraries in C.
    for name in compress(left, map(is_not, left.values(), map(right.__getitem__, left))):
        own = left[name]
        entry = join_entries(own, right[name], level)
        if entry is not own:
            changed[name] = entry
    return left | changed if changed else left


def join_entries(left: Entry, right: Entry, level: int = 0) -> Entry:
    """Return what holds of a field that two routes lead to."""
    if left is right:
        return left
    if left is ABSENT:
        return _missing_on_a_route(right)
    if right is ABSENT:
        return _missing_on_a_route(left)
    if type(left) is Maybe:
        other, by_route = (right.value, right.by_route) if type(right) is Maybe else (right, False)
        value = join(left.value, other, level)  # type: ignore[arg-type]
        if value is left.value and (left.by_route or not by_route):
            return left
        return Maybe(value, left.by_route or by_route)
    if type(right) is Maybe:
        return Maybe(join(left, right.value, level), right.by_route)  # type: ignore[arg-type]
    return join(left, right, level)  # type: ignore[arg-type]


def _missing_on_a_route(entry: Entry) -> Entry:
    if type(entry) is Absent or (type(entry) is Maybe and entry.by_route):
        return entry
    return Maybe(entry.value if type(entry) is Maybe else entry, by_route=True)  # type: ignore[arg-type]


def widen(left: Value, right: Value) -> Value:
    """Like `join`, but of what differs only its presence is kept, so that a loop comes to rest."""
    joined = join(left, right)
    if joined is left or type(joined) is not Object or type(left) is not Object:
        return left if joined is left else Unknown()

    def less(_: str, entry: Entry | None, before: Entry | None) -> Entry:
        if entry is before or entry is None or entry is ABSENT:
            return ABSENT if entry is None else entry
        return Maybe(Unknown(), entry.by_route) if type(entry) is Maybe else Unknown()

    fields = tries.merge(joined.fields, left.fields, less)
    return Object(fields, None if joined.rest is None else Unknown(), solid=joined.solid)
