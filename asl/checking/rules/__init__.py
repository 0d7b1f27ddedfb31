"""The second layer: what a definition means. One function a rule, one module a subject.

A new rule is written into the module of its subject and is found here by itself.
"""

from __future__ import annotations

from typing import Final

from asl.checking.dataflow import rules as dataflow
from asl.checking.rules import (
    callbacks,
    choices,
    context,
    dynamodb,
    express,
    fields,
    flow,
    integration_parameters,
    integrations,
    intrinsics,
    jsonata,
    map_requests,
    maps,
    names,
    paths,
    payloads,
    retries,
    service_errors,
    variables,
)
from asl.checking.rules.registry import Rule

_SUBJECTS = (
    names,
    flow,
    fields,
    choices,
    retries,
    callbacks,
    integrations,
    integration_parameters,
    dynamodb,
    service_errors,
    dataflow,
    paths,
    context,
    payloads,
    intrinsics,
    jsonata,
    variables,
    maps,
    map_requests,
    express,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    value for module in _SUBJECTS for value in vars(module).values() if isinstance(value, Rule)
)
"""Every rule, in the order in which they are applied."""
