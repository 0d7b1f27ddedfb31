"""How many orders a second the quotas of an AWS account allow, and which of them is hit first.

From what one order uses, as `local.costs` counts it in the compiled workflows, and the default quotas of AWS's pages.
All of them are per account and region, are shared by its stacks, and can be raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from local.costs import ASSUMED, READ_ON, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

REGIONS: Final = ("us-east-1", "eu-central-1")
"""One of the regions with the highest quotas (with Oregon and Ireland), and one of the others."""

_STATES = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"


@dataclass(frozen=True, slots=True)
class Quota:
    """So much of something a second, for as long as you like, in each of `REGIONS`; `source` is AWS's page of it.

    `standard` and `express` are how much of it an order takes, by the type of the manager.
    """

    name: str
    a_second: tuple[float, float]
    standard: float
    express: float
    source: str

    def orders(self, region: int, *, express: bool) -> int:
        """The orders a second that it allows in the region of this number."""
        return int(self.a_second[region] / (self.express if express else self.standard))


def quotas() -> Sequence[Quota]:
    """The quotas that an order touches, with what it takes of each."""
    processor, manager = usage()
    events, invocations = processor.events + manager.events, processor.invocations + manager.invocations
    busy = invocations * ASSUMED["milliseconds of a function"] / 1_000
    transitions = processor.transitions + manager.transitions
    return (
        # Bucket 1,300 and 800. What `espresso` and the rule start; StartSyncExecution has no quota of its own.
        Quota(
            "`StartExecution`, STANDARD",
            (300, 150),
            processor.executions + manager.executions,
            processor.executions,
            _STATES,
        ),
        # Bucket 3,000 and 1,500.
        Quota("`SendTaskSuccess`", (500, 300), manager.tokens, manager.tokens, _STATES),
        Quota("state transitions, STANDARD", (5_000, 800), transitions, processor.transitions, _STATES),
        Quota("`PutEvents`", (10_000, 2_400), events, events, _EVENTS),
        # Those beyond are only late. An order takes three routes; rules that only count invoke nothing.
        Quota("EventBridge, invocations", (18_750, 4_500), _ROUTES, _ROUTES, _EVENTS),
        # A new account may have as few as 10; each function may grow by 1,000 in 10 seconds.
        Quota("Lambda, at once", (1_000, 1_000), busy, busy, _LAMBDA),
    )


_ROUTES: Final = 3


def first(region: int, *, express: bool) -> Quota:
    """The quota that is hit first."""
    return min(quotas(), key=lambda quota: quota.orders(region, express=express))


def report() -> str:
    """All of it as a table in Markdown."""
    here, there = REGIONS
    lines = [
        f"Orders a second by the default quotas of {READ_ON}, with a manager STANDARD / EXPRESS:",
        "",
        f"| quota | an order takes | {here}: a second | orders | {there}: a second | orders |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for quota in quotas():
        cells = []
        for region in range(len(REGIONS)):
            both = [
                _bold(quota.orders(region, express=express), quota == first(region, express=express))
                for express in (False, True)
            ]
            cells += [f"{quota.a_second[region]:,.0f}", " / ".join(both)]
        taken = (
            f"{quota.standard:g}"
            if quota.standard == quota.express
            else f"{quota.standard:g} / {quota.express:g}"
        )
        lines.append(f"| {quota.name} | {taken} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _bold(orders: int, first_of_all: bool) -> str:
    return f"**{orders:,}**" if first_of_all else f"{orders:,}"
