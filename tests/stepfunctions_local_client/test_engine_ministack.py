"""What is changed about MiniStack in its process."""

from __future__ import annotations

import asyncio
import time

import pytest
from ministack import app  # type: ignore[import-untyped]
from ministack.core import responses  # type: ignore[import-untyped]
from ministack.services import lambda_svc, stepfunctions  # type: ignore[import-untyped]

from stepfunctions_local_client.engine_ministack import (
    have_no_custom_domains,
    make_functions_ready_at_once,
    read_protocols_alone,
    start_executions_at_once,
)


def test_an_execution_begins_at_once_and_a_wait_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    ended: list[str] = []
    monkeypatch.setattr(time, "sleep", rests.append)
    monkeypatch.setattr(stepfunctions, "time", stepfunctions.time)  # put back afterwards
    monkeypatch.setattr(stepfunctions, "_executions", {"it": {"stateMachineArn": "of no state machine"}})
    monkeypatch.setattr(stepfunctions, "_fail_execution", lambda _it, error, _cause: ended.append(error))
    stepfunctions._run_execution("it")
    assert rests == [0.15], "MiniStack no longer rests: then nothing is to be changed about it"
    start_executions_at_once(stepfunctions)
    stepfunctions._run_execution("it")
    stepfunctions._scaled_sleep(7)
    assert rests == [0.15, 7]
    assert ended == ["StateMachineDeleted"] * 2


def test_a_function_is_pending_for_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_LAMBDA_STATE_TRANSITION_DELAY"
    monkeypatch.setattr(lambda_svc, name, getattr(lambda_svc, name))  # put back afterwards
    assert getattr(lambda_svc, name) > 0, "MiniStack no longer rests: then nothing is to be changed about it"
    make_functions_ready_at_once(lambda_svc)
    assert getattr(lambda_svc, name) == 0


@pytest.mark.parametrize(
    "service", ["dynamodb", "events", "iam", "lambda", "logs", "monitoring", "s3", "sqs", "states", "sts"]
)
def test_answers_have_the_type_that_the_whole_model_says(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = responses._service_model
    monkeypatch.setattr(responses, "_service_model", whole)  # put back afterwards

    def types() -> list[object]:
        given = ("application/json", "application/xml", "text/xml", "image/png")
        return [
            answer(service, kind)
            for kind in given
            for answer in (responses.expected_success_content_type, responses.expected_error_content_type)
        ]

    before = types()
    read_protocols_alone(responses)
    assert types() == before
    assert responses._service_model(service) is not whole(service), "the whole model was loaded"
    assert responses._service_model("no such service") is None


def test_no_request_is_one_to_a_custom_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_resolve_custom_domain_request"
    monkeypatch.setattr(app, name, getattr(app, name))  # put back afterwards
    load = app._get_module
    loaded: list[str] = []

    def listed(module: str) -> object:
        loaded.append(module)
        return load(module)

    monkeypatch.setattr(app, "_get_module", listed)

    def ask() -> None:
        asyncio.run(app._handle_pre_body_request("POST", "/", {"host": "127.0.0.1:4566"}, {}, "id"))

    ask()
    assert loaded == ["apigateway_v1"], "MiniStack no longer loads it: then nothing is to be changed about it"
    have_no_custom_domains(app)
    ask()
    assert loaded == ["apigateway_v1"]
