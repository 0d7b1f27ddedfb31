"""References: typed views of data that exists only while the workflow runs.

A class that derives from `Shape` declares what an object holds; reading an attribute of a view gives the
reference to that field, so no path is ever typed as a string:

    class Detail(Shape):
        userId: Str
        note: Annotated[Str, optional]

    view(Detail).userId        # a Str that compiles to "$.userId"

References compare with Python's operators and give a `Condition` for a Choice state.
"""

from __future__ import annotations

from copy import copy
from typing import (
    TYPE_CHECKING,
    Annotated,
    ClassVar,
    Generic,
    NamedTuple,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from asl.words import did_you_mean
from dsl.errors import DefinitionError, NoAttributeError
from dsl.values.conditions import ChoiceComparison, Condition, Operand, TypeTest, compare, filter_text
from dsl.values.expressions import (
    READ_HERE,
    Bracket,
    Expression,
    Json,
    JsonObject,
    Locate,
    ReferencePath,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import NoReturn


V = TypeVar("V")
"""What a value is compared with."""


class _Optional:
    """Marks a field that may be missing; use the ready `optional`."""

    if not TYPE_CHECKING:

        def __call__(self, *_: object) -> NoReturn:
            raise DefinitionError(
                "optional is no function: a field is declared as Annotated[Str, optional], and required(value) takes "
                "for granted that it is there"
            )


optional = _Optional()
"""`Annotated[Str, optional]`: the field may be missing, so reading it needs a test on the way."""


class OneOf:
    """`Annotated[Str, OneOf("closed", "at capacity")]`: the only values that the field takes."""

    __slots__ = ("values",)

    def __init__(self, *values: str) -> None:
        given: tuple[object, ...] = values
        if not given or not all(isinstance(value, str) for value in given):
            raise DefinitionError("OneOf takes the texts one by one: OneOf('small', 'big')")
        self.values = values


class Reference(Expression):
    """A place in the state's data (`$`) or in the context object (`$$`)."""

    __slots__ = ("_path",)

    if TYPE_CHECKING:
        _path: ReferencePath
        _schema: ClassVar[JsonObject]

        def __init__(self, path: ReferencePath) -> None: ...

    else:
        _schema = {}

        def __init__(self, path=None, **given):
            if type(path) is not ReferencePath or given:
                raise DefinitionError(
                    f"{type(self).__name__} describes data and is not made; view(Shape) and results give references to "
                    "it, and what is sent is an object, {'field': ...}"
                )
            object.__setattr__(self, "_path", path)

    if not TYPE_CHECKING:  # type checkers find this by themselves

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            if name == "keys":  # what `**value` and dict(value) ask for
                iter(self)
            raise NoAttributeError(f"{self!r} has no {name!r}{self._instead_of(name)}")

        def _instead_of(self, name: str) -> str:
            """Return what to write in place of an attribute that there is not."""
            if isinstance(self, Array):
                kind = get_origin(self._element) or self._element
                if isinstance(kind, type) and issubclass(kind, Shape) and name in fields(kind):
                    return f"; pick(lambda one: one.{name}) reads it of each element"
                return "; pick() and where() read parts of a list, map_() works on each element"
            if isinstance(self, Anything):
                return f"; of a value of unknown kind read [{name!r}]"
            if isinstance(self, Str) and hasattr(str, name):
                return "; it is no text yet: dsl.intrinsics has what a workflow can do with text"
            return ""

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_"):
                raise DefinitionError(f"{self!r} {READ_HERE}")
            object.__setattr__(self, name, value)

        def __delattr__(self, name: str) -> NoReturn:
            raise DefinitionError(f"{self!r} {READ_HERE}")

    def _asl(self, locate: Locate = str) -> str:
        return locate(self._path)

    def _paths(self) -> Iterator[ReferencePath]:
        yield self._path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path}>"

    def __bool__(self) -> bool:
        raise DefinitionError(
            f"{self._path} has no value while the workflow is being described; combine conditions with &, | and ~"
        )

    __hash__ = object.__hash__


_OPERATORS: Mapping[str, str] = {
    "string": "String",
    "number": "Numeric",
    "boolean": "Boolean",
    "timestamp": "Timestamp",
}


class _Ordered(Reference, Generic[V]):
    """A value that is compared with others of its kind, and with Python's."""

    __slots__ = ()

    def __eq__(self, other: V) -> Condition:  # type: ignore[override]
        return self._compare("Equals", other)

    def __ne__(self, other: V) -> Condition:  # type: ignore[override]
        return ~(self == other)

    def __lt__(self, other: V) -> Condition:
        return self._compare("LessThan", other)

    def __le__(self, other: V) -> Condition:
        return self._compare("LessThanEquals", other)

    def __gt__(self, other: V) -> Condition:
        return self._compare("GreaterThan", other)

    def __ge__(self, other: V) -> Condition:
        return self._compare("GreaterThanEquals", other)

    def _compare(self, operator: str, other: object) -> Condition:
        return compare(self, f"{_OPERATORS[self._kind]}{operator}", other)

    __hash__ = object.__hash__


class _Truth(Reference, Condition):
    """A value that is a condition by itself: it holds where the value is `true`."""

    __slots__ = ()

    def _rule(self) -> JsonObject:
        return ChoiceComparison(self, "BooleanEquals", True)._rule()

    def _reads(self) -> Iterator[ReferencePath]:
        yield self._path

    __and__, __or__, __invert__ = Condition.__and__, Condition.__or__, Condition.__invert__
    if not TYPE_CHECKING:
        __rand__, __ror__ = Condition.__rand__, Condition.__ror__

    __hash__ = object.__hash__


class Anything(_Ordered["str | float | Reference"], _Truth):
    """A value of unknown kind; `["field"]` and `[0]` go deeper, without a check.

    It is compared as what it is compared with: text, a number or a boolean. By itself it is a condition that holds
    where the value is `true`.
    """

    __slots__ = ()

    def __getitem__(self, step: str | int) -> Anything:
        if isinstance(step, str):
            check_text(step)
        return Anything(self._path.child(step))

    def _compare(self, operator: str, other: object) -> Condition:
        if isinstance(other, Operand):
            return NotImplemented  # type: ignore[no-any-return]
        if other is None and operator == "Equals":
            return TypeTest(self._path, "IsNull")
        return compare(self, f"{_compared_as(self, operator, other)}{operator}", other)

    def __eq__(self, other: str | float | Reference | None) -> Condition:  # type: ignore[override]
        return self._compare("Equals", other)

    def __ne__(self, other: str | float | Reference | None) -> Condition:  # type: ignore[override]
        return ~(self == other)

    def is_in(self, *values: str | float) -> Condition:
        """Equal to one of the values."""
        return _one_of(self, values)

    def matches(self, pattern: str) -> Condition:
        r"""Compare text with a pattern in which `*` stands for any characters (`\*` for the character itself)."""
        return Str(self._path).matches(pattern)

    __hash__ = object.__hash__


def _compared_as(variable: Reference, operator: str, other: object) -> str:
    """Return the kind, as the names of operators begin with it, in which a value of unknown kind is compared."""
    if isinstance(other, bool) and operator == "Equals":
        return "Boolean"
    if isinstance(other, int | float) and not isinstance(other, bool):
        return "Numeric"
    if isinstance(other, Anything):
        raise DefinitionError(
            f"neither {variable._asl()} nor {other._asl()} is declared to be of a kind, and a Choice compares text, "
            "numbers, booleans or timestamps; declare one of them in a Shape"
        )
    if isinstance(other, Reference) and other._kind in _OPERATORS:
        return _OPERATORS[other._kind]
    if isinstance(other, str):
        return "String"
    raise variable._incomparable()


def _one_of(variable: Str | Anything, values: Sequence[str | float]) -> Condition:
    if not values:
        raise DefinitionError(
            f"{variable._path}.is_in() was given no value, so it could never hold; name at least one"
        )
    first: object = values[0]
    if isinstance(first, list | tuple | set | frozenset):
        raise DefinitionError(f"is_in() takes the values one by one: is_in(*{first!r})")
    condition: Condition = variable == values[0]  # type: ignore[assignment]
    for value in values[1:]:
        condition = condition | (variable == value)  # type: ignore[operator]
    return condition


class Str(_Ordered["str | Str"]):
    """A string."""

    __slots__ = ("_values",)
    _kind = "string"
    _schema: ClassVar[JsonObject] = {"type": "string"}

    def __init__(self, path: ReferencePath, values: tuple[str, ...] = ()) -> None:
        super().__init__(path)
        self._values = values

    def matches(self, pattern: str) -> Condition:
        r"""Compare with a pattern in which `*` stands for any characters (`\*` for the character itself)."""
        if not isinstance(pattern, str):
            raise DefinitionError(
                f"StringMatches takes its pattern from the definition, not from {pattern!r}"
            )
        return ChoiceComparison(self, "StringMatches", pattern)

    def is_in(self, *values: str) -> Condition:
        """Equal to one of the values."""
        return _one_of(self, values)


class Timestamp(_Ordered["str | Timestamp"]):
    """An ISO 8601 time with a `T` and a zone, as the States Language defines timestamps."""

    __slots__ = ()
    _kind = "timestamp"
    _schema: ClassVar[JsonObject] = {"type": "string", "format": "date-time"}


class Number(_Ordered["float | Number"]):
    """A number."""

    __slots__ = ()
    _kind = "number"
    _schema: ClassVar[JsonObject] = {"type": "number"}


class Integer(Number):
    """A whole number."""

    __slots__ = ()
    _schema: ClassVar[JsonObject] = {"type": "integer"}


class Bool(_Truth):
    """A boolean; it is a condition by itself: `(shop.Item.storeOpen, serve)`."""

    __slots__ = ()
    _kind = "boolean"
    _schema: ClassVar[JsonObject] = {"type": "boolean"}

    def __eq__(self, other: bool | Bool) -> Condition:  # type: ignore[override]
        return compare(self, "BooleanEquals", other)

    def __ne__(self, other: bool | Bool) -> Condition:  # type: ignore[override]
        return ~(self == other)

    __hash__ = object.__hash__


if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault  # PEP 696, which Python has from 3.13 on

    R = TypeVarWithDefault("R", bound=Reference, default=Anything, covariant=True)
else:
    R = TypeVar("R", covariant=True)
"""The kind of an element, or of what a service answers: `Anything`, where none is declared."""
T = TypeVar("T", bound=Reference)
S = TypeVar("S", bound="Shape")


class Array(Reference, Generic[R]):
    """A list whose elements are all of one kind."""

    __slots__ = ("_element",)
    _kind = "list"
    _schema: ClassVar[JsonObject] = {"type": "array"}

    def __init__(self, path: ReferencePath, element: object = Anything) -> None:
        super().__init__(path)
        self._element = element

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Array[R]: ...
    def __getitem__(self, index: int | slice) -> R | Array[R]:
        """One element, or a part of the list: `lines[0]`, `lines[1:3]`, `lines[-2:]`."""
        if not self._path.is_plain:
            raise DefinitionError(
                f"{self._path} already is several values, of which JSONPath goes on with each; keep the list in a "
                "state of its own, or take array_get_item(list, 0)"
            )
        if isinstance(index, slice):
            if index.step is not None:
                raise DefinitionError(f"{self._path} is cut without a step, lines[1:3]; JSONPath has none")
            bounds = (index.start, index.stop)
            if not all(bound is None or isinstance(bound, int) for bound in bounds):
                raise DefinitionError(
                    f"{self._path} is cut at numbers that are known now, lines[1:3], not at {index}"
                )
            start, stop = ("" if bound is None else bound for bound in bounds)
            return Array(self._path.child(Bracket(f"{start}:{stop}")), self._element)
        if not isinstance(index, int):
            raise DefinitionError(
                f"{self._path} is a list: {index!r} is no number of an element; "
                "lines.pick(lambda line: line.drink) reads a field of each"
            )
        return self._at(self._path.child(index, optional=True))

    def _at(self, path: ReferencePath) -> R:
        """Return an element, at its path."""
        return cast("R", make(self._element, path))

    def pick(self, read: Callable[[R], T]) -> Array[T]:
        """Read a part of each element: `order.lines.pick(lambda line: line.drink)` is `$.lines[*].drink`.

        An element that lacks the field is left out.
        """
        # After a step to several values, JSONPath goes on with each of them.
        each = self._path.child(Bracket("*")) if self._path.is_plain else self._path
        found: object = read(self._at(each))
        if not isinstance(found, Reference) or found._path.steps[: len(each.steps)] != each.steps:
            raise DefinitionError(
                f"pick() takes a function that reads a field of the element, and not {found!r}"
            )
        steps = found._path.steps
        maybe = each.maybe + (False,) * (len(steps) - len(each.steps))
        element = found._element if isinstance(found, Array) else type(found)
        kind = Array[element] if isinstance(found, Array) else element  # type: ignore[valid-type]
        return cast("Array[T]", Array(ReferencePath(each.root, steps, maybe, each.granted), kind))

    def where(self, holds: Callable[[R], Condition]) -> Array[R]:
        """Return the elements for which the condition holds: `order.lines.where(lambda line: line.price > 3)`."""
        if not self._path.is_plain:
            raise DefinitionError(f"{self._path} already is several values; put all of it into one where()")
        condition = holds(self._at(ReferencePath("@")))
        return Array(self._path.child(Bracket(f"?({filter_text(condition)})")), self._element)


class Shape(Reference):
    """An object with declared fields. It has no public methods, so every field name is free."""

    __slots__ = ()
    _kind = "object"
    _is_plain = True
    """Whether its fields are in JSON what they are declared as."""

    def _child(self, name: str, declared: Field) -> Reference:
        found = make(declared.annotation, self._path.child(name, optional=declared.optional))
        return Str(found._path, declared.values) if declared.values and type(found) is Str else found

    if not TYPE_CHECKING:  # mypy is to see the declared fields and nothing else

        def __getattr__(self, name: str) -> Reference:
            if name.startswith("_"):
                raise AttributeError(name)
            declared = fields(type(self))
            if name not in declared:
                kind = type(self).__name__
                raise DefinitionError(
                    f"{kind} ({self._path}) has no field {name!r}{did_you_mean(name, declared)}"
                )
            return self._child(name, declared[name])


class Field(NamedTuple):
    """One declared field of a shape."""

    annotation: object
    optional: bool = False
    values: tuple[str, ...] = ()


_FIELDS: dict[object, Mapping[str, Field]] = {}


def fields(shape: type[Shape]) -> Mapping[str, Field]:
    """Return the declared fields of a shape, those of its base classes first."""
    known = _FIELDS.get(shape)
    if known is None:
        known = _FIELDS[shape] = _declared(shape)
    return known


def _declared(shape: type[Shape]) -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    try:
        hints = get_type_hints(shape, include_extras=True)
    except NameError as error:
        raise DefinitionError(
            f"{shape.__name__} declares a field as {error.name!r}, which its module does not know while it runs; "
            "import it there, and not under TYPE_CHECKING"
        ) from None
    for name, hint in hints.items():
        if name.startswith("_"):
            continue
        annotation, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        values = next((mark.values for mark in marks if isinstance(mark, OneOf)), ())
        found[name] = Field(annotation, optional in marks, values)
    return found


def make(annotation: object, path: ReferencePath) -> Reference:
    """Return a reference of the declared kind at a path."""
    if isinstance(annotation, type) and issubclass(annotation, Reference):
        return annotation(path)
    if get_origin(annotation) is Array:
        return Array(path, get_args(annotation)[0])
    raise DefinitionError(
        f"{path} is declared as {annotation!r}, which is no kind of reference{_kind_for(annotation)}"
    )


_KINDS_FOR: Mapping[object, str] = {
    bool: "Bool",
    dict: "a Shape, or Anything",
    float: "Number",
    int: "Integer",
    list: "Array[Str]",
    str: "Str",
}


def _kind_for(annotation: object) -> str:
    """Return what to declare in place of Python's own type."""
    if type(None) in get_args(annotation):
        return "; what may be missing is Annotated[Str, optional]"
    kind = _KINDS_FOR.get(get_origin(annotation) or annotation)
    return f"; write {kind}" if kind else ""


def check_kind(kind: object, what: str) -> None:
    """Check that something is a kind of reference, or nothing.

    Raises:
        DefinitionError: it is neither.
    """
    if kind is not None and not (isinstance(kind, type) and issubclass(kind, Reference)):
        raise DefinitionError(f"{what} a Shape, or another kind such as Str, not {kind!r}")


def view(shape: type[S], root: str | Anything = "$") -> S:
    """Return a typed view of the object at `root`: the whole input where nothing else is said.

    A `root` of unknown kind, such as the output of a branch, is taken for such an object: `view(Cup, both.result[0])`.

    Raises:
        DefinitionError: it is no shape, or the root is known to be something else.
    """
    given: object = shape
    if not (isinstance(given, type) and issubclass(given, Shape)):
        raise DefinitionError(f"a view is of a Shape, a class that declares fields, and not of {shape!r}")
    if isinstance(root, Reference):
        if root._kind not in ("value", "object"):
            raise DefinitionError(f"{root!r} is no object, so it cannot be viewed as a {shape.__name__}")
        return shape(root._path)
    return shape(ReferencePath(root, declared=shape))


def required(reference: T) -> T:
    """Return the same place, taken for granted: if nothing is there, the execution fails, and that is meant to be so.

    Raises:
        DefinitionError: it is no reference.
    """
    given: object = reference
    if not isinstance(given, Reference):
        raise DefinitionError(f"required() takes a reference, such as a field of a view, and not {given!r}")
    granted = copy(reference)
    granted._path = reference._path.grant()
    return granted


def json_schema(annotation: object, *, within: tuple[object, ...] = ()) -> JsonObject:
    """Return the JSON Schema of a declared kind: closed objects, with every field that is not optional required.

    Of a shape that lies `within` itself no more is said than that it is an object.
    """
    if get_origin(annotation) is Array:
        return {"type": "array", "items": json_schema(get_args(annotation)[0], within=within)}
    if not (isinstance(annotation, type) and issubclass(annotation, Reference)):
        raise DefinitionError(f"{annotation!r} is no kind of reference")
    if not issubclass(annotation, Shape):
        return dict(annotation._schema)
    if annotation in within or not annotation._is_plain:
        return {"type": "object"}
    properties: JsonObject = {}
    required: list[Json] = []
    for name, declared in fields(annotation).items():
        schema = json_schema(declared.annotation, within=(*within, annotation))
        if declared.values:
            schema["enum"] = list(declared.values)
        properties[name] = schema
        if not declared.optional:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
