"""What a request to a service says: expressions, addresses, numbers, groups, and one of several parameters."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from tests.asl.checking.machines import machine

WARNING = Severity.WARNING
AT = "/States/Here/Parameters"
ENTRY = {"Source": "bar", "DetailType": "Made", "Detail": {"order": 7}}
ORDER = {"TableName": "orders", "Key": {"PK": {"S": "orders"}}}
GET = {
    "Method": "GET",
    "Authentication": {"ConnectionArn": "arn:aws:events:eu-west-1:123456789012:connection/x"},
}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


def said(call: str, parameters: object, language: str = "JSONPath") -> list[Diagnostic]:
    field = "Parameters" if language == "JSONPath" else "Arguments"
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{call}", field: parameters, "End": True}
    return validate(machine(state, language))


class TestExpressionsOfDynamo:
    CODE = "DYNAMODB_EXPRESSION"

    @pytest.mark.parametrize(
        "parameters",
        [
            {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
            {"UpdateExpression": "SET #a = b", "ExpressionAttributeNames": {"#a.$": "$.name"}},
            {"UpdateExpression.$": "$.update", "ExpressionAttributeValues": {":a": {"S": "x"}}},
            {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues.$": "$.values"},
            {"UpdateExpression": "${Update}", "ExpressionAttributeValues": {":a": {"S": "x"}}},
            {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {"${Name}": {"S": "x"}}},
            {
                "UpdateExpression": "SET a = :a",
                "ConditionExpression": "#b = :b",
                "ExpressionAttributeNames": {"#b": "b"},
                "ExpressionAttributeValues": {":a": {"S": "x"}, ":b": {"S": "y"}},
            },
            {},
        ],
    )
    def test_names_and_values_that_fit_their_expressions_are_fine(
        self, parameters: dict[str, object]
    ) -> None:
        assert said("dynamodb:updateItem", ORDER | parameters) == []

    @pytest.mark.parametrize(
        ("parameters", "message", "place"),
        [
            (
                {"UpdateExpression": "SET a = :a"},
                "UpdateExpression has :a, which ExpressionAttributeValues does not give: "
                "add it to ExpressionAttributeValues.",
                "/UpdateExpression",
            ),
            (
                {
                    "UpdateExpression": "REMOVE #csvUrl",
                    "ExpressionAttributeNames": {"#csvURL": "csvUrl"},
                },
                "UpdateExpression has #csvUrl, which ExpressionAttributeNames does not give; did you mean #csvURL?",
                "/UpdateExpression",
            ),
            (
                {
                    "ConditionExpression": "a = :a",
                    "ExpressionAttributeValues": {":a": {"S": "x"}, ":b": {"S": "y"}},
                },
                "No expression uses :b, and DynamoDB refuses what is left over.",
                "/ExpressionAttributeValues",
            ),
        ],
    )
    @pytest.mark.parametrize("call", ["dynamodb:updateItem", "aws-sdk:dynamodb:updateItem"])
    def test_names_and_values_that_do_not_fit_are_told(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, ORDER | parameters) == [Diagnostic(WARNING, self.CODE, message, AT + place)]

    def test_what_an_expression_of_jsonata_gives_is_not_known(self) -> None:
        given = ORDER | {
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": "{% $states.input.values %}",
        }
        assert said("dynamodb:updateItem", given, "JSONata") == []


class TestOneOfSeveral:
    @pytest.mark.parametrize(
        ("call", "parameters", "needed"),
        [
            ("sns:publish", {"Message": "ready"}, "TopicArn, TargetArn or PhoneNumber"),
            (
                "http:invoke",
                {"ApiEndpoint": "https://x.example", "Method": "GET"},
                "Authentication or InvocationConfig",
            ),
            ("bedrock:invokeModel", {"ModelId": "m"}, "Body or Input"),
        ],
    )
    def test_one_of_them_is_needed(self, call: str, parameters: dict[str, object], needed: str) -> None:
        message = f"{call} needs {needed}, and has none of them."
        assert said(call, parameters) == [Diagnostic(WARNING, "MISSING_PARAMETER", message, AT)]

    @pytest.mark.parametrize("name", ["TopicArn", "TargetArn", "PhoneNumber"])
    def test_any_of_them_is_enough(self, name: str) -> None:
        assert said("sns:publish", {"Message": "ready", name: "${Receiver}"}) == []
        assert said("sns:publish", {"Message": "ready", f"{name}.$": "$.to"}) == []

    def test_a_misspelt_one_is_told_as_such(self) -> None:
        [only] = said("sns:publish", {"Message": "x", "TopicARN": TOPIC})
        assert only.message == 'sns:publish takes no parameter "TopicARN"; did you mean "TopicArn"?'


class TestAddresses:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "sqs:sendMessage",
                {"QueueUrl": "arn:aws:sqs:eu-west-1:123456789012:q", "MessageBody": "x"},
                "QueueUrl takes a URL, https://..., not the ARN arn:aws:sqs:eu-west-1:123456789012:q.",
                "/QueueUrl",
            ),
            (
                "sns:publish",
                {"TopicArn": QUEUE, "Message": "x"},
                f"TopicArn takes an ARN, arn:..., not the URL {QUEUE}.",
                "/TopicArn",
            ),
            (
                "http:invoke",
                {"ApiEndpoint": "api.example.com", **GET},
                "ApiEndpoint takes a URL that begins with https://, not api.example.com.",
                "/ApiEndpoint",
            ),
            (
                "apigateway:invoke",
                {"ApiEndpoint": "https://x.example/live", "Method": "GET"},
                "ApiEndpoint takes a host name, id.execute-api.region.amazonaws.com, not the URL "
                "https://x.example/live.",
                "/ApiEndpoint",
            ),
        ],
    )
    def test_an_address_of_the_wrong_form_is_told(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(WARNING, "PARAMETER_VALUE", message, AT + place)]

    @pytest.mark.parametrize(
        ("call", "parameters"),
        [
            ("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": "x"}),
            ("sqs:sendMessage", {"QueueUrl": "${Queue}", "MessageBody": "x"}),
            ("sns:publish", {"TopicArn": TOPIC, "Message": "x"}),
            ("http:invoke", {"ApiEndpoint": "https://api.example.com", **GET}),
            ("http:invoke", {"ApiEndpoint": "${Api}/orders", **GET}),
            ("apigateway:invoke", {"ApiEndpoint": "x.execute-api.eu-west-1.amazonaws.com", "Method": "GET"}),
        ],
    )
    def test_an_address_of_the_right_form_is_fine(self, call: str, parameters: dict[str, object]) -> None:
        assert said(call, parameters) == []


class TestValues:
    @pytest.mark.parametrize(
        ("call", "parameters", "message", "place"),
        [
            (
                "apigateway:invoke",
                {"ApiEndpoint": "x", "Method": "FETCH"},
                'Method takes GET, POST, PUT, DELETE, PATCH, HEAD or OPTIONS, not "FETCH".',
                "/Method",
            ),
            (
                "apigateway:invoke",
                {"ApiEndpoint": "x", "Method": "GET", "AuthType": "NONE"},
                'AuthType takes NO_AUTH, IAM_ROLE or RESOURCE_POLICY, not "NONE".',
                "/AuthType",
            ),
            (
                "lambda:invoke",
                {"FunctionName": "brew", "InvocationType": "Later"},
                'InvocationType takes Event, RequestResponse or DryRun, not "Later".',
                "/InvocationType",
            ),
            (
                "aws-sdk:dynamodb:scan",
                {"TableName": "orders", "Limit": 0},
                "Limit takes 1 or more, not 0.",
                "/Limit",
            ),
            (
                "events:putEvents",
                {"Entries": [ENTRY] * 11},
                "Entries takes 10 at most, not 11 items.",
                "/Entries",
            ),
        ],
    )
    def test_a_value_that_is_none_of_a_few_or_out_of_bounds_is_told(
        self, call: str, parameters: dict[str, object], message: str, place: str
    ) -> None:
        assert said(call, parameters) == [Diagnostic(WARNING, "PARAMETER_VALUE", message, AT + place)]

    def test_values_within_the_bounds_are_fine(self) -> None:
        assert said("aws-sdk:dynamodb:scan", {"TableName": "orders", "Limit": 1}) == []
        assert said("events:putEvents", {"Entries": [ENTRY] * 10}) == []


class TestGroups:
    @pytest.mark.parametrize(
        ("call", "parameters", "name"),
        [
            ("sqs:sendMessage", {"QueueUrl": f"{QUEUE}.fifo", "MessageBody": "x"}, "QueueUrl"),
            ("sns:publish", {"TopicArn": f"{TOPIC}.fifo", "Message": "x"}, "TopicArn"),
        ],
    )
    def test_what_goes_to_a_fifo_queue_belongs_to_a_group(
        self, call: str, parameters: dict[str, object], name: str
    ) -> None:
        assert said(call, parameters | {"MessageGroupId": "orders"}) == []
        message = f"{call} needs MessageGroupId, since {name} ends with .fifo."
        assert said(call, parameters) == [Diagnostic(WARNING, "MISSING_PARAMETER", message, f"{AT}/{name}")]


class TestErrorsOfServices:
    @pytest.mark.parametrize(
        ("call", "parameters", "name", "meant"),
        [
            (
                "lambda:invoke",
                {"FunctionName": "x"},
                "Lambda.TooManyRequestException",
                "Lambda.TooManyRequestsException",
            ),
            (
                "dynamodb:getItem",
                ORDER,
                "DynamoDB.ProvisionedThroughputExceeded",
                "DynamoDB.ProvisionedThroughputExceededException",
            ),
            (
                "aws-sdk:sfn:sendTaskSuccess",
                {"TaskToken": "x", "Output": "{}"},
                "Sfn.TaskTimeOutException",
                "Sfn.TaskTimedOutException",
            ),
            # The prefix is that of the integration, and an SDK integration names errors as the Java SDK v2 does.
            (
                "aws-sdk:dynamodb:getItem",
                ORDER,
                "DynamoDB.ResourceNotFoundException",
                "DynamoDb.ResourceNotFoundException",
            ),
            (
                "dynamodb:getItem",
                ORDER,
                "Dynamodb.ThrottlingException",
                "DynamoDB.ThrottlingException",
            ),
            (
                "aws-sdk:sfn:sendTaskSuccess",
                {"TaskToken": "x", "Output": "{}"},
                "StepFunctions.TaskTimedOutException",
                "Sfn.TaskTimedOutException",
            ),
            (
                "aws-sdk:rds:describeDBInstances",
                {},
                "Rds.DBInstanceNotFoundFault",
                "Rds.DbInstanceNotFoundException",
            ),
            (
                "aws-sdk:s3:headBucket",
                {"Bucket": "menu"},
                "S3.NoSuchBucket",
                "S3.NoSuchBucketException",
            ),
        ],
    )
    def test_a_misspelt_error_is_told(
        self, call: str, parameters: dict[str, object], name: str, meant: str
    ) -> None:
        assert self.caught(call, parameters, name) == [
            Diagnostic(
                WARNING,
                "UNKNOWN_SERVICE_ERROR",
                f'The service raises no error named "{name}"; did you mean "{meant}"?',
                "/States/Here/Retry[0]/ErrorEquals[0]",
            )
        ]

    @pytest.mark.parametrize(
        ("call", "parameters", "name"),
        [
            ("lambda:invoke", {"FunctionName": "x"}, "Lambda.TooManyRequestsException"),
            ("lambda:invoke", {"FunctionName": "x"}, "Lambda.AWSLambdaException"),
            ("lambda:invoke", {"FunctionName": "x"}, "Lambda.Unknown"),
            ("lambda:invoke", {"FunctionName": "x"}, "Barista.TooManyRequestException"),
            ("lambda:invoke", {"FunctionName": "x"}, "OutOfBeans"),
            ("dynamodb:getItem", ORDER, "DynamoDB.AmazonDynamoDBException"),
            ("dynamodb:getItem", ORDER, "DynamoDB.ConditionalCheckFailedException"),
            ("aws-sdk:sfn:sendTaskSuccess", {"TaskToken": "x", "Output": "{}"}, "Sfn.TaskTimedOutException"),
            ("aws-sdk:rds:describeDBInstances", {}, "Rds.DbInstanceNotFoundException"),
            ("aws-sdk:ec2:describeInstances", {}, "Ec2.Ec2Exception"),
            ("aws-sdk:dynamodb:getItem", ORDER, "DynamoDb.DynamoDbException"),
            ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"}, "SQS.AmazonSQSException"),
            ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"}, "SQS.SdkClientException"),
        ],
    )
    def test_an_error_that_exists_or_is_nothing_like_one_is_fine(
        self, call: str, parameters: dict[str, object], name: str
    ) -> None:
        assert self.caught(call, parameters, name) == []

    def test_both_spellings_at_once_are_meant(self) -> None:
        names = ("DynamoDB.ConditionalCheckFailed", "DynamoDB.ConditionalCheckFailedException")
        assert self.caught("dynamodb:getItem", ORDER, *names) == []
        assert len(self.caught("dynamodb:getItem", ORDER, names[0])) == 1

    def caught(self, call: str, parameters: object, *names: str) -> list[Diagnostic]:
        state = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{call}",
            "Parameters": parameters,
            "Retry": [{"ErrorEquals": list(names)}],
            "End": True,
        }
        return validate(machine(state))
