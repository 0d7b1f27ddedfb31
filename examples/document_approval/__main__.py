"""What `pulumi up` runs: a table, a function, a workflow and two routes."""

from pathlib import Path

import pulumi
import pulumi_aws as aws
from approval_workflow import SOURCE, approval  # type: ignore[import-not-found]  # lies beside this file

from infra import (
    EventRoute,
    Function,
    FunctionConfig,
    Place,
    RouteConfig,
    Table,
    TableConfig,
    Workflow,
    WorkflowConfig,
    allow,
    configuration,
    python_sources,
)

configuration("reviewSeconds")  # refuses any other key
seconds = pulumi.Config().require_int("reviewSeconds")
if not 1 <= seconds <= 259_200:
    raise pulumi.RunError(f"reviewSeconds is {seconds}, but must be a whole number from 1 to 259200")
place = Place.current(plain_stacks=("local",))
bus = aws.cloudwatch.EventBus("Approvals", name=place.name("Approvals"), tags=place.tags)
documents = Table("documents", TableConfig(partition_key="documentId"), place=place)

workflow = Workflow(
    approval.name,
    approval,
    WorkflowConfig(),
    place=place,
    bindings={
        "DocumentTableName": documents.name,
        "DocumentTableArn": documents.arn,
        "EventBusName": bus.name,
        "EventBusArn": bus.arn,
        "ReviewSeconds": seconds,
    },
)
keep_token = Function(
    "KeepToken",
    FunctionConfig(
        description="Keeps the token with which a reviewer answers",
        handler="approval_functions.keep_token.handler",
        code=python_sources(Path(__file__).parent / "approval_functions"),
        environment={"DOCUMENT_TABLE_NAME": documents.name},
        statements=(allow("dynamodb:UpdateItem", on=documents.arn),),
        dead_letter_retention_seconds=86_400,  # they hold tokens
    ),
    place=place,
)


def on(detail_type: str, description: str, *, age: int = 86_400) -> RouteConfig:
    """Return a route of the events of one type."""
    return RouteConfig(
        description=description,
        bus=bus.name,
        pattern={"source": [SOURCE], "detail-type": [detail_type]},
        longest_event_age_seconds=min(age, 86_400),
        dead_letter_retention_seconds=86_400,
    )


EventRoute("Submitted", on("Document.Submitted", "A document starts its approval"), workflow, place=place)
EventRoute(
    "ReviewRequested",
    on("Document.ReviewRequested", "A review's token is kept", age=max(seconds, 60)),
    keep_token,
    place=place,
)

pulumi.export("eventBusName", bus.name)
pulumi.export("documentTableName", documents.name)
pulumi.export("approvalArn", workflow.arn)
