"""Where a stack's resources are, how they are named and how they are tagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One stack in one account and region.

    `plain_stacks` are the stacks whose resources carry their plain names. In any other stack, names end in
    `-<stack>`, so that several stacks can share an account.
    """

    project: str
    stack: str
    plain_stacks: Collection[str]
    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account: pulumi.Output[str]
    owner: str = ""
    """Whom to ask about the stack, as a tag; empty for nobody in particular."""
    alarms: bool = True
    """Whether components declare their alarms. CloudWatch takes money for each, also while nothing happens."""
    alarm_topic_arn: str = ""
    """The SNS topic that alarms tell; empty where nobody wants to be told, and alarms only change colour."""

    @classmethod
    def current(
        cls,
        *,
        plain_stacks: Collection[str] = (),
        owner: str = "",
        alarms: bool = True,
        alarm_topic_arn: str = "",
    ) -> Place:
        """Return the place that the running Pulumi program deploys to."""
        return cls(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            plain_stacks=plain_stacks,
            partition=aws.get_partition_output().partition,
            region=aws.get_region_output().region,
            account=aws.get_caller_identity_output().account_id,
            owner=owner,
            alarms=alarms,
            alarm_topic_arn=alarm_topic_arn,
        )

    def name(self, base: str) -> str:
        """Return the physical name of the resource that is called `base` in a plain stack."""
        return base if self.stack in self.plain_stacks else f"{base}-{self.stack}"

    @property
    def tags(self) -> dict[str, str]:
        """What every resource that can be tagged is tagged with."""
        owner = {"owner": self.owner} if self.owner else {}
        return {"project": self.project, "stack": self.stack, **owner}

    @property
    def pseudo_parameters(self) -> dict[str, pulumi.Output[str]]:
        """What CloudFormation knows by itself, by its names: a definition may hold `${AWS::Region}`."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackName": pulumi.Output.from_input(self.stack),
        }

    def arn(self, service: str, resource: pulumi.Input[str]) -> pulumi.Output[str]:
        """Return the ARN of a regional resource of this account."""
        return pulumi.Output.concat(
            "arn:", self.partition, f":{service}:", self.region, ":", self.account, ":", resource
        )
