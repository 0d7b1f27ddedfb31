"""botocore's models, read without botocore."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib

import pytest

from asl.errors import UnknownServiceError
from asl.services.models import (
    EXCEPTIONS,
    camel_case,
    data_folder,
    operation_model,
    read_service,
    sdk_name,
    service_model,
    services,
    step_functions_name,
)


def service_id(folder: str) -> str:
    """Return the service's id, which stands at the beginning of the file."""
    path = max((data_folder() / folder).glob("*/service-2.json.gz"))
    head = zlib.decompressobj(wbits=31).decompress(path.read_bytes(), 4000).decode()
    found = re.search(r'"serviceId"\s*:\s*"([^"]+)"', head)
    assert found is not None, folder
    return found.group(1)


def test_every_service_has_the_name_that_the_java_sdk_makes_of_its_id() -> None:
    expected = {
        re.sub(r"[^a-z0-9]", "", re.sub(r"^(Amazon|AWS) |\bService$", "", service_id(folder)).lower()): folder
        for folder in sorted(set(services().values()))
    }
    named = {name: folder for name, folder in services().items() if name != "cloudwatchevents"}
    assert named == expected


def test_the_exceptions_name_services_that_exist() -> None:
    assert set(EXCEPTIONS.values()) <= {entry.name for entry in data_folder().iterdir()}


@pytest.mark.parametrize(
    ("name", "folder"),
    [("sfn", "stepfunctions"), ("cloudwatchlogs", "logs"), ("s3", "s3"), ("acmpca", "acm-pca")],
)
def test_a_service_is_known_by_step_functions_name(name: str, folder: str) -> None:
    assert service_model(name).folder == folder
    assert step_functions_name(folder) == name


def test_botocores_name_of_a_service_is_corrected() -> None:
    with pytest.raises(
        UnknownServiceError, match="Step Functions calls the service 'logs' by the name 'cloudwatchlogs'"
    ):
        service_model("logs")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stateMachineArn", "StateMachineArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("EnableIAMDatabaseAuthentication", "EnableIAMDatabaseAuthentication"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("MD5OfBody", "Md5OfBody"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("S", "S"),
        ("equals", "EqualsValue"),
    ],
)
def test_fields_are_named_as_the_java_sdk_names_them(name: str, expected: str) -> None:
    assert sdk_name(name) == expected


@pytest.mark.parametrize(
    ("name", "action"), [("DescribeDBInstances", "describeDBInstances"), ("GetItem", "getItem")]
)
def test_actions_are_in_camel_case(name: str, action: str) -> None:
    assert camel_case(name) == action


def test_an_operation_says_what_it_takes_and_answers() -> None:
    operation = operation_model("sfn", "startExecution")
    assert operation.name == "StartExecution"
    assert operation.input is not None
    assert [name for name, member in operation.input.members.items() if member.required] == [
        "StateMachineArn"
    ]
    assert operation.output is not None
    assert {name: member.shape.kind for name, member in operation.output.members.items()} == {
        "ExecutionArn": "string",
        "StartDate": "timestamp",
    }


def test_an_operation_says_how_it_may_fail() -> None:
    assert operation_model("sfn", "sendTaskSuccess").errors == (
        "TaskDoesNotExist",
        "InvalidOutput",
        "InvalidToken",
        "TaskTimedOut",
        "KmsAccessDeniedException",
        "KmsInvalidStateException",
        "KmsThrottlingException",
    )
    assert operation_model("ec2", "describeRegions").errors == ()


def test_lists_maps_and_enumerations_are_resolved() -> None:
    take = operation_model("dynamodb", "putItem").input
    assert take is not None
    item = take.members["Item"].shape
    assert (item.kind, item.element.kind) == ("map", "structure")
    strings = item.element.members["SS"].shape
    assert (strings.kind, strings.element.kind) == ("list", "string")
    assert take.members["ReturnValues"].shape.enum[:2] == ("NONE", "ALL_OLD")


def test_a_shape_may_contain_itself() -> None:
    value = read_service("dynamodb").shape("AttributeValue")
    assert value.members["L"].shape.element is value


def test_a_stream_of_events_is_told() -> None:
    assert operation_model("bedrockruntime", "converseStream").streams
    assert not operation_model("bedrockruntime", "converse").streams


def test_documents_and_streams_may_be_any_json() -> None:
    take = operation_model("bedrockruntime", "converse").input
    assert take is not None
    assert take.members["AdditionalModelRequestFields"].shape.kind == "any"


def test_looking_at_a_model_imports_no_botocore() -> None:
    program = (
        "import sys, asl.services.models as m; m.operation_model('sfn', 'sendTaskSuccess').input.members; "
    )
    program += "print('botocore' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=180
    )
    assert done.stdout.strip() == "False"
