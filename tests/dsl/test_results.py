"""Results: what is kept of them, where, and what an execution ends with."""

from __future__ import annotations

from typing import Any

import pytest

from dsl import (
    CaughtError,
    DefinitionError,
    Integer,
    Shape,
    Str,
    choice,
    context,
    end,
    is_present,
    parallel,
    pass_,
    required,
    slot,
    succeed,
    view,
    wait,
)
from dsl.dynamodb import get_item
from dsl.lambda_ import invoke
from tests.dsl.samples import (
    KEY,
    Answer,
    Order,
    Row,
    ask,
    ask_function,
    body,
    call,
    definition,
    order,
    refused,
    states,
    table,
)


class Note(Shape):
    text: Str


class Trip(Shape):
    city: Str
    nights: Integer


class Got(Shape):
    Item: Row


class Answered(Shape):
    Payload: Answer


def kept(**reads: Any) -> Any:
    """Return the compiled task of whose answer just this is read, by a task after it."""
    task = ask("Ask")
    return body(task, reader=ask("Read", **{name: read(task.Payload) for name, read in reads.items()}))


class TestWhatIsKept:
    def test_a_result_that_nobody_reads_is_dropped(self) -> None:
        compiled = body(ask("Ask"), reader=ask("Next"))
        assert compiled["ResultPath"] is None
        assert "ResultSelector" not in compiled

    def test_of_a_result_just_what_is_read_is_kept(self) -> None:
        compiled = kept(a=lambda answer: answer.text, b=lambda answer: answer.drink.name)
        assert compiled["ResultPath"] == "$.ask"
        assert compiled["ResultSelector"] == {
            "Payload": {"text.$": "$.Payload.text", "drink": {"name.$": "$.Payload.drink.name"}}
        }

    def test_an_object_that_is_read_whole_is_kept_whole(self) -> None:
        compiled = kept(a=lambda answer: answer.drink, b=lambda answer: answer.drink.name)
        assert compiled["ResultSelector"] == {"Payload": {"drink.$": "$.Payload.drink"}}

    def test_of_a_value_that_may_be_missing_the_object_around_it_is_kept(self) -> None:
        task = ask("Ask")
        start = task >> choice(
            "Well?", (is_present(task.Payload.maybe), succeed("Yes")), otherwise=succeed("No")
        )
        assert states(start)["Ask"]["ResultSelector"] == {"Payload.$": "$.Payload"}

    def test_taking_a_value_for_granted_on_one_route_does_not_select_it_on_all(self) -> None:
        """A ResultSelector fails the execution when its value is missing, whatever route is taken afterwards."""
        task = ask("Ask")
        read = ask("Read", text=required(task.Payload.maybe))
        start = task >> choice("Paid?", (order.paid, read >> end), otherwise=succeed("No"))
        assert states(start)["Ask"]["ResultSelector"] == {"Payload.$": "$.Payload"}

    def test_a_result_whose_first_level_may_be_missing_is_kept_whole(self) -> None:
        got = get_item("Get", table, key=KEY)
        start = got >> choice("There?", (is_present(got.Item.name), succeed("Yes")), otherwise=succeed("No"))
        compiled = states(start)["Get"]
        assert "ResultSelector" not in compiled
        assert compiled["ResultPath"] == "$.get"

    def test_what_only_a_choice_reads_is_kept(self) -> None:
        task = ask("Ask")
        start = task >> choice("Right?", (task.Payload.text == "x", succeed("Yes")), otherwise=succeed("No"))
        assert states(start)["Ask"]["ResultSelector"] == {"Payload": {"text.$": "$.Payload.text"}}

    def test_what_an_output_reads_is_kept(self) -> None:
        task = ask("Ask")
        assert states(task >> succeed("Out", output=task.Payload.text))["Ask"]["ResultPath"] == "$.ask"


class TestOutputs:
    def test_an_ending_state_ends_with_what_it_made(self) -> None:
        compiled = body(call("Last"))
        assert compiled["End"] is True
        assert compiled.keys().isdisjoint({"ResultPath", "ResultSelector", "OutputPath"})

    def test_a_pass_ends_with_its_value(self) -> None:
        compiled = states(pass_("Last", {"a": 1}) >> end)["Last"]
        assert compiled == {"Type": "Pass", "Result": {"a": 1}, "End": True}

    def test_an_ending_state_may_hand_on_a_part_of_what_it_made(self) -> None:
        last = ask("Last")
        compiled = states(last >> end(last.Payload.drink))["Last"]
        assert compiled["OutputPath"] == "$.Payload.drink"
        assert "ResultPath" not in compiled

    def test_a_part_that_may_be_missing_is_taken_for_granted_or_refused(self) -> None:
        last = ask("Last")
        with refused(
            "its output reads $.last.Payload.maybe, which may not be there; use required() or a Pass",
            state="Last",
        ):
            definition(last >> end(last.Payload.maybe))
        last = ask("Last")
        compiled = states(last >> end(required(last.Payload.maybe)))["Last"]
        assert compiled["OutputPath"] == "$.Payload.maybe"

    def test_the_end_may_be_given_an_object_made_of_the_result(self) -> None:
        last = ask("Last")
        compiled = states(last >> end({"text": last.Payload.text, "id": order.orderId}))["Last"]
        assert compiled["ResultSelector"] == {
            "text.$": "$.Payload.text",
            "id.$": "$$.Execution.Input.orderId",
        }

    def test_what_an_execution_ends_with_is_said_once(self) -> None:
        with refused("it has an output= already; say once what it ends with", state="Last"):
            call("Last", output=order.orderId) >> end({"a": 1})

    def test_a_state_that_makes_nothing_hands_on_the_data(self) -> None:
        with refused(
            "a Wait makes nothing, so it hands on the data; end with succeed(..., output=reference) or a Pass",
            state="Pause",
        ):
            wait("Pause", seconds=1) >> end(order.orderId)

    def test_a_reference_as_output_is_what_the_execution_ends_with(self) -> None:
        compiled = body(call("Last", output=order.orderId))
        assert compiled["ResultPath"] is None
        assert compiled["OutputPath"] == "$.orderId"

    def test_a_payload_as_output_reads_the_input_from_the_context_object(self) -> None:
        compiled = body(call("Last", output={"ok": True, "id": order.orderId, "run": context.execution.name}))
        assert compiled["ResultSelector"] == {
            "ok": True,
            "id.$": "$$.Execution.Input.orderId",
            "run.$": "$$.Execution.Name",
        }
        assert "ResultPath" not in compiled

    def test_a_payload_as_output_may_read_the_state_s_own_result(self) -> None:
        place = slot(Got, "place")
        compiled = body(
            get_item("Last", table, key=KEY, into=place, output={"name": required(place.Item.name)})
        )
        assert compiled["ResultSelector"] == {"name.$": "$.Item.name.S"}

    def test_a_payload_as_output_does_not_read_what_its_result_may_lack(self) -> None:
        place = slot(Answered, "place")
        task = get_item("Last", table, key=KEY, into=place, output={"name": place.Payload.maybe})
        with refused(
            "its output reads $.place.Payload.maybe, which may not be there; use required() or a Pass",
            state="Last",
        ):
            definition(task >> end)

    def test_a_payload_as_output_cannot_read_another_state_s_result(self) -> None:
        asked = ask("Ask")
        with refused(
            "its output reads $.ask.Payload.text, which is another state's result; "
            "use a reference as output=, or a Pass",
            state="Last",
        ):
            definition(asked >> call("Last", output={"text": asked.Payload.text}) >> end)

    def test_a_payload_as_output_reads_an_optional_input_only_after_a_test(self) -> None:
        with pytest.raises(DefinitionError, match=r"it reads \$\.note, which may not be there"):
            definition(call("Last", output={"note": order.note}) >> end)

    def test_only_an_ending_state_has_an_output(self) -> None:
        message = "it has an output but does not end the execution; only an ending state takes output="
        with refused(message, state="First"):
            definition(call("First", output={"a": 1}) >> succeed("Done"))
        with refused(message, state="First"):
            definition(pass_("First", output={"a": 1}) >> succeed("Done"))

    def test_a_succeed_state_may_end_with_a_part_of_the_data(self) -> None:
        assert states(succeed("Done")) == {"Done": {"Type": "Succeed"}}
        assert states(succeed("Done", output=order.orderId))["Done"]["OutputPath"] == "$.orderId"


class TestSlots:
    def test_states_on_several_routes_may_write_one_slot(self) -> None:
        place = slot(Note, "place")
        one, other = pass_("One", {"text": "1"}, into=place), pass_("Other", {"text": "2"}, into=place)
        last = ask("Read", text=place.text)
        one >> last >> end
        other >> last
        compiled = states(choice("Paid?", (order.paid, one), otherwise=other))
        assert compiled["One"]["ResultPath"] == compiled["Other"]["ResultPath"] == "$.place"

    def test_a_slot_is_a_place_of_its_own(self) -> None:
        with refused("into=$.drink is a part of something; make a place of its own with slot()", state="Get"):
            get_item("Get", table, key=KEY, into=order.drink)

    def test_a_slot_is_not_all_of_the_data(self) -> None:
        with refused("into=$ is all of the data; make a place of its own with slot()", state="Get"):
            get_item("Get", table, key=KEY, into=order)

    def test_the_slot_of_a_caught_error_is_a_place_of_its_own(self) -> None:
        with refused("into=$ is all of the data; make a place of its own with slot()", state="Task"):
            call("Task").catch("States.ALL", to=succeed("A"), into=view(CaughtError))


class TestCollisions:
    def test_two_results_in_one_place_are_an_error_when_somebody_reads_it(self) -> None:
        one, other = ask("Get shop"), ask("Get - shop")
        with refused(
            f"its result is kept at $.getShop, and so is that of 'Get - shop', built at {other.source}; "
            "give the state another name",
            state="Get shop",
        ):
            definition(one >> other >> ask("Read", text=one.Payload.text) >> end)

    def test_results_that_nobody_reads_do_not_meet(self) -> None:
        assert definition(ask("Get shop") >> ask("Get - shop") >> end)

    def test_names_without_a_latin_letter_collide_too(self) -> None:
        one, other = ask("注文"), ask("確認")
        with pytest.raises(DefinitionError, match=r"its result is kept at \$\.result"):
            definition(one >> other >> ask("Read", text=one.Payload.text) >> end)

    def test_a_result_does_not_go_where_a_slot_is(self) -> None:
        place = slot(Note, "getShop")
        one = ask("Get shop")
        with refused(
            "its result is kept at $.getShop, and so is a slot; give the state another name", state="Get shop"
        ):
            definition(one >> pass_("Note", {"text": "x"}, into=place) >> ask("Read", text=place.text) >> end)

    def test_a_result_does_not_go_where_a_caught_error_is(self) -> None:
        one, task, fault = ask("Fault"), call("Task"), slot(CaughtError, "fault")
        one >> task >> end
        task.catch("States.ALL", to=ask("Read", text=fault.Cause) >> end, into=fault)
        with refused(
            "its result is kept at $.fault, and so is a slot; give the state another name", state="Fault"
        ):
            definition(one)

    def test_a_result_does_not_go_over_a_field_of_the_input(self) -> None:
        one = ask("Order id")
        with refused(
            "what it makes is kept at $.orderId, over a field of the input that the workflow reads; "
            "give the state, or the slot, another name",
            state="Order id",
        ):
            definition(one >> ask("Read", text=one.Payload.text, id=order.orderId) >> end)

    def test_a_slot_does_not_go_over_a_field_of_the_input(self) -> None:
        place = slot(Note, "drink")
        with refused(
            "what it makes is kept at $.drink, over a field of the input that the workflow reads; "
            "give the state, or the slot, another name",
            state="Note",
        ):
            definition(
                pass_("Note", {"text": "x"}, into=place)
                >> ask("Read", text=place.text, name=required(order.drink.name))
                >> end
            )

    def test_a_result_may_have_the_name_of_a_field_that_nobody_reads(self) -> None:
        one = ask("Order id")
        assert definition(one >> ask("Read", text=one.Payload.text) >> end)


class TestPass:
    def test_a_constant_is_a_result(self) -> None:
        place = slot(Note, "place")
        compiled = states(pass_("Make", {"text": "plain"}, into=place) >> succeed("Out", output=place.text))
        assert compiled["Make"] == {
            "Type": "Pass",
            "Result": {"text": "plain"},
            "ResultPath": "$.place",
            "Next": "Out",
        }

    def test_a_computed_value_is_made_of_parameters(self) -> None:
        place = slot(Note, "place")
        compiled = states(
            pass_("Make", {"text": order.orderId}, into=place) >> succeed("Out", output=place.text)
        )
        assert compiled["Make"]["Parameters"] == {"text.$": "$.orderId"}

    def test_a_pass_may_make_the_execution_s_output(self) -> None:
        assert states(pass_("Out", output={"id": order.orderId}) >> end)["Out"] == {
            "Type": "Pass",
            "Parameters": {"id.$": "$.orderId"},
            "End": True,
        }

    def test_a_pass_that_does_nothing_is_an_error(self) -> None:
        with refused(
            "nobody reads what it makes, so it does nothing; leave it out, or give it an output", state="Idle"
        ):
            definition(pass_("Idle", {"text": "x"}, into=slot(Note, "place")) >> end)

    @pytest.mark.parametrize("given", [{}, {"value": {"a": 1}, "output": {"a": 1}}])
    def test_a_pass_makes_either_a_value_or_an_output(self, given: dict[str, Any]) -> None:
        with refused("give either a value (and the slot it goes into) or an output", state="Both"):
            pass_("Both", **given)

    def test_a_value_for_a_slot_has_its_fields(self) -> None:
        place = slot(Note, "place")
        with refused("Note has no field 'txet' (did you mean 'text'?)", state="Make"):
            pass_("Make", {"txet": "x"}, into=place)
        with refused("Note needs text", state="Make"):
            pass_("Make", {}, into=place)

    def test_a_value_for_a_slot_has_the_declared_kinds(self) -> None:
        place = slot(Note, "place")
        with refused("Note takes a string as text, not 3", state="Make"):
            pass_("Make", {"text": 3}, into=place)
        with refused("Note takes a string as text, not <Number $.price>", state="Make"):
            pass_("Make", {"text": order.price}, into=place)


class TestWholeViews:
    """A view of all the data is handed on field by field, so that nothing else goes with it."""

    def test_its_declared_fields_are_handed_on(self) -> None:
        one = ask("Ask")
        compiled = states(one >> ask("Read", all=view(Trip), text=one.Payload.text) >> end)
        assert compiled["Read"]["Parameters"]["Payload"] == {
            "all": {"city.$": "$.city", "nights.$": "$.nights"},
            "text.$": "$.ask.Payload.text",
        }

    def test_it_may_be_a_payload_by_itself(self) -> None:
        one = ask("Ask")
        log = invoke("Log", ask_function, view(Trip))
        compiled = states(one >> log >> ask("Read", text=one.Payload.text) >> end)
        assert compiled["Log"]["Parameters"]["Payload"] == {"city.$": "$.city", "nights.$": "$.nights"}

    def test_one_with_a_field_that_may_be_missing_goes_alone_or_not_at_all(self) -> None:
        assert states(ask("Read", all=view(Order)) >> end)["Read"]["Parameters"]["Payload"] == {"all.$": "$"}
        one = ask("Ask")
        with refused(
            "it hands on all of the data, and with it what 'Ask' made ($.ask); hand on the fields that are needed, "
            "or context.execution.input, which is what the execution was given",
            state="Read",
        ):
            definition(one >> ask("Read", all=view(Order), text=one.Payload.text) >> end)

    def test_in_a_branch_too(self) -> None:
        one = ask("Ask")
        inside = ask("Read", all=view(Order), text=one.Payload.text)
        with refused(
            "it hands on all of the data, and with it what 'Ask' made ($.ask); hand on the fields that are needed, "
            "or context.execution.input, which is what the execution was given",
            state="Read",
        ):
            definition(one >> parallel("Both", inside >> end) >> end)
