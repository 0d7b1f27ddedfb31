"""Names, descriptions, patterns and policies within AWS's limits, whatever a stack is called."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer import RecordedResource, record
from local.deployer.registration import Options
from program.settings import LONGEST_STACK_NAME, ConfigurationError, StackSettings
from tests.policy.conftest import declared
from tests.policy.limits import INLINE_POLICIES, REQUESTS, WRITTEN, inline_size, refused

if TYPE_CHECKING:
    from local.deployer import Recording

NAMES = {"one letter": "a", "the longest": "x" * LONGEST_STACK_NAME, "capitals": "Ana_And-Bob2"}


@pytest.fixture(scope="module", params=NAMES.values(), ids=list(NAMES))
def recording(request: pytest.FixtureRequest) -> Recording:
    """Provide a stack with this name and everything switched on."""
    config = {"alarms": "true", "dashboard": "true", "ownerEmail": "a@b.example", "managerType": "EXPRESS"}
    return record(stack=request.param, config=config)


def test_no_text_is_one_that_aws_would_refuse(recording: Recording) -> None:
    assert [fault for r in recording.resources if r.custom for fault in refused(r)] == []


def test_every_name_is_one_whose_limits_are_known(recording: Recording) -> None:
    named = {r.type for r in recording.resources if r.custom and {"name", "dashboardName"} & r.inputs.keys()}
    assert named <= {type_ for type_, _ in [*REQUESTS, *WRITTEN]}


@pytest.mark.parametrize(
    ("type_", "inputs", "fault"),
    [
        ("aws:iam/role:Role", {"name": "x" * 65}, "has 65 characters"),
        ("aws:iam/role:Role", {"name": "a:b"}, "does not match"),
        ("aws:cloudwatch/eventRule:EventRule", {"name": "a b"}, "does not match"),
    ],
)
def test_a_text_that_aws_would_refuse_is_found(type_: str, inputs: dict[str, Any], fault: str) -> None:
    resource = RecordedResource(
        urn="",
        type=type_,
        name="r",
        custom=True,
        parent=None,
        inputs=inputs,
        secret_inputs=frozenset(),
        outputs={},
        dependencies=frozenset(),
        property_dependencies={},
        options=Options(),
    )
    assert any(fault in found for found in refused(resource))


@pytest.mark.parametrize("stack", ["x" * (LONGEST_STACK_NAME + 1), "x" * 40, "a.b"])
def test_a_stack_name_that_would_make_a_name_too_long_or_wrong_is_refused_with_the_limit(stack: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the stack's name is .* 1 to {LONGEST_STACK_NAME} letters"):
        StackSettings.read({}, stack=stack)


def test_the_longest_stack_name_is_the_longest_that_a_role_s_name_has_room_for() -> None:
    longest = max(len(role.physical_name) for role in declared("local").of_type("Role"))
    assert longest + len("-") + LONGEST_STACK_NAME == 64


def test_a_role_s_policies_fit_into_it(recording: Recording) -> None:
    documents: dict[object, list[str]] = defaultdict(list)
    for policy in recording.of_type("RolePolicy"):
        documents[policy.inputs["role"]].append(str(policy.inputs["policy"]))
    assert documents
    assert all(inline_size(found) <= INLINE_POLICIES for found in documents.values())


def test_tags_are_of_the_characters_that_every_service_takes(recording: Recording) -> None:
    for resource in recording.resources:
        tags: Any = resource.inputs.get("tags", {})
        assert len(tags) <= 50
        for key, value in tags.items():
            assert 0 < len(key) <= 128
            assert len(value) <= 256
            assert all(char.isalnum() or char in " _.:/=+-@" for char in key + value)


# EventBridge User Guide, "Comparison operators for use in event patterns".
FILTERS = {"prefix", "suffix", "anything-but", "numeric", "exists", "equals-ignore-case", "wildcard", "cidr"}


def test_event_patterns_are_made_of_lists_and_of_filters_that_eventbridge_has(recording: Recording) -> None:
    def look(pattern: Any) -> None:
        if isinstance(pattern, dict):
            assert pattern, "an empty object matches nothing"
            for value in pattern.values():
                look(value)
            return
        assert isinstance(pattern, list)
        assert pattern
        for item in pattern:
            assert isinstance(item, str | int | bool) or set(item) <= FILTERS, item

    for rule in recording.of_type("EventRule"):
        pattern = json.loads(str(rule.inputs["eventPattern"]))
        assert {"source", "detail-type"} <= pattern.keys()
        look(pattern)


# CloudWatch API Reference, "Dashboard Body Structure and Syntax".
OPTIONS = {"id", "label", "stat", "visible", "expression", "period", "color", "yAxis", "region"}


def test_the_dashboard_s_body_has_the_shape_that_cloudwatch_asks_for(recording: Recording) -> None:
    (dashboard,) = recording.of_type("Dashboard")
    body = json.loads(str(dashboard.inputs["dashboardBody"]))
    assert set(body) == {"widgets"}
    ids = set()
    for widget in body["widgets"]:
        assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
        assert widget["x"] >= 0
        assert widget["x"] + widget["width"] <= 24
        properties = widget["properties"]
        assert properties["view"] in {"timeSeries", "singleValue", "gauge", "bar", "pie"}
        assert properties["period"] % 60 == 0
        assert properties["region"] == "us-east-1"
        for line in properties["metrics"]:
            *path, options = line
            assert set(options) <= OPTIONS
            assert len(path) % 2 == 0, "a namespace, a metric, and dimensions by name and value"
            assert "expression" in options or len(path) >= 2
            if "id" in options:
                assert options["id"][0].islower()
                ids.add(options["id"])
    assert ids == {"m0", "m1", "m2", "m3"}
