"""What an execution did is told unchanged, and a task token is shown nowhere."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local_client import Execution, ExpectationFailed, Secret, Tokens, masked

if TYPE_CHECKING:
    from stepfunctions_local_client import Json

UUID = "7f1c0d5e-1111-4222-8333-444455556666"
AWS = "AQCEAAAAKgAAAAMAAAAAAAAAAS" + "k9Qz+/b7" * 60 + "="


@pytest.mark.parametrize(
    "value",
    [
        {"NextToken": "page2", "token": "42", "taskToken": "given"},
        {"digest": "9b71d224bd62f378" * 8},
        {"image": "iVBORw0KGgoAAAANSUhEUg" * 40},
        {"orderId": "3f0c7f5e-7d9d-4c55-9d7e-2b8a3a0f6a11", "note": "token=abcdef"},
    ],
)
def test_what_is_no_token_is_told_and_compared_as_it_is(value: Json) -> None:
    known = Tokens([UUID])
    assert known.guard(value) == value
    assert repr(known.guard(value)) == repr(value)
    execution = Execution("Shop", "SUCCEEDED", input={}, output=value, known=known)
    execution.expect_succeeded(value)
    with pytest.raises(ExpectationFailed) as failure:
        execution.expect_succeeded({"other": 1})
    for text in json.dumps(value).split('"')[1::2]:
        assert text in str(failure.value)


@pytest.mark.parametrize("token", [UUID, AWS])
@pytest.mark.parametrize(
    "text", ["{}", "TaskToken={} is gone", '{{"Detail": "{{\\"a\\": \\"{}\\"}}"}}', "x{}y"]
)
def test_a_known_token_is_left_out_of_a_text(token: str, text: str) -> None:
    hidden = Tokens([token]).hide(text.format(token))
    assert token not in hidden
    assert hidden == text.format(masked(token))


@pytest.mark.parametrize("token", [UUID, AWS])
def test_a_value_with_a_known_token_equals_itself_and_is_shown_without_it(token: str) -> None:
    value: Json = {"a": [token, {"b": json.dumps({"c": token})}], "n": 1}
    guarded = Tokens([token]).guard(value)
    assert guarded == value
    assert json.dumps(guarded) == json.dumps(value)
    assert pickle.loads(pickle.dumps(guarded)) == value
    assert token not in repr(guarded)
    assert masked(token) in repr(guarded)


def test_no_message_about_an_execution_shows_a_known_token() -> None:
    known = Tokens([AWS])
    execution = Execution(
        "Shop", "FAILED", input={}, output=None, error="E", cause=f"bad token {AWS}", known=known
    )
    with pytest.raises(ExpectationFailed) as failure:
        execution.expect_succeeded()
    assert AWS not in f"{failure.value}{execution.describe()}{execution!r}"
    assert masked(AWS) in str(failure.value)


def test_a_message_that_is_cut_short_does_not_begin_a_token() -> None:
    padding = "x " * 980
    execution = Execution("Shop", "SUCCEEDED", {}, output=padding + AWS, known=Tokens([AWS]))
    with pytest.raises(ExpectationFailed) as failure:
        execution.expect_succeeded("other")
    assert AWS[:20] not in str(failure.value)


def test_a_word_is_no_token_even_if_somebody_says_so() -> None:
    known = Tokens(["order", "no-token"])
    assert known.hide("the order has no-token") == "the order has no-token"
    assert len(known) == 0


def test_the_oldest_tokens_are_forgotten() -> None:
    tokens = [f"{number:032x}" for number in range(10)]
    known = Tokens(tokens, most=3)
    assert len(known) == 3
    assert [known.hide(token) == token for token in tokens] == [True] * 7 + [False] * 3


@given(
    st.lists(st.text(alphabet="ab-=", min_size=16, max_size=20), max_size=4),
    st.text(alphabet="ab-= ", max_size=90),
)
def test_no_known_token_is_left_in_any_text(tokens: list[str], text: str) -> None:
    hidden = Tokens(tokens).hide(" ".join([text, *tokens, text]))
    assert not [token for token in tokens if token in hidden]


def test_masking_twice_is_the_same_as_once() -> None:
    assert masked(masked(UUID)) == masked(UUID)
    assert UUID not in repr(Secret(UUID))
