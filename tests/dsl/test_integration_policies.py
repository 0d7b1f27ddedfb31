"""What each optimised integration needs, action by action, as AWS's pages of their policies show it.

The pages lie below https://docs.aws.amazon.com/step-functions/latest/dg/: `athena-iam.html` and its like. Where the
CDK allows more or less than these tables, `docs/language.md` says so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from asl.services.integrations import optimised
from dsl import DefinitionError, StateMachine, end, written
from dsl.permissions.deriving import derived
from dsl.permissions.jobs import JOBS
from dsl.permissions.policy import policy_document
from dsl.permissions.targets import SDK_UNBOUNDED, TARGETS
from tests.dsl.samples import unbounded

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE: Final = "eu-west-1:123456789012"
ROLE: Final = "arn:aws:iam::123456789012:role/worker"

PSEUDO: Final = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": "eu-west-1",
    "${AWS::AccountId}": "123456789012",
    "${ManagedRulesArn}": f"arn:aws:events:{HERE}:rule",
    "${WorkflowArn}": f"arn:aws:states:{HERE}:stateMachine:M",
}

CALLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "apigateway:invoke": {
        "ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com",
        "Method": "GET",
        "Stage": "prod",
        "Path": "/cups",
        "AuthType": "IAM_ROLE",
    },
    "athena:getQueryExecution": {"QueryExecutionId": "q"},
    "athena:getQueryResults": {"QueryExecutionId": "q"},
    "athena:startQueryExecution": {
        "QueryString": "SELECT 1",
        "WorkGroup": "nightly",
        "QueryExecutionContext": {"Catalog": "beans", "Database": "sales"},
        "ResultConfiguration": {"OutputLocation": "s3://answers/nightly/"},
    },
    "athena:stopQueryExecution": {"QueryExecutionId": "q"},
    "batch:submitJob": {"JobName": "bake", "JobQueue": "oven", "JobDefinition": "baker:3"},
    "bedrock:createModelCustomizationJob": {
        "BaseModelIdentifier": "amazon.titan-text-express-v1",
        "RoleArn": ROLE,
        "JobTags": [{"Key": "k", "Value": "v"}],
    },
    "bedrock:invokeModel": {
        "ModelId": "amazon.titan-text-express-v1",
        "Input": {"S3Uri": "s3://asked/q.json"},
        "Output": {"S3Uri": "s3://said/a.json"},
        "GuardrailIdentifier": "polite",
    },
    "bedrockagentcore:invokeHarness": {"HarnessArn": f"arn:aws:bedrock-agentcore:{HERE}:harness/h"},
    "codebuild:deleteBuildBatch": {"Id": "house:1f"},
    "codebuild:retryBuildBatch": {"Id": "house:1f"},
    "codebuild:startBuild": {"ProjectName": "house"},
    "codebuild:startBuildBatch": {"ProjectName": "house"},
    "codebuild:stopBuild": {"Id": "house:1f"},
    "codebuild:stopBuildBatch": {"Id": "house:1f"},
    "databrew:startJobRun": {"Name": "clean"},
    "dynamodb:deleteItem": {"TableName": "rows"},
    "dynamodb:getItem": {"TableName": "rows"},
    "dynamodb:putItem": {"TableName": "rows"},
    "dynamodb:updateItem": {"TableName": "rows"},
    "ecs:runTask": {"TaskDefinition": "press", "Overrides": {"TaskRoleArn": ROLE}},
    "eks:call": {"ClusterName": "k"},
    "eks:createCluster": {"Name": "k", "RoleArn": ROLE},
    "eks:createFargateProfile": {"ClusterName": "k", "PodExecutionRoleArn": ROLE},
    "eks:createNodegroup": {"ClusterName": "k", "NodegroupName": "n", "NodeRole": ROLE},
    "eks:deleteCluster": {"Name": "k"},
    "eks:deleteFargateProfile": {"ClusterName": "k", "FargateProfileName": "f"},
    "eks:deleteNodegroup": {"ClusterName": "k", "NodegroupName": "n"},
    "eks:runJob": {"ClusterName": "k"},
    "elasticmapreduce:addStep": {"ClusterId": "j-1"},
    "elasticmapreduce:cancelStep": {"ClusterId": "j-1"},
    "elasticmapreduce:createCluster": {
        "ServiceRole": "EMR_DefaultRole",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "Tags": [{"Key": "k", "Value": "v"}],
    },
    "elasticmapreduce:modifyInstanceFleetByName": {"ClusterId": "j-1"},
    "elasticmapreduce:modifyInstanceGroupByName": {"ClusterId": "j-1"},
    "elasticmapreduce:setClusterTerminationProtection": {"ClusterId": "j-1"},
    "elasticmapreduce:terminateCluster": {"ClusterId": "j-1"},
    "emr-containers:createVirtualCluster": {"Name": "v"},
    "emr-containers:deleteVirtualCluster": {"Id": "v1"},
    "emr-containers:startJobRun": {"VirtualClusterId": "v1", "ExecutionRoleArn": ROLE},
    "emr-serverless:cancelJobRun": {"ApplicationId": "a1", "JobRunId": "r1"},
    "emr-serverless:createApplication": {"Name": "a"},
    "emr-serverless:deleteApplication": {"ApplicationId": "a1"},
    "emr-serverless:startApplication": {"ApplicationId": "a1"},
    "emr-serverless:startJobRun": {"ApplicationId": "a1", "ExecutionRoleArn": ROLE},
    "emr-serverless:stopApplication": {"ApplicationId": "a1"},
    "events:putEvents": {"Entries": [{"Detail": {}, "EventBusName": "bar"}]},
    "glue:startJobRun": {"JobName": "press"},
    "http:invoke": {
        "ApiEndpoint": "https://rates.example.com/v1",
        "Method": "GET",
        "Authentication": {"ConnectionArn": f"arn:aws:events:{HERE}:connection/rates/1"},
    },
    "lambda:invoke": {"FunctionName": "price"},
    "mediaconvert:createJob": {"Role": ROLE},
    "sagemaker:createEndpoint": {"EndpointName": "Taste", "EndpointConfigName": "Small"},
    "sagemaker:createEndpointConfig": {"EndpointConfigName": "Small"},
    "sagemaker:createHyperParameterTuningJob": {
        "HyperParameterTuningJobName": "Tune",
        "TrainingJobDefinition": {"RoleArn": ROLE},
    },
    "sagemaker:createLabelingJob": {"LabelingJobName": "Label", "RoleArn": ROLE},
    "sagemaker:createModel": {"ModelName": "Taste", "ExecutionRoleArn": ROLE},
    "sagemaker:createProcessingJob": {"ProcessingJobName": "Wash", "RoleArn": ROLE},
    "sagemaker:createTrainingJob": {"TrainingJobName": "Learn", "RoleArn": ROLE},
    "sagemaker:createTransformJob": {"TransformJobName": "Turn"},
    "sagemaker:updateEndpoint": {"EndpointName": "Taste", "EndpointConfigName": "Small"},
    "sns:publish": {"TopicArn": f"arn:aws:sns:{HERE}:hosts"},
    "sqs:sendMessage": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/bar"},
    "states:startExecution": {"StateMachineArn": f"arn:aws:states:{HERE}:stateMachine:child"},
}
"""A task of every optimised integration whose needs can be told."""

CATALOG: Final = """
    glue:BatchCreatePartition glue:BatchDeletePartition glue:BatchDeleteTable glue:BatchGetPartition
    glue:CreateDatabase glue:CreatePartition glue:CreateTable glue:DeleteDatabase glue:DeletePartition
    glue:DeleteTable glue:GetDatabase glue:GetDatabases glue:GetPartition glue:GetPartitions glue:GetTable
    glue:GetTables glue:UpdateDatabase glue:UpdatePartition glue:UpdateTable"""
ATHENA: Final = f"""
    athena:StartQueryExecution athena:GetDataCatalog {CATALOG} lakeformation:GetDataAccess s3:GetBucketLocation
    s3:GetObject s3:ListBucket s3:PutObject s3:AbortMultipartUpload s3:ListMultipartUploadParts
    s3:ListBucketMultipartUploads s3:CreateBucket"""
CREATED: Final = "sagemaker:ListTags iam:PassRole sagemaker:AddTags"

ACTIONS: Final[Mapping[str, str]] = {
    "apigateway:invoke": "execute-api:Invoke",
    "athena:getQueryExecution": "athena:GetQueryExecution",
    "athena:getQueryResults": "athena:GetQueryResults s3:GetObject",
    "athena:startQueryExecution": ATHENA,
    "athena:startQueryExecution.sync": f"{ATHENA} athena:StopQueryExecution athena:GetQueryExecution",
    "athena:stopQueryExecution": "athena:StopQueryExecution",
    "batch:submitJob": "batch:SubmitJob",
    "batch:submitJob.sync": "batch:SubmitJob batch:DescribeJobs batch:TerminateJob +BatchJobs",
    "bedrock:createModelCustomizationJob": "bedrock:CreateModelCustomizationJob bedrock:TagResource iam:PassRole",
    "bedrock:createModelCustomizationJob.sync": """
        bedrock:CreateModelCustomizationJob bedrock:TagResource iam:PassRole bedrock:GetModelCustomizationJob
        bedrock:StopModelCustomizationJob""",
    "bedrock:invokeModel": "bedrock:InvokeModel bedrock:ApplyGuardrail s3:GetObject s3:PutObject",
    "bedrockagentcore:invokeHarness": "bedrock-agentcore:InvokeHarness",
    "codebuild:deleteBuildBatch": "codebuild:DeleteBuildBatch",
    "codebuild:retryBuildBatch": "codebuild:RetryBuildBatch",
    "codebuild:startBuild": "codebuild:StartBuild",
    "codebuild:startBuild.sync": """
        codebuild:StartBuild codebuild:StopBuild codebuild:BatchGetBuilds
        +StepFunctionsGetEventForCodeBuildStartBuildRule""",
    "codebuild:startBuildBatch": "codebuild:StartBuildBatch",
    "codebuild:startBuildBatch.sync": """
        codebuild:StartBuildBatch codebuild:StopBuildBatch codebuild:BatchGetBuildBatches
        +StepFunctionsGetEventForCodeBuildStartBuildBatchRule""",
    "codebuild:stopBuild": "codebuild:StopBuild",
    "codebuild:stopBuildBatch": "codebuild:StopBuildBatch",
    "databrew:startJobRun": "databrew:StartJobRun",
    "databrew:startJobRun.sync": "databrew:StartJobRun databrew:ListJobRuns databrew:StopJobRun",
    "dynamodb:deleteItem": "dynamodb:DeleteItem",
    "dynamodb:getItem": "dynamodb:GetItem",
    "dynamodb:putItem": "dynamodb:PutItem",
    "dynamodb:updateItem": "dynamodb:UpdateItem",
    "ecs:runTask": "ecs:RunTask iam:PassRole",
    "ecs:runTask.sync": "ecs:RunTask iam:PassRole ecs:DescribeTasks ecs:StopTask +ECSTask",
    "eks:call": "",
    "eks:createCluster": "eks:CreateCluster iam:PassRole",
    "eks:createCluster.sync": "eks:CreateCluster iam:PassRole eks:DescribeCluster eks:DeleteCluster",
    "eks:createFargateProfile": "eks:CreateFargateProfile iam:PassRole",
    "eks:createNodegroup": """
        eks:CreateNodegroup ec2:DescribeSubnets iam:GetRole iam:ListAttachedRolePolicies iam:PassRole""",
    "eks:createNodegroup.sync": """
        eks:CreateNodegroup ec2:DescribeSubnets iam:GetRole iam:ListAttachedRolePolicies iam:PassRole
        eks:DescribeNodegroup eks:DeleteNodegroup""",
    "eks:deleteCluster": "eks:DeleteCluster",
    "eks:deleteCluster.sync": "eks:DeleteCluster eks:DescribeCluster",
    "eks:deleteFargateProfile": "eks:DeleteFargateProfile",
    "eks:deleteNodegroup": "eks:DeleteNodegroup",
    "eks:deleteNodegroup.sync": "eks:DeleteNodegroup eks:DescribeNodegroup",
    "eks:runJob": "",
    "elasticmapreduce:addStep": "elasticmapreduce:AddJobFlowSteps",
    "elasticmapreduce:addStep.sync": """
        elasticmapreduce:AddJobFlowSteps elasticmapreduce:CancelSteps elasticmapreduce:DescribeStep
        +StepFunctionsGetEventForEMRAddJobFlowStepsRule""",
    "elasticmapreduce:cancelStep": "elasticmapreduce:CancelSteps",
    "elasticmapreduce:createCluster": "elasticmapreduce:RunJobFlow elasticmapreduce:AddTags iam:PassRole",
    "elasticmapreduce:createCluster.sync": """
        elasticmapreduce:RunJobFlow elasticmapreduce:AddTags iam:PassRole elasticmapreduce:DescribeCluster
        elasticmapreduce:TerminateJobFlows +StepFunctionsGetEventForEMRRunJobFlowRule""",
    "elasticmapreduce:modifyInstanceFleetByName": """
        elasticmapreduce:ModifyInstanceFleet elasticmapreduce:ListInstanceFleets""",
    "elasticmapreduce:modifyInstanceGroupByName": """
        elasticmapreduce:ModifyInstanceGroups elasticmapreduce:ListInstanceGroups""",
    "elasticmapreduce:setClusterTerminationProtection": "elasticmapreduce:SetTerminationProtection",
    "elasticmapreduce:terminateCluster": "elasticmapreduce:TerminateJobFlows",
    "elasticmapreduce:terminateCluster.sync": """
        elasticmapreduce:TerminateJobFlows elasticmapreduce:DescribeCluster
        +StepFunctionsGetEventForEMRTerminateJobFlowsRule""",
    "emr-containers:createVirtualCluster": "emr-containers:CreateVirtualCluster iam:CreateServiceLinkedRole",
    "emr-containers:deleteVirtualCluster": "emr-containers:DeleteVirtualCluster",
    "emr-containers:deleteVirtualCluster.sync": """
        emr-containers:DeleteVirtualCluster emr-containers:DescribeVirtualCluster""",
    "emr-containers:startJobRun": "emr-containers:StartJobRun",
    "emr-containers:startJobRun.sync": """
        emr-containers:StartJobRun emr-containers:DescribeJobRun emr-containers:CancelJobRun""",
    "emr-serverless:cancelJobRun": "emr-serverless:CancelJobRun",
    "emr-serverless:cancelJobRun.sync": """
        emr-serverless:CancelJobRun emr-serverless:GetJobRun +EMRServerlessJob""",
    "emr-serverless:createApplication": "emr-serverless:CreateApplication iam:CreateServiceLinkedRole",
    "emr-serverless:createApplication.sync": """
        emr-serverless:CreateApplication iam:CreateServiceLinkedRole emr-serverless:GetApplication
        emr-serverless:DeleteApplication +EMRServerlessApplication""",
    "emr-serverless:deleteApplication": "emr-serverless:DeleteApplication",
    "emr-serverless:deleteApplication.sync": """
        emr-serverless:DeleteApplication emr-serverless:GetApplication +EMRServerlessApplication""",
    "emr-serverless:startApplication": "emr-serverless:StartApplication",
    "emr-serverless:startApplication.sync": """
        emr-serverless:StartApplication emr-serverless:GetApplication emr-serverless:StopApplication
        +EMRServerlessApplication""",
    "emr-serverless:startJobRun": "emr-serverless:StartJobRun iam:PassRole",
    "emr-serverless:startJobRun.sync": """
        emr-serverless:StartJobRun iam:PassRole emr-serverless:GetJobRun emr-serverless:CancelJobRun
        +EMRServerlessJob""",
    "emr-serverless:stopApplication": "emr-serverless:StopApplication",
    "emr-serverless:stopApplication.sync": """
        emr-serverless:StopApplication emr-serverless:GetApplication +EMRServerlessApplication""",
    "events:putEvents": "events:PutEvents",
    "glue:startJobRun": "glue:StartJobRun",
    "glue:startJobRun.sync": "glue:StartJobRun glue:GetJobRun glue:GetJobRuns glue:BatchStopJobRun",
    "http:invoke": """
        states:InvokeHTTPEndpoint events:RetrieveConnectionCredentials secretsmanager:DescribeSecret
        secretsmanager:GetSecretValue""",
    "lambda:invoke": "lambda:InvokeFunction",
    "mediaconvert:createJob": "mediaconvert:CreateJob iam:PassRole",
    "mediaconvert:createJob.sync": """
        mediaconvert:CreateJob iam:PassRole mediaconvert:GetJob mediaconvert:CancelJob +MediaConvertJob""",
    "sagemaker:createEndpoint": "sagemaker:CreateEndpoint sagemaker:ListTags",
    "sagemaker:createEndpointConfig": "sagemaker:CreateEndpointConfig sagemaker:ListTags",
    "sagemaker:createHyperParameterTuningJob": f"sagemaker:CreateHyperParameterTuningJob {CREATED}",
    "sagemaker:createHyperParameterTuningJob.sync": f"""
        sagemaker:CreateHyperParameterTuningJob {CREATED} sagemaker:DescribeHyperParameterTuningJob
        sagemaker:StopHyperParameterTuningJob +SageMakerTuningJobs""",
    "sagemaker:createLabelingJob": "sagemaker:CreateLabelingJob iam:PassRole",
    "sagemaker:createModel": "sagemaker:CreateModel sagemaker:ListTags iam:PassRole",
    "sagemaker:createProcessingJob": f"sagemaker:CreateProcessingJob {CREATED}",
    "sagemaker:createProcessingJob.sync": f"""
        sagemaker:CreateProcessingJob {CREATED} sagemaker:DescribeProcessingJob sagemaker:StopProcessingJob
        +SageMakerProcessingJobs""",
    "sagemaker:createTrainingJob": f"sagemaker:CreateTrainingJob {CREATED}",
    "sagemaker:createTrainingJob.sync": f"""
        sagemaker:CreateTrainingJob {CREATED} sagemaker:DescribeTrainingJob sagemaker:StopTrainingJob
        +SageMakerTrainingJobs""",
    "sagemaker:createTransformJob": "sagemaker:CreateTransformJob sagemaker:ListTags sagemaker:AddTags",
    "sagemaker:createTransformJob.sync": """
        sagemaker:CreateTransformJob sagemaker:ListTags sagemaker:AddTags sagemaker:DescribeTransformJob
        sagemaker:StopTransformJob +SageMakerTransformJobs""",
    "sagemaker:updateEndpoint": "sagemaker:UpdateEndpoint",
    "sns:publish": "sns:Publish",
    "sqs:sendMessage": "sqs:SendMessage",
    "states:startExecution": "states:StartExecution",
    "states:startExecution.sync": """
        states:StartExecution states:DescribeExecution states:StopExecution +StepFunctionsExecution""",
    "states:startExecution.sync:2": """
        states:StartExecution states:DescribeExecution states:StopExecution +StepFunctionsExecution""",
}
"""What each needs, by its pattern. `+X` is the rule by which Step Functions learns of the end, of that name or called
`StepFunctionsGetEventsForXRule`. To wait for a task token takes what going on at once takes."""


def needs(action: str) -> Any:
    call, _, pattern = action.partition(".")
    resource = f"arn:aws:states:::{action}"
    passes = [ROLE] if call == "ecs:runTask" else []
    assert not pattern or pattern in optimised_patterns(call)
    return derived(resource, CALLS[call], passes=passes)


def optimised_patterns(call: str) -> list[str]:
    service, _, name = call.partition(":")
    return list(optimised()[service][name].get("patterns", []))


def rule(name: str) -> str:
    return name if name.endswith("Rule") else f"StepFunctionsGetEventsFor{name}Rule"


@pytest.mark.parametrize("action", ACTIONS)
def test_needs_the_actions_that_aws_s_page_shows(action: str) -> None:
    words = ACTIONS[action].split()
    rules = {f"${{ManagedRulesArn}}/{rule(word[1:])}" for word in words if word.startswith("+")}
    expected = {word for word in words if not word.startswith("+")}
    if rules:
        expected |= {"events:DescribeRule", "events:PutRule", "events:PutTargets"}
    found = needs(action)
    assert {permission.action for permission in found} == expected
    assert {p.resource for p in found if p.action.startswith("events:Put") and "Rule" in p.resource} == rules


def test_every_integration_and_every_job_is_in_the_table_or_is_refused() -> None:
    said = {
        f"{service}:{name}{'.' if pattern else ''}{pattern}"
        for service, of in optimised().items()
        for name, entry in of.items()
        for pattern in ("", *(each for each in entry.get("patterns", []) if each.startswith("sync")))
    }
    unknown = {
        # Ids of builds and reports of several projects.
        "codebuild:batchDeleteBuilds",
        "codebuild:batchGetReports",
        # AWS shows no policy of these.
        "codebuild:retryBuildBatch.sync",
        "eks:createFargateProfile.sync",
        "eks:deleteFargateProfile.sync",
        "eks:runJob.sync",
        "sagemaker:createLabelingJob.sync",
    }
    assert set(ACTIONS) == said - unknown
    for action in unknown:
        with pytest.raises(DefinitionError, match=r"not known here|do not say"):
            derived(f"arn:aws:states:::{action}", CALLS.get(action.partition(".")[0], {}))


DIM: Final = {
    "bedrock:invokeModel": "it wants ARNs of every kind of model in one statement",
    "batch:submitJob": "a colon before the revision, and jobs, which have no ARN yet",
    "batch:submitJob.sync": "a colon before the revision, and jobs, which have no ARN yet",
    "bedrockagentcore:invokeHarness": "younger than its lists",
    "http:invoke": "AWS's page names the workflow and two conditions, which its lists lack",
    "states:startExecution.sync": "express executions, for which nobody can wait so",
    "states:startExecution.sync:2": "express executions, for which nobody can wait so",
}
"""What parliament sees otherwise, and why."""


@pytest.mark.parametrize("action", ACTIONS)
def test_names_resources_that_iam_knows_of_the_action(action: str) -> None:
    """IAM's own lists, as parliament carries them: no ARN of another kind, no star where there are ARNs."""
    linter = pytest.importorskip("parliament", reason="parliament is not installed")
    found = needs(action)
    text = json.dumps(policy_document(found))
    for name, value in PSEUDO.items():
        text = text.replace(name, value)
    findings = linter.analyze_policy_string(text).findings
    issues = {
        found.issue for found in findings if found.issue.startswith(("INVALID", "RESOURCE_MIS", "UNKNOWN"))
    }
    assert not issues or action in DIM, [found.detail for found in findings]
    assert all(unbounded(found).values()), "a star without its reason"


def test_every_call_that_nobody_can_narrow_has_no_resource_in_iam_s_lists() -> None:
    linter = pytest.importorskip("parliament", reason="parliament is not installed")
    lists = {
        f"{service['prefix']}:{each['privilege']}".lower(): each["resource_types"]
        for service in linter.iam_definition
        for each in service["privileges"]
    }
    for call in SDK_UNBOUNDED:
        (permission,) = derived(f"arn:aws:states:::aws-sdk:{call}", {})
        assert permission.resource == "*"
        assert permission.reason
        assert not any(kind["resource_type"] for kind in lists[permission.action.lower()]), call


def test_a_role_may_be_handed_to_its_service_only() -> None:
    (passed,) = [p for p in needs("sagemaker:createTrainingJob") if p.action == "iam:PassRole"]
    assert passed.resource == ROLE
    assert passed.conditions == (("StringEquals", "iam:PassedToService", "sagemaker.amazonaws.com"),)


def test_a_job_on_eks_runs_with_its_own_role_alone() -> None:
    (start,) = needs("emr-containers:startJobRun")
    assert start.conditions == (("StringEquals", "emr-containers:ExecutionRoleArn", ROLE),)


def test_a_query_s_results_go_where_the_task_says() -> None:
    found = needs("athena:startQueryExecution")
    assert {p.resource for p in found if p.action == "s3:PutObject"} == {"arn:aws:s3:::answers/nightly/*"}
    tables = {p.resource.rpartition(":")[2] for p in found if p.action == "glue:GetTable"}
    assert tables == {"catalog", "database/sales", "table/sales/*", "userDefinedFunction/sales/*"}


def test_a_name_that_begins_alike_each_time_allows_what_begins_so() -> None:
    found = derived(
        "arn:aws:states:::sagemaker:createTrainingJob",
        {"TrainingJobName.$": "States.Format('Night-{}', $$.Execution.Name)", "RoleArn": ROLE},
    )
    arn = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:training-job/night-*"
    assert {p.resource for p in found if p.action == "sagemaker:CreateTrainingJob"} == {arn}


def test_the_tables_know_the_same_calls() -> None:
    assert set(TARGETS) == set(CALLS)
    assert {call.partition(".")[0] for call in ACTIONS} == set(CALLS)
    assert set(JOBS) <= set(CALLS)


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        ("apigateway:getRestApis", {}, "apigateway:GET"),
        ("bedrockruntime:converse", {"ModelId": "m"}, "bedrock:InvokeModel"),
        ("budgets:describeBudget", {}, "budgets:ViewBudget"),
        ("cloudcontrol:createResource", {}, "cloudformation:CreateResource"),
        ("cloudwatchlogs:getLogEvents", {}, "logs:GetLogEvents"),
        ("efs:createAccessPoint", {}, "elasticfilesystem:CreateAccessPoint"),
        ("emr:runJobFlow", {}, "elasticmapreduce:RunJobFlow"),
        ("keyspaces:createTable", {}, "cassandra:Create"),
        ("kms:reEncrypt", {}, "kms:ReEncryptFrom kms:ReEncryptTo"),
        ("mediapackagevod:deleteAsset", {}, "mediapackage-vod:DeleteAsset"),
        ("s3:deleteBucketTagging", {}, "s3:PutBucketTagging"),
        ("s3:getPublicAccessBlock", {}, "s3:GetBucketPublicAccessBlock"),
        ("s3control:getPublicAccessBlock", {}, "s3:GetAccountPublicAccessBlock"),
        ("sagemakerruntime:invokeEndpoint", {}, "sagemaker:InvokeEndpoint"),
        ("ses:sendEmail", {}, "ses:SendEmail"),
        ("sesv2:sendEmail", {}, "ses:SendEmail"),
        ("timestreamquery:query", {}, "timestream:Select"),
    ],
)
def test_a_call_of_an_api_needs_the_actions_that_iam_has_for_it(
    call: str, parameters: dict[str, Any], expected: str
) -> None:
    from asl.services.models import operation_model
    from dsl.permissions.deriving import operation_permissions

    service, _, action = call.partition(":")
    found = operation_permissions(operation_model(service, action), "arn:aws:x")
    assert " ".join(permission.action for permission in found) == expected


def test_a_definition_of_somebody_else_gets_the_same_policy() -> None:
    parameters = dict(CALLS["sagemaker:createTransformJob"])
    resource = "arn:aws:states:::sagemaker:createTransformJob.sync"
    theirs = written("Turn", "Task", {"Resource": resource, "Parameters": parameters})
    assert theirs.permissions == needs("sagemaker:createTransformJob.sync")


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        (
            "s3:copyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "/a/x.csv"},
            {("s3:GetObject", "arn:aws:s3:::a/x.csv"), ("s3:PutObject", "arn:aws:s3:::b/k")},
        ),
        (
            "dynamodb:batchWriteItem",
            {"RequestItems": {"${OrderTableName}": []}},
            {("dynamodb:BatchWriteItem", "${OrderTableArn}")},
        ),
        (
            "ec2:stopInstances",
            {"InstanceIds": ["i-1"]},
            {
                (
                    "ec2:StopInstances",
                    "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/i-1",
                )
            },
        ),
    ],
)
def test_a_call_of_an_api_needs_what_its_parameters_name(
    call: str, parameters: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    found = derived(f"arn:aws:states:::aws-sdk:{call}", parameters)
    assert {(permission.action, permission.resource) for permission in found} == expected


def test_a_call_whose_parameters_name_nothing_is_refused() -> None:
    with pytest.raises(
        DefinitionError, match="on what sfn:sendTaskSuccess works, its parameters do not surely say"
    ):
        derived("arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", {"TaskToken": "t", "Output": "{}"})


def test_a_function_that_a_deployment_binds_as_the_resource_is_invoked() -> None:
    assert {p.resource for p in derived("${PriceLambda}", {})} == {"${PriceLambda}", "${PriceLambda}:*"}
    with pytest.raises(DefinitionError, match="does not say what it calls"):
        derived("${Prices}", {})


def test_an_arn_that_is_bound_where_a_name_stands_is_the_resource() -> None:
    theirs = written(
        "Price",
        "Task",
        {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "${Price}"}},
    )
    machine = StateMachine("M", theirs >> end)
    here = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}
    for bound in ("price", f"arn:aws:lambda:{HERE}:function:price"):
        (statement,) = cast("Any", machine.policy({**here, "Price": bound})["Statement"])
        assert statement["Resource"][0] == f"arn:aws:lambda:{HERE}:function:price"
