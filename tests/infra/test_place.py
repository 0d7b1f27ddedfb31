"""Names and tags of a stack's resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.infra.conftest import RecordProgram

QUEUE = 'aws.sqs.Queue("queue", name=place.name("queue"), tags=place.tags)'


@pytest.mark.parametrize(("stack", "name"), [("plain", "queue"), ("alice", "queue-alice")])
def test_names_end_in_the_stack_s_name_unless_the_stack_is_a_plain_one(
    recorded: RecordProgram, stack: str, name: str
) -> None:
    (queue,) = recorded(QUEUE, stack=stack).of_type("Queue")
    assert queue.physical_name == name


def test_tags_say_which_project_and_stack_a_resource_belongs_to(recorded: RecordProgram) -> None:
    (queue,) = recorded(QUEUE, stack="alice").of_type("Queue")
    assert queue.inputs["tags"] == {"project": "example", "stack": "alice"}


def test_an_arn_names_partition_region_and_account(recorded: RecordProgram) -> None:
    recording = recorded('pulumi.export("arn", place.arn("sqs", "queue"))')
    assert recording.outputs == {"arn": "arn:aws:sqs:us-east-1:123456789012:queue"}


def test_components_declare_alarms_only_where_the_place_wants_them(recorded: RecordProgram) -> None:
    function = """
    place = Place.current(alarms=%s, alarm_topic_arn="arn:aws:sns:us-east-1:123456789012:alarms")
    code = pulumi.AssetArchive({"greet.py": pulumi.StringAsset("def handler(*_): ...")})
    Function("Greet", FunctionConfig(description="", handler="greet.handler", code=code), place=place)
    """
    watched, unwatched = recorded(function % True), recorded(function % False)
    assert len(watched.of_type("MetricAlarm")) == 3
    assert unwatched.of_type("MetricAlarm") == []
    assert len(watched.of_type("Queue")) == len(unwatched.of_type("Queue")) == 1
