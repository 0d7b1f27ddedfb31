"""The costs and the quotas as tables: for people, for the pages, for programs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from local.costs.prices import price_list
from local.costs.quotas import first, quotas
from local.costs.sums import idle, per_thousand_orders
from local.costs.usage import usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STACKS: Final = (("a developer's own, as `alice`", "alice"), ("a shared one, as `prod`", "prod"))


@dataclass(frozen=True, slots=True)
class CostTable:
    """A table with what is said before and after it. Cells of the first column are texts, the others numbers."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def tables() -> Iterator[CostTable]:
    """Yield what `espresso costs` shows, in its order."""
    prices = price_list()
    standard, express = per_thousand_orders("STANDARD"), per_thousand_orders("EXPRESS")
    rows = [
        (name.removesuffix(", STANDARD"), f"{left:.4f}", f"{right:.4f}")
        for (name, left), right in zip(standard.items(), express.values(), strict=True)
    ]
    rows.append(("**together**", f"**{sum(standard.values()):.4f}**", f"**{sum(express.values()):.4f}**"))
    processor, manager = usage()
    yield CostTable(
        f"1,000 orders, {prices.region}, prices of {prices.read_on}, free tier left out:",
        ("dollars for", "manager STANDARD", "manager EXPRESS"),
        rows,
        f"One order: {processor.transitions} transitions of the processor and {manager.transitions} of the manager in "
        f"{manager.executions} executions, {processor.writes + manager.writes:g} write and "
        f"{processor.reads + manager.reads} read units, {processor.events + manager.events} events, "
        f"{processor.invocations + manager.invocations} invocations.",
    )
    empty = [(name, idle(stack)) for name, stack in _STACKS]
    yield CostTable(
        f"A month in which nobody orders, in dollars, prices of {prices.read_on}:",
        ("stack", "resources", "alarms", "dashboards", "an account's first stack", "beyond the free tier"),
        [
            (
                name,
                *map(str, (one.resources, one.alarms, one.dashboards)),
                f"{one.first:.2f}",
                f"{one.further:.2f}",
            )
            for name, one in empty
        ],
    )
    here, there = prices.quota_regions
    yield CostTable(
        f"Orders a second by the default quotas of {prices.read_on}, with a manager STANDARD / EXPRESS:",
        ("quota", "an order takes", f"{here}: a second", "orders", f"{there}: a second", "orders"),
        list(_quota_rows()),
    )


def _quota_rows() -> Iterator[tuple[str, ...]]:
    for quota in quotas():
        cells = []
        for region, a_second in enumerate(quota.a_second):
            both = []
            for express in (False, True):
                orders = f"{quota.orders(region, express=express):,}"
                both.append(f"**{orders}**" if quota == first(region, express=express) else orders)
            cells += [f"{a_second:,.0f}", " / ".join(both)]
        taken = f"{quota.standard:g}"
        if quota.standard != quota.express:
            taken += f" / {quota.express:g}"
        yield (quota.name, taken, *cells)


def markdown(table: CostTable) -> str:
    """Return a table as the pages show it."""
    lines = [
        table.title,
        "",
        f"| {' | '.join(table.heads)} |",
        f"| --- |{' ---: |' * (len(table.heads) - 1)}",
        *(f"| {' | '.join(row)} |" for row in table.rows),
    ]
    return "\n".join([*lines, "", table.note] if table.note else lines)


def document() -> dict[str, object]:
    """Return all of it for programs: dollars, units and orders a second as numbers.

    `read_on` is the day of the prices, `per_thousand_orders` and `idle_month` are dollars, `quotas` has how much of
    each quota an order takes and what that allows in each region. Numbers have at most six decimals.
    """
    prices = price_list()
    found: dict[str, object] = {
        "read_on": prices.read_on.isoformat(),
        "region": prices.region,
        "per_thousand_orders": {kind: per_thousand_orders(kind) for kind in ("STANDARD", "EXPRESS")},
        "idle_month": {
            stack: {
                "resources": one.resources,
                "alarms": one.alarms,
                "dashboards": one.dashboards,
                "first_stack": one.first,
                "beyond_free_tier": one.further,
            }
            for stack, one in ((stack, idle(stack)) for _, stack in _STACKS)
        },
        "quotas": [
            {
                "name": quota.name.replace("`", ""),
                "takes": {"STANDARD": quota.standard, "EXPRESS": quota.express},
                "a_second": dict(zip(prices.quota_regions, quota.a_second, strict=True)),
                "orders_a_second": {
                    region: {
                        "STANDARD": quota.orders(at, express=False),
                        "EXPRESS": quota.orders(at, express=True),
                    }
                    for at, region in enumerate(prices.quota_regions)
                },
                "source": quota.source,
            }
            for quota in quotas()
        ],
    }
    return {name: _rounded(part) for name, part in found.items()}


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value, 6)
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
        case list():
            return [_rounded(item) for item in value]
        case _:
            return value


def age() -> str:
    """Say how old the prices are today."""
    return price_list().age(datetime.datetime.now(tz=datetime.UTC).date())
