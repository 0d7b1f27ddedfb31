"""The IAM policy of a workflow's role, from what its tasks call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsl.expressions import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Permission:
    """One action of IAM on one resource; `reason` says why a resource of `*` cannot be narrower."""

    action: str
    resource: str
    reason: str = ""


def policy_document(permissions: Iterable[Permission]) -> JsonObject:
    """One statement for each set of actions on the same resources, merged and sorted, nothing twice."""
    resources: dict[str, set[str]] = {}
    for permission in permissions:
        resources.setdefault(permission.action, set()).add(permission.resource)
    actions: dict[tuple[str, ...], set[str]] = {}
    for action, targets in resources.items():
        actions.setdefault(tuple(sorted(targets)), set()).add(action)
    statements: list[Json] = [
        {"Effect": "Allow", "Action": [*sorted(names)], "Resource": [*targets]}
        for targets, names in sorted(actions.items(), key=lambda item: sorted(item[1]))
    ]
    return {"Version": "2012-10-17", "Statement": statements}
