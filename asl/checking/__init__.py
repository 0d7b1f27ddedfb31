"""Checks a definition in Amazon States Language: its shape, then what it means.

`validate(document)` takes any parsed JSON and answers with diagnostics. ERROR is what AWS refuses to create,
WARNING what it creates although it cannot work. Both query languages are read.
"""

from __future__ import annotations

from asl.checking.checker import validate
from asl.diagnostics import Diagnostic, Severity

__all__ = ["Diagnostic", "Severity", "validate"]
