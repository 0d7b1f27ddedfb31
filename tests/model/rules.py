"""The eight promises, asked of every step that an order takes and of every order to which nothing is left to happen."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.model.values import TERMINAL, Ghost, Happening, Local, owner, user_id

if TYPE_CHECKING:
    from tests.model.values import Ask

OPEN = ("CREATED", "WAITING_COMPLETION")


class BrokenPromise(AssertionError):  # noqa: N818
    """A promise of the reliability page that did not hold."""


def _require(holds: bool, promise: int, what: str) -> None:
    if not holds:
        raise BrokenPromise(f"promise {promise}: {what}")


@cache
def read(item: str) -> dict[str, str]:
    """Return an item's attributes without their types."""
    attributes: dict[str, dict[str, Any]] = json.loads(item)
    return {name: next(iter(value.values())) for name, value in attributes.items()}


def judge(before: Local, happening: Happening) -> Local:
    """Check one step. Returns the order after it, with what is to be remembered of it."""
    after = happening.after
    ghost = before.ghost
    if after.row != before.row:
        _judge_row(before.row, after.row)
        if happening.by == "manager":
            assert happening.request is not None
            _judge_right(happening.request.ask, before.row)
    if after.place != before.place:
        # That the queue keeps its size, and the others their places, is checked where the queue is written.
        if before.place:
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
        overtaken = request.unsure and after.row != request.wrote
        judge_answer(
            request.at.end, request.at.data, request.ask, wrote=bool(request.wrote) and not overtaken
        )
    return after if ghost is before.ghost else after._replace(ghost=ghost)


@cache
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


@cache
def _judge_right(ask: Ask, before: str) -> None:
    """Whoever changed the row was allowed to."""
    row = read(before)
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


def _judge_duplicate(before: Local, happening: Happening) -> None:
    """An execution that the row doesn't name changes nothing, but for the one that registers the order."""
    after = happening.after
    if owner(after.row) in ("", happening.by):
        return
    same = (before.row, before.place) == (after.row, after.place) and not happening.drawn
    _require(same, 1, "a second scan changed something")
    _require(not happening.announced, 1, "a second scan announced an end")


def _judge_announcement(ghost: Ghost, after: Local, happening: Happening) -> Ghost:
    detail_type, _, note = happening.announced.partition(" ")
    if not detail_type:
        return ghost._replace(excused=True)
    row = read(after.row)
    _require(
        row.get("ORDERSTATE") == TERMINAL[detail_type],
        4,
        f"{detail_type} of an order {row.get('ORDERSTATE')}",
    )
    if happening.event:
        detail = json.loads(happening.event)
        _require(detail["userId"] == user_id(after.order), 4, "the end was announced to somebody else")
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
def judge_answer(end: str, output: str, ask: Ask, *, wrote: bool) -> None:
    """Check what a request was answered with."""
    _require(end.startswith("SUCCEEDED"), 7, f"{ask.action!r} ended {end}")
    answer = json.loads(output)
    _require("token-" not in output, 8, "a token is in the manager's output")
    if answer["accepted"]:
        _require(set(answer) == {"accepted", "action"}, 7, f"accepted with {sorted(answer)}")
        return
    _require(answer["reason"] != "", 7, "a refusal without a reason")
    _require(not wrote, 7, f"{ask.action!r} was refused ({answer['reason']}) and had changed the row")


def judge_end(local: Local) -> None:
    """Check an order to which nothing is left to happen."""
    row, ghost = read(local.row), local.ghost
    _require(not local.place, 3, "an order that is over holds a place")
    if not row:
        # Stopped or failed before it was registered: there is no order.
        _require(not ghost.announced, 4, "the end of no order was announced")
        return
    _require(row["ORDERSTATE"] not in OPEN, 4, f"an order was left {row['ORDERSTATE']}")
    _require(bool(ghost.announced), 4, f"nobody was told of the end of an order {row['ORDERSTATE']}")
