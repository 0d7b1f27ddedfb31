"""What the client raises. No message holds a task token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class StepFunctionsLocalError(Exception):
    """Base of everything that this package raises, but for failed expectations."""


class DeadlineExceeded(StepFunctionsLocalError):  # noqa: N818
    """What was waited for did not come within the deadline; the message says where the execution is."""


class NotWaiting(StepFunctionsLocalError):  # noqa: N818
    """The execution does not wait in the state whose token was to be returned."""


class TokenUnavailable(StepFunctionsLocalError):  # noqa: N818
    """The engine's history holds no task token, and no other source of it was given."""


class UnknownCase(StepFunctionsLocalError):  # noqa: N818
    """The engine's mock configuration has no test case of this name."""


class InvalidDefinition(StepFunctionsLocalError):  # noqa: N818
    """What was given as a definition is none, or its placeholders and the given values do not fit."""


class InvalidMocks(StepFunctionsLocalError):  # noqa: N818
    """A mock configuration, or the mocks of a run, name a state or a response that is not there."""


class UnansweredTask(StepFunctionsLocalError):  # noqa: N818
    """A mocked run came to a task that has no response, or no reply left; the message says which and how."""


class ReadOnly(StepFunctionsLocalError):  # noqa: N818
    """The call would change something in a real account, and the client was not allowed to."""


class MocksUnsupported(StepFunctionsLocalError):  # noqa: N818
    """The engine cannot be given a mock configuration while it runs."""


class EngineError(StepFunctionsLocalError):
    """An engine could not be started, found or kept running; the message says what to do."""


class PortTaken(EngineError):  # noqa: N818
    """Another program listens on the chosen port."""

    def __init__(self, port: int, holder: str) -> None:
        self.port = port
        self.holder = holder
        super().__init__(
            f"port {port} of 127.0.0.1 cannot be had, it is taken by {holder}: stop that program, or choose another "
            "port"
        )


class _WithLog(EngineError):  # noqa: N818
    """What an engine did, and how its log ends."""

    def __init__(self, what: str, log_path: Path, log_tail: str) -> None:
        self.log_path = log_path
        self.log_tail = log_tail
        super().__init__(f"{what}; its log ends with:\n{log_tail or '(empty)'}\n(in {log_path})")


class EngineDied(_WithLog):
    """An engine's process ended by itself."""

    def __init__(self, name: str, returncode: int, log_path: Path, log_tail: str) -> None:
        self.returncode = returncode
        how = f"signal {-returncode}" if returncode < 0 else f"{returncode}"
        super().__init__(f"{name} ended with {how}", log_path, log_tail)


class EngineTimeout(_WithLog):
    """An engine did not answer in time."""

    def __init__(self, name: str, seconds: float, log_path: Path, log_tail: str) -> None:
        self.seconds = seconds
        super().__init__(f"{name} did not answer within {seconds:g} s", log_path, log_tail)


class EngineNotRunning(EngineError):  # noqa: N818
    """There is no engine to attach to.

    `reason` is "never started", "gone", or, of one whose process runs, "silent" or "damaged" (its record is).
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class ExpectationFailed(AssertionError):  # noqa: N818
    """An execution took another way than expected; the message shows the way that it took."""
