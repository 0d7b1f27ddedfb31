"""What an optimised integration needs: to call it, to hand roles on, and to wait for a job.

The pages below https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asl.services.integrations import optimised
from asl.words import closest
from dsl.errors import DefinitionError
from dsl.permissions.actions import api_permissions
from dsl.permissions.policy import MANAGED_RULES, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Job(NamedTuple):
    """What a job needs beside the call that starts it: `starting` always, the rest where a task waits for it (`.sync`).

    `starting` and `on_target` are actions on what the task names, `on_runs` on the job runs below that,
    `on_executions` on the executions of the state machine that it names; `unbounded` are those that AWS
    does not let you narrow, for the reason given. `rule` is the EventBridge rule by which Step Functions
    learns of the end; without one it polls.
    """

    on_target: tuple[str, ...] = ()
    starting: tuple[str, ...] = ()
    on_runs: tuple[str, ...] = ()
    on_executions: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    reason: str = ""
    rule: str = ""


def _sagemaker(kind: str, rule: str) -> Job:
    """Return a job of SageMaker, to which Step Functions gives a tag by which it knows the jobs that it started."""
    return Job(
        (f"sagemaker:Describe{kind}Job", f"sagemaker:Stop{kind}Job"),
        starting=("sagemaker:AddTags",),
        rule=f"StepFunctionsGetEventsForSageMaker{rule}JobsRule",
    )


_APPLICATION_RULE: Final = "StepFunctionsGetEventsForEMRServerlessApplicationRule"


def _application(*more: str) -> Job:
    return Job(("emr-serverless:GetApplication", *more), rule=_APPLICATION_RULE)


JOBS: Final[Mapping[str, Job]] = {
    # athena-iam.html
    "athena:startQueryExecution": Job(("athena:GetQueryExecution", "athena:StopQueryExecution")),
    # batch-iam.html
    "batch:submitJob": Job(
        unbounded=("batch:DescribeJobs", "batch:TerminateJob"),
        reason="a job has no ARN before it is submitted, and DescribeJobs takes no resource at all",
        rule="StepFunctionsGetEventsForBatchJobsRule",
    ),
    # bedrock-iam.html; `beside` has what it asks of the job
    "bedrock:createModelCustomizationJob": Job(),
    # codebuild-iam.html
    "codebuild:startBuild": Job(
        ("codebuild:BatchGetBuilds", "codebuild:StopBuild"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildRule",
    ),
    "codebuild:startBuildBatch": Job(
        ("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    ),
    # databrew-iam.html
    "databrew:startJobRun": Job(("databrew:ListJobRuns", "databrew:StopJobRun")),
    # ecs-iam.html
    "ecs:runTask": Job(
        unbounded=("ecs:DescribeTasks", "ecs:StopTask"),
        reason="a task has no ARN before it runs",
        rule="StepFunctionsGetEventsForECSTaskRule",
    ),
    # eks-iam.html; `beside` has what asks about what is being created
    "eks:createCluster": Job(),
    "eks:createNodegroup": Job(),
    "eks:deleteCluster": Job(("eks:DescribeCluster",)),
    "eks:deleteNodegroup": Job(("eks:DescribeNodegroup",)),
    # emr-iam.html
    "elasticmapreduce:addStep": Job(
        ("elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"),
        rule="StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    ),
    "elasticmapreduce:createCluster": Job(
        unbounded=("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
        reason="a cluster has no ARN before it is created",
        rule="StepFunctionsGetEventForEMRRunJobFlowRule",
    ),
    "elasticmapreduce:terminateCluster": Job(
        ("elasticmapreduce:DescribeCluster",), rule="StepFunctionsGetEventForEMRTerminateJobFlowsRule"
    ),
    # emr-eks-iam.html
    "emr-containers:deleteVirtualCluster": Job(("emr-containers:DescribeVirtualCluster",)),
    "emr-containers:startJobRun": Job(
        on_runs=("emr-containers:CancelJobRun", "emr-containers:DescribeJobRun")
    ),
    # emr-serverless-iam.html
    "emr-serverless:cancelJobRun": Job(
        ("emr-serverless:GetJobRun",), rule="StepFunctionsGetEventsForEMRServerlessJobRule"
    ),
    "emr-serverless:createApplication": Job(rule=_APPLICATION_RULE),
    "emr-serverless:deleteApplication": _application(),
    "emr-serverless:startApplication": _application("emr-serverless:StopApplication"),
    "emr-serverless:startJobRun": Job(
        on_runs=("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"),
        rule="StepFunctionsGetEventsForEMRServerlessJobRule",
    ),
    "emr-serverless:stopApplication": _application(),
    # glue-iam.html
    "glue:startJobRun": Job(("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns")),
    # mediaconvert-iam.html
    "mediaconvert:createJob": Job(rule="StepFunctionsGetEventsForMediaConvertJobRule"),
    # sagemaker-iam.html
    "sagemaker:createHyperParameterTuningJob": _sagemaker("HyperParameterTuning", "Tuning"),
    "sagemaker:createProcessingJob": _sagemaker("Processing", "Processing"),
    "sagemaker:createTrainingJob": _sagemaker("Training", "Training"),
    "sagemaker:createTransformJob": _sagemaker("Transform", "Transform"),
    # stepfunctions-iam.html
    "states:startExecution": Job(
        on_executions=("states:DescribeExecution", "states:StopExecution"),
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
}
"""The optimised integrations whose jobs can be waited for and whose needs are known here.

They are those of the pages named above, all below https://docs.aws.amazon.com/step-functions/latest/dg/, read on
2026-11-22. Where Step Functions offers `.sync` for more, AWS shows no policy of its own, or one that names resources
which the task does not.
"""


def unknown_integration(call: str) -> DefinitionError:
    """Return the refusal of a call that has no optimised integration."""
    near = closest(call, [f"{service}:{name}" for service, names in optimised().items() for name in names])
    meant = f" (did you mean {near!r}?)" if near else ""
    return DefinitionError(
        f"{call!r} is no optimised integration{meant}; any other API is called by sdk.call()"
    )


def integration_permissions(
    action: str,
    on: Sequence[str],
    *,
    passes: Sequence[str] = (),
    reason: str = "",
    conditions: tuple[tuple[str, str, str], ...] = (),
) -> tuple[Permission, ...]:
    """Return what an optimised integration needs: `states:startExecution.sync:2` on these ARNs, passing on these roles.

    `conditions` are those of the call itself.

    Raises:
        DefinitionError: it is no optimised integration; it waits for a job, and what that needs is not known here; or
            it may be called on nothing, or on `*` without a reason.
    """
    call, _, pattern = action.partition(".")
    service, _, name = call.partition(":")
    if name not in optimised().get(service, ()):
        raise unknown_integration(call)
    if not on and call not in ("eks:call", "eks:runJob"):
        raise DefinitionError(
            f"on= names nothing, so {action} would be allowed nowhere; name what it works on"
        )
    if "*" in on and not reason:
        raise DefinitionError(
            f"{action} on every resource: name the narrowest one, or give reason= why there is none; a pattern is "
            f"enough, such as arn:*:{service}:*:*:*"
        )
    found = [
        permission
        for target in on
        for permission in api_permissions(service, name[:1].upper() + name[1:], target, reason, conditions)
    ]
    starting = JOBS[call].starting if call in JOBS else ()
    found += [Permission(action, target, reason) for target in on for action in starting]
    found += [pass_permission(call, role) for role in passes]
    if pattern.startswith("sync"):
        found += _waiting(call, on, reason)
    return tuple(found)


_PASSED_TO: Final[Mapping[str, str]] = {
    "eks": "eks.amazonaws.com",
    "emr-serverless": "emr-serverless.amazonaws.com",
    "mediaconvert": "mediaconvert.amazonaws.com",
    "sagemaker": "sagemaker.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
}
"""The services to which a role is handed, as AWS's pages write it into the condition."""


def pass_permission(call: str, role: str) -> Permission:
    """Return what it needs to hand a role on with a call: to that service only, where AWS's page says so."""
    service = _PASSED_TO.get(call.partition(":")[0])
    conditions = () if service is None else (("StringEquals", "iam:PassedToService", service),)
    return Permission("iam:PassRole", role, conditions=conditions)


def _waiting(call: str, on: Sequence[str], reason: str) -> list[Permission]:
    job = JOBS.get(call)
    if job is None:
        raise DefinitionError(
            f"what it needs to wait for {call} is not known here (known: {', '.join(sorted(JOBS))}); "
            "build a Task and give its permissions="
        )
    found = [Permission(action, target, reason) for target in on for action in job.on_target]
    found += [Permission(action, f"{target}/jobruns/*") for target in on for action in job.on_runs]
    found += [Permission(action, f"{executions(target)}:*") for target in on for action in job.on_executions]
    found += [Permission(action, "*", job.reason) for action in job.unbounded]
    if job.rule:
        found += [
            Permission(action, f"{MANAGED_RULES}/{job.rule}")
            for action in ("events:DescribeRule", "events:PutRule", "events:PutTargets")
        ]
    return found


def executions(machine: str) -> str:
    """Return the ARN of a state machine's executions, up to their names. `${ChildArn}` gives `${ChildExecutionsArn}`.

    Raises:
        DefinitionError: it is neither the ARN of a state machine nor a placeholder that ends in `Arn`.
    """
    if ":stateMachine:" in machine:
        return machine.replace(":stateMachine:", ":execution:", 1)
    if machine.startswith("${") and machine.endswith("Arn}"):
        return f"{machine.removesuffix('Arn}')}ExecutionsArn}}"
    raise DefinitionError(
        f"{machine!r} is no ARN of a state machine, nor a placeholder such as ${{ChildArn}}"
    )
