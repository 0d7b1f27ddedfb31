"""Messages: each names the state or the field at fault and the line of the author's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asl.words import did_you_mean
from dsl import (
    DefinitionError,
    DslError,
    InvalidDefinitionError,
    Retry,
    StateMachine,
    UnboundNameError,
    end,
    pass_,
    wait,
)
from dsl.dynamodb import set_, update_item
from tests.dsl.samples import KEY, OrderEvent, order, table


def line_of(mark: str) -> str:
    """Return this file and the number of its line that ends with the mark."""
    lines = Path(__file__).read_text().splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))
    return f"{__file__}:{number}"


def test_a_mistake_of_a_state_shows_its_name_and_the_line_that_built_it() -> None:
    lost = wait("Lost", seconds=1)  # lost
    with pytest.raises(DefinitionError) as caught:
        StateMachine("Machine", lost)
    assert str(caught.value) == (
        "state 'Lost': it leads nowhere; wire it on with `>>`, or end the execution with `>> end`\n"
        f"  built at {line_of('lost')}"
    )
    assert caught.value.state == "Lost"


def test_a_mistake_of_a_field_shows_the_line_that_read_it() -> None:
    with pytest.raises(DefinitionError) as caught:
        _ = order.orderID  # type: ignore[attr-defined]  # misspelt
    assert str(caught.value) == (
        f"Order ($) has no field 'orderID' (did you mean 'orderId'?)\n  at {line_of('misspelt')}"
    )


def test_a_mistake_in_a_part_of_a_state_shows_the_state_and_the_line_of_the_part() -> None:
    with pytest.raises(DefinitionError) as caught:
        update_item("Write", table, key=KEY, update=set_(count="many"))  # part
    assert str(caught.value) == (
        "state 'Write': attribute 'count' is of DynamoDB's type N; 'many' does not fit it\n"
        f"  built at {line_of('part')}"
    )


def test_a_mistake_of_wiring_shows_the_line_that_wired() -> None:
    pause = wait("Pause", seconds=1)
    with pytest.raises(DefinitionError) as caught:
        pause >> "Next"  # type: ignore[operator]  # wired
    assert str(caught.value) == f"state 'Pause': 'Next' is no state\n  built at {line_of('wired')}"


def test_a_mistake_in_a_payload_shows_the_line_that_built_its_state() -> None:
    made = pass_("Make", output={"a.$": 1})  # payload
    with pytest.raises(DefinitionError) as caught:
        StateMachine("Machine", made >> end)
    assert str(caught.value) == (
        "state 'Make': the field 'a.$': name it without '.$' and give it a reference as its value\n"
        f"  built at {line_of('payload')}"
    )


def test_a_mistake_of_a_retry_shows_the_line_that_made_it() -> None:
    with pytest.raises(DefinitionError) as caught:
        Retry(())  # retry
    assert str(caught.value) == f"a Retry needs at least one error name\n  at {line_of('retry')}"


def test_a_mistake_of_an_event_shows_the_line_that_filled_it_in() -> None:
    with pytest.raises(DefinitionError) as caught:
        OrderEvent(orderid="x")  # event
    assert str(caught.value) == (
        f"the event Order has no field 'orderid' (did you mean 'orderId'?)\n  at {line_of('event')}"
    )


@pytest.mark.parametrize("name", ["Pause", "a/b", "States/x", "☕"])
def test_what_the_checker_of_the_document_finds_shows_the_line_of_the_state(name: str) -> None:
    soon: Any = "soon"
    pause = wait(name, seconds=soon)  # checked
    with pytest.raises(InvalidDefinitionError) as caught:
        StateMachine("Machine", pause >> end)
    error = caught.value
    assert error.machine == "Machine"
    assert [item.location for item in error.diagnostics] == [f"/States/{name}/Seconds"]
    assert str(error).startswith("Machine does not hold:\n  ERROR SCHEMA_VALIDATION_FAILED: ")
    assert str(error).endswith(f"\n    built at {line_of('checked')}")


def test_everything_that_the_language_raises_has_one_base() -> None:
    assert all(
        issubclass(kind, DslError) for kind in (DefinitionError, InvalidDefinitionError, UnboundNameError)
    )


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("orderID", ["orderId", "userId"], " (did you mean 'orderId'?)"),
        ("odrerId", ["orderId", "userId"], " (did you mean 'orderId'?)"),
        ("zzz", ["b", "a"], " (there are: a, b)"),
        (
            "zzz",
            [f"n{number:02}" for number in range(20)],
            " (there are: " + ", ".join(f"n{n:02}" for n in range(12)) + ", ...)",
        ),
        ("zzz", [], ""),
    ],
)
def test_a_word_that_is_not_known_is_answered_with_what_is(word: str, known: list[str], hint: str) -> None:
    assert did_you_mean(word, known) == hint
