"""EventBridge: contracts, their schemas, and the tasks that put events."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator

from dsl import (
    Anything,
    Array,
    Bool,
    DefinitionError,
    Integer,
    OneOf,
    Placeholder,
    Shape,
    Str,
    Timestamp,
    context,
    end,
    optional,
)
from dsl.events import Contract, put_events
from dsl.intrinsics import format_string
from tests.dsl.samples import Drink, body, definition, order, refused


class Served(Shape):
    orderId: Str
    number: Integer
    how: Annotated[Str, OneOf("hot", "cold")]
    note: Annotated[Str, optional]


class Everything(Shape):
    text: Annotated[Str, optional]
    time: Annotated[Timestamp, optional]
    whole: Annotated[Integer, optional]
    flag: Annotated[Bool, optional]
    drink: Annotated[Drink, optional]
    drinks: Annotated[Array[Drink], optional]
    any: Annotated[Anything, optional]


contract = Contract("Bar", source="bar.test")
OrderServed = contract.event("Order.Served", Served)
AnyEvent = contract.event("Any", Everything)


class TestContracts:
    def test_a_bus_is_a_name_that_the_deployment_binds(self) -> None:
        assert (contract.bus, contract.arn) == ("${BarName}", "${BarArn}")

    def test_an_event_type_is_declared_once(self) -> None:
        with refused("the event Order.Served is declared already"):
            contract.event("Order.Served", Served)

    def test_a_contract_lists_its_events(self) -> None:
        assert list(contract.events) == ["Order.Served", "Any"]

    def test_a_workflow_that_a_rule_starts_reads_the_detail(self) -> None:
        assert repr(OrderServed.detail.orderId) == "<Str $.detail.orderId>"

    def test_the_schema_of_a_detail_says_what_it_may_hold(self) -> None:
        assert OrderServed.schema() == {
            "type": "object",
            "properties": {
                "orderId": {"type": "string"},
                "number": {"type": "integer"},
                "how": {"type": "string", "enum": ["hot", "cold"]},
                "note": {"type": "string"},
            },
            "required": ["orderId", "number", "how"],
            "additionalProperties": False,
        }


class TestDetails:
    def test_a_detail_may_mix_literals_and_references(self) -> None:
        task = put_events("Tell", OrderServed(orderId=order.orderId, number=order.count, how="hot"))
        assert body(task)["Parameters"]["Entries"][0]["Detail"] == {
            "orderId.$": "$.orderId",
            "number.$": "$.count",
            "how": "hot",
        }

    def test_the_order_of_fields_is_that_of_their_declaration(self) -> None:
        one = put_events("Tell", OrderServed(how="hot", number=1, orderId="2"))
        assert list(body(one)["Parameters"]["Entries"][0]["Detail"]) == ["orderId", "number", "how"]

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"orderID": "1", "number": 1, "how": "hot"}, "has no field 'orderID' (did you mean 'orderId'?)"),
            ({"orderId": "1"}, "needs number, how"),
            ({"orderId": "1", "number": 1, "how": "warm"}, "takes hot or cold as how, not 'warm'"),
            ({"orderId": 1, "number": 1, "how": "hot"}, "takes a string as orderId, not 1"),
            ({"orderId": "1", "number": "1", "how": "hot"}, "takes a whole number as number, not '1'"),
            ({"orderId": "1", "number": 1.5, "how": "hot"}, "takes a whole number as number, not 1.5"),
            ({"orderId": "1", "number": True, "how": "hot"}, "takes a whole number as number, not True"),
            ({"orderId": None, "number": 1, "how": "hot"}, "takes a string as orderId, not None"),
            (
                {"orderId": order.count, "number": 1, "how": "hot"},
                "takes a string as orderId, not <Integer $.count>",
            ),
            (
                {"orderId": "1", "number": order.paid, "how": "hot"},
                "takes a whole number as number, not <Bool $.paid>",
            ),
            (
                {"orderId": order.drink, "number": 1, "how": "hot"},
                "takes a string as orderId, not <Drink $.drink>",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_detail_that_its_schema_refuses_is_never_built(
        self, fields: dict[str, Any], fault: str
    ) -> None:
        with refused(f"the event Order.Served {fault}"):
            OrderServed(**fields)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("text", "x"),
            ("text", order.placed),
            ("text", order.extra["x"]),
            ("text", format_string("x")),
            ("text", Placeholder("Name")),
            ("time", "2030-01-01T00:00:00Z"),
            ("whole", 3),
            ("whole", Placeholder("Limit")),
            ("flag", False),
            ("flag", order.paid),
            ("drink", {"name": "Latte", "price": 3.5}),
            ("drink", {"name": order.orderId, "price": order.price, "hot": True}),
            ("drink", order.drinks[0]),
            ("drinks", order.drinks),
            ("drinks", [{"name": "Latte", "price": 3}]),
            ("drinks", []),
            ("any", None),
            ("any", {"x": [1]}),
            ("any", order),
        ],
        ids=str,
    )
    def test_a_value_that_can_be_what_is_declared_is_taken(self, field: str, value: Any) -> None:
        assert AnyEvent(**{field: value}).payload["Detail"] == {field: value}

    @pytest.mark.parametrize(
        ("field", "value", "fault"),
        [
            ("drink", "Latte", "takes an object as drink, not 'Latte'"),
            ("drink", {"name": "Latte"}, "needs drink.price"),
            ("drink", {"name": 3, "price": 3}, "takes a string as drink.name, not 3"),
            ("drink", {"nmae": 3}, "has no field 'drink.nmae' (did you mean 'name'?)"),
            ("drinks", [{"name": "x", "price": "y"}], "takes a number as drinks[0].price, not 'y'"),
            ("drinks", "Latte", "takes a list as drinks, not 'Latte'"),
            ("drinks", order.drink, "takes a list as drinks, not <Drink $.drink>"),
            ("time", order.orderId, "takes a timestamp as time, not <Str $.orderId>"),
            ("flag", 1, "takes a boolean as flag, not 1"),
        ],
    )
    def test_a_fault_deep_in_a_detail_is_named_where_it_is(self, field: str, value: Any, fault: str) -> None:
        with refused(f"the event Any {fault}"):
            AnyEvent(**{field: value})

    @pytest.mark.parametrize(
        "value", ["x", 3, 1.5, True, None, [], ["x"], {}, {"name": "x", "price": 1}], ids=str
    )
    @pytest.mark.parametrize("field", ["text", "whole", "flag", "drink", "drinks", "any"])
    def test_a_literal_is_taken_exactly_when_the_schema_takes_it(self, field: str, value: Any) -> None:
        allowed = Draft202012Validator(AnyEvent.schema()).is_valid({field: value})
        with nullcontext() if allowed else pytest.raises(DefinitionError):
            AnyEvent(**{field: value})


class TestPutEvents:
    def test_an_event_is_put_on_its_bus(self) -> None:
        compiled = body(put_events("Tell", OrderServed(orderId="1", number=2, how="hot")))
        assert compiled["Resource"] == "arn:aws:states:::events:putEvents"
        assert compiled["Parameters"] == {
            "Entries": [
                {
                    "Detail": {"orderId": "1", "number": 2, "how": "hot"},
                    "DetailType": "Order.Served",
                    "EventBusName": "${BarName}",
                    "Source": "bar.test",
                }
            ]
        }

    def test_an_event_may_carry_the_token_that_the_task_waits_for(self) -> None:
        event = AnyEvent(text=context.task.token)
        compiled = body(put_events("Tell", event, wait_for_token=True, timeout=60))
        assert compiled["Resource"] == "arn:aws:states:::events:putEvents.waitForTaskToken"
        assert compiled["Parameters"]["Entries"][0]["Detail"] == {"text.$": "$$.Task.Token"}

    def test_several_events_go_in_one_call(self) -> None:
        events = [AnyEvent(whole=number) for number in range(10)]
        entries = body(put_events("Tell", *events))["Parameters"]["Entries"]
        assert [entry["Detail"]["whole"] for entry in entries] == list(range(10))

    @pytest.mark.parametrize("count", [0, 11])
    def test_one_call_puts_one_to_ten_events(self, count: int) -> None:
        with refused(f"PutEvents takes 1 to 10 events in one call, not {count}", state="Tell"):
            put_events("Tell", *[AnyEvent()] * count)

    def test_an_event_type_is_no_event_yet(self) -> None:
        with refused("<EventType Any> is no event; fill in the detail of an event type", state="Tell"):
            put_events("Tell", AnyEvent)  # type: ignore[arg-type]

    def test_a_refused_entry_is_tried_again(self) -> None:
        (retry,) = body(put_events("Tell", AnyEvent()))["Retry"]
        assert "EventBridge.FailedEntry" in retry["ErrorEquals"]

    def test_events_may_go_to_several_buses(self) -> None:
        other = Contract("Other", source="bar.test").event("Any", Everything)
        task = put_events("Tell", AnyEvent(), other())
        assert [permission.resource for permission in task.permissions] == ["${BarArn}", "${OtherArn}"]
        assert definition(task >> end)
