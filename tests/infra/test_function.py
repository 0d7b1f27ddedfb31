"""A function: its archive, its role, its log and what happens when it keeps failing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from infra import python_sources

if TYPE_CHECKING:
    from pathlib import Path

    from local.deployer import RecordedResource
    from tests.infra.conftest import RecordProgram

FUNCTION = """
Function(
    "Greet",
    FunctionConfig(
        description="Greets",
        handler="greet.handler",
        code=pulumi.AssetArchive({"greet.py": pulumi.StringAsset("")}),
        statements=(allow("s3:GetObject", on="arn:aws:s3:::greetings/hello"),),
        %s
    ),
    place=place,
)
"""


def statements(policy: RecordedResource, field: str = "policy") -> list[dict[str, Any]]:
    return list(json.loads(str(policy.inputs[field]))["Statement"])


def test_a_function_runs_python_on_arm64_and_logs_json_into_its_own_group(recorded: RecordProgram) -> None:
    recording = recorded(FUNCTION % "log_retention_days=30")
    function = recording.get("aws:lambda/function:Function", "Greet")
    assert (function.inputs["runtime"], function.inputs["architectures"]) == ("python3.12", ["arm64"])
    assert function.inputs["loggingConfig"] == {
        "logFormat": "JSON",
        "logGroup": "/aws/lambda/Greet",
        "applicationLogLevel": "INFO",
        "systemLogLevel": "WARN",
    }
    assert recording.get("LogGroup", "/aws/lambda/Greet").inputs["retentionInDays"] == 30


def test_its_role_may_do_what_it_was_given_and_write_its_own_log_traces_and_dead_letters(
    recorded: RecordProgram,
) -> None:
    found = statements(recorded(FUNCTION % "").get("RolePolicy", "Greet-policy"))
    here = "us-east-1:123456789012"
    assert [(statement["Action"], statement["Resource"]) for statement in found] == [
        (["s3:GetObject"], ["arn:aws:s3:::greetings/hello"]),
        (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:{here}:log-group:/aws/lambda/Greet:*"],
        ),
        (
            [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            ["*"],
        ),
        (["sqs:SendMessage"], [f"arn:aws:sqs:{here}:Greet-failures"]),
    ]


def test_only_lambda_may_assume_its_role(recorded: RecordProgram) -> None:
    role = recorded(FUNCTION % "").get("Role", "Greet-role")
    assert statements(role, "assumeRolePolicy") == [
        {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": "lambda.amazonaws.com"}}
    ]


def test_an_event_that_fails_three_times_is_kept(recorded: RecordProgram) -> None:
    recording = recorded(FUNCTION % "")
    function = recording.get("aws:lambda/function:Function", "Greet")
    queue = recording.get("Queue", "Greet-failures")
    assert function.inputs["deadLetterConfig"] == {"targetArn": queue.outputs["arn"]}
    assert queue.inputs["messageRetentionSeconds"] == 14 * 24 * 60 * 60
    assert queue.inputs["sqsManagedSseEnabled"] is True


def test_a_function_that_is_waited_for_has_no_dead_letters(recorded: RecordProgram) -> None:
    recording = recorded(FUNCTION % "asynchronous=False")
    assert recording.of_type("Queue") == []
    assert "deadLetterConfig" not in recording.get("aws:lambda/function:Function", "Greet").inputs


def test_the_function_is_made_after_its_permissions(recorded: RecordProgram) -> None:
    recording = recorded(FUNCTION % "")
    function = recording.get("aws:lambda/function:Function", "Greet")
    assert recording.get("RolePolicy", "Greet-policy").urn in function.dependencies


@pytest.mark.parametrize(("setting", "expected"), [("", None), ("reserved_concurrency=5", 5)])
def test_concurrency_is_reserved_where_it_is_asked_for(
    recorded: RecordProgram, setting: str, expected: int | None
) -> None:
    function = recorded(FUNCTION % setting).get("aws:lambda/function:Function", "Greet")
    assert function.inputs.get("reservedConcurrentExecutions") == expected


def test_the_archive_holds_the_python_sources_of_a_package_and_nothing_else(tmp_path: Path) -> None:
    package = tmp_path / "greetings"
    for file in (
        "__init__.py",
        "hello.py",
        "polite/please.py",
        "__pycache__/hello.cpython-312.py",
        "notes.txt",
    ):
        path = package / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    archive = python_sources(package)
    assert list(archive.assets) == [
        "greetings/__init__.py",
        "greetings/hello.py",
        "greetings/polite/please.py",
    ]
    assert all(isinstance(asset, pulumi.FileAsset) for asset in archive.assets.values())


def test_a_folder_without_python_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no Python sources"):
        python_sources(tmp_path)
