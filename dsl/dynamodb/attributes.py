"""Tables, the items in them, and values in DynamoDB's own notation.

An `Item` declares a table's attributes; reading one from a result gives the path inside DynamoDB's typed JSON
(`$.shop.Item.storeOpen.BOOL`), and a value written to one is wrapped in the attribute's type (`{"N": "20"}`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, Union

from asl.services.models import sdk_name
from asl.words import did_you_mean
from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.intrinsics import array, format_string, string_to_json
from dsl.permissions.given import named
from dsl.values.expressions import Expression
from dsl.values.placeholders import Placeholder
from dsl.values.references import Anything, Bool, Field, Number, Reference, Shape, Str, fields, make

if TYPE_CHECKING:
    from dsl.values.expressions import ReferencePath
    from dsl.values.payloads import Payload

Value: TypeAlias = Union[
    bool, int, float, str, Expression, "Set[str | Expression]", "Sequence[Value]", "Mapping[str, Value]", None
]
"""What an attribute can be given: a literal, a reference, or a set of either."""

Key: TypeAlias = "Mapping[str, Value]"
"""A primary key: the value of each of its attributes."""


class StringSet(Reference):
    """A set of strings (`SS`)."""

    __slots__ = ()
    _kind = "string set"


class List(Reference):
    """A list (`L`), its elements in DynamoDB's notation."""

    __slots__ = ()
    _kind = "list"


class _EncodedNumber(Number):
    """A number as DynamoDB answers it: digits in a string."""

    __slots__ = ()
    _comparable = False

    def _json(self) -> Expression:
        return string_to_json(self)


def digits(number: Number) -> Str:
    """Return the text in which DynamoDB answers a number, such as "20" or "-0.5", for a Choice to compare as text.

    Raises:
        DefinitionError: it is a number that no item holds.
    """
    if not isinstance(number, _EncodedNumber):
        raise DefinitionError(f"{number!r} is a number already; only DynamoDB's numbers travel as text")
    return Str(number._path)


class _AsItIs(Reference):
    """A value that is in DynamoDB's notation and stays in it."""

    __slots__ = ()


_DESCRIPTORS: tuple[tuple[type[Reference], str, type[Reference]], ...] = (
    (Str, "S", Str),
    (Number, "N", _EncodedNumber),
    (Bool, "BOOL", Bool),
    (StringSet, "SS", StringSet),
    (List, "L", List),
    (Anything, "M", Anything),
)


@lru_cache(maxsize=256)
def descriptor(annotation: object) -> tuple[str, type[Reference]]:
    """DynamoDB's type descriptor of a declared kind, and the reference that reads it.

    Raises:
        DefinitionError: DynamoDB has no such type.
    """
    if isinstance(annotation, type):
        for kind, name, reading in _DESCRIPTORS:
            if issubclass(annotation, kind):
                return name, reading
    raise DefinitionError(
        f"{annotation!r} is no attribute type; use Str, Number, Bool, StringSet, List or Anything"
    )


class Item(Shape):
    """The attributes of a table's items.

    `sure` names optional ones that are known to be there; `among`, where it is given, all that may be there. `by_sdk`
    is for what an SDK integration answers, which names the types as AWS's Java SDK does: `Bool` and `Ss`.
    """

    __slots__ = ("_among", "_by_sdk", "_sure")
    _is_plain = False

    def __init__(
        self,
        path: ReferencePath,
        sure: frozenset[str] = frozenset(),
        among: frozenset[str] | None = None,
        *,
        by_sdk: bool = False,
    ) -> None:
        super().__init__(path)
        self._by_sdk = by_sdk
        self._sure = sure
        self._among = among

    def _child(self, name: str, declared: Field) -> Reference:
        if self._among is not None and name not in self._among:
            raise DefinitionError(
                f"{self._path} holds only what the update touches ({', '.join(sorted(self._among))}), "
                f"so there is no {name!r}; give returns='ALL_NEW' or 'ALL_OLD'"
            )
        letter, reading = descriptor(declared.annotation)
        maybe = (declared.optional or self._among is not None) and name not in self._sure
        return make(
            reading,
            self._path.child(name, optional=maybe).child(sdk_name(letter) if self._by_sdk else letter),
        )


I = TypeVar("I", bound=Item, covariant=True)  # noqa: E741


class Table(Generic[I]):
    """A table: a name that the deployment binds (`${OrderTableName}`), and what its items look like.

    `existing` is for a table that is there by this very name, in the deployment's account and region.

    Raises:
        DefinitionError: a key attribute is not declared by the item.
    """

    @explained
    def __init__(
        self,
        name: str,
        item: type[I],
        *,
        partition_key: str,
        sort_key: str | None = None,
        existing: bool = False,
    ) -> None:
        given: object = item
        if not (isinstance(given, type) and issubclass(given, Item)):
            raise DefinitionError(
                f"a table holds items: a class that derives from dynamodb.Item, and not {given!r}"
            )
        self.item = item
        self.key = (partition_key,) if sort_key is None else (partition_key, sort_key)
        self.name: str = name if existing else Placeholder(f"{name}Name")
        self.arn: str = named(name, "dynamodb", "table/") if existing else Placeholder(f"{name}Arn")
        for key in self.key:
            self.attribute(key)

    @staticmethod
    def check(table: object) -> None:
        """Check that something is a table.

        Raises:
            DefinitionError: it is not a table.
        """
        if not isinstance(table, Table):
            raise DefinitionError(
                f"{table!r} is no table; make one: Table('OrderTable', OrderRow, partition_key='PK')"
            )

    def attribute(self, name: str) -> Field:
        """Return the declaration of an attribute.

        Raises:
            DefinitionError: the item has no attribute of this name.
        """
        declared = fields(self.item)
        if name not in declared:
            raise DefinitionError(
                f"{self.item.__name__} has no attribute {name!r}{did_you_mean(name, declared)}"
            )
        return declared[name]

    def values(self, values: Mapping[str, Value]) -> dict[str, Payload]:
        """Return the values in DynamoDB's notation, each in the type of its attribute."""
        return {
            name: attribute_value(self.attribute(name).annotation, value, name)
            for name, value in values.items()
        }

    def complete(self, item: Mapping[str, Value]) -> dict[str, Payload]:
        """Return a whole item in DynamoDB's notation.

        Raises:
            DefinitionError: an attribute is not declared, does not fit, or is missing though every item has it.
        """
        values = self.values(item)
        missing = [key for key, found in fields(self.item).items() if not found.optional and key not in item]
        if missing:
            raise DefinitionError(f"the item lacks {', '.join(missing)}; a put replaces the whole item")
        return values

    def key_values(self, key: Mapping[str, Value]) -> dict[str, Payload]:
        """Return a primary key in DynamoDB's notation.

        Raises:
            DefinitionError: an attribute of the key is missing, or another attribute is given.
        """
        if set(key) != set(self.key):
            raise DefinitionError(
                f"the key of {self.item.__name__} is {' and '.join(self.key)}, not {', '.join(key) or 'empty'}"
            )
        return self.values(key)

    def __repr__(self) -> str:
        return f"<Table {self.name}>"


def attribute_value(annotation: object, value: Value, name: str) -> dict[str, Payload]:
    """Return a value in DynamoDB's notation, as the attribute's declaration wants it.

    Raises:
        DefinitionError: the value does not fit the type.
    """
    letter, reading = descriptor(annotation)
    if isinstance(value, Expression):
        return {letter: _computed(letter, reading, value, name)}
    if not _fits(letter, value):
        raise DefinitionError(f"attribute {name!r} is of DynamoDB's type {letter}; {value!r} does not fit it")
    if letter == "N":
        return {"N": str(value)}
    if letter == "SS" and isinstance(value, Set):
        # A Python set has no order of its own; one is needed for the same document every time.
        members = sorted(
            value, key=lambda member: member._asl() if isinstance(member, Expression) else member
        )
        if any(isinstance(member, Expression) for member in members):
            for member in members:
                attribute_value(Str, member, name)
            return {"SS": array(*members)}
        return {"SS": [str(member) for member in members]}
    return {letter: value}  # type: ignore[dict-item]


def _fits(letter: str, value: Value) -> bool:
    match letter:
        case "S":
            return isinstance(value, str)
        case "N":
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            return is_number or isinstance(value, Placeholder)
        case "BOOL":
            return isinstance(value, bool)
        case "SS":
            is_filled = isinstance(value, Set) and len(value) > 0
            return is_filled and all(isinstance(member, str | Expression) for member in value)  # type: ignore[union-attr]
        case "L":
            return isinstance(value, Sequence) and not isinstance(value, str)
        case _:
            return isinstance(value, Mapping)


def _computed(letter: str, reading: type[Reference], value: Expression, name: str) -> Expression:
    if isinstance(value, Reference) and not isinstance(value, Anything):
        # A time is a string to DynamoDB, which knows no times.
        kind = "string" if value._kind == "timestamp" else value._kind
        if kind != reading._kind:
            raise DefinitionError(
                f"attribute {name!r} is of DynamoDB's type {letter}; {value!r} does not fit it"
            )
    if isinstance(value, _EncodedNumber):
        return _AsItIs(value._path)  # digits in a string already
    return format_string("{}", value) if letter == "N" else value
