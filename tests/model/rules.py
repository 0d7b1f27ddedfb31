"""The eight promises, asked of every step that a world takes and of every world in which nothing is left to do."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.world import TERMINAL, Happening, World, order_id, user_id

if TYPE_CHECKING:
    from tests.model.machines import Shop
    from tests.model.world import Ask

OPEN = ("CREATED", "WAITING_COMPLETION")


class Ghost(NamedTuple):
    """What is remembered of an order beside the product's own state, to judge it by.

    `excused` is set where a terminal event may come twice, as the documentation says: its publisher was lost between
    the publishing and the answer.
    """

    announced: tuple[str, ...] = ()
    left: bool = False
    excused: bool = False


class BrokenPromise(AssertionError):  # noqa: N818
    """A promise of the reliability page that did not hold."""


def _require(holds: bool, promise: int, what: str) -> None:
    if not holds:
        raise BrokenPromise(f"promise {promise}: {what}")


@cache
def read(item: str) -> dict[str, str]:
    """An item's attributes without their types."""
    attributes: dict[str, dict[str, Any]] = json.loads(item)
    return {name: next(iter(value.values())) for name, value in attributes.items()}


def judge(before: World, happening: Happening, shop: Shop) -> World:
    """Check one step. Returns the world after it, with what is to be remembered of it."""
    after = happening.after
    order = happening.order
    if after.rows is not before.rows and after.rows != before.rows:
        for index, (old, new) in enumerate(zip(before.rows, after.rows, strict=True)):
            if old != new:
                _require(index == order, 6, "a step about one order changed another")
                _judge_row(old, new)
                if happening.by == "manager":
                    assert happening.request is not None
                    _judge_right(happening.request.ask, read(old))
    ghost = before.ghosts[order]
    if after.queue is not before.queue and after.queue != before.queue:
        was, now = set(read(before.queue).get("orders", ())), set(read(after.queue).get("orders", ()))
        _require(len(now) <= shop.places, 3, f"{len(now)} orders in a queue of {shop.places}")
        _require(was ^ now <= {order_id(order)}, 3, "a step about one order moved another in the queue")
        if was - now:
            ghost = ghost._replace(left=True)
        else:
            _require(not ghost.left, 3, "an order took a place again that it had given back")
    if happening.by.startswith("execution-"):
        _judge_duplicate(before, happening)
    if happening.announced:
        ghost = _judge_announcement(ghost, after, happening)
    request = happening.request
    if request is not None and request.at.end:
        # Overtaken: it wrote, its answer was lost, and before it tried again somebody else changed the row.
        overtaken = request.unsure and after.rows[order] != request.wrote
        _judge_answer(
            request.at.end, request.at.data, request.ask, wrote=bool(request.wrote) and not overtaken
        )
    if ghost is not before.ghosts[order]:
        after = after._replace(ghosts=(*after.ghosts[:order], ghost, *after.ghosts[order + 1 :]))
    return after


def _judge_row(before: str, after: str) -> None:
    old, new = read(before), read(after)
    if not old:
        return
    if old["ORDERSTATE"] not in OPEN:
        _require(new["ORDERSTATE"] == old["ORDERSTATE"], 4, f"{old['ORDERSTATE']} became {new['ORDERSTATE']}")
        _require(new.get("reason") == old.get("reason"), 4, "the reason of an order that is over changed")
    if old["ORDERSTATE"] == "WAITING_COMPLETION":
        _require(new["ORDERSTATE"] != "CREATED", 2, "an order went back to CREATED")
    if old.get("TaskToken") != new.get("TaskToken"):
        _require(
            old.get("tokenIssuedAt", "") < new["tokenIssuedAt"], 2, "an older token replaced a newer one"
        )
        _require(old["ORDERSTATE"] in OPEN, 2, "a token was written to an order that is over")
    _require(old.get("tokenIssuedAt", "") <= new.get("tokenIssuedAt", ""), 2, "tokenIssuedAt went back")
    for fixed in ("PK", "SK", "USERID", "executionId"):
        _require(old[fixed] == new[fixed], 6, f"{fixed} changed")


def _judge_right(ask: Ask, row: dict[str, str]) -> None:
    """Whoever changed the row was allowed to."""
    holder = row.get("baristaUserId")
    match ask.action:
        case "":
            allowed = ask.by == row["USERID"]
        case "make":
            allowed = holder in (None, ask.by)
        case "unmake" | "complete":
            allowed = holder == ask.by
        case "cancel":
            allowed = holder in (None, ask.by) if ask.by.startswith("barista") else ask.by == row["USERID"]
        case _:
            allowed = False
    _require(
        allowed, 6, f"{ask.by} was allowed {ask.action!r} of an order of {row['USERID']} held by {holder}"
    )


def _judge_duplicate(before: World, happening: Happening) -> None:
    """An execution that the row doesn't name changes nothing, but for the one that registers the order."""
    after, order = happening.after, happening.order
    owner = read(after.rows[order]).get("executionId")
    if owner in (None, happening.by):
        return
    same = (before.rows, before.queue, before.number) == (after.rows, after.queue, after.number)
    _require(same, 1, "a second scan changed something")
    _require(not happening.announced, 1, "a second scan announced an end")


def _judge_announcement(ghost: Ghost, after: World, happening: Happening) -> Ghost:
    detail_type, _, note = happening.announced.partition(" ")
    if not detail_type:
        return ghost._replace(excused=True)
    row = read(after.rows[happening.order])
    _require(
        row.get("ORDERSTATE") == TERMINAL[detail_type],
        4,
        f"{detail_type} of an order {row.get('ORDERSTATE')}",
    )
    if happening.event:
        detail = json.loads(happening.event)
        _require(detail["userId"] == user_id(happening.order), 4, "the end was announced to somebody else")
        said = detail.get("waitedFor", detail.get("reason"))
        _require(said in (None, row.get("reason")), 4, f"the event says {said}, the row {row.get('reason')}")
        number = detail.get("orderNumber")
        _require(number is None or str(number) == row["orderNumber"], 4, "the event has another number")
        _require("token" not in happening.event, 8, f"a token is in {detail_type}")
    announced = (*ghost.announced, detail_type)
    excused = ghost.excused or bool(note)
    _require(len(announced) == 1 or excused, 4, f"the end was announced twice: {announced}")
    _require(len(set(announced)) == 1, 4, f"two different ends were announced: {announced}")
    # A second repetition adds nothing to what is judged.
    return ghost._replace(announced=announced[:2], excused=excused)


@cache
def _judge_answer(end: str, output: str, ask: Ask, *, wrote: bool) -> None:
    _require(end.startswith("SUCCEEDED"), 7, f"{ask.action!r} ended {end}")
    answer = json.loads(output)
    _require("token-" not in output, 8, "a token is in the manager's output")
    if answer["accepted"]:
        _require(set(answer) == {"accepted", "action"}, 7, f"accepted with {sorted(answer)}")
        return
    _require(answer["reason"] != "", 7, "a refusal without a reason")
    _require(not wrote, 7, f"{ask.action!r} was refused ({answer['reason']}) and had changed the row")


def judge_end(world: World) -> None:
    """Check a world in which nothing is left to do."""
    queue = set(read(world.queue).get("orders", ()))
    for order, ghost in enumerate(world.ghosts):
        row = read(world.rows[order])
        _require(order_id(order) not in queue, 3, "an order that is over holds a place")
        if not row:
            # Stopped or failed before it was registered: there is no order.
            _require(not ghost.announced, 4, "the end of no order was announced")
            continue
        _require(row["ORDERSTATE"] not in OPEN, 4, f"an order was left {row['ORDERSTATE']}")
        _require(bool(ghost.announced), 4, f"nobody was told of the end of an order {row['ORDERSTATE']}")
