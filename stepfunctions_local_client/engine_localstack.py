"""The program of LocalStack's process: its Step Functions behind the guard, with two things changed to take less time.

LocalStack's own server ignores the host that it is set to listen on; served by Hypercorn it takes the socket that the
parent opened, on 127.0.0.1 alone.

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
import sys
import types
from pathlib import Path
from typing import Any

# The package by its folder alone: in LocalStack's environment it is not installed.
_package = types.ModuleType("stepfunctions_local_client")
_package.__path__ = [str(Path(__file__).parent)]
sys.modules.setdefault(_package.__name__, _package)

import jsonpath_ng.ext  # type: ignore[import-not-found]  # noqa: E402  # it is in LocalStack's environment

from stepfunctions_local_client.engine_child import EngineSettings, supervised  # noqa: E402


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


def serve_guarded(settings: EngineSettings) -> None:
    """Let LocalStack's server use the inherited socket, with the guard in front of its application."""
    from localstack.runtime.server import hypercorn  # type: ignore[import-not-found]

    serve = hypercorn.serve

    async def serve_guarded_application(application: Any, config: Any, **options: Any) -> None:
        config.bind = [f"fd://{settings.fd}"]
        config.certfile = config.keyfile = None  # one protocol; it is never asked over TLS
        await serve(settings.guarded(application, "localstack"), config, **options)

    hypercorn.serve = serve_guarded_application


def main() -> None:
    """Serve LocalStack on the inherited socket until SIGTERM."""
    settings = EngineSettings.read()
    with supervised(settings):
        read_paths_once()
        read_definitions_once()
        keep_mocked_errors(frozenset(filter(None, os.environ.get("KEEP_MOCKED_ERRORS_OF", "").split(","))))
        serve_guarded(settings)
        sys.argv[1:] = []
        runpy.run_module("localstack.runtime.main", run_name="__main__")


if __name__ == "__main__":
    main()
