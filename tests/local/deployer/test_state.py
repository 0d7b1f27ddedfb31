"""The life of a stack: what it remembers, what is deleted and replaced, what a plan foretells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployer import (
    Deployment,
    Plan,
    ProtectedError,
    ProtectedStackError,
    ResourceError,
    StateFile,
    StateFileError,
    deploy,
    destroy,
    plan,
)
from local.deployer.clients import Clients
from local.deployer.resources.sqs import QueueProvider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.deployer.resources.base import Live
    from local.stacks.emulator import Emulator
    from tests.local.deployer.conftest import WriteProgram

TABLE = """
keys = [{{"name": "{key}", "type": "S"}}]
table = aws.dynamodb.Table(
    "table", name="orders", hash_key="{key}", billing_mode="PAY_PER_REQUEST", attributes=keys{more}
)
first = json.dumps({{"{key}": {{"S": "first"}}}})
aws.dynamodb.TableItem("item", table_name=table.name, hash_key="{key}", item=first)
"""
PROTECTED = ", opts=pulumi.ResourceOptions(protect=True)"
WIRED = """
statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["*"]}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
role = aws.iam.Role("role", name="role", assume_role_policy=policy)
aws.iam.RolePolicy("policy", name="policy", role=role.name, policy=policy)
queue = aws.sqs.Queue("queue", name="queue")
aws.sqs.QueuePolicy("queue", queue_url=queue.url, policy=policy)
bus = aws.cloudwatch.EventBus("bus", name="Orders")
rule = aws.cloudwatch.EventRule("rule", name="rule", event_bus_name=bus.name, event_pattern='{"source": ["x"]}')
aws.cloudwatch.EventTarget("target", rule=rule.name, event_bus_name=bus.name, arn=queue.arn)
"""


@pytest.fixture
def clients(emulator: Emulator) -> Clients:
    return Clients(emulator.endpoint)


@pytest.fixture
def state(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "state" / "resources.local.json")


def actions(result: Deployment | Plan) -> dict[str, str]:
    return {resource.name: resource.action for resource in result.resources}


def queues(clients: Clients) -> set[str]:
    return {url.rpartition("/")[2] for url in clients.sqs.list_queues().get("QueueUrls", [])}


class TestDeletion:
    def test_what_the_program_no_longer_declares_is_deleted(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        both = program('aws.sqs.Queue("p", name="p")\naws.sqs.Queue("q", name="q")')
        deploy(emulator.endpoint, program=both, state=state)
        again = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q", name="q")'), state=state)
        assert actions(again) == {"q": "unchanged", "p": "deleted"}
        assert queues(clients) == {"q"}
        third = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q", name="q")'), state=state)
        assert actions(third) == {"q": "unchanged"}

    def test_what_hangs_on_something_is_deleted_before_it(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program(WIRED), state=state)
        gone = deploy(emulator.endpoint, program=program(""), state=state)
        names = [resource.name for resource in gone.resources]
        assert {resource.action for resource in gone.resources} == {"deleted"}
        assert len(names) == 7
        for inner, outer in (("policy", "role"), ("target", "rule"), ("rule", "bus"), ("target", "queue")):
            last = len(names) - 1 - names[::-1].index(outer)
            assert names.index(inner) < last, f"{inner} hangs on {outer}"
        assert queues(clients) == set()

    def test_a_resource_that_is_renamed_leaves_nothing_behind(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program('aws.sqs.Queue("q", name="old")'), state=state)
        again = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q", name="new")'), state=state)
        assert [resource.action for resource in again.resources] == ["created", "deleted"]
        assert queues(clients) == {"new"}

    def test_a_resource_that_is_only_called_otherwise_in_the_program_stays(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program('aws.sqs.Queue("a", name="q")'), state=state)
        again = deploy(emulator.endpoint, program=program('aws.sqs.Queue("b", name="q")'), state=state)
        assert actions(again) == {"b": "unchanged"}

    def test_a_protected_resource_is_not_deleted_and_not_forgotten(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        body = f'aws.sqs.Queue("q", name="q"{PROTECTED})'
        deploy(emulator.endpoint, program=program(body), state=state)
        for _ in range(2):
            with pytest.raises(ProtectedError, match="Queue 'q': the program no longer declares it"):
                deploy(emulator.endpoint, program=program(""), state=state)
        assert queues(clients) == {"q"}

    def test_a_resource_that_is_to_be_retained_is_only_forgotten(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        body = 'aws.sqs.Queue("q", name="q", opts=pulumi.ResourceOptions(retain_on_delete=True))'
        deploy(emulator.endpoint, program=program(body), state=state)
        assert actions(deploy(emulator.endpoint, program=program(""), state=state)) == {}
        assert queues(clients) == {"q"}

    def test_what_somebody_has_deleted_by_hand_is_passed_over(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deployment = deploy(emulator.endpoint, program=program('aws.sqs.Queue("q")'), state=state)
        clients.sqs.delete_queue(QueueUrl=deployment.resources[0].id)
        assert actions(deploy(emulator.endpoint, program=program(""), state=state)) == {}

    def test_a_deployment_that_fails_deletes_nothing_and_remembers_everything(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program('aws.sqs.Queue("old", name="old")'), state=state)
        failing = 'q = aws.sqs.Queue("new", name="new")\naws.sns.Topic("t", tags={"q": q.arn})'
        with pytest.raises(ResourceError):
            deploy(emulator.endpoint, program=program(failing), state=state)
        assert queues(clients) == {"old", "new"}
        gone = deploy(emulator.endpoint, program=program(""), state=state)
        assert actions(gone) == {"old": "deleted", "new": "deleted"}

    def test_a_whole_stack_is_destroyed(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        path = program(WIRED)
        deploy(emulator.endpoint, program=path, state=state)
        assert len(destroy(emulator.endpoint, program=path, state=state)) == 7
        assert (queues(clients), state.path.exists()) == (set(), False)
        assert clients.iam.list_roles()["Roles"] == []

    def test_nothing_is_destroyed_while_something_is_protected(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        path = program(f'aws.sqs.Queue("p", name="p"{PROTECTED})\naws.sqs.Queue("q", name="q")')
        deploy(emulator.endpoint, program=path, state=state)
        with pytest.raises(ProtectedStackError, match="nothing was deleted: Queue p is protected"):
            destroy(emulator.endpoint, program=path, state=state)
        assert queues(clients) == {"p", "q"}
        deploy(
            emulator.endpoint,
            program=program('aws.sqs.Queue("p", name="p")\naws.sqs.Queue("q", name="q")'),
            state=state,
        )
        destroy(emulator.endpoint, program=path, state=state)
        assert queues(clients) == set()

    def test_a_destruction_that_fails_can_go_on(
        self,
        emulator: Emulator,
        clients: Clients,
        program: WriteProgram,
        state: StateFile,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = program('aws.sqs.Queue("p", name="p")\naws.sqs.Queue("q", name="q")')
        deploy(emulator.endpoint, program=path, state=state)
        with monkeypatch.context() as broken:
            broken.setattr(QueueProvider, "delete", refuse_p(QueueProvider.delete))
            with pytest.raises(ResourceError, match="Queue 'p': deleting it: busy"):
                destroy(emulator.endpoint, program=path, state=state)
        left = queues(clients)
        assert "p" in left
        assert {resource.name for resource in state.read("small", "local").resources} == left
        destroy(emulator.endpoint, program=path, state=state)
        assert queues(clients) == set()


def refuse_p(delete: Callable[[QueueProvider, Live], None]) -> Callable[[QueueProvider, Live], None]:
    """Delete every queue but the one called p."""

    def deleting(provider: QueueProvider, live: Live) -> None:
        if live.settings["name"] == "p":
            raise ValueError("busy")
        delete(provider, live)

    return deleting


class TestReplacement:
    def test_what_cannot_be_changed_in_place_is_replaced_with_all_that_hangs_on_it(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program(TABLE.format(key="PK", more="")), state=state)
        body = TABLE.format(key="id", more="")
        foretold = plan(emulator.endpoint, program=program(body), state=state)
        assert actions(foretold)["table"] == "replaced"
        again = deploy(emulator.endpoint, program=program(body), state=state)
        table = next(resource for resource in again.resources if resource.name == "table")
        assert table.action == "replaced"
        assert table.changed == {"attributes", "hashKey"}
        assert clients.dynamodb.scan(TableName="orders")["Items"] == [{"id": {"S": "first"}}]

    @pytest.mark.parametrize("more", [PROTECTED, ", deletion_protection_enabled=True"])
    def test_a_protected_resource_is_not_replaced(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile, more: str
    ) -> None:
        deploy(emulator.endpoint, program=program(TABLE.format(key="PK", more=more)), state=state)
        with pytest.raises(ResourceError, match=r"Table 'table': .*protect"):
            deploy(emulator.endpoint, program=program(TABLE.format(key="id", more="")), state=state)
        assert clients.dynamodb.scan(TableName="orders")["Items"] == [{"PK": {"S": "first"}}]


class TestPlan:
    def test_of_an_empty_emulator_is_to_create_everything_and_creates_nothing(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        foretold = plan(emulator.endpoint, program=program(WIRED), state=state)
        assert {resource.action for resource in foretold.resources} == {"created"}
        assert (queues(clients), state.path.exists()) == (set(), False)

    def test_says_what_differs_as_it_is_and_as_it_would_be(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        first = 'aws.sqs.Queue("q", name="q", delay_seconds={})\naws.sqs.Queue("{}", name="{}")'
        deploy(emulator.endpoint, program=program(first.format(1, "a", "a")), state=state)
        foretold = plan(emulator.endpoint, program=program(first.format(2, "b", "b")), state=state)
        assert actions(foretold) == {"q": "updated", "b": "created", "a": "deleted"}
        changed = next(resource for resource in foretold.changes if resource.name == "q")
        assert changed.changes == {"delaySeconds": (1, 2)}
        assert queues(clients) == {"q", "a"}

    def test_is_what_the_deployment_then_does(
        self, emulator: Emulator, program: WriteProgram, state: StateFile
    ) -> None:
        deploy(emulator.endpoint, program=program(WIRED), state=state)
        path = program(WIRED.replace('name="rule"', 'name="rule2"').replace('["x"]', '["y"]'))
        foretold = plan(emulator.endpoint, program=path, state=state)
        done = deploy(emulator.endpoint, program=path, state=state)
        # Resources that do not depend on each other come in any order.
        assert {(r.urn, r.action) for r in foretold.resources} == {(r.urn, r.action) for r in done.resources}
        assert plan(emulator.endpoint, program=path, state=state).changes == []

    def test_shows_no_secret(self, emulator: Emulator, program: WriteProgram, state: StateFile) -> None:
        body = 'aws.sqs.Queue("q", name="q", tags={"word": pulumi.Config().require_secret("word")})'
        deploy(emulator.endpoint, program=program(body), config={"word": "sesame-1"}, state=state)
        foretold = plan(emulator.endpoint, program=program(body), config={"word": "sesame-2"}, state=state)
        assert [set(resource.changes) for resource in foretold.changes] == [{"tags"}]
        assert "sesame" not in repr(foretold)


class TestTheFile:
    def test_holds_no_secret(
        self, emulator: Emulator, clients: Clients, program: WriteProgram, state: StateFile
    ) -> None:
        body = """
            word = pulumi.Config().require_secret("word")
            aws.sqs.Queue("named", name=word, tags={"word": word})
        """
        deploy(emulator.endpoint, program=program(body), config={"word": "open-sesame"}, state=state)
        assert "open-sesame" not in state.path.read_text()
        assert queues(clients) == {"open-sesame"}
        with pytest.raises(ResourceError, match="Queue 'named': it cannot be found again"):
            deploy(emulator.endpoint, program=program(""), state=state)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("{", "can't be read"),
            ('{"version": 9}', "has the version 9, not 1"),
            ("{}", "is not what a deployment writes"),
            (
                json.dumps({"version": 1, "project": "small", "stack": "bob", "resources": []}),
                "is of the stack bob",
            ),
        ],
    )
    def test_that_is_not_one_is_told(
        self, emulator: Emulator, program: WriteProgram, state: StateFile, content: str, problem: str
    ) -> None:
        state.path.parent.mkdir()
        state.path.write_text(content)
        with pytest.raises(StateFileError, match=problem):
            deploy(emulator.endpoint, program=program(""), state=state)
        assert state.path.read_text() == content
