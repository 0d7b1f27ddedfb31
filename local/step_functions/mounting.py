"""Putting the engine in the place of MiniStack's Step Functions.

MiniStack's own asks its module `services.stepfunctions` for everything: its front door calls `handle_request`, its
EventBridge and its pipes start executions through `_start_execution`, resets and saved states come through functions of
fixed names. These are replaced, for each account and region by an engine of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from asl.execution import Engine, RequestError
from asl.execution.api import StepFunctions
from asl.execution.driving import Driver
from asl.execution.values import dump
from local.step_functions import files
from local.step_functions.keeping import kept, restore
from local.step_functions.service_calls import ServiceCalls
from local.step_functions.status_events import status_event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from asl.execution import Execution

    Answer = tuple[int, dict[str, str], bytes]

_LOG = logging.getLogger("states")
_BLOCKING: Final = frozenset({"GetActivityTask", "StartSyncExecution", "TestState"})
"""Operations that wait, and so may not hold the emulator's event loop."""
_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


class Mounted:
    """The engines that stand for MiniStack's Step Functions, one for each account and region."""

    def __init__(self, ministack: ModuleType, eventbridge: ModuleType) -> None:
        self._ministack = ministack
        self._eventbridge = eventbridge
        self._services: dict[tuple[str, str], tuple[StepFunctions, Driver, ServiceCalls]] = {}
        self._waiting = ThreadPoolExecutor(64, thread_name_prefix="step-functions-wait")
        self._telling = ThreadPoolExecutor(1, thread_name_prefix="step-functions-status")

    def service(self) -> StepFunctions:
        """Return the service of the account and the region that the current request is about."""
        key = (self._ministack.get_account_id(), self._ministack.get_region())
        if key not in self._services:
            self._services[key] = self._started(*key)
        return self._services[key][0]

    def _started(self, account: str, region: str) -> tuple[StepFunctions, Driver, ServiceCalls]:
        calls = ServiceCalls(self._ministack)
        scale = float(os.environ.get("SFN_WAIT_SCALE") or 1)
        engine = Engine(calls, virtual=False, account=account, region=region, wait_scale=scale)
        service = calls.service = StepFunctions(engine)
        engine.reader = files.read
        engine.writer = files.write
        context = contextvars.copy_context()

        def tell(execution: Execution) -> None:
            if execution.kind == "STANDARD" and execution.map_run is None:
                self._telling.submit(context.copy().run, self._tell, status_event(execution))

        engine.listeners.append(tell)
        # The driver's thread lives in the context of the account, and so do the calls of its tasks.
        return service, context.run(Driver(engine).start), calls

    def _tell(self, entry: dict[str, Any]) -> None:
        try:
            self._eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
        except Exception:  # noqa: BLE001 - telling is best effort, on AWS too
            _LOG.exception("a status event could not be published")

    # --- What MiniStack asks for ---

    async def handle_request(
        self, _method: str, _path: str, headers: Mapping[str, str], body: bytes | str, _query: object
    ) -> Answer:
        """Answer a request of an SDK."""
        target = headers.get("x-amz-target", "")
        given = body.encode() if isinstance(body, str) else body
        service = self.service()
        if target.rpartition(".")[2] not in _BLOCKING:
            return self._answer(service, target, given)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._waiting, context.run, self._answer, service, target, given)

    @staticmethod
    def _answer(service: StepFunctions, target: str, body: bytes) -> Answer:
        response = service.respond(target, body)
        return response.status, response.headers, response.body

    def carry_out(self, operation: str, request: Mapping[str, Any]) -> Answer:
        """Carry out an operation for another of MiniStack's services, which gives the request as an object."""
        if isinstance(request.get("input"), str):
            # Its rules escape what is not ASCII, and AWS's don't: escaped, an input would be too large too early.
            request = {**request, "input": _unescaped(request["input"])}
        return self._answer(self.service(), f"AWSStepFunctions.{operation}", json.dumps(request).encode())

    def resolve(self, arn: str) -> object | None:
        """Return what EventBridge looks for before it starts an execution; None if there is no such machine."""
        try:
            return self.service().registry.find(arn)
        except RequestError:
            return None

    def reset(self) -> None:
        """Forget everything."""
        services, self._services = self._services, {}
        for service, driver, calls in services.values():
            for execution in list(service.engine.executions.values()):
                execution.on_end.clear()
            service.engine.listeners.clear()
            driver.stop()
            calls.close()

    def get_state(self) -> dict[str, Any]:
        """Return what is kept between two lives of the emulator."""
        return {f"{account}/{region}": kept(held[0]) for (account, region), held in self._services.items()}

    def load_state(self, state: Mapping[str, Any] | None) -> None:
        """Take back what was kept."""
        from ministack.core import responses  # type: ignore[import-untyped]

        for place, service_state in (state or {}).items():
            account, _, region = place.partition("/")
            context = contextvars.copy_context()
            context.run(responses.set_request_account_id, account)
            context.run(responses.set_request_region, region)
            restore(context.run(self.service), service_state)


def mount() -> Mounted:
    """Let MiniStack's Step Functions be the engine, in this process, from now on."""
    from ministack.services import eventbridge, stepfunctions  # type: ignore[import-untyped]

    mounted = Mounted(stepfunctions, eventbridge)
    replaced: dict[str, Any] = {
        "handle_request": mounted.handle_request,
        "reset": mounted.reset,
        "get_state": mounted.get_state,
        "load_persisted_state": mounted.load_state,
        "_restore_state": mounted.load_state,
        "_resolve_state_machine_arn": mounted.resolve,
    }
    for operation in _operations():
        name = f"_{_WORD.sub('_', operation).lower()}"
        if hasattr(stepfunctions, name):
            replaced[name] = _for_others(mounted, operation)
    for name, value in replaced.items():
        setattr(stepfunctions, name, value)
    return mounted


def _unescaped(text: str) -> str:
    try:
        return dump(json.loads(text))
    except ValueError:
        return text


def _operations() -> list[str]:
    return StepFunctions(Engine()).operations


def _for_others(mounted: Mounted, operation: str) -> Any:
    return lambda request: mounted.carry_out(operation, request)
