"""Physical names and ARNs as AWS forms them, by resource type.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

PARTITION: Final = "aws"


@dataclass(frozen=True, slots=True)
class Account:
    """The account and region that ARNs name."""

    id: str
    region: str


# The property that holds the physical name; where the program leaves it out, the logical name is used.
# (The AWS plugin would append random characters; a local stack is better off with names that stay.)
NAME_PROPERTIES: Final[Mapping[str, str]] = {
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/eventTarget:EventTarget": "targetId",
    "aws:dynamodb/tableItem:TableItem": "",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "",
    "aws:lambda/permission:Permission": "statementId",
    "aws:sqs/queuePolicy:QueuePolicy": "",
}

_ARNS: Final[Mapping[str, str]] = {
    "aws:cloudwatch/dashboard:Dashboard": "arn:{p}:cloudwatch::{a}:dashboard/{n}",
    "aws:cloudwatch/eventBus:EventBus": "arn:{p}:events:{r}:{a}:event-bus/{n}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:{p}:logs:{r}:{a}:log-group:{n}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:{p}:cloudwatch:{r}:{a}:alarm:{n}",
    "aws:dynamodb/table:Table": "arn:{p}:dynamodb:{r}:{a}:table/{n}",
    "aws:iam/policy:Policy": "arn:{p}:iam::{a}:policy/{n}",
    "aws:iam/role:Role": "arn:{p}:iam::{a}:role/{n}",
    "aws:lambda/function:Function": "arn:{p}:lambda:{r}:{a}:function:{n}",
    "aws:sfn/stateMachine:StateMachine": "arn:{p}:states:{r}:{a}:stateMachine:{n}",
    "aws:sns/topic:Topic": "arn:{p}:sns:{r}:{a}:{n}",
    "aws:sqs/queue:Queue": "arn:{p}:sqs:{r}:{a}:{n}",
}


def name_property(type_: str) -> str:
    """Return the input property that holds the physical name of a resource of this type; "" if it has none."""
    return NAME_PROPERTIES.get(type_, "name")


def physical_name(type_: str, name: str, inputs: Properties) -> str:
    """Return the name under which AWS knows the resource."""
    given = inputs.get(name_property(type_))
    return given if isinstance(given, str) and given else name


def arn(type_: str, name: str, inputs: Properties, account: Account) -> str:
    """Return the ARN that AWS would give; for a type that is not listed, one of the usual form."""
    physical = physical_name(type_, name, inputs)
    parts = {"p": PARTITION, "r": account.region, "a": account.id, "n": physical}
    if type_ == "aws:cloudwatch/eventRule:EventRule":
        bus = str(inputs.get("eventBusName") or "default").rpartition("/")[2]
        infix = "" if bus == "default" else f"{bus}/"
        return "arn:{p}:events:{r}:{a}:rule/{infix}{n}".format(infix=infix, **parts)
    if type_ in _ARNS:
        return _ARNS[type_].format(**parts)
    package, _, rest = type_.partition(":")
    service = rest.partition("/")[0] if package == "aws" else package
    kind = type_.rpartition(":")[2]
    return "arn:{p}:{service}:{r}:{a}:{kind}/{n}".format(
        service=service, kind=kind[:1].lower() + kind[1:], **parts
    )
