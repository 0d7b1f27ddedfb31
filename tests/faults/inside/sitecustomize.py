"""Read by the emulator's interpreter when it starts, since the harness puts this folder on its PYTHONPATH.

It lets a test make the workflows' own calls fail: before they are carried out, or after, so that their answer is
lost. Step Functions in the emulator asks for the plan at each call; the plan is sent to it as part of its mock
configuration, under a key that it does not know itself (`Faults`). It also takes away the pause of 0.15 s with which
the emulator starts each execution, which would be most of the time that a test of it takes.

And it keeps AWS's limits on sizes, which the emulator does not: 262,144 bytes for an execution's input and a state's
output (Step Functions Developer Guide, "Quotas"), and for an entry of PutEvents (EventBridge User Guide, "Calculating
PutEvents event entry size").
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

STARTING_PAUSE = 0.15
MOST_BYTES = 262_144


class _Clock:
    """The module `time`, but for that one pause."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    @staticmethod
    def sleep(seconds: float) -> None:
        if seconds != STARTING_PAUSE:
            time.sleep(seconds)


class _Faults:
    """Counts the calls about each order that a fault is planned for."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def wrap(self, error: str, call: Callable[..., Any], at: int) -> Callable[..., Any]:
        """The call, with the planned fault instead of it, or after it. `at`: which argument is the request."""

        def wrapped(*arguments: Any) -> Any:
            fault = self._due(arguments[at])
            if fault is None:
                return call(*arguments)
            if fault["how"] == "after":
                call(*arguments)
            time.sleep(fault.get("pause", 0))
            raise self._module._ExecutionError(error, "made by the test")

        return wrapped

    def _due(self, request: Any) -> dict[str, Any] | None:
        planned = self._module._sfn_mock_config.get("Faults") or {}
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


def size(value: Any) -> int:
    """The bytes of a value, as JSON in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def limit_data(module: Any) -> None:
    """Keep the limits on what an execution is given, and on what its states put out."""

    def limited(state: Callable[..., Any]) -> Callable[..., Any]:
        def execute(*arguments: Any) -> Any:
            output, following = state(*arguments)
            if size(output) > MOST_BYTES:
                # Outside of the state's own catchers: on AWS too nothing catches this error but its own name.
                message = "The state's output has more bytes than it may have."
                raise module._ExecutionError("States.DataLimitExceeded", message)
            return output, following

        return execute

    def guarded(begin: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def start(data: Any) -> Any:
            text = str(data.get("input", ""))
            # The emulator's rules escape what is not ASCII and AWS's don't, so escaped text is measured unescaped.
            if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES and (
                "\\u" not in text or size(json.loads(text)) > MOST_BYTES
            ):
                return module.error_response_json("InvalidExecutionInput", "The input is too long", 400)
            return begin(data)

        return start

    for name in ("_execute_task", "_execute_pass"):
        setattr(module, name, limited(getattr(module, name)))
    for name in ("_start_execution", "_start_sync_execution"):
        setattr(module, name, guarded(getattr(module, name)))


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


def mend(module: Any) -> None:
    """Put the faults, the clock and the limits into the emulator's Step Functions."""
    module.time = _Clock()
    limit_data(module)
    faults = _Faults(module)
    module._invoke_dynamodb = faults.wrap("DynamoDB.SdkClientException", module._invoke_dynamodb, 1)
    # Requests to Step Functions hold a token and no order id; a plan for these names the token.
    module._invoke_aws_sdk_integration = faults.wrap(
        "Sfn.SdkClientException", module._invoke_aws_sdk_integration, 1
    )
    events = "arn:aws:states:::events:putEvents"
    module._SERVICE_DISPATCH[events] = faults.wrap(
        "EventBridge.SdkClientException", module._SERVICE_DISPATCH[events], 1
    )


MENDED: dict[str, Callable[[Any], None]] = {
    "ministack.services.eventbridge": limit_events,
    "ministack.services.stepfunctions": mend,
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


if any(argument.endswith("engine_ministack.py") for argument in sys.orig_argv):
    sys.meta_path.insert(0, _Finder())
