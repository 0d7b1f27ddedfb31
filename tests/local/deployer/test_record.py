"""Recording: the program runs, nothing is created, and what it declared can be read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING

import pulumi
import pytest

from local.deployer import ProjectError, ResourceError, UnknownFunctionError, record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local.deployer.conftest import WriteProgram

TABLE = """
    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("small:index:Box", name)
            self.table = aws.dynamodb.Table(
                "table",
                name="things",
                hash_key="PK",
                attributes=[{"name": "PK", "type": "S"}],
                opts=pulumi.ResourceOptions(parent=self, protect=True),
            )
            self.item = aws.dynamodb.TableItem(
                "item",
                table_name=self.table.name,
                hash_key="PK",
                item=self.table.arn.apply(lambda arn: json.dumps({"PK": {"S": arn}})),
                opts=pulumi.ResourceOptions(
                    parent=self, ignore_changes=["item"], delete_before_replace=True
                ),
            )
            self.register_outputs({"tableName": self.table.name})

    box = Box("box")
    pulumi.export("tableArn", box.table.arn)
"""


def test_outputs_that_depend_on_resources_are_resolved(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    assert recording.outputs == {"tableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/things"}
    assert recording.get("TableItem", "item").inputs["item"] == (
        '{"PK": {"S": "arn:aws:dynamodb:us-east-1:123456789012:table/things"}}'
    )


def test_inputs_have_pulumis_names(program: WriteProgram) -> None:
    table = record(stack="dev", program=program(TABLE)).get("aws:dynamodb/table:Table", "things")
    assert table.inputs == {
        "name": "things",
        "hashKey": "PK",
        "attributes": [{"name": "PK", "type": "S"}],
    }


def test_keys_that_the_user_chose_are_kept_as_they_are(program: WriteProgram) -> None:
    recording = record(
        stack="dev", program=program('aws.sqs.Queue("q", tags={"cost_center": "1", "costCenter": "2"})')
    )
    assert recording.get("Queue", "q").inputs["tags"] == {"cost_center": "1", "costCenter": "2"}


def test_parents_and_children_are_kept(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    box = recording.get("Box", "box")
    assert not box.custom
    assert {child.name for child in recording.children(box)} == {"table", "item"}
    assert box.outputs == {"tableName": "things"}


def test_urns_are_those_of_the_pulumi_engine(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    assert recording.get("Box", "box").urn == "urn:pulumi:dev::small::small:index:Box::box"
    assert recording.get("Table", "table").urn == (
        "urn:pulumi:dev::small::small:index:Box$aws:dynamodb/table:Table::table"
    )


def test_dependencies_are_kept_by_property_too(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    table, item = recording.get("Table", "table"), recording.get("TableItem", "item")
    assert item.dependencies == {table.urn}
    assert item.property_dependencies == {"tableName": {table.urn}, "item": {table.urn}}


def test_explicit_dependencies_are_kept(program: WriteProgram) -> None:
    body = """
        first = aws.sqs.Queue("first")
        second = aws.sqs.Queue("second", opts=pulumi.ResourceOptions(depends_on=[first]))
    """
    recording = record(stack="dev", program=program(body))
    assert recording.get("Queue", "second").dependencies == {recording.get("Queue", "first").urn}


def test_options_are_kept(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    table, item = recording.get("Table", "table"), recording.get("TableItem", "item")
    assert table.options.protect is True
    assert item.options.protect is None
    assert item.options.ignore_changes == ("item",)
    assert item.options.delete_before_replace is True


def test_secrets_are_plain_and_marked(program: WriteProgram) -> None:
    body = """
        word = pulumi.Config().require_secret("word")
        role = aws.iam.Role("r", assume_role_policy="{}", description=word)
        pulumi.export("word", word)
        pulumi.export("fromRole", role.description)
        pulumi.export("open", "yes")
    """
    recording = record(stack="dev", config={"word": "sesame"}, program=program(body))
    role = recording.get("Role", "r")
    assert role.inputs["description"] == "sesame"
    assert role.secret_inputs == {"description"}
    assert recording.outputs == {"word": "sesame", "fromRole": "sesame", "open": "yes"}
    assert recording.secret_outputs == {"word", "fromRole"}


def test_whole_numbers_are_ints_again(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program('pulumi.export("numbers", [1, 2.5, 3.0, True])'))
    numbers = recording.outputs["numbers"]
    assert numbers == [1, 2.5, 3, True]
    assert isinstance(numbers, list)
    assert [type(number) for number in numbers] == [int, float, int, bool]


def test_archives_arrive_as_archives(program: WriteProgram) -> None:
    body = """
        aws.lambda_.Function(
            "f",
            role="arn:aws:iam::1:role/r",
            code=pulumi.AssetArchive({"a.py": pulumi.StringAsset("x = 1"), "b": pulumi.FileArchive("./b")}),
        )
    """
    code = record(stack="dev", program=program(body)).get("Function", "f").inputs["code"]
    assert isinstance(code, pulumi.AssetArchive)
    text, folder = code.assets["a.py"], code.assets["b"]
    assert isinstance(text, pulumi.StringAsset)
    assert text.text == "x = 1"
    assert isinstance(folder, pulumi.FileArchive)
    assert folder.path == "./b"


def test_functions_that_say_where_the_program_runs_are_answered(program: WriteProgram) -> None:
    body = """
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region_output().region)
        pulumi.export("partition", aws.get_partition().partition)
    """
    assert record(stack="dev", program=program(body)).outputs == {
        "account": "123456789012",
        "region": "us-east-1",
        "partition": "aws",
    }


def test_other_functions_are_an_error_that_names_them(program: WriteProgram) -> None:
    with pytest.raises(UnknownFunctionError, match=r"getAvailabilityZones is not answered"):
        record(stack="dev", program=program("aws.get_availability_zones()"))


def test_two_resources_of_one_name_are_an_error_as_with_pulumi(program: WriteProgram) -> None:
    with pytest.raises(ResourceError, match=r"Queue 'q': two resources of this type have this name"):
        record(stack="dev", program=program('aws.sqs.Queue("q")\naws.sqs.Queue("q")'))


def test_the_programs_own_exception_comes_through(program: WriteProgram) -> None:
    with pytest.raises(LookupError, match="of its own"):
        record(stack="dev", program=program('raise LookupError("of its own")'))


def test_an_exception_in_an_apply_comes_through(program: WriteProgram) -> None:
    body = """
        def fail(arn):
            raise LookupError("too late")
        queue = aws.sqs.Queue("q")
        aws.sqs.QueuePolicy("p", queue_url=queue.url, policy=queue.arn.apply(fail))
    """
    with pytest.raises(LookupError, match="too late"):
        record(stack="dev", program=program(body))


def test_runs_leave_nothing_behind_for_the_next(program: WriteProgram) -> None:
    modules, search_path = set(sys.modules), list(sys.path)
    with contextlib.suppress(LookupError):
        record(stack="failed", program=program('aws.sqs.Queue("q")\nraise LookupError()'))
    first = record(stack="one", program=program(TABLE))
    second = record(stack="two", program=program('aws.sqs.Queue("q")'))
    assert [(r.stack, len(r.resources)) for r in (first, second)] == [("one", 3), ("two", 1)]
    assert second.outputs == {}
    assert sys.path == search_path
    assert not {name for name in set(sys.modules) - modules if name.startswith("pulumi_program")}
    assert pulumi.runtime.settings.get_root_resource() is None


def test_can_run_where_an_event_loop_is_running(program: WriteProgram) -> None:
    path = program(TABLE)

    async def inside() -> object:
        return record(stack="dev", program=path).outputs["tableArn"]

    assert asyncio.run(inside()) == "arn:aws:dynamodb:us-east-1:123456789012:table/things"


def test_the_programs_log_is_kept(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program('pulumi.log.warn("mind the step")'))
    assert recording.messages == [(logging.WARNING, "mind the step")]


def test_an_unknown_name_is_an_error_that_lists_the_others(program: WriteProgram) -> None:
    recording = record(stack="dev", program=program(TABLE))
    with pytest.raises(KeyError, match=r"there are: things"):
        recording.get("Table", "thigns")


class TestConfiguration:
    BODY = """
        config = pulumi.Config()
        pulumi.export("values", {key: config.get(key) for key in ("a", "b", "c", "d")})
        pulumi.export("limit", config.get_object("limits"))
    """

    PROJECT = """
name: small
runtime: python
config:
  a: {type: string, default: project}
  b: {type: integer, default: 900}
  c: project
  limits: {type: object, default: {orders: 20}}
"""

    def test_comes_from_the_project_the_stack_and_the_caller_in_that_order(
        self, program: WriteProgram, tmp_path: Path
    ) -> None:
        path = program(self.BODY, project=self.PROJECT)
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  small:b: 60\n  small:c: stack\n")
        recording = record(stack="dev", config={"c": "caller", "small:d": "full key"}, program=path)
        assert recording.outputs["values"] == {"a": "project", "b": "60", "c": "caller", "d": "full key"}
        assert recording.outputs["limit"] == {"orders": 20}

    def test_that_nobody_gives_is_asked_for_by_name_as_the_pulumi_cli_does(
        self, program: WriteProgram
    ) -> None:
        path = program(self.BODY, project=f"{self.PROJECT}  needed: {{type: string}}\n  aws:region: {{}}\n")
        with pytest.raises(ProjectError, match="needed has no default, and the stack dev gives it no value"):
            record(stack="dev", program=path)
        assert record(stack="dev", config={"needed": "x"}, program=path).outputs["values"]

    def test_of_one_run_is_not_seen_by_the_next(self, program: WriteProgram) -> None:
        path = program(self.BODY)
        record(stack="dev", config={"a": "1"}, program=path)
        assert record(stack="dev", program=path).outputs["values"] == {}

    def test_that_is_encrypted_is_refused_by_name(self, program: WriteProgram, tmp_path: Path) -> None:
        path = program(self.BODY)
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  small:a:\n    secure: AAAB\n")
        with pytest.raises(Exception, match=r"Pulumi\.dev\.yaml: small:a is encrypted"):
            record(stack="dev", program=path)
        recording = record(stack="dev", config={"a": "given"}, program=path)
        assert recording.outputs["values"] == {"a": "given"}

    def test_needs_a_project_file(self, tmp_path: Path) -> None:
        path = tmp_path / "__main__.py"
        path.write_text("")
        with pytest.raises(Exception, match=r"Pulumi\.yaml: there is no such file"):
            record(stack="dev", program=path)
