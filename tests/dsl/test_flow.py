"""Data flow: a state reads only what is there on every route that leads to it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from dsl import (
    Anything,
    Array,
    CaughtError,
    DefinitionError,
    InvalidDefinitionError,
    Number,
    Shape,
    StateMachine,
    Str,
    choice,
    context,
    end,
    fail,
    is_present,
    is_string,
    map_,
    parallel,
    pass_,
    required,
    slot,
    succeed,
    view,
    wait,
    written,
)
from dsl.dynamodb import get_item
from dsl.intrinsics import array, format_string, math_add
from dsl.values.expressions import ReferencePath
from tests.dice import Dice, thrown
from tests.dsl.samples import KEY, Order, Row, ask, call, definition, order, refused, states, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsl import Target, Task


class Note(Shape):
    text: Str


class Got(Shape):
    Item: Row


def test_a_result_may_be_read_by_every_later_state() -> None:
    first = ask("First")
    assert states(first >> call("Between") >> ask("Last", text=first.Payload.text) >> end)


def test_reading_a_result_that_one_route_skips_shows_that_route() -> None:
    asked = ask("Ask")
    read = ask("Read", text=asked.Payload.text)
    asked >> read >> end
    start = choice("Paid?", (order.paid, asked), otherwise=call("Remind") >> read)
    with refused(
        "it reads $.ask.Payload.text, which may not be there. On the route 'Paid?' → 'Remind' → 'Read' nothing "
        "makes sure of it; write it on that route too, or do not read it here",
        state="Read",
    ):
        definition(start)


def test_a_state_does_not_read_its_own_result() -> None:
    place = slot(Note, "place")
    with refused(
        "it reads $.place.text, which may not be there; no state writes it. On the route 'Ask' nothing makes sure "
        "of it; write it on that route too, or do not read it here",
        state="Ask",
    ):
        definition(ask("Ask", text=place.text) >> end)


def test_a_state_in_a_loop_may_not_count_on_its_own_last_turn() -> None:
    place = slot(Note, "place")
    again = pass_("Again", {"text": place.text}, into=place)
    start = choice("Enough?", (order.paid, succeed("Done")), otherwise=again)
    again >> start
    with refused(
        "it reads $.place.text, which may not be there. On the route 'Enough?' → 'Again' nothing makes sure of it; "
        "write it on that route too, or do not read it here",
        state="Again",
    ):
        definition(start)


def test_a_loop_may_read_what_was_written_before_it() -> None:
    place = slot(Note, "place")
    again = pass_("Again", {"text": place.text}, into=place)
    test = choice("Enough?", (place.text == "x", succeed("Done")), otherwise=again)
    again >> test
    assert states(pass_("First", {"text": "a"}, into=place) >> test)


def test_a_slot_that_every_route_writes_may_be_read_where_they_meet() -> None:
    place = slot(Note, "place")
    read = ask("Read", text=place.text)
    read >> end
    start = choice(
        "Paid?",
        (order.paid, pass_("Yes", {"text": "paid"}, into=place) >> read),
        otherwise=pass_("No", {"text": "owed"}, into=place) >> read,
    )
    assert states(start)["Read"]["Parameters"]["Payload"] == {"text.$": "$.place.text"}


def test_a_catcher_s_route_has_not_the_result_of_the_state_that_failed() -> None:
    asked = ask("Ask")
    asked >> ask("Use", text=asked.Payload.text) >> end
    asked.catch("States.ALL", to=ask("Mend", text=asked.Payload.text) >> end)
    with refused(
        "it reads $.ask.Payload.text, which may not be there. On the route 'Ask' → 'Mend' nothing makes sure of it; "
        "write it on that route too, or do not read it here",
        state="Mend",
    ):
        definition(asked)


def test_a_caught_error_may_be_read_from_its_slot() -> None:
    fault = slot(CaughtError, "fault")
    task = call("Task")
    task >> end
    task.catch("States.ALL", to=fail("Failed", error=fault.Error, cause=fault.Cause), into=fault)
    assert states(task)["Failed"] == {
        "Type": "Fail",
        "ErrorPath": "$.fault.Error",
        "CausePath": "$.fault.Cause",
    }


def test_a_caught_error_is_not_there_where_nothing_was_caught() -> None:
    fault = slot(CaughtError, "fault")
    task, failed = call("Task"), fail("Failed", error=fault.Error, cause="C")
    task >> failed
    task.catch("States.ALL", to=failed, into=fault)
    with refused(
        "it reads $.fault.Error, which may not be there. On the route 'Task' → 'Failed' nothing makes sure of it; "
        "write it on that route too, or do not read it here",
        state="Failed",
    ):
        definition(task)


class TestOptionalValues:
    REMEDY = (
        "nothing makes sure of it; it is optional, so test it with is_present() on the way, "
        "or take it for granted with required()"
    )

    def test_an_optional_field_needs_a_test_on_the_way(self) -> None:
        with refused(
            f"it reads $.note, which may not be there. On the route 'Read' {self.REMEDY}", state="Read"
        ):
            definition(ask("Read", text=order.note) >> end)

    def test_a_test_on_the_way_lets_it_be_read(self) -> None:
        read = ask("Read", text=order.note)
        assert states(choice("Noted?", (is_present(order.note), read >> end), otherwise=succeed("No")))

    def test_the_other_side_of_the_test_lets_it_not(self) -> None:
        read = ask("Read", text=order.note)
        start = choice("Noted?", (is_present(order.note), succeed("Yes")), otherwise=read >> end)
        with refused(
            f"it reads $.note, which may not be there. On the route 'Noted?' → 'Read' {self.REMEDY}",
            state="Read",
        ):
            definition(start)

    def test_a_rule_that_did_not_hold_proves_its_opposite_for_the_rules_after_it(self) -> None:
        read = ask("Read", text=order.note)
        start = choice(
            "Noted?",
            (~is_present(order.note), succeed("No")),
            (order.paid, read >> end),
            otherwise=read,
        )
        assert states(start)

    def test_a_comparison_that_holds_proves_that_its_value_is_there(self) -> None:
        read = ask("Read", text=order.note)
        assert states(choice("Noted?", (order.note == "x", read >> end), otherwise=succeed("No")))

    def test_a_comparison_that_does_not_hold_proves_nothing(self) -> None:
        read = ask("Read", text=order.note)
        start = choice("Noted?", (order.note != "x", read >> end), otherwise=succeed("No"))
        with pytest.raises(DefinitionError, match="may not be there"):
            definition(start)

    def test_both_parts_of_an_and_are_proved(self) -> None:
        read = ask("Read", text=order.note, gift=order.gift)
        condition = (order.note == "x") & is_present(order.gift)
        assert states(choice("Noted?", (condition, read >> end), otherwise=succeed("No")))

    def test_of_an_or_only_what_both_parts_share_is_proved(self) -> None:
        read = ask("Read", text=order.note)
        shared = (order.note == "x") | (order.note == "y")
        assert states(choice("Noted?", (shared, read >> end), otherwise=succeed("No")))
        either = (order.note == "x") | order.gift
        start = choice("Noted?", (either, ask("Read", text=order.note) >> end), otherwise=succeed("No"))
        with pytest.raises(DefinitionError, match="may not be there"):
            definition(start)

    def test_an_or_that_does_not_hold_proves_the_opposite_of_both(self) -> None:
        read = ask("Read", text=order.note, tip=order.tip)
        start = choice(
            "Lacking?",
            (~is_present(order.note) | ~is_present(order.tip), succeed("Yes")),
            otherwise=read >> end,
        )
        assert states(start)

    def test_what_is_inside_proves_what_is_around_it(self) -> None:
        read = ask("Read", drink=order.drink)
        assert states(choice("Hot?", (is_string(order.drink.name), read >> end), otherwise=succeed("No")))

    def test_what_is_around_proves_the_required_fields_inside(self) -> None:
        read = ask("Read", name=order.drink.name)
        assert states(choice("Drink?", (is_present(order.drink), read >> end), otherwise=succeed("No")))

    def test_what_is_around_proves_no_optional_field_inside(self) -> None:
        read = ask("Read", hot=order.drink.hot)
        start = choice("Drink?", (is_present(order.drink), read >> end), otherwise=succeed("No"))
        with pytest.raises(DefinitionError, match=r"it reads \$\.drink\.hot, which may not be there"):
            definition(start)

    def test_a_proof_lasts_over_the_states_between(self) -> None:
        read = ask("Read", text=order.note)
        start = choice(
            "Noted?", (is_present(order.note), call("A") >> call("B") >> read), otherwise=succeed("No")
        )
        read >> end
        assert states(start)

    def test_writing_a_result_anew_ends_what_was_proved_of_it(self) -> None:
        place = slot(Got, "place")
        second = get_item("Second", table, key=KEY, into=place)
        second >> ask("Read", token=place.Item.token) >> end
        test = choice("There?", (is_present(place.Item.token), second), otherwise=succeed("No"))
        with refused(
            "it reads $.place.Item.token.S, which may not be there. On the route "
            f"'First' → 'There?' → 'Second' → 'Read' {self.REMEDY}",
            state="Read",
        ):
            definition(get_item("First", table, key=KEY, into=place) >> test)

    def test_an_element_of_a_list_needs_a_test_on_the_way(self) -> None:
        with pytest.raises(DefinitionError, match=r"it reads \$\.tags\[0\], which may not be there"):
            definition(ask("Read", tag=order.tags[0]) >> end)

    def test_required_needs_no_test(self) -> None:
        assert states(ask("Read", text=required(order.note)) >> end)

    def test_required_still_needs_the_result_around_it(self) -> None:
        asked = ask("Ask")
        read = ask("Read", text=required(asked.Payload.maybe))
        start = choice("Paid?", (order.paid, asked >> read >> end), otherwise=read)
        with pytest.raises(
            DefinitionError, match=r"it reads \$\.ask\.Payload\.maybe, which may not be there"
        ):
            definition(start)

    def test_a_choice_may_compare_what_is_optional(self) -> None:
        assert states(choice("Noted?", (order.note == "x", succeed("Yes")), otherwise=succeed("No")))

    def test_a_choice_may_not_compare_a_result_that_no_route_made(self) -> None:
        asked = ask("Ask")
        test = choice("Right?", (asked.Payload.maybe == "x", succeed("Yes")), otherwise=succeed("No"))
        start = choice("Paid?", (order.paid, asked >> test), otherwise=test)
        with refused(
            "it reads $.ask.Payload, which may not be there. On the route 'Paid?' → 'Right?' nothing makes sure of it; "
            "write it on that route too, or do not read it here",
            state="Right?",
        ):
            definition(start)

    def test_a_choice_may_ask_whether_a_result_is_there(self) -> None:
        asked = ask("Ask")
        read = ask("Read", text=asked.Payload.text)
        test = choice("Asked?", (is_present(asked.Payload), read >> end), otherwise=succeed("No"))
        assert states(choice("Paid?", (order.paid, asked >> test), otherwise=test))


class TestWhatIsDeclared:
    """The shape of the input, and of what functions return, is known to the checker too."""

    class Small(Shape):
        orderId: Str

    @staticmethod
    def reading(path: str) -> Target:
        """Read the answer of a function in a state of which only the checker knows what it reads."""
        asked = ask("Ask", text=order.orderId)
        (
            asked
            >> ask("Again", text=asked.Payload.text)
            >> written("Read", "Pass", {"Parameters": {"text.$": path}})
            >> end
        )
        return asked

    def test_a_field_that_the_declared_input_has_not(self) -> None:
        with pytest.raises(InvalidDefinitionError) as refusal:
            StateMachine("Machine", ask("Ask", count=order.count) >> end, given=self.Small)
        [fault] = refusal.value.diagnostics
        assert fault.code == "PATH_NEVER_THERE"
        assert 'the state\'s input has no field "count"; it has orderId.' in fault.message

    @pytest.mark.parametrize("shape", [Order, None])
    def test_a_field_that_it_has_or_that_may_be_there(self, shape: type[Shape] | None) -> None:
        assert StateMachine("Machine", ask("Ask", count=order.count) >> end, given=shape).definition()

    def test_what_a_function_returns(self) -> None:
        assert StateMachine("Machine", self.reading("$.ask.Payload.text")).definition()
        with pytest.raises(
            InvalidDefinitionError, match=r"\$\.ask\.Payload\.text is a string, which has no field"
        ):
            StateMachine("Machine", self.reading("$.ask.Payload.text.deep"))


class TestWhatViewsSay:
    """The kinds that `view()` declares are known without `given=`; that a field is there they do not prove."""

    class Basket(Shape):
        orderId: Str
        drinks: Array[Note]
        names: Array[Str]
        anything: Array[Anything]

    basket = view(Basket)

    @pytest.mark.parametrize(
        ("start", "told"),
        [
            (
                lambda basket: (
                    map_("Each", ask("In", text=basket.orderId) >> end, items=basket.drinks) >> end
                ),
                'the state\'s input has no field "orderId"; it has text.',
            ),
            (
                lambda basket: map_("Each", ask("In", text=basket.orderId) >> end, items=basket.names) >> end,
                'the state\'s input is a string, which has no field "orderId".',
            ),
            (
                lambda basket: (
                    ask("First", text=basket.orderId)
                    >> written("Each", "Map", {"ItemsPath": "$.orderId"}).processor(ask("In") >> end)
                    >> end
                ),
                "ItemsPath takes an array, and $.orderId is a string.",
            ),
            (
                lambda basket: ask("Add", sum=math_add(basket.orderId, 1)) >> end,
                "States.MathAdd takes a number, and $.orderId is a string.",
            ),
            (
                lambda basket: parallel("Both", ask("Add", sum=math_add(basket.orderId, 1)) >> end) >> end,
                "States.MathAdd takes a number, and $.orderId is a string.",
            ),
        ],
    )
    def test_a_value_of_another_kind_is_of_no_use(self, start: Callable[[Basket], Target], told: str) -> None:
        with pytest.raises(InvalidDefinitionError) as refusal:
            StateMachine("Machine", start(self.basket))
        [fault] = refusal.value.diagnostics
        assert told in fault.message
        assert "built at" in str(refusal.value)

    def test_an_item_may_be_viewed_in_its_map(self) -> None:
        basket = self.basket
        viewed = ask("In", text=view(Note).text) >> end
        assert states(map_("Each", viewed, items=basket.drinks) >> end)
        inside = ask("In", text=basket.orderId) >> end
        assert states(map_("Each", inside, items=basket.anything) >> end)

    def test_two_views_of_the_input_know_it_together(self) -> None:
        class Priced(Shape):
            price: Number
            orderId: Number  # the other view says that it is text, so nothing is known of it

        priced = view(Priced)
        both = ask("Both", text=self.basket.orderId, sum=math_add(priced.price, 1), id=priced.orderId)
        assert states(both >> end)

    def test_what_no_view_declares_may_be_there(self) -> None:
        raw = written("Raw", "Pass", {"Parameters": {"x.$": "$.extra"}, "ResultPath": "$.raw"})
        assert states(raw >> ask("Read", text=self.basket.orderId) >> end)


def test_a_field_may_have_any_name() -> None:
    odd = Anything(ReferencePath("$").child("ä b", optional=True))
    with pytest.raises(DefinitionError, match=r"it reads \$\['ä b'\], which may not be there"):
        definition(ask("Read", text=odd) >> end)
    read = ask("Read", text=odd) >> end
    assert states(choice("There?", (is_present(odd), read), otherwise=succeed("No")))


def test_a_route_that_no_execution_takes_is_not_blamed() -> None:
    read = ask("Read", text=order.note)
    again = choice("Again?", (order.paid, read >> end), otherwise=succeed("No"))
    start = choice(
        "Paid?",
        (order.paid & is_present(order.note), again),
        (order.paid, succeed("Plain")),
        otherwise=again,
    )
    assert states(start)


def test_what_is_known_of_an_element_is_known_of_that_element() -> None:
    first, second = order.tags[0], order.tags[1]
    read = ask("Read", a=first, b=second)
    both = (first == "a") & (second == "b")
    assert states(choice("Both?", (both, read >> end), otherwise=succeed("No")))
    alone = choice("One?", (is_present(first), ask("Read", b=order.tags[1]) >> end), otherwise=succeed("No"))
    with pytest.raises(DefinitionError, match=r"it reads \$\.tags\[1\], which may not be there"):
        definition(alone)


def test_what_a_loop_makes_anew_is_there_in_each_of_its_turns() -> None:
    place = slot(Note, "place")
    deeper = pass_("Deeper", {"text": format_string("{}!", place.text)}, into=place)
    test = choice("Enough?", (place.text == "x", succeed("Done")), otherwise=deeper)
    deeper >> ask("Between", text=place.text) >> test
    assert states(pass_("First", {"text": "a"}, into=place) >> test)


def test_the_input_and_the_context_object_are_always_there() -> None:
    assert states(ask("Read", text=order.orderId, id=context.execution.id) >> end)


@pytest.mark.parametrize(
    "reader",
    [
        lambda text: succeed("Out", output=text),
        lambda text: fail("Out", error=text, cause="C"),
        lambda text: fail("Out", error="E", cause=text),
        lambda text: call("Out", output=text) >> end,
        lambda text: pass_("Out", output={"a": [text]}) >> end,
        lambda text: ask("Out", a=format_string("{}", array(text))) >> end,
        lambda text: wait("Out", until=text) >> end,
        lambda text: choice("Out", (text == "x", succeed("Yes")), otherwise=succeed("No")),
    ],
)
def test_wherever_a_state_reads_it_is_checked(reader: Callable[[Str], Target]) -> None:
    with pytest.raises(DefinitionError, match=r"it reads \$\.place\.text, which may not be there") as caught:
        definition(reader(slot(Note, "place").text))
    assert caught.value.state == "Out"


# --- What holds for every machine -------------------------------------------------------------------------------


SIZE = 5
Plan = list[tuple[int | None, int | None, set[int]]]
"""Of each state: what follows, what catches, and whose result is read."""


def plan(dice: Dice) -> Plan:
    def target() -> int | None:
        return dice.roll(SIZE) if dice.roll(2) else None

    def state() -> tuple[int | None, int | None, set[int]]:
        return target(), target(), set(dice.some(lambda: dice.roll(SIZE), 0, 1))

    return dice.some(state, SIZE, SIZE)


def _build(plan: Plan) -> dict[int, Task]:
    """Tasks, wired as planned, and only those that are reached."""
    reached = [0]
    for index in reached:
        for following in plan[index][:2]:
            if following is not None and following not in reached:
                reached.append(following)
    slots = {index: slot(Got, f"r{index}") for index in range(SIZE)}
    tasks: dict[int, Task] = {}
    for index in reached:
        key = {"PK": "row", "SK": next((slots[read].Item.name for read in plan[index][2]), "1")}
        tasks[index] = get_item(f"s{index}", table, key=key, into=slots[index])
    for index, task in tasks.items():
        following, catching, _ = plan[index]
        task >> (end if following is None else tasks[following])
        if catching is not None:
            task.catch("States.ALL", to=tasks[catching])
    return tasks


def _missing(plan: Plan) -> bool:
    """Whether some walk reaches a state that reads what that walk has not written, found by trying all of them."""
    seen: set[tuple[int, frozenset[int]]] = set()
    waiting = [(0, frozenset[int]())]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        index, written = here
        following, catching, reads = plan[index]
        if reads - written:
            return True
        if following is not None:
            waiting.append((following, written | {index}))
        if catching is not None:
            waiting.append((catching, written))
    return False


def _refusal(plan: Plan) -> DefinitionError | None:
    try:
        StateMachine("Machine", _build(plan)[0])
    except DefinitionError as error:
        return error
    except InvalidDefinitionError:
        pass  # some never end, which the checker of the document refuses; their data flow is in order
    return None


@settings(max_examples=150)
@given(thrown(plan, 50))
def test_a_machine_is_refused_exactly_when_some_route_misses_something_and_that_route_can_be_walked(
    plan: Plan,
) -> None:
    refusal = _refusal(plan)
    assert (refusal is not None) == _missing(plan)
    if refusal is not None:
        shown = refusal.message.split("On the route ")[1].split(" nothing")[0]
        route = [int(name.strip("'s")) for name in shown.split(" → ")]
        assert route[0] == 0
        assert f"s{route[-1]}" == refusal.state
        assert all(following in plan[index][:2] for index, following in pairwise(route))
