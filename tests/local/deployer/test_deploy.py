"""Deploying: what a program declares is in the emulator afterwards, and a second time changes only what changed."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer import (
    Deployment,
    DeploymentError,
    ResourceError,
    ResourceEvent,
    UnknownPropertyError,
    UnknownTypeError,
    deploy,
)
from local.deployer.clients import Clients
from local.deployer.names import Account
from local.deployer.resources import PROVIDERS
from local.deployer.resources.base import Surroundings, undeclared

if TYPE_CHECKING:
    from local.stacks.emulator import Emulator
    from tests.local.deployer.conftest import WriteProgram

EVERY_TYPE = Path(__file__).with_name("declares_every_type.py")


@pytest.fixture
def clients(emulator: Emulator) -> Clients:
    return Clients(emulator.endpoint)


@dataclass
class Story:
    """What became of the program in declares_every_type.py, deployed five times and then deleted."""

    first: Deployment
    again: Deployment
    changed: Deployment
    changed_again: Deployment
    back: Deployment
    answers: list[object]
    survivors: list[str]


@pytest.fixture(scope="module")
def story(shared_emulator: Emulator) -> Story:
    shared_emulator.reset()
    clients = Clients(shared_emulator.endpoint)

    def run(version: str) -> Deployment:
        return deploy(shared_emulator.endpoint, program=EVERY_TYPE, config={"version": version})

    first, again = run("1"), run("1")
    answers = [answer_of(clients, "every-function")]
    changed, changed_again = run("2"), run("2")
    answers.append(answer_of(clients, "every-function"))
    back = run("1")
    survivors = delete(clients, back)
    return Story(first, again, changed, changed_again, back, answers, survivors)


def delete(clients: Clients, deployment: Deployment) -> list[str]:
    """Delete everything, last first; returns the names of what was not there, or still is."""
    account = Account(id="000000000000", region="us-east-1")
    wrong = []
    for resource in reversed(deployment.resources):
        provider = PROVIDERS[resource.type](Surroundings(clients, account, EVERY_TYPE.parent))
        wanted = provider.wanted(resource.name, resource.inputs)
        live = provider.find(wanted)
        if live is not None:
            provider.delete(live)
        if live is None or provider.find(wanted) is not None:
            wrong.append(resource.name)
    return wrong


class TestEveryType:
    """The program in declares_every_type.py."""

    def test_declares_every_type_that_has_a_provider(self, story: Story) -> None:
        assert {resource.type for resource in story.first.resources} == set(PROVIDERS)
        assert {resource.action for resource in story.first.resources} == {"created"}

    def test_is_unchanged_the_second_time(self, story: Story) -> None:
        assert {r.name: r.changed for r in story.again.resources if r.action != "unchanged"} == {}
        assert story.again.outputs == story.first.outputs

    def test_changes_in_place_what_changed(self, story: Story) -> None:
        changed = {r.name: set(r.changed) for r in story.changed.resources if r.action == "updated"}
        assert {r.name for r in story.changed.resources if r.action == "unchanged"} == {"item"}
        assert changed["permission"] == {"sourceArn"}
        assert changed["table"] == {
            "ttl",
            "pointInTimeRecovery",
            "deletionProtectionEnabled",
            "streamViewType",
            "tags",
        }
        assert story.answers == [[1, "every-table"], [2, "every-table"]]

    def test_has_changed_everything_the_first_time(self, story: Story) -> None:
        assert {r.name: r.changed for r in story.changed_again.resources if r.action != "unchanged"} == {}

    def test_can_be_changed_back(self, story: Story) -> None:
        changed, back = (
            {r.name: r.changed for r in deployment.resources if r.action == "updated"}
            for deployment in (story.changed, story.back)
        )
        assert back == changed

    def test_can_be_deleted(self, story: Story) -> None:
        assert story.survivors == []

    def test_says_what_has_no_effect_on_the_emulator_and_why(self, story: Story) -> None:
        reasons = {resource.name: resource.not_applied for resource in story.first.resources}
        assert reasons["failures"] == {"sqsManagedSseEnabled": "the emulator keeps its data in memory"}
        assert set(reasons["to-function"]) == {
            "retryPolicy.maximumEventAgeInSeconds",
            "retryPolicy.maximumRetryAttempts",
            "deadLetterConfig.arn",
        }
        assert reasons["role"] == {}


def test_rules_and_functions_work_together(
    emulator: Emulator, clients: Clients, program: WriteProgram
) -> None:
    body = """
        bus = aws.cloudwatch.EventBus("bus", name="Orders")
        queue = aws.sqs.Queue("queue", name="heard")
        rule = aws.cloudwatch.EventRule(
            "rule", name="hear", event_bus_name=bus.name, event_pattern=json.dumps({"source": ["test"]})
        )
        aws.cloudwatch.EventTarget(
            "target",
            rule=rule.name,
            event_bus_name=bus.name,
            arn=queue.arn,
            input_transformer={"input_paths": {"order_id": "$.detail.id"}, "input_template": '{"id": <order_id>}'},
        )
        pulumi.export("queueUrl", queue.url)
    """
    deployment = deploy(emulator.endpoint, program=program(body))
    clients.events.put_events(
        Entries=[{"EventBusName": "Orders", "Source": "test", "DetailType": "T", "Detail": '{"id": "7"}'}]
    )
    url = str(deployment.outputs["queueUrl"])
    messages = clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", [])
    assert [json.loads(message["Body"]) for message in messages] == [{"id": "7"}]


def test_a_resource_is_created_after_everything_that_it_depends_on(
    emulator: Emulator, program: WriteProgram
) -> None:
    body = """
        first = aws.sqs.Queue("first")
        second = aws.sqs.Queue("second", opts=pulumi.ResourceOptions(depends_on=[first]))
        third = aws.sqs.Queue("third", tags={"after": second.arn})
    """
    events: list[ResourceEvent] = []
    deploy(emulator.endpoint, program=program(body), on_progress=events.append)
    assert [(event.phase, event.name) for event in events] == [
        ("started", "first"),
        ("finished", "first"),
        ("started", "second"),
        ("finished", "second"),
        ("started", "third"),
        ("finished", "third"),
    ]
    assert Counter(event.action for event in events) == {None: 3, "created": 3}


def test_a_living_item_keeps_its_value(emulator: Emulator, clients: Clients, program: WriteProgram) -> None:
    def body(value: int, colour: str) -> str:
        return f"""
            table = aws.dynamodb.Table(
                "t", name="counting", hash_key="PK", attributes=[{{"name": "PK", "type": "S"}}],
                billing_mode="PAY_PER_REQUEST", tags={{"colour": "{colour}"}},
            )
            aws.dynamodb.TableItem(
                "i", table_name=table.name, hash_key="PK",
                item=json.dumps({{"PK": {{"S": "orderID"}}, "value": {{"N": "{value}"}}}}),
            )
        """

    deploy(emulator.endpoint, program=program(body(0, "red")))
    key: Any = {"PK": {"S": "orderID"}}
    clients.dynamodb.update_item(
        TableName="counting",
        Key=key,
        UpdateExpression="SET #v = :v",
        ExpressionAttributeNames={"#v": "value"},
        ExpressionAttributeValues={":v": {"N": "41"}},
    )
    second = deploy(emulator.endpoint, program=program(body(5, "green")))
    assert {r.name: r.action for r in second.resources} == {"t": "updated", "i": "unchanged"}
    assert clients.dynamodb.get_item(TableName="counting", Key=key)["Item"]["value"] == {"N": "41"}


def test_ignored_changes_are_ignored(emulator: Emulator, clients: Clients, program: WriteProgram) -> None:
    def body(seconds: int, colour: str) -> str:
        return f"""
            aws.sqs.Queue(
                "q", visibility_timeout_seconds={seconds}, tags={{"colour": "{colour}"}},
                opts=pulumi.ResourceOptions(ignore_changes=["visibilityTimeoutSeconds"]),
            )
        """

    deploy(emulator.endpoint, program=program(body(10, "red")))
    second = deploy(emulator.endpoint, program=program(body(20, "green")))
    assert second.resources[0].changed == {"tags"}
    url = second.resources[0].id
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "10"


def test_a_resource_that_somebody_changed_by_hand_is_put_right(
    emulator: Emulator, clients: Clients, program: WriteProgram
) -> None:
    path = program('aws.cloudwatch.LogGroup("g", name="/orders", retention_in_days=14)')
    deploy(emulator.endpoint, program=path)
    clients.logs.put_retention_policy(logGroupName="/orders", retentionInDays=3)
    again = deploy(emulator.endpoint, program=path)
    assert again.resources[0].changed == {"retentionInDays"}
    assert clients.logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 14


def test_parts_of_what_has_just_been_created_are_not_looked_for(
    emulator: Emulator, program: WriteProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = program("""
        queue = aws.sqs.Queue("q", name="new")
        aws.sqs.QueuePolicy("p", queue_url=queue.id, policy='{"Version": "2012-10-17", "Statement": []}')
    """)

    def refuse(*_: object) -> None:
        raise ValueError("it was looked for")

    with monkeypatch.context() as patched:
        patched.setattr(PROVIDERS["aws:sqs/queuePolicy:QueuePolicy"], "read", refuse)
        assert deploy(emulator.endpoint, program=body).count("created") == 2
        with pytest.raises(ResourceError, match="looked for"):
            deploy(emulator.endpoint, program=body)
    assert deploy(emulator.endpoint, program=body).count("unchanged") == 2


def test_an_existing_resource_can_be_read(
    emulator: Emulator, clients: Clients, program: WriteProgram
) -> None:
    clients.sqs.create_queue(QueueName="there", Attributes={"DelaySeconds": "7"})
    body = """
        queue = aws.sqs.Queue.get("q", "http://127.0.0.1/000000000000/there")
        pulumi.export("delay", queue.delay_seconds)
    """
    assert deploy(emulator.endpoint, program=program(body)).outputs == {"delay": 7}


class TestErrors:
    def test_an_unknown_type_is_named_not_skipped(self, emulator: Emulator, program: WriteProgram) -> None:
        with pytest.raises(UnknownTypeError, match=r"aws:sns/topic:Topic 'b': .* does not know this type"):
            deploy(emulator.endpoint, program=program('aws.sns.Topic("b")'))

    def test_an_unknown_property_is_named_not_skipped(
        self, emulator: Emulator, program: WriteProgram
    ) -> None:
        body = 'aws.sqs.Queue("q", max_message_size=1024, redrive_allow_policy="{}")'
        with pytest.raises(UnknownPropertyError) as caught:
            deploy(emulator.endpoint, program=program(body))
        assert caught.value.properties == ("maxMessageSize", "redriveAllowPolicy")
        assert "aws:sqs/queue:Queue 'q'" in str(caught.value)

    def test_an_unknown_property_inside_another_is_named_by_its_path(self) -> None:
        table = PROVIDERS["aws:dynamodb/table:Table"]
        inputs: Any = {
            "ttl": {"enabled": True, "attributeNames": "x"},
            "attributes": [{"name": "PK", "type": "S", "colour": "red"}],
            "tags": {"any": "key", "at.all": "is a user's"},
            "name": None,
        }
        assert undeclared(table, inputs) == ["attributes.colour", "ttl.attributeNames"]

    def test_an_error_of_aws_surfaces_with_the_resources_name_and_nothing_hangs(
        self, emulator: Emulator, program: WriteProgram
    ) -> None:
        body = """
            queue = aws.sqs.Queue("first")
            rule = aws.cloudwatch.EventRule(
                "rule", event_bus_name="no-such-bus", event_pattern="{}", tags={"queue": queue.arn}
            )
            for number in range(5):
                aws.sqs.Queue(f"after-{number}", tags={"rule": rule.arn})
            pulumi.export("rule", rule.arn)
        """
        events: list[ResourceEvent] = []
        start = time.monotonic()
        with pytest.raises(ResourceError, match=r"EventRule 'rule': .*no-such-bus") as caught:
            deploy(emulator.endpoint, program=program(body), on_progress=events.append)
        assert time.monotonic() - start < 30, "it must not hang"
        assert (caught.value.type, caught.value.name) == ("aws:cloudwatch/eventRule:EventRule", "rule")
        assert [(e.phase, e.name) for e in events][2:] == [("started", "rule"), ("failed", "rule")]

    def test_after_an_error_the_next_deployment_goes_on(
        self, emulator: Emulator, program: WriteProgram
    ) -> None:
        with pytest.raises(ResourceError):
            deploy(
                emulator.endpoint,
                program=program('q = aws.sqs.Queue("q")\naws.sns.Topic("b", tags={"q": q.arn})'),
            )
        second = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q")\naws.sqs.Queue("p")'))
        assert {r.name: r.action for r in second.resources} == {"q": "unchanged", "p": "created"}

    def test_a_document_that_is_not_json_is_told(self, emulator: Emulator, program: WriteProgram) -> None:
        body = 'aws.sfn.StateMachine("m", role_arn="arn:aws:iam::1:role/r", definition="{")'
        with pytest.raises(ResourceError, match=r"StateMachine 'm': definition is not JSON"):
            deploy(emulator.endpoint, program=program(body))

    def test_an_item_without_its_key_is_told(self, emulator: Emulator, program: WriteProgram) -> None:
        body = 'aws.dynamodb.TableItem("i", table_name="t", hash_key="PK", item="{}")'
        with pytest.raises(ResourceError, match=r"TableItem 'i': the item lacks its key attribute PK"):
            deploy(emulator.endpoint, program=program(body))

    def test_code_that_is_not_there_is_told(self, emulator: Emulator, program: WriteProgram) -> None:
        body = """
            code = pulumi.AssetArchive({"a.py": pulumi.FileAsset("missing.py")})
            aws.lambda_.Function("f", role="arn:aws:iam::1:role/r", code=code, handler="a.b")
        """
        with pytest.raises(
            ResourceError, match=r"Function 'f': the archive's file .*missing\.py does not exist"
        ):
            deploy(emulator.endpoint, program=program(body))

    def test_no_emulator_is_told(self, program: WriteProgram) -> None:
        with pytest.raises(DeploymentError, match=r"no emulator answers at http://127\.0\.0\.1:9"):
            deploy("http://127.0.0.1:9", program=program(""))


class TestSecrets:
    """A secret reaches the resource, and nothing that is shown or kept."""

    BODY = """
        word = pulumi.Config().require_secret("word")
        queue = aws.sqs.Queue("q", tags={"word": word})
        pulumi.export("word", word)
        pulumi.export("tags", queue.tags)
    """

    def test_are_masked_in_the_list_of_resources(
        self, emulator: Emulator, clients: Clients, program: WriteProgram
    ) -> None:
        deployment = deploy(emulator.endpoint, program=program(self.BODY), config={"word": "open-sesame"})
        queue = deployment.resources[0]
        assert "open-sesame" not in repr(deployment.resources)
        assert queue.inputs["tags"] == "[secret]"
        assert clients.sqs.list_queue_tags(QueueUrl=queue.id)["Tags"] == {"word": "open-sesame"}

    def test_are_named_among_the_outputs(self, emulator: Emulator, program: WriteProgram) -> None:
        deployment = deploy(emulator.endpoint, program=program(self.BODY), config={"word": "open-sesame"})
        assert deployment.outputs["word"] == "open-sesame"
        assert deployment.secret_outputs == {"word", "tags"}

    def test_are_masked_in_errors(self, emulator: Emulator, program: WriteProgram) -> None:
        body = """
            word = pulumi.Config().require_secret("word")
            keys = [{"name": "PK", "type": "S"}]
            aws.dynamodb.Table(
                "t", name=word, hash_key="PK", attributes=keys, billing_mode="PAY_PER_REQUEST"
            )
        """
        with pytest.raises(ResourceError) as caught:
            deploy(emulator.endpoint, program=program(body), config={"word": "#!"})
        assert "[secret]" in str(caught.value)
        shown: BaseException | None = caught.value
        while shown is not None:
            assert "#!" not in str(shown)
            shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def test_every_provider_declares_properties_that_pulumi_has() -> None:
    """A misspelt property in a provider would otherwise refuse what a program sets rightly."""
    import pulumi_aws

    for type_, provider in PROVIDERS.items():
        module, class_name = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", type_).groups()  # type: ignore[union-attr]
        resource = getattr(getattr(pulumi_aws, {"lambda": "lambda_"}.get(module, module)), class_name)
        known = set(resource._internal_init.__annotations__) | set(
            resource._internal_init.__code__.co_varnames
        )
        for path in provider.applied | provider.not_applied.keys():
            name = re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), path.partition(".")[0])
            assert name in known, f"{type_} has no property {path}"
        assert provider.fixed <= {path.partition(".")[0] for path in provider.applied}


def test_a_deployment_is_plain_data(emulator: Emulator, program: WriteProgram) -> None:
    deployment = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q", name="orders")'))
    assert deployment.count("created") == 1
    assert asdict(deployment)["resources"][0]["outputs"]["name"] == "orders"


def answer_of(clients: Clients, function: str) -> object:
    return json.loads(clients.lambda_.invoke(FunctionName=function)["Payload"].read())
