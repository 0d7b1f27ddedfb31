"""What a service integration is called with."""

from __future__ import annotations

import time

import pytest

from asl.checking import Diagnostic, Severity, validate
from asl.limits import DEEPEST
from tests.asl.checking.machines import machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
START = "arn:aws:states:::"
AT = "/States/Here/Parameters"
SEND = {"QueueUrl": "https://example.com/queue", "MessageBody": "make it"}
RUN = {"TaskDefinition": "roast"}
ENTRY = {"Source": "bar", "DetailType": "Made", "Detail": {"order": 7}}


def said(call: str, parameters: object, language: str = "JSONPath") -> list[Diagnostic]:
    field = "Parameters" if language == "JSONPath" else "Arguments"
    state = {"Type": "Task", "Resource": START + call, field: parameters, "End": True}
    return validate(machine(state, language))


@pytest.mark.parametrize(
    ("language", "field"), [("JSONPath", "Parameters"), ("JSONata", "Arguments")], ids=["JSONPath", "JSONata"]
)
def test_an_integration_has_parameters_be_they_empty(language: str, field: str) -> None:
    state: dict[str, object] = {"Type": "Task", "Resource": f"{START}aws-sdk:s3:listBuckets", "End": True}
    assert validate(machine(state | {field: {}}, language)) == []
    assert validate(machine(state, language)) == [
        Diagnostic(
            ERROR,
            "SCHEMA_VALIDATION_FAILED",
            f"{field} field is required for resource ARN: {START}aws-sdk:s3:listBuckets. "
            "Write an empty object if it takes none.",
            "/States/Here",
        )
    ]


class TestRequired:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "sqs:sendMessage",
                {"QueueUrl": "x"},
                "The field 'MessageBody' is required but was missing: sqs:sendMessage needs it.",
                "",
            ),
            (
                "sqs:sendMessage",
                {},
                "The fields 'QueueUrl' and 'MessageBody' are required but were missing: sqs:sendMessage needs them.",
                "",
            ),
            (
                "sqs:sendMessage",
                {"queueUrl": "x", "MessageBody": "y"},
                "The field 'QueueUrl' is required but was missing: it is spelt \"queueUrl\" here.",
                "/queueUrl",
            ),
            (
                "sqs:sendMessage",
                {"QueueUrl.$": "$.x", "MesageBody.$": "$.y"},
                "The field 'MessageBody' is required but was missing: it is spelt \"MesageBody\" here.",
                "/MesageBody.$",
            ),
            (
                "aws-sdk:sfn:startExecution",
                {"stateMachineArn": "x"},
                "The field 'StateMachineArn' is required but was missing: it is spelt \"stateMachineArn\" here.",
                "/stateMachineArn",
            ),
        ],
    )
    def test_what_the_service_requires_is_there(
        self, call: str, parameters: dict[str, str], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", message, AT + place)]

    @pytest.mark.parametrize(
        ("call", "parameters", "language"),
        [
            ("sqs:sendMessage", SEND, "JSONPath"),
            ("sqs:sendMessage", {"QueueUrl.$": "$.queue", "MessageBody.$": "$"}, "JSONPath"),
            ("sqs:sendMessage", {"QueueUrl": "${Queue}", "MessageBody": "{% $states.input %}"}, "JSONata"),
            ("sqs:sendMessage", "{% $states.input %}", "JSONata"),
            ("aws-sdk:sfn:startExecution", {"StateMachineArn": "arn"}, "JSONPath"),
        ],
    )
    def test_it_may_come_from_anywhere(self, call: str, parameters: object, language: str) -> None:
        assert said(call, parameters, language) == []

    def test_in_jsonata_a_name_has_no_dollar_at_its_end(self) -> None:
        assert said("sqs:sendMessage", {"QueueUrl.$": "x", "MessageBody": "y"}, "JSONata") == [
            Diagnostic(
                ERROR,
                "SCHEMA_VALIDATION_FAILED",
                "The field 'QueueUrl' is required but was missing: it is spelt \"QueueUrl.$\" here.",
                "/States/Here/Arguments/QueueUrl.$",
            )
        ]

    def test_a_part_that_the_service_requires_is_there(self) -> None:
        network = {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}}
        assert said("ecs:runTask", RUN | {"NetworkConfiguration": network}) == []
        assert said("ecs:runTask", RUN | {"NetworkConfiguration": {"AwsvpcConfiguration": {}}}) == [
            Diagnostic(
                WARNING,
                "MISSING_PARAMETER",
                "AwsvpcConfiguration lacks Subnets, which the service requires.",
                f"{AT}/NetworkConfiguration/AwsvpcConfiguration",
            )
        ]

    @pytest.mark.parametrize(
        ("language", "unique"),
        [("JSONPath", "States.UUID()"), ("JSONata", "{% $uuid() %}")],
        ids=["path", "ata"],
    )
    def test_an_sdk_integration_makes_up_no_idempotency_token(self, language: str, unique: str) -> None:
        call, given = "emr-serverless:startJobRun", {"ApplicationId": "x", "ExecutionRoleArn": "y"}
        assert said(call, given, language) == []
        assert said("aws-sdk:emrserverless:startJobRun", given | {"ClientToken": "z"}, language) == []
        [only] = said("aws-sdk:emrserverless:startJobRun", given, language)
        assert (only.severity, only.message) == (
            ERROR,
            "aws-sdk:emrserverless:startJobRun needs ClientToken, which other SDKs make up and Step Functions "
            f"does not: {unique} makes one.",
        )

    def test_a_call_of_an_https_api_has_a_connection(self) -> None:
        call = {"ApiEndpoint": "https://api.example.com", "Method": "GET"}
        assert said("http:invoke", call | {"Authentication": {"ConnectionArn": "arn"}}) == []
        assert said("http:invoke", call | {"InvocationConfig": {"ConnectionArn": "arn"}}) == []
        assert said("http:invoke", call) == [
            Diagnostic(
                WARNING,
                "MISSING_PARAMETER",
                "http:invoke needs Authentication or InvocationConfig, and has none of them.",
                AT,
            )
        ]


class TestNames:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "aws-sdk:dynamodb:putItem",
                {"TableName": "x", "Item": {"a": {"BOOL": True}}},
                'a has no field "BOOL"; did you mean "Bool"?',
                "/Item/a/BOOL",
            ),
            (
                "states:startExecution",
                {"StateMachineArn": "x", "input": {}},
                'states:startExecution takes no parameter "input"; did you mean "Input"?',
                "/input",
            ),
            (
                "elasticmapreduce:createCluster",
                {"Name": "x", "Instances": {}, "Steps": []},
                'elasticmapreduce:createCluster takes no parameter "Steps".',
                "/Steps",
            ),
            (
                "aws-sdk:rds:stopDBInstance",
                {"DBInstanceIdentifier": "x"},
                'aws-sdk:rds:stopDBInstance takes no parameter "DBInstanceIdentifier"; '
                'did you mean "DbInstanceIdentifier"?',
                "/DBInstanceIdentifier",
            ),
            (
                "ecs:runTask",
                RUN | {"NetworkConfiguration": {"awsVpcConfiguration": {"Subnets": []}}},
                'NetworkConfiguration has no field "awsVpcConfiguration"; did you mean "AwsvpcConfiguration"?',
                "/NetworkConfiguration/awsVpcConfiguration",
            ),
            (
                "events:putEvents",
                {"Entries": [{"Source": "bar", "Detail": {}, "Detail_Type": "x"}]},
                'Entries has no field "Detail_Type"; did you mean "DetailType"?',
                "/Entries[0]/Detail_Type",
            ),
            (
                "dynamodb:putItem",
                {"TableName": "x", "Item": {"PK": {"s": "1"}}},
                'PK has no field "s"; did you mean "S"?',
                "/Item/PK/s",
            ),
        ],
    )
    def test_the_service_takes_every_parameter_that_is_written_out(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", message, AT + place)]

    @pytest.mark.parametrize(
        ("call", "parameters", "language", "name"),
        [
            ("lambda:invoke", {"FunctionName": "brew", "TaskToken.$": "$.token"}, "JSONPath", "TaskToken"),
            ("lambda:invoke", {"FunctionName": "brew", "TaskToken": "{% 'x' %}"}, "JSONata", "TaskToken"),
            ("lambda:invoke", {"FunctionName": "brew", "TaskToken": "${Token}"}, "JSONPath", "TaskToken"),
            ("aws-sdk:sqs:sendMessage", SEND | {"Delay.$": "$.delay"}, "JSONPath", "Delay"),
            (
                "http:invoke",
                {
                    "ApiEndpoint": "https://x",
                    "Method": "GET",
                    "InvocationConfig": {"ConnectionArn": "arn"},
                    "Retries": 1,
                },
                "JSONPath",
                "Retries",
            ),
        ],
    )
    def test_one_whose_value_is_computed_or_that_no_model_tells_is_a_warning(
        self, call: str, parameters: dict[str, object], language: str, name: str
    ) -> None:
        [only] = said(call, parameters, language)
        assert (only.severity, only.code) == (WARNING, "UNKNOWN_PARAMETER")
        assert only.message.startswith(f'{call} takes no parameter "{name}"')

    @pytest.mark.parametrize(
        ("call", "parameters"),
        [
            ("lambda:invoke", {"FunctionName": "brew", "Payload": {"any": {"thing": [1, None]}}}),
            ("dynamodb:putItem", {"TableName": "x", "Item": {"any name": {"BOOL": True}}}),
            (
                "aws-sdk:dynamodb:putItem",
                {"TableName": "x", "Item": {"a": {"Bool": True}, "b": {"Ss": ["x"]}}},
            ),
            ("sns:publish", {"TopicArn": "t", "Message": "x", "${Which}": "y"}),
            (
                "batch:submitJob",
                {"JobName": "x", "JobQueue": "x", "JobDefinition": "x", "RetryStrategy": {"attempts": 5}},
            ),
            ("glue:startJobRun", {"JobName": "x", "Arguments": {"--any": "thing"}}),
        ],
    )
    def test_names_that_are_data_or_known_to_work_are_fine(
        self, call: str, parameters: dict[str, object]
    ) -> None:
        assert said(call, parameters) == []

    def test_of_one_state_only_some_are_told(self) -> None:
        assert len(said("lambda:invoke", {"FunctionName": "f"} | {f"Qq{i}": i for i in range(50)})) == 10


class TestTypes:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            ("sqs:sendMessage", SEND | {"QueueUrl": 5}, "QueueUrl takes a string, not 5.", "/QueueUrl"),
            (
                "sqs:sendMessage",
                SEND | {"QueueUrl": {}},
                "QueueUrl takes a string, not an empty object.",
                "/QueueUrl",
            ),
            (
                "sqs:sendMessage",
                SEND | {"DelaySeconds": 1.5},
                "DelaySeconds takes a whole number, not 1.5.",
                "/DelaySeconds",
            ),
            (
                "events:putEvents",
                {"Entries": {"Source": "bar"}},
                "Entries takes an array, not an object.",
                "/Entries",
            ),
            (
                "dynamodb:getItem",
                {"TableName": "x", "Key": {"PK": {"N": 7}}},
                "N takes a string, not 7.",
                "/Key/PK/N",
            ),
            (
                "aws-sdk:ec2:stopInstances",
                {"InstanceIds": ["i-1", 2]},
                "InstanceIds takes a string, not 2.",
                "/InstanceIds[1]",
            ),
            (
                "events:putEvents",
                {"Entries": [ENTRY | {"Time": True}]},
                "Time takes a timestamp, not true.",
                "/Entries[0]/Time",
            ),
        ],
    )
    def test_a_written_value_has_the_type_that_the_service_takes(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(WARNING, "PARAMETER_TYPE", message, AT + place)]

    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "sqs:sendMessage",
                SEND | {"DelaySeconds": "soon"},
                'Cannot deserialize value: DelaySeconds takes a whole number, not the string "soon".',
                "/DelaySeconds",
            ),
            (
                "ecs:runTask",
                RUN | {"Overrides": []},
                "Cannot deserialize value: Overrides takes an object, not an empty array.",
                "/Overrides",
            ),
            (
                "ecs:runTask",
                RUN | {"EnableExecuteCommand": "yes"},
                'Cannot deserialize value: EnableExecuteCommand takes true or false, not the string "yes".',
                "/EnableExecuteCommand",
            ),
            (
                "sqs:sendMessage",
                SEND | {"DelaySeconds": True},
                "Cannot deserialize value: DelaySeconds takes a whole number, not true.",
                "/DelaySeconds",
            ),
            (
                "dynamodb:putItem",
                {"TableName": "x", "Item": {"a": {"BOOL": "$.hot"}}},
                'Cannot deserialize value: BOOL takes true or false, not the string "$.hot", which is not evaluated: '
                "write the key as 'BOOL.$'.",
                "/Item/a/BOOL",
            ),
            (
                "dynamodb:putItem",
                {"TableName": "x", "Item": {"a": 7}},
                'Cannot deserialize value: a takes an attribute value such as {"S": "x"} or a string, not 7.',
                "/Item/a",
            ),
            (
                "dynamodb:putItem",
                {"TableName": "x", "Item": {"a": {"L": ["x", 7]}}},
                'Cannot deserialize value: L takes an attribute value such as {"S": "x"} or a string, not 7.',
                "/Item/a/L[1]",
            ),
            (
                "aws-sdk:dynamodb:putItem",
                {"TableName": "x", "Item": {"a": "7"}},
                'Cannot deserialize value: a takes an attribute value such as {"S": "x"}, not the string "7".',
                "/Item/a",
            ),
            (
                "lambda:invoke",
                {"FunctionName": "brew", "Payload": 7},
                "Cannot deserialize value: Payload takes a string, an object or an array, not 7.",
                "/Payload",
            ),
            (
                "aws-sdk:lambda:invoke",
                {"FunctionName": "brew", "Payload": False},
                "Cannot deserialize value: Payload takes a string, an object or an array, not false.",
                "/Payload",
            ),
            (
                "ecs:runTask",
                RUN | {"NetworkConfiguration": "$.network"},
                'Cannot deserialize value: NetworkConfiguration takes an object, not the string "$.network", which is '
                "not evaluated: write the key as 'NetworkConfiguration.$'.",
                "/NetworkConfiguration",
            ),
        ],
    )
    def test_what_cannot_be_made_of_it_is_an_error(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", message, AT + place)]

    @pytest.mark.parametrize("parameters", [[], ["x"], 7, True], ids=repr)
    def test_parameters_of_a_service_are_an_object(self, parameters: object) -> None:
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": parameters,
            "End": True,
        }
        [only] = validate(machine(task))
        assert (only.code, only.location) == ("PARAMETER_TYPE", "/States/Here/Parameters")

    @pytest.mark.parametrize(
        ("call", "parameters", "language"),
        [
            (
                "dynamodb:putItem",
                {"TableName": "x", "Item": {"a": "b", "c": {"L": ["d"]}}},
                "JSONata",
            ),
            ("lambda:invoke", {"FunctionName": "brew", "Payload": None}, "JSONPath"),
            ("lambda:invoke", {"FunctionName": "brew", "Payload": "{}"}, "JSONPath"),
            ("lambda:invoke", {"FunctionName": "brew", "Payload": [1]}, "JSONPath"),
            ("lambda:invoke", {"FunctionName": "brew", "Payload": "{% 7 %}"}, "JSONata"),
            ("sqs:sendMessage", SEND | {"MessageBody": {"order": 7}}, "JSONPath"),
            ("sqs:sendMessage", SEND | {"DelaySeconds": "5"}, "JSONPath"),
            ("sqs:sendMessage", SEND | {"DelaySeconds": 5.0}, "JSONPath"),
            ("sqs:sendMessage", SEND | {"DelaySeconds": "${Delay}"}, "JSONPath"),
            ("sqs:sendMessage", SEND | {"DelaySeconds": None}, "JSONPath"),
            ("sqs:sendMessage", SEND | {"DelaySeconds": "{% $states.input.delay %}"}, "JSONata"),
            ("ecs:runTask", RUN | {"EnableExecuteCommand": "true"}, "JSONPath"),
            ("events:putEvents", {"Entries": [ENTRY | {"Time": 1700000000}]}, "JSONPath"),
            ("events:putEvents", {"Entries": "{% $states.input.entries %}"}, "JSONata"),
            ("dynamodb:getItem", {"TableName": "x", "Key": {"PK.$": "$.key"}}, "JSONPath"),
        ],
    )
    def test_what_fits_or_is_computed_is_fine(
        self, call: str, parameters: dict[str, object], language: str
    ) -> None:
        assert said(call, parameters, language) == []


class TestValues:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "ecs:runTask",
                RUN | {"LaunchType": "Fargate"},
                'LaunchType takes no value "Fargate"; did you mean "FARGATE"?',
                "/LaunchType",
            ),
            (
                "dynamodb:updateItem",
                {"TableName": "x", "Key": {}, "ReturnValues": "ALLNEW"},
                'ReturnValues takes no value "ALLNEW"; did you mean "ALL_NEW"?',
                "/ReturnValues",
            ),
            (
                "http:invoke",
                {"ApiEndpoint": "https://x", "Method": "get", "Authentication": {"ConnectionArn": "y"}},
                'Method takes no value "get"; did you mean "GET"?',
                "/Method",
            ),
        ],
    )
    def test_a_misspelt_value_is_told(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(WARNING, "PARAMETER_VALUE", message, AT + place)]

    def test_a_value_that_may_be_newer_than_we_know_is_not(self) -> None:
        assert said("ecs:runTask", RUN | {"LaunchType": "MOON"}) == []
        newer = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "InstanceType": "m99.large"}
        assert said("aws-sdk:ec2:runInstances", newer) == []


class TestSize:
    def test_parameters_as_deep_as_may_be(self) -> None:
        value: dict[str, object] = {"S": "x"}
        for _ in range((DEEPEST - 8) // 4):
            value = {"L": [{"M": {"a": value}}]}
        state = {
            "Type": "Task",
            "Resource": f"{START}dynamodb:putItem",
            "Parameters": {"TableName": "x", "Item": {"a": value}},
            "End": True,
        }
        started = time.process_time()
        assert validate({"StartAt": "Here", "States": {"Here": state}}) == []
        assert time.process_time() - started < 10

    def test_ten_thousand_strange_values(self) -> None:
        strange = [{"Name": "x", "Value": "y", "Type": f"Kind {i}"} for i in range(10_000)]
        started = time.process_time()
        said("codebuild:startBuild", {"ProjectName": "x", "EnvironmentVariablesOverride": strange})
        assert time.process_time() - started < 10
