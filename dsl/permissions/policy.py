"""Permissions, and the IAM policy that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsl.values.expressions import Json, JsonObject

WORKFLOW_ARN: Final = "${WorkflowArn}"
"""The ARN of the state machine itself."""

WORKFLOW_EXECUTIONS: Final = "${WorkflowExecutionsArn}"
"""`arn:...:execution:<name>` of the state machine itself, without what follows."""

MANAGED_RULES: Final = "${ManagedRulesArn}"
"""`arn:...:rule` of the account and region: below it lie the rules that Step Functions makes for itself."""


class Permission(NamedTuple):
    """One action of IAM on one resource; `reason` says why a resource of `*` cannot be narrower.

    `conditions` are those that all have to hold: an operator of IAM, a key and a value each.
    """

    action: str
    resource: str
    reason: str = ""
    conditions: tuple[tuple[str, str, str], ...] = ()


def assume_role_permission(role: str, reason: str = "") -> Permission:
    """Return what a workflow's own role needs for a task that takes on another; all else the other role must allow.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    return Permission("sts:AssumeRole", role, reason)


def invoke_permissions(function: str) -> tuple[Permission, ...]:
    """Return what invoking a function needs, by its ARN. Its versions and aliases are resources of their own."""
    is_version = function.startswith("arn:") and function.count(":") > 6 and "${" not in function
    targets = (function,) if is_version else (function, f"{function}:*")
    return tuple(Permission("lambda:InvokeFunction", target) for target in targets)


def distributed_map_permissions() -> tuple[Permission, ...]:
    """Return what a distributed map needs: its runs are executions of the state machine itself.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    return (
        Permission("states:StartExecution", WORKFLOW_ARN),
        Permission("states:DescribeExecution", f"{WORKFLOW_EXECUTIONS}:*"),
        Permission("states:StopExecution", f"{WORKFLOW_EXECUTIONS}:*"),
        Permission("states:RedriveExecution", f"{WORKFLOW_EXECUTIONS}/*:*"),
    )


def policy_document(permissions: Iterable[Permission]) -> JsonObject:
    """One statement for each set of actions on the same resources, merged and sorted, nothing twice."""
    resources: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = {}
    for permission in permissions:
        resources.setdefault((permission.action, permission.conditions), set()).add(permission.resource)
    actions: dict[tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]], set[str]] = {}
    for (action, conditions), targets in resources.items():
        # Beside a star, a narrower resource would say nothing.
        kept = {"*"} if "*" in targets else targets
        actions.setdefault((tuple(sorted(kept)), conditions), set()).add(action)
    statements: list[Json] = []
    for (on, conditions), names in sorted(actions.items(), key=lambda item: (sorted(item[1]), item[0])):
        statement: JsonObject = {"Effect": "Allow", "Action": [*sorted(names)], "Resource": [*on]}
        if conditions:
            statement["Condition"] = _condition(conditions)
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _condition(conditions: Sequence[tuple[str, str, str]]) -> JsonObject:
    """Return the `Condition` of a statement."""
    found: dict[str, JsonObject] = {}
    for operator, key, value in conditions:
        found.setdefault(operator, {})[key] = value
    return {**found}
