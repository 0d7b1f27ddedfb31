"""No task token is shown, wherever it stands."""

from __future__ import annotations

import json

import pytest

from local.masking import JSON, SeenTokens, holds_token, mask, mask_text, mask_token

UUID = "3f0c7f5e-7d9d-4c55-9d7e-2b8a3a0f6a11"
AWS_TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAS" + "k9Qz+/b7" * 60 + "="


def test_a_token_is_shown_as_a_fingerprint_that_differs_between_tokens() -> None:
    assert mask_token(UUID).startswith("****")
    assert len(mask_token(UUID)) == 10
    assert mask_token(UUID) != mask_token(AWS_TOKEN)


@pytest.mark.parametrize(
    "name", ["TaskToken", "taskToken", "task_token", "token", "TaskToken.$", "TASKTOKEN"]
)
def test_a_field_that_holds_a_token_is_known_by_its_name(name: str) -> None:
    assert holds_token(name)
    assert mask({name: "short"}) == {name: mask_token("short")}


def test_the_moment_at_which_a_token_was_issued_is_no_token() -> None:
    row = {"tokenIssuedAt": "2026-11-22T07:18:12.123Z/0"}
    assert mask(row) == row


def test_a_token_in_dynamodb_notation_is_masked_and_the_notation_stays() -> None:
    assert mask({"Item": {"TaskToken": {"S": "t"}}}) == {"Item": {"TaskToken": {"S": mask_token("t")}}}


@pytest.mark.parametrize("token", [UUID, AWS_TOKEN])
def test_a_token_that_was_seen_in_its_field_is_known_everywhere(token: str) -> None:
    known = SeenTokens()
    known.learn({"Detail": json.dumps({"TaskToken": token, "orderId": "2"})})
    document: dict[str, JSON] = {"orderId": "2", "cause": f"Task token {token} is not valid", token: [token]}
    assert mask(document, known) == {
        "orderId": "2",
        "cause": f"Task token {mask_token(token)} is not valid",
        mask_token(token): [mask_token(token)],
    }


@pytest.mark.parametrize("name", ["NextToken", "nextToken", "csrf_token", "tokens", "tokenIssuedAt"])
def test_other_fields_are_left_alone(name: str) -> None:
    assert not holds_token(name)
    assert mask({name: UUID}) == {name: UUID}


@pytest.mark.parametrize(
    "order_id", [UUID, UUID.upper(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "9b71d224" * 16, AWS_TOKEN]
)
def test_an_order_id_is_shown_as_it_is_whatever_it_looks_like(order_id: str) -> None:
    document: JSON = {"orderId": order_id, "SK": {"S": order_id}, "text": f"order {order_id}, {order_id}"}
    assert mask(document, SeenTokens(["a-token-of-some-length"])) == document
    assert mask_text(f"There is no order {order_id}.") == f"There is no order {order_id}."


def test_a_document_that_is_too_deep_to_be_read_is_searched_as_text() -> None:
    deep = '{"TaskToken": "' + UUID + '", "x": ' + "[" * 5000 + "]" * 5000 + "}"
    assert UUID not in str(mask({"Detail": deep}))


@pytest.mark.parametrize("token", [UUID, AWS_TOKEN, "short"])
def test_a_token_in_json_inside_a_string_is_masked(token: str) -> None:
    detail = json.dumps({"TaskToken": token, "inner": json.dumps({"taskToken": token})})
    masked = mask({"Detail": detail})
    assert token not in json.dumps(masked)


@pytest.mark.parametrize(
    "text",
    [
        'Invalid token: TaskToken="{}"',
        "TaskToken={} is not valid",
        "{{'taskToken': '{}', 'output': '1'}}",
        'cause: {{\\"TaskToken\\": \\"{}\\"}}',
    ],
)
@pytest.mark.parametrize("token", [UUID, AWS_TOKEN, "short-token"])
def test_a_token_in_running_text_is_masked(text: str, token: str) -> None:
    assert token not in mask_text(text.format(token))


def test_masking_twice_changes_nothing_more() -> None:
    once = mask({"TaskToken": UUID, "text": f"TaskToken={UUID}"})
    assert mask(once) == once


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:{UUID}",
        f"arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:{UUID}_{UUID}",
        '{"userId":"1","drink":"Cappuccino"}',
        "States.Runtime: the path '$.detail' could not be found",
        "barista-icons_cappuccino-alternative",
    ],
)
def test_what_is_no_token_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text


def test_values_that_are_no_text_stay_as_they_are() -> None:
    assert mask({"a": 1, "b": None, "c": [True, 1.5]}) == {"a": 1, "b": None, "c": [True, 1.5]}
