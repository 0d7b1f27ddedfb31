"""Read by the emulator's interpreter when it starts, since the harness puts this folder on its PYTHONPATH.

It lets a test make the workflows' own calls fail: before they are carried out, or after, so that their answer is
lost. The calls of Step Functions' tasks are asked for the plan, one by one; the plan is sent to the emulator as part
of the mock configuration of its own Step Functions, which does not run here, under a key of ours (`Faults`).

And it keeps AWS's limit on the size of an entry of PutEvents, which the emulator does not: 262,144 bytes (EventBridge
User Guide, "Calculating PutEvents event entry size").
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

MOST_BYTES = 262_144


class _Faults:
    """Counts the calls about each order that a fault is planned for."""

    NAMES: ClassVar = {"dynamodb": "DynamoDB", "aws-sdk:sfn": "Sfn", "events": "EventBridge"}
    """How the errors of a service begin, by the type of the task's resource."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def wrap(
        self, call: Callable[[Any, Any], Any], fault_of: Callable[[str], Exception]
    ) -> Callable[[Any, Any], Any]:
        """Return the call, with the planned fault instead of it, or after it."""

        def wrapped(calls: Any, attempt: Any) -> Any:
            service = self.NAMES.get(attempt.resource.type)
            fault = None if service is None else self._due(attempt.arguments)
            if fault is None:
                return call(calls, attempt)
            if fault["how"] == "after":
                call(calls, attempt)
            time.sleep(fault.get("pause", 0))
            raise fault_of(f"{service}.SdkClientException")

        return wrapped

    def _due(self, request: Any) -> dict[str, Any] | None:
        from ministack.services import stepfunctions  # type: ignore[import-untyped]

        planned = stepfunctions._sfn_mock_config.get("Faults") or {}
        if not planned:
            return None
        text = json.dumps(request, ensure_ascii=False)
        for order_id, fault in planned.items():
            if f'"{order_id}"' in text:
                with self._lock:
                    count = self._counts[order_id] = self._counts.get(order_id, 0) + 1
                first = fault["call"]
                return fault if first <= count < first + fault["times"] else None
        return None


def limit_events(module: Any) -> None:
    """Keep the limit on an entry of PutEvents."""
    put = module._put_events

    def limited(data: Any, *arguments: Any, **options: Any) -> Any:
        for entry in data.get("Entries", []):
            texts = (entry.get("Source"), entry.get("DetailType"), entry.get("Detail"))
            bytes_ = 14 * ("Time" in entry)
            for text in texts:
                given = text if isinstance(text, str) else json.dumps(text or "", ensure_ascii=False)
                bytes_ += len(given.encode("utf-8", "surrogatepass"))
            if bytes_ > MOST_BYTES:
                message = "Total size of the entries in the request is over the limit."
                return module.error_response_json("ValidationException", message, 400)
        return put(data, *arguments, **options)

    module._put_events = limited


def break_calls(module: Any) -> None:
    """Put the faults into the calls of tasks."""
    calls = module.ServiceCalls
    calls.call = _Faults().wrap(calls.call, lambda error: module.TaskFault(error, "made by the test"))


MENDED: dict[str, Callable[[Any], None]] = {
    "ministack.services.eventbridge": limit_events,
    "local.step_functions.service_calls": break_calls,
}


class _Finder(importlib.abc.MetaPathFinder):
    """Finds these modules as everybody else would, and mends each when it is loaded."""

    def __init__(self) -> None:
        self._looking = threading.local()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in MENDED or getattr(self._looking, "name", "") == fullname:
            return None
        self._looking.name = fullname
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._looking.name = ""
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_and_mend(module: ModuleType) -> None:
            execute(module)
            MENDED[fullname](module)

        spec.loader.exec_module = exec_and_mend  # type: ignore[method-assign]
        return spec


if any(argument.endswith("emulator_process.py") for argument in sys.orig_argv):
    sys.meta_path.insert(0, _Finder())
