"""That what is printed of a history that fails is as short as it can be, and fails all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.plans import Act, draw_plan
from tests.faults.shrinking import shortest
from tests.faults.test_histories import minimised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.plans import Plan


@given(st.sets(st.integers(0, 39), min_size=1, max_size=4))
def test_what_is_needed_to_fail_is_kept_and_nothing_else(needed: set[int]) -> None:
    assert set(shortest(range(40), lambda some: needed <= set(some), most=10_000)) == needed


def test_there_are_no_more_tries_than_it_is_given() -> None:
    tried: list[Sequence[int]] = []

    def fails(some: Sequence[int]) -> bool:
        tried.append(some)
        return {3, 30} <= set(some)

    found = shortest(range(40), fails, most=5)
    assert len(tried) == 5
    assert {3, 30} <= set(found)


def test_a_seed_stands_for_the_same_histories_every_time() -> None:
    assert [draw_plan(7, number) for number in range(50)] == [draw_plan(7, number) for number in range(50)]
    assert draw_plan(7, 1) != draw_plan(8, 1)


def test_of_a_history_only_the_acts_are_printed_without_which_it_does_not_fail() -> None:
    plan = next(plan for plan in (draw_plan(1, number) for number in range(100)) if len(plan.acts) > 8)

    def fails(some: Plan) -> str:
        return "promise 4" * ({plan.acts[1], plan.acts[-1]} <= set(some.acts))

    told = minimised(plan, fails)
    shown = [f"  order {act.order}: {act.step}" for act in (plan.acts[1], plan.acts[-1])]
    assert told.splitlines()[-2:] == shown
    assert isinstance(plan.acts[0], Act)
