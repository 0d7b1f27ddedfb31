"""Placeholders: names that only a deployment knows."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from dsl import Placeholder, Shape, StateMachine, Str, UnboundNameError, bind, context, end, placeholders
from dsl.events import Contract, put_events
from tests.dice import Dice, thrown
from tests.dsl.samples import order, refused

if TYPE_CHECKING:
    from dsl import Json


def test_a_placeholder_is_written_as_a_substitution() -> None:
    assert Placeholder("OrderTableName") == "${OrderTableName}"


@pytest.mark.parametrize("name", ["", "two words", "1st", "ä", "A}", "A\n", "${A}", "A:B", "A..B"])
def test_a_placeholder_has_a_plain_name(name: str) -> None:
    with refused(
        f"{name!r} cannot name a placeholder: use letters, digits, _ and -, a letter first; "
        "the language writes the ${...} around it"
    ):
        Placeholder(name)


@pytest.mark.parametrize("name", ["sns_topic", "SF_LockName", "AWS::Region", "Queue.Arn", "a-b"])
def test_a_name_of_sam_and_cloudformation_is_listed_and_bound(name: str) -> None:
    document: Json = {"Here": f"arn:${{{name}}}"}
    assert placeholders(document) == {name}
    assert bind(document, {name: "x"}) == {"Here": "arn:x"}
    assert str(Placeholder(name)) == f"${{{name}}}"


def test_all_names_of_a_document_are_found_keys_included() -> None:
    document: Json = {"a": ["${One}", {"${Two}": "x${Three}y${One}"}], "b": 1, "c": None}
    assert placeholders(document) == {"One", "Two", "Three"}


def test_what_only_resembles_a_placeholder_is_none() -> None:
    assert placeholders(["$Name", "{Name}", "${two words}", "${}", "$.Name", "${Name"]) == frozenset()


@pytest.mark.parametrize("value", [900, "x", 0, ""])
def test_a_whole_string_takes_the_value_with_its_type(value: str | int) -> None:
    bound = bind({"a": "${Limit}"}, {"Limit": value})
    assert bound == {"a": value}
    assert type(bound["a"]) is type(value)


def test_inside_a_longer_string_the_value_is_written_out() -> None:
    assert bind(["arn:${Name}:${Limit}"], {"Name": "x", "Limit": 3}) == ["arn:x:3"]


def test_keys_are_bound_too() -> None:
    assert bind({"${Name}": 1}, {"Name": "x"}) == {"x": 1}


def test_a_missing_value_is_an_error_that_lists_all_missing_names() -> None:
    with pytest.raises(UnboundNameError) as caught:
        bind(["${Two} ${Three}", "${One}"], {"Three": "x"})
    assert caught.value.names == ("One", "Two")
    assert str(caught.value) == "no value was bound for ${One}, ${Two}"


def test_values_that_nobody_asks_for_are_no_error() -> None:
    assert bind("${One}", {"One": "1", "Two": "2"}) == "1"


def test_a_value_is_taken_as_it_is() -> None:
    assert bind("${One}-", {"One": r"${Two}\1"}) == r"${Two}\1-"


def test_the_document_itself_stays_as_it_was() -> None:
    document: Json = {"a": ["${One}"]}
    bind(document, {"One": "1"})
    assert document == {"a": ["${One}"]}


@given(thrown(Dice.json))
def test_a_document_without_placeholders_is_bound_to_itself(document: Any) -> None:
    if not placeholders(document):
        assert bind(document, {}) == document


class Token(Shape):
    orderId: Str
    token: Str


class TestOfAMachine:
    @staticmethod
    def machine() -> StateMachine:
        Placed = Contract("Bus", source="test").event("Placed", Token)  # noqa: N806
        task = put_events(
            "Tell",
            Placed(orderId=order.orderId, token=context.task.token),
            wait_for_token=True,
            timeout=Placeholder("Seconds"),
        )
        return StateMachine("Machine", task >> end)

    def test_a_machine_knows_the_names_of_its_definition_and_its_policy(self) -> None:
        assert self.machine().placeholders == {"BusName", "BusArn", "Seconds"}

    def test_unbound_the_definition_keeps_its_placeholders(self) -> None:
        task: Any = self.machine().definition()["States"]["Tell"]  # type: ignore[call-overload, index]
        assert task["TimeoutSeconds"] == "${Seconds}"
        assert task["Parameters"]["Entries"][0]["EventBusName"] == "${BusName}"

    def test_bound_a_timeout_is_a_number(self) -> None:
        bound: Any = self.machine().definition({"BusName": "bus", "Seconds": 900})
        assert bound["States"]["Tell"]["TimeoutSeconds"] == 900

    def test_the_definition_needs_only_its_own_names(self) -> None:
        with pytest.raises(UnboundNameError, match=r"no value was bound for \$\{Seconds\}"):
            self.machine().definition({"BusName": "bus"})

    def test_the_policy_needs_only_its_own_names(self) -> None:
        policy: Any = self.machine().policy({"BusArn": "arn:bus"})
        assert policy["Statement"][0]["Resource"] == ["arn:bus"]

    def test_changing_a_definition_does_not_change_the_machine(self) -> None:
        machine = self.machine()
        machine.definition()["States"] = {}
        machine.policy()["Statement"] = []
        assert machine.definition()["States"]
        assert machine.policy()["Statement"]

    def test_the_text_is_the_definition(self) -> None:
        machine = self.machine()
        assert loads(machine.to_json()) == machine.definition()
