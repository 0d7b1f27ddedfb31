"""What a Map state iterates over, and what each iteration is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.execution.faults import RuntimeFault
from asl.execution.queries import is_query, unexpected
from asl.execution.records import map_item

if TYPE_CHECKING:
    from asl.execution.records import Visit


def listed(items: Any) -> list[tuple[str | None, Any]]:
    """Return the items of a list or an object."""
    if isinstance(items, dict):
        return list(items.items())
    return [(None, item) for item in items]


def items_of(visit: Visit) -> list[tuple[str | None, Any]]:
    """Return what a Map state iterates over without a reader, each with its key if it comes from an object.

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
    if is_query(written):
        raise unexpected(str(written), "Items", "array", items)
    raise RuntimeFault(f'Reference path "{visit.state.raw.get("ItemsPath", "$")}" must point to array.')


def selected_item(visit: Visit, index: int, item: Any, key: str | None) -> Any:
    """Return what an iteration is given: the item, or what ItemSelector makes of it. Raises StateFault."""
    spec = visit.state.map
    if spec.selector is None:
        return item if key is None else {"Key": key, "Value": item}
    sight = visit.sight(visit.data)
    sight.context["Map"] = {"Item": map_item(index, item, key)}
    return spec.selector(sight)
