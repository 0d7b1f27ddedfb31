"""What a task calls: the resource, its pattern, its credentials."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from asl.checking import Diagnostic, Severity, validate
from asl.services import integrations
from asl.services.models import read_service
from asl.services.resources import PATTERNS, Resource
from asl.words import is_slip
from tests.asl.checking.machines import LAMBDA, machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
START = "arn:aws:states:::"
EVERYDAY = sorted((Path(__file__).parent / "everyday").glob("*.yaml"))
PLACE = "/States/Here/Resource"


def said(resource: str, **fields: object) -> list[Diagnostic]:
    """Return what is said of the resource of a task, and not of what it is called with."""
    state = {"Type": "Task", "Resource": resource, "TimeoutSeconds": 9, "End": True} | fields
    return [found for found in validate(machine(state)) if found.location == PLACE]


@pytest.mark.parametrize("path", EVERYDAY, ids=lambda path: path.stem)
def test_everyday_workflows_are_accepted_without_a_word(path: Path) -> None:
    assert validate(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_the_everyday_workflows_call_every_optimised_service() -> None:
    assert len(EVERYDAY) >= 30
    text = "\n".join(path.read_text(encoding="utf-8") for path in EVERYDAY)
    assert [service for service in integrations.optimised() if f":::{service}:" not in text] == []


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        ("dynamodb:GetItem", 'the action is written "getItem".'),
        ("aws-sdk:dynamodb:getitem", 'the action is written "getItem".'),
        ("aws-sdk:rds:describeDbInstances", 'the action is written "describeDBInstances".'),
        ("DynamoDB:getItem", 'the service is written "dynamodb".'),
        ("aws-sdk:S3:getObject", 'Step Functions calls the service "s3".'),
        ("aws-sdk:logs:putLogEvents", 'Step Functions calls the service "cloudwatchlogs".'),
        ("aws-sdk:acm-pca:listTags", 'Step Functions calls the service "acmpca".'),
        (
            "sqs:sendMessage.waitForToken",
            'there is no pattern ".waitForToken"; did you mean ".waitForTaskToken"?',
        ),
        ("glue:startJobRun.Sync", 'there is no pattern ".Sync"; did you mean ".sync"?'),
        (
            "dynamodb:query",
            "the optimised integration of dynamodb offers deleteItem, getItem, putItem and updateItem; "
            "write arn:aws:states:::aws-sdk:dynamodb:query.",
        ),
        (
            "sqs:sendMessage.sync",
            "sqs:sendMessage offers request-response and .waitForTaskToken, but no .sync.",
        ),
        ("glue:startJobRun.sync:2", "glue:startJobRun offers request-response and .sync, but no .sync:2."),
        (
            "glue:startJobRun.waitForTaskToken",
            "glue:startJobRun offers request-response and .sync, but no .waitForTaskToken.",
        ),
        (
            "aws-sdk:ecs:runTask.sync",
            "aws-sdk:ecs:runTask offers request-response and .waitForTaskToken, but no .sync.",
        ),
        ("aws-sdk:sts:assumeRole", "AWS excludes sts:assumeRole from the SDK integrations."),
        ("lamda:invoke", 'there is no service integration "lamda"; did you mean "lambda"?'),
        ("sns:publsh", 'sns has no action "publsh"; did you mean "publish"?'),
        ("aws-sdk:dynamdb:getItem", 'SDK integrations have no service "dynamdb"; did you mean "dynamodb"?'),
        ("aws-sdk:dynamodb:getItme", 'dynamodb has no action "getItme"; did you mean "getItem"?'),
        (
            "ssm:getParameter",
            f"there is no optimised integration of ssm; its SDK integration is {START}aws-sdk:ssm:getParameter.",
        ),
        (
            "eventbridge:putEvents",
            f"there is no service integration of eventbridge; write {START}events:putEvents.",
        ),
        ("lambda", "a service integration is written arn:aws:states:::service:action."),
        ("aws-sdk:s3", "an SDK integration is written arn:aws:states:::aws-sdk:service:action."),
    ],
)
def test_what_aws_surely_does_not_recognise_is_an_error(call: str, instead: str) -> None:
    start = f"The resource provided {START}{call} is not recognized"
    assert said(START + call) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", f"{start}: {instead}", PLACE)]


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (f"{START}aws-sdk:beans:roast", 'SDK integrations have no service "beans".'),
        (f"{START}aws-sdk:dynamodb:fetchItem", 'dynamodb has no action "fetchItem"; did you mean "getItem"?'),
        (f"{START}lambda:invokeFunction", 'lambda has no action "invokeFunction"; it offers invoke.'),
        (f"{START}beans:roast", 'There is no service integration "beans".'),
        # These may be newer: an ending more, a plural, a number.
        (
            f"{START}aws-sdk:s3tablesplus:query",
            'SDK integrations have no service "s3tablesplus"; did you mean "s3tables"?',
        ),
        (
            f"{START}aws-sdk:dynamodb:getItems",
            'dynamodb has no action "getItems"; did you mean "getItem"?',
        ),
        (
            f"{START}aws-sdk:wafv3:listRules",
            'SDK integrations have no service "wafv3"; did you mean "wafv2"?',
        ),
        (
            f"{START}sagemaker:createModel.sync",
            "sagemaker:createModel offers request-response, but no .sync.",
        ),
        (
            f"{START}aws-sdk:polly:startSpeechSynthesisStream",
            "polly:startSpeechSynthesisStream works with a stream of events, which a task cannot read.",
        ),
        (
            "arn:aws:states:eu-west-1:123456789012:stateMachine:Brew",
            "A task does not call a state machine by its ARN: "
            f"write {START}states:startExecution.sync:2, and the ARN as StateMachineArn.",
        ),
        (
            f"{LAMBDA}.waitForTaskToken",
            f"The ARN of a function takes no pattern: write {START}lambda:invoke.waitForTaskToken, "
            "and the function as FunctionName.",
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:layer:beans:1",
            "A task calls a function by its ARN, arn:aws:lambda:region:account:function:name.",
        ),
        (
            "arn:aws:s3:::bar/menu.json",
            "A task calls a function, an activity or a service integration (arn:aws:states:::service:action); "
            "an ARN of s3 is none of these.",
        ),
    ],
)
def test_what_aws_may_know_and_we_do_not_is_a_warning(resource: str, message: str) -> None:
    assert said(resource) == [Diagnostic(WARNING, "UNKNOWN_RESOURCE", message, PLACE)]


@pytest.mark.parametrize(
    "resource",
    [
        f"{START}dynamodb:getItem",
        f"{START}aws-sdk:dynamodb:query",
        f"{START}aws-sdk:qldb:describeLedger",
        f"{START}aws-sdk:sfn:startExecution.waitForTaskToken",
        f"{START}states:startExecution.sync:2",
        f"{START}elasticmapreduce:createCluster.sync",
        "arn:aws-cn:states:cn-north-1:123456789012:sqs:sendMessage.waitForTaskToken",
        "arn:aws-us-gov:states:::aws-sdk:s3:getObject",
        "arn:aws:lambda:eu-west-1:123456789012:function:brew:live",
        "arn:0000000000:lambda:::function:brew",
        "arn:aws:states:eu-west-1:123456789012:activity:brew",
        "arn:aws:swf:eu-west-1:123456789012:task:brew",
        "arn:${AWS::Partition}:states:::sqs:sendMessage",
        "arn:aws:states:::${Service}:publish",
        "arn:aws:states:::sns:${Action}",
        "arn:aws:states:::aws-sdk:s3:${Action}.waitForTaskToken",
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}",
        "${BrewFunctionArn}",
        "arn:" + "x" * 5000,
    ],
)
def test_any_partition_account_and_placeholder_is_fine(resource: str) -> None:
    assert said(resource) == []


class TestRoles:
    @pytest.mark.parametrize(
        ("language", "credentials"),
        [
            ("JSONPath", {"RoleArn": "arn:aws:iam::123456789012:role/service-role/cashier"}),
            ("JSONPath", {"RoleArn": "arn:aws-cn:iam::123456789012:role/cashier"}),
            ("JSONPath", {"RoleArn": "${CashierRoleArn}"}),
            ("JSONPath", {"RoleArn.$": "$.role"}),
            ("JSONata", {"RoleArn": "{% $states.input.role %}"}),
        ],
    )
    def test_a_role_is_named_by_its_arn(self, language: str, credentials: dict[str, str]) -> None:
        state = {"Type": "Task", "Resource": LAMBDA, "Credentials": credentials, "End": True}
        assert validate(machine(state, language)) == []

    @pytest.mark.parametrize("role", ["cashier", "arn:aws:iam::123456789012:user/cashier"])
    def test_anything_else_is_a_warning(self, role: str) -> None:
        state = {"Type": "Task", "Resource": LAMBDA, "Credentials": {"RoleArn": role}, "End": True}
        assert validate(machine(state)) == [
            Diagnostic(
                WARNING,
                "INVALID_ROLE_ARN",
                f'"{role}" is not the ARN of a role, such as arn:aws:iam::123456789012:role/cashier.',
                "/States/Here/Credentials/RoleArn",
            )
        ]

    def test_a_path_that_is_not_evaluated_is_one_fault_and_not_two(self) -> None:
        state = {"Type": "Task", "Resource": LAMBDA, "Credentials": {"RoleArn": "$.role"}, "End": True}
        assert "INVALID_ROLE_ARN" not in [d.code for d in validate(machine(state))]


class TestTheDataFile:
    def test_every_optimised_integration_can_be_built(self) -> None:
        for service, actions in integrations.optimised().items():
            for action, entry in actions.items():
                found = integrations.find(Resource("optimised", service, action))
                assert found is not None
                assert found.members, f"{service}:{action}"
                assert frozenset(entry.get("patterns", ())) <= frozenset(PATTERNS)

    def test_the_operations_behind_them_are_those_of_the_installed_botocore(self) -> None:
        for actions in integrations.optimised().values():
            for entry in actions.values():
                if "api" in entry:
                    folder, _, operation = entry["api"].partition(":")
                    assert operation in read_service(folder).actions.values()

    def test_parts_that_an_integration_adds_or_drops_are_so(self) -> None:
        cluster = integrations.find(Resource("optimised", "elasticmapreduce", "createCluster"))
        assert cluster is not None
        assert "Steps" not in cluster.members
        model = integrations.find(Resource("optimised", "bedrock", "invokeModel"))
        assert model is not None
        assert {"ModelId", "Body", "Input", "Output"} <= set(model.members)


@pytest.mark.parametrize(
    ("word", "meant", "slip"),
    [
        ("lamda", "lambda", True),
        ("lambdaa", "lambda", True),
        ("lambad", "lambda", True),
        ("publsh", "publish", True),
        ("quary", "query", True),
        ("getItme", "getItem", True),
        ("lambda", "lambda", False),
        # Something newer might be called so.
        ("getItems", "getItem", False),
        ("getItem", "getItems", False),
        ("lambdax", "lambda", False),
        ("wafv3", "wafv2", False),
        ("sqz", "sqs", False),
        ("bedrockagentcore", "bedrockagent", False),
        ("fetchItem", "getItem", False),
    ],
)
def test_a_slip_is_told_from_what_may_be_newer(word: str, meant: str, slip: bool) -> None:
    assert is_slip(word, meant) is slip
