"""Starts LocalStack's Step Functions with two things of it changed, so that many cases run in little time.

What LocalStack reads again and again is read once: it builds a parser for every JSONPath that it evaluates, and parses
a definition anew for every execution. That is two thirds of its time. Nothing that it does changes by it.

`KEEP_MOCKED_ERRORS_OF` names machines, separated by commas, whose optimised DynamoDB tasks are to fail with the very
error that a mock throws. LocalStack 4.9 calls each of them `DynamoDB.AmazonDynamoDBException`, for such tasks alone.
Without this setting it does so still.

This file is run by path in LocalStack's own environment, never imported.
"""

from __future__ import annotations

import functools
import os
import runpy
from typing import Any

import jsonpath_ng.ext  # type: ignore[import-not-found]  # it is in LocalStack's environment


def read_paths_once() -> None:
    """Keep the parsed JSONPaths. To be called before LocalStack imports the parser."""
    jsonpath_ng.ext.parse = functools.lru_cache(maxsize=4096)(jsonpath_ng.ext.parse)


def read_definitions_once() -> None:
    """Keep the syntax trees of definitions; what is executed is made anew of them each time."""
    from localstack.services.stepfunctions.asl.parse.asl_parser import (  # type: ignore[import-not-found]
        AmazonStateLanguageParser,
        Preprocessor,
    )

    parse = AmazonStateLanguageParser.parse
    tree_of = functools.lru_cache(maxsize=256)(lambda definition: parse(definition)[1])

    def parse_once(definition: str) -> tuple[Any, Any]:
        tree = tree_of(definition)
        return Preprocessor().visit(tree), tree

    AmazonStateLanguageParser.parse = staticmethod(parse_once)


def keep_mocked_errors(machines: frozenset[str]) -> None:
    """Let optimised DynamoDB tasks of these machines fail as all other tasks do when a mock throws."""
    from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (  # type: ignore[import-not-found]
        FailureEventException,
    )
    from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (  # type: ignore[import-not-found]
        state_task_service_dynamodb as dynamodb,
    )

    task = dynamodb.StateTaskServiceDynamoDB
    renamed = task._from_error

    def from_error(self: object, env: Any, ex: Exception) -> Any:
        name = env.states.context_object.context_object_data["StateMachine"]["Name"]
        if isinstance(ex, FailureEventException) and name in machines:
            return ex.failure_event
        return renamed(self, env, ex)

    task._from_error = from_error


if __name__ == "__main__":
    read_paths_once()
    read_definitions_once()
    keep_mocked_errors(frozenset(filter(None, os.environ.get("KEEP_MOCKED_ERRORS_OF", "").split(","))))
    runpy.run_module("localstack.runtime.main", run_name="__main__")
