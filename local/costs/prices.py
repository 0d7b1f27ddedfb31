"""AWS's prices and quotas, as its pages said on the day that `prices.json` names.

To renew them: read each page that the file names, change what moved, and set `read_on`.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = Path(__file__).with_name("prices.json")
STALE_AFTER: Final = datetime.timedelta(days=180)
"""How old the prices may be before they are called old. AWS announces changes of these about once a year."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one unit beyond the free tier; `source` is AWS's page of it."""

    dollars: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class DefaultQuota:
    """How much of something an account may use each second, in each of `PriceList.quota_regions`."""

    a_second: tuple[float, ...]
    source: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """The file: prices in one region, what is free of them each month, and default quotas.

    The free alarms and dashboards are an account's, whatever the stack; a free dashboard has at most 50 metrics.
    """

    read_on: datetime.date
    region: str
    prices: Mapping[str, Price]
    free: Mapping[str, int]
    quota_regions: tuple[str, ...]
    quotas: Mapping[str, DefaultQuota]

    def dollars(self, name: str) -> float:
        """Return the price of one unit."""
        return self.prices[name].dollars

    def age(self, today: datetime.date) -> str:
        """Say how old the prices are: `read 40 days ago`, with a warning where that is long."""
        days = (today - self.read_on).days
        ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
        if days <= STALE_AFTER.days:
            return f"read {ago}"
        return f"read {ago}: AWS may charge otherwise by now, see the pages in {_FILE.name}"


@cache
def price_list() -> PriceList:
    """Read the file."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return PriceList(
        read_on=datetime.date.fromisoformat(data["read_on"]),
        region=data["region"],
        prices={
            name: Price(price["dollars"] / price["per"], price["unit"], price["source"])
            for name, price in data["prices"].items()
        },
        free=data["free"],
        quota_regions=tuple(data["quota_regions"]),
        quotas={
            name: DefaultQuota(tuple(quota["a_second"]), quota["source"])
            for name, quota in data["quotas"].items()
        },
    )
