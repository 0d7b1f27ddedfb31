"""A service of its own for each test, with its requests written shortly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.execution import Engine, RequestError
from asl.execution.api import StepFunctions

ROLE = "arn:aws:iam::123456789012:role/Any"
PASS: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


class Service:
    """The API with its requests written shortly."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.api = StepFunctions(engine or Engine(seed=1))

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.api.call(operation, request)

    def machine(self, definition: Any = PASS, name: str = "M", **request: Any) -> str:
        text = json.dumps(definition)
        return str(
            self("CreateStateMachine", name=name, definition=text, roleArn=ROLE, **request)["stateMachineArn"]
        )

    def start(self, arn: str, **request: Any) -> str:
        return str(self("StartExecution", stateMachineArn=arn, **request)["executionArn"])

    def refusal(self, operation: str, **request: Any) -> str:
        with pytest.raises(RequestError) as caught:
            self(operation, **request)
        return caught.value.code
