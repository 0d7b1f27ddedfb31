"""Documents in Amazon States Language, whoever wrote them: read, checked, drawn and reported.

from asl import read, validate

validate({"StartAt": "Brew", "States": {"Brew": {"Type": "Succeed"}}})      # no diagnostics: AWS takes it
read("order.asl.json", Path("order.asl.json").read_bytes())                  # definitions, with places

`python -m asl validate FILE` and `python -m asl graph FILE` do the same from a shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.errors import AslError, UnknownActionError, UnknownServiceError

if TYPE_CHECKING:
    from asl.checking import Diagnostic, Severity, validate
    from asl.drawing import mermaid, svg
    from asl.reading import read

__all__ = [
    "AslError",
    "Diagnostic",
    "Severity",
    "UnknownActionError",
    "UnknownServiceError",
    "mermaid",
    "read",
    "svg",
    "validate",
]

_HOMES = {
    "Diagnostic": "asl.checking",
    "Severity": "asl.checking",
    "mermaid": "asl.drawing",
    "read": "asl.reading",
    "svg": "asl.drawing",
    "validate": "asl.checking",
}


def __getattr__(name: str) -> object:
    """Load checking, reading and drawing when they are first asked for: nobody waits for what they do not use."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
