"""What the client raises. No message holds a task token."""

from __future__ import annotations


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


class MocksUnsupported(StepFunctionsLocalError):  # noqa: N818
    """The engine cannot be given a mock configuration while it runs."""


class EngineError(StepFunctionsLocalError):
    """An engine did not start, or ended by itself."""


class ExpectationFailed(AssertionError):  # noqa: N818
    """An execution took another way than expected; the message shows the way that it took."""
