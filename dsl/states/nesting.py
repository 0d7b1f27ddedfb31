"""States that run other states: branches side by side, and one run of the same states for each item.

    both = parallel("Prepare", grind >> heat, warm_cup)             # the results, branch by branch
    each = map_("Each drink", make, items=order.drinks)             # the results, item by item
    night = distributed_map("Last night", count, reader=s3_objects(bucket, prefix), label="Night")

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html and .../state-map.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, overload

from dsl.arguments import explained
from dsl.errors import DefinitionError, building
from dsl.options import RetryableOptions
from dsl.permissions.policy import distributed_map_permissions
from dsl.states import unplaced
from dsl.states.map_data import ItemBatcher, ItemReader, ResultWriter, map_permissions, with_paths
from dsl.states.requests import present
from dsl.states.retryable import RetryableState
from dsl.states.wiring import StateGraph, first_of
from dsl.values.expressions import ReferencePath
from dsl.values.payloads import paths, render
from dsl.values.references import Anything, Array, R, Reference, Shape, Str, check_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from dsl.permissions.policy import Permission
    from dsl.states.wiring import Reads, State, Target
    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload
    from dsl.values.placeholders import Placeholder
    from dsl.values.references import Integer, Number


Handed: TypeAlias = "type[Reference] | None"
"""The kind of what each run of a map hands on."""


class ResultPlace(Shape):
    """The manifest of a map's results in S3."""

    Bucket: Str
    Key: Str


class Results(Array[R]):
    """What the runs of a map handed on; of a distributed map with a writer, where that was written."""

    __slots__ = ("_exported",)

    def __init__(self, path: ReferencePath, element: object, *, exported: bool) -> None:
        super().__init__(path, element)
        self._exported = exported

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Array[R]: ...
    def __getitem__(self, index: int | slice) -> R | Array[R]:
        if self._exported:
            raise DefinitionError(
                f"{self._path} says where the results were written: read its ResultWriterDetails"
            )
        return super().__getitem__(index)

    def _written(self, name: str) -> ReferencePath:
        if not self._exported:
            raise DefinitionError(
                f"{self._path} has the results themselves, since the map has no writer that exports"
            )
        return self._path.child(name)

    @property
    def MapRunArn(self) -> Str:  # noqa: N802
        """The ARN of the map's run, which Step Functions knows more of."""
        return Str(self._written("MapRunArn"))

    @property
    def ResultWriterDetails(self) -> ResultPlace:  # noqa: N802
        """The manifest of the written results in S3."""
        return ResultPlace(self._written("ResultWriterDetails"))


class _Nesting(RetryableState):
    """A state with scopes inside it."""

    def _build(self) -> list[StateGraph]:
        raise NotImplementedError

    def scopes(self) -> Sequence[StateGraph]:
        # Built when the machine is made, so that what is inside may be wired after this state.
        if self._scopes is None:
            self._scopes = self._build()
        return self._scopes

    def starts(self) -> Sequence[State]:
        return self._starts

    _scopes: list[StateGraph] | None = None
    _starts: Sequence[State] = ()
    _permissions: tuple[Permission, ...] = ()


class Outputs(Reference):
    """The outputs of branches: as many as there are branches."""

    __slots__ = ("_count",)
    _kind = "list"

    def __init__(self, path: ReferencePath, count: int) -> None:
        super().__init__(path)
        self._count = count

    def __getitem__(self, index: int) -> Anything:
        if not 0 <= index < self._count:
            raise DefinitionError(
                f"{self._path} has the outputs of {self._count} branches, and none at {index}"
            )
        return Anything(self._path.child(index))


class Parallel(_Nesting):
    """Runs branches side by side; use `parallel()`."""

    type = "Parallel"

    def __init__(
        self,
        name: str,
        *branches: Target,
        **options: Unpack[RetryableOptions],
    ) -> None:
        super().__init__(name, **options)
        if not branches:
            raise self.mistake("it has no branch; give at least one state to start with")
        with building(name, self.source):
            self._starts = [first_of(branch) for branch in branches]
            unplaced.keep(self, *self._starts)

    @property
    def result(self) -> Outputs:
        """The outputs of the branches, in their order."""
        return Outputs(ReferencePath(self.root), len(self._starts))

    def _build(self) -> list[StateGraph]:
        return [StateGraph(start) for start in self._starts]

    def reads(self) -> Iterator[ReferencePath]:
        yield from self._output_reads()

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {"Branches": [scope.document for scope in self.scopes()]}
        return document | self._result(reads) | self._errors()


class Map(_Nesting, Generic[R]):
    """Runs the same states once for each item; use `map_()` or `distributed_map()`."""

    type = "Map"

    def __init__(
        self,
        name: str,
        process: Target,
        *,
        processor: JsonObject,
        items: Reference | None,
        item: Mapping[str, Payload] | None,
        fields: Mapping[str, Payload],
        max_concurrency: int | Placeholder | Integer | None,
        reader: ItemReader | None = None,
        batcher: ItemBatcher | None = None,
        writer: ResultWriter | None = None,
        answer: Handed = None,
        **options: Unpack[RetryableOptions],
    ) -> None:
        super().__init__(name, **options)
        self._check_parts(reader, batcher, writer)
        with building(name, self.source):
            check_kind(answer, "what each run hands on is declared as")
        self.answer: type[Reference] = answer or Anything
        """What each run is said to hand on."""
        self._permissions = map_permissions(reader, writer)
        if processor["Mode"] == "DISTRIBUTED":
            self._permissions += distributed_map_permissions()
        with building(name, self.source):
            self._starts = [first_of(process)]
            unplaced.keep(self, *self._starts)
        self._processor = processor
        self._items = items
        if items is not None and not _is_place(items):
            raise self.mistake(
                f"it takes its items from one place in the data, and {items!r} is none; make the list in a state "
                "before it: pass_('Lines', {'lines': ...}, into=slot)"
            )
        self._item = item
        self._fields = present({**fields, "MaxConcurrency": max_concurrency})
        self._reader, self._batcher, self._writer = reader, batcher, writer

    def _check_parts(self, reader: object, batcher: object, writer: object) -> None:
        for option, given, kind, made in (
            ("reader", reader, ItemReader, "s3_file('bucket', 'key', type='CSV', csv_headers='FIRST_ROW')"),
            ("batcher", batcher, ItemBatcher, "ItemBatcher(max_items=10)"),
            ("writer", writer, ResultWriter, "ResultWriter('bucket', 'prefix')"),
        ):
            if given is not None and not isinstance(given, kind):
                raise self.mistake(f"{option}= takes what {made} makes, and not {given!r}")

    @property
    def result(self) -> Results[R]:
        """The outputs of the runs, in the order of the items; with a writer that exports, where they were written."""
        exported = self._writer is not None and self._writer.exports
        return Results(ReferencePath(self.root), self.answer, exported=exported)

    def _build(self) -> list[StateGraph]:
        return [StateGraph(start, sees_outside=False) for start in self._starts]

    def reads(self) -> Iterator[ReferencePath]:
        if self._items is not None:
            yield self._items._path
        yield from paths(self._item or {})
        yield from paths(self._fields)
        if self._reader is not None:
            yield from paths(self._reader.parameters)
            yield from paths(self._reader.configuration)
        if self._batcher is not None:
            yield from paths(self._batcher.batch_input)
        yield from self._output_reads()

    def body(self, reads: Reads) -> JsonObject:
        document: JsonObject = {}
        if self._items is not None:
            document["ItemsPath"] = self._items._asl()
        if self._reader is not None:
            document["ItemReader"] = self._reader.asl()
        if self._item is not None:
            document["ItemSelector"] = render(self._item)
        if self._batcher is not None:
            document["ItemBatcher"] = self._batcher.asl()
        document["ItemProcessor"] = {"ProcessorConfig": self._processor, **self.scopes()[0].document}
        document |= with_paths(self._fields)
        if self._writer is not None:
            document["ResultWriter"] = self._writer.asl()
        return document | self._result(reads) | self._errors()


@explained
def parallel(
    name: str,
    *branches: Target,
    **options: Unpack[RetryableOptions],
) -> Parallel:
    """Return a state that runs branches side by side, each with all of the data, and goes on when all have ended.

    Raises:
        DefinitionError: there is no branch.
    """
    return Parallel(name, *branches, **options)


@explained
def map_(
    name: str,
    process: Target,
    *,
    items: Reference | None = None,
    item: Mapping[str, Payload] | None = None,
    max_concurrency: int | Placeholder | Integer | None = None,
    answer: type[R] | None = None,
    **options: Unpack[RetryableOptions],
) -> Map[R]:
    """Return a state that runs the states from `process` on once for each item of the list at `items`.

    What runs sees the item, or what `item` makes of it (`context.map_item.value` is the item there);
    `max_concurrency` 0 or None is as many at once as AWS allows, 40. `answer` is what each run hands on, as which
    `result[0]` and `result.pick(...)` are read.

    Raises:
        DefinitionError: the number at once is negative.
    """
    _check_concurrency(name, max_concurrency)
    return Map(
        name,
        process,
        processor={"Mode": "INLINE"},
        items=items,
        item=item,
        fields={},
        max_concurrency=max_concurrency,
        answer=answer,
        **options,
    )


@explained
def distributed_map(
    name: str,
    process: Target,
    *,
    execution_type: Literal["STANDARD", "EXPRESS"] = "STANDARD",
    items: Reference | None = None,
    reader: ItemReader | None = None,
    item: Mapping[str, Payload] | None = None,
    batcher: ItemBatcher | None = None,
    writer: ResultWriter | None = None,
    label: str | None = None,
    max_concurrency: int | Placeholder | Integer | None = None,
    tolerated_failure_percentage: float | Number | None = None,
    tolerated_failure_count: int | Integer | None = None,
    answer: type[R] | None = None,
    **options: Unpack[RetryableOptions],
) -> Map[R]:
    """Return a map whose runs are executions of their own: for thousands of items, from the data or from S3.

    With a `writer` the results go to S3, and `result` says where; it has them otherwise, each of the kind `answer`.

    Raises:
        DefinitionError: items and a reader are both given, or AWS does not take the label or a limit.
    """
    if items is not None and reader is not None:
        raise DefinitionError("give either items= or reader=", state=name)
    if label is not None and not re.fullmatch(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"]{1,40}", label):
        raise DefinitionError(
            f"the label {label!r}: AWS takes 1 to 40 characters without spaces, brackets or wildcards",
            state=name,
        )
    if isinstance(tolerated_failure_percentage, int | float) and not 0 <= tolerated_failure_percentage <= 100:
        raise DefinitionError(f"{tolerated_failure_percentage} is no percentage", state=name)
    _check_concurrency(name, max_concurrency)
    fields: dict[str, Payload] = {
        "Label": label,
        "ToleratedFailurePercentage": tolerated_failure_percentage,
        "ToleratedFailureCount": tolerated_failure_count,
    }
    return Map(
        name,
        process,
        processor={"Mode": "DISTRIBUTED", "ExecutionType": execution_type},
        items=items,
        item=item,
        fields=fields,
        max_concurrency=max_concurrency,
        reader=reader,
        batcher=batcher,
        writer=writer,
        answer=answer,
        **options,
    )


def _is_place(items: object) -> bool:
    return isinstance(items, Reference) and items._path.is_plain


def _check_concurrency(name: str, concurrency: object) -> None:
    if isinstance(concurrency, int) and concurrency < 0:
        raise DefinitionError(
            f"max_concurrency={concurrency}: AWS takes 0, for no limit, or more", state=name
        )
