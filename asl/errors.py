"""What the document tools raise. What is wrong with a document is never raised: it is a diagnostic."""

from __future__ import annotations


class AslError(Exception):
    """Base of everything that this package raises."""


class UnknownStateError(AslError):
    """The definition has no such state; `state` is what was asked for."""

    def __init__(self, message: str, state: str) -> None:
        self.state = state
        super().__init__(message)


class UnknownServiceError(AslError):
    """There is no such AWS service, or Step Functions calls it by another name; `service` is what was asked for."""

    def __init__(self, message: str, service: str) -> None:
        self.service = service
        super().__init__(message)


class UnknownActionError(AslError):
    """The service has no such action; `service` and `action` are what was asked for."""

    def __init__(self, message: str, service: str, action: str) -> None:
        self.service = service
        self.action = action
        super().__init__(message)
