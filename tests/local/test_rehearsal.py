"""`espresso up --empty`: its lines, read as the Pulumi CLI would read them, lead to the emulator."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config

from local.cli.rehearsal import SERVICES, settings
from local.deployer import record
from local.documentation.pages import ROOT
from tests.docs.test_pages import commands

if TYPE_CHECKING:
    from local.stacks.emulator import Emulator

ASKED: Final = {
    "cloudwatch": ("cloudwatch", "describe_alarms", "MetricAlarms"),
    "dynamodb": ("dynamodb", "list_tables", "TableNames"),
    "events": ("events", "list_event_buses", "EventBuses"),
    "iam": ("iam", "list_roles", "Roles"),
    "lambda": ("lambda", "list_functions", "Functions"),
    "logs": ("logs", "describe_log_groups", "logGroups"),
    "sfn": ("stepfunctions", "list_state_machines", "stateMachines"),
    "sqs": ("sqs", "list_queues", "ResponseMetadata"),
    "sts": ("sts", "get_caller_identity", "Account"),
}
"""What the AWS provider calls a service, what boto3 calls it, and a question that it answers with this field."""


def configured(lines: list[str]) -> dict[str, Any]:
    """Return the settings of a stack after these commands; `--path` reaches into a structure."""
    values: dict[str, Any] = {}
    for line in lines:
        words = shlex.split(line)
        assert words[:3] == ["pulumi", "config", "set"], line
        options = [word for word in words[3:] if word.startswith("--")]
        key, value = (word for word in words[3:] if not word.startswith("--"))
        path = re.fullmatch(r"aws:endpoints\[0\]\.([a-z]+)", key)
        assert options in ([], ["--secret"], ["--path"])
        assert (options == ["--path"]) is (path is not None)
        if path is not None:
            values.setdefault("aws:endpoints", [{}])[0][path[1]] = value
        else:
            values[key] = value
    return values


def test_its_lines_say_all_that_the_aws_provider_needs(shared_emulator: Emulator) -> None:
    values = configured(settings(shared_emulator))
    assert set(values) == {
        "aws:region",
        "aws:accessKey",
        "aws:secretKey",
        "aws:skipCredentialsValidation",
        "aws:skipMetadataApiCheck",
        "aws:skipRequestingAccountId",
        "aws:s3UsePathStyle",
        "aws:endpoints",
    }
    [endpoints] = values["aws:endpoints"]
    assert set(endpoints) == set(SERVICES) == set(ASKED)
    assert {value for key, value in values.items() if "skip" in key or "s3" in key} == {"true"}


def test_every_service_of_the_program_has_an_endpoint_there() -> None:
    """A service that is forgotten would be looked for on AWS itself."""
    families = {
        r.type.split(":")[1].split("/")[0]
        for r in record(stack="prod").resources
        if r.type.startswith("aws:")
    }
    # The SDK's names of the services whose resources Pulumi keeps under these.
    known = {"cloudwatch": {"cloudwatch", "events", "logs"}, "sfn": {"sfn"}, "dynamodb": {"dynamodb"}}
    needed = {service for family in families for service in known.get(family, {family})}
    assert needed <= set(SERVICES)


@pytest.mark.parametrize("service", ASKED)
def test_a_client_that_uses_what_the_lines_say_is_answered(shared_emulator: Emulator, service: str) -> None:
    values = configured(settings(shared_emulator))
    name, question, field = ASKED[service]
    client: Any = boto3.client(  # type: ignore[call-overload]
        name,
        region_name=values["aws:region"],
        aws_access_key_id=values["aws:accessKey"],
        aws_secret_access_key=values["aws:secretKey"],
        endpoint_url=values["aws:endpoints"][0][service],
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert field in getattr(client, question)()


def test_the_page_walks_through_it_and_says_what_differs() -> None:
    page = ROOT / "docs" / "rehearsal.md"
    steps = [
        "make up ARGS=--empty",
        "pulumi stack init rehearsal",
        ".venv/bin/espresso up --empty | sh",
        "pulumi up",
        "pulumi destroy",
        "make down",
    ]
    assert [line for line in commands(page) if line in steps] == steps
    assert "tracingConfiguration" in page.read_text(encoding="utf-8")
