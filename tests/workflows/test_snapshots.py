"""The compiled workflows, word for word. After a change that is meant: `make snapshots`, then read the diff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from workflows import order_manager, order_processor
from workflows.events import schemas

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from dsl import StateMachine

MACHINES = {machine.name: machine for machine in (order_processor, order_manager)}


class _InOrder(JSONSnapshotExtension):
    """Keeps the order of keys: the happy path comes first, and a moved state shows as moved."""

    file_extension = "asl.json"

    def serialize(self, data: object, **_: object) -> str:
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@pytest.fixture
def asl(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_InOrder)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_definition(machine: StateMachine, asl: SnapshotAssertion) -> None:
    assert machine.definition() == asl


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_policy_of_the_role(machine: StateMachine, asl: SnapshotAssertion) -> None:
    assert machine.policy() == asl


def test_schemas_of_the_events(asl: SnapshotAssertion) -> None:
    assert schemas() == asl
