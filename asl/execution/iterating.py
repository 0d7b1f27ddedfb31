"""What a Map state iterates over, and what each iteration is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asl.execution.faults import RuntimeFault
from asl.execution.queries import unexpected
from asl.expressions import is_expression

if TYPE_CHECKING:
    from asl.execution.records import Visit


class IteratedItem(NamedTuple):
    """What one iteration is about.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-map
    """

    value: Any
    source: str
    """The place in S3 that it was read from; `STATE_DATA` for an item of the state's input."""
    key: str | None = None
    """Its name in the object that it comes from."""

    def described(self, index: int) -> dict[str, Any]:
        """Return `$$.Map.Item`, which ItemSelector reads and no state of the iteration."""
        item = {"Index": index, "Value": self.value, "Source": self.source}
        return item if self.key is None else {**item, "Key": self.key}


def listed(items: Any, source: str = "STATE_DATA") -> list[IteratedItem]:
    """Return the items of a list or an object."""
    if isinstance(items, dict):
        return [IteratedItem(value, source, key) for key, value in items.items()]
    return [IteratedItem(value, source) for value in items]


def items_of(visit: Visit) -> list[IteratedItem]:
    """Return what a Map state iterates over without a reader.

    Raises:
        StateFault: it is neither list nor object.
    """
    spec = visit.state.map
    items = visit.data if spec.items is None else spec.items(visit.sight(visit.data))
    visit.engine.observe(visit, "afterItemsPath", items)
    if isinstance(items, list):
        return listed(items)
    if isinstance(items, dict) and spec.distributed:
        return listed(items)
    written = visit.state.raw.get("Items")
    if is_expression(written):
        raise unexpected(str(written), "Items", "array", items)
    raise RuntimeFault(f'Reference path "{visit.state.raw.get("ItemsPath", "$")}" must point to array.')


def selected_item(visit: Visit, index: int, item: IteratedItem) -> Any:
    """Return what an iteration is given: the item, or what ItemSelector makes of it. Raises StateFault."""
    spec = visit.state.map
    if spec.selector is None:
        return item.value if item.key is None else {"Key": item.key, "Value": item.value}
    sight = visit.sight(visit.data)
    sight.context["Map"] = {"Item": item.described(index)}
    return spec.selector(sight)
