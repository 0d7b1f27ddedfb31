"""The second layer: what a definition means. One function a rule, one module a subject.

A new rule is written into the module of its subject and is found here by itself.
"""

from __future__ import annotations

from typing import Final

from dsl.validation.rules import callbacks, choices, fields, flow, names, retries
from dsl.validation.rules.registry import Rule

_SUBJECTS = (names, flow, fields, choices, retries, callbacks)

RULES: Final[tuple[Rule, ...]] = tuple(
    value for module in _SUBJECTS for value in vars(module).values() if isinstance(value, Rule)
)
"""Every rule, in the order in which they are applied."""
