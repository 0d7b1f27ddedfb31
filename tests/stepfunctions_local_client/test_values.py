"""Tokens are kept out of everything that is shown."""

from __future__ import annotations

import json

from stepfunctions_local_client.values import Json, mask, mask_text, masked

TOKEN = "7f1c0d5e-1111-4222-8333-444455556666"


def test_a_token_is_masked_by_the_name_of_its_field_at_any_depth() -> None:
    value: Json = {"a": [{"TaskToken": TOKEN, "task_token": {"S": TOKEN}}], "tokenIssuedAt": "now"}
    assert TOKEN not in str(mask(value))
    assert mask({"tokenIssuedAt": "now"}) == {"tokenIssuedAt": "now"}


def test_json_inside_a_text_is_masked_too() -> None:
    assert TOKEN not in str(mask({"input": json.dumps({"deep": json.dumps({"taskToken": TOKEN})})}))


def test_a_token_is_masked_in_running_text() -> None:
    assert TOKEN not in mask_text(f"could not use TaskToken: {TOKEN}, sorry")
    assert "A" * 300 not in mask_text("it is " + "A" * 300)


def test_masking_twice_is_the_same_as_once() -> None:
    once = mask({"TaskToken": TOKEN, "text": f"token={TOKEN}"})
    assert mask(once) == once
    assert masked(masked(TOKEN)) == masked(TOKEN)


def test_what_holds_no_token_stays_as_it_was() -> None:
    text = '{"a":  1}'
    assert mask_text(text) is text
