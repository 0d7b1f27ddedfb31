"""Branches side by side, and states that run once for each item."""

from __future__ import annotations

from typing import Any, cast

import pytest

from dsl import (
    Array,
    DefinitionError,
    Integer,
    ItemBatcher,
    ResultWriter,
    Shape,
    StateMachine,
    Str,
    choice,
    context,
    distributed_map,
    end,
    map_,
    parallel,
    pass_,
    required,
    s3_file,
    s3_objects,
    succeed,
    variable,
    view,
    wait,
)
from dsl.intrinsics import math_add
from tests.dsl.samples import ask


class Line(Shape):
    drink: Str


class Order(Shape):
    who: Str
    at_once: Integer
    lines: Array[Line]


order = view(Order)
line = view(Line)


def made(machine: StateMachine, name: str) -> dict[str, Any]:
    states = cast("dict[str, Any]", machine.definition()["States"])
    return cast("dict[str, Any]", states[name])


def says(name: str) -> Any:
    return pass_(name, output={"who": order.who}) >> end


class TestParallel:
    def test_every_branch_is_a_scope_of_its_own(self) -> None:
        machine = StateMachine("M", start=parallel("Both", says("Left"), says("Right")) >> end)
        branches = made(machine, "Both")["Branches"]
        assert [(branch["StartAt"], list(branch["States"])) for branch in branches] == [
            ("Left", ["Left"]),
            ("Right", ["Right"]),
        ]

    def test_the_output_of_each_branch_can_be_read(self) -> None:
        both = parallel("Both", says("Left"), says("Right"))
        both >> pass_("After", output={"right": both.result[1]["who"]}) >> end
        assert made(StateMachine("M", start=both), "After")["Parameters"] == {"right.$": "$.both[1].who"}

    def test_there_is_no_output_of_a_branch_that_is_not_there(self) -> None:
        with pytest.raises(DefinitionError, match="has the outputs of 2 branches, and none at 2"):
            parallel("Both", says("Left"), says("Right")).result[2]

    def test_without_a_branch_it_is_an_error(self) -> None:
        with pytest.raises(DefinitionError, match="it has no branch"):
            parallel("None")

    def test_a_branch_may_be_wired_after_the_state(self) -> None:
        left = pass_("Left", output={"x": 1})
        both = parallel("Both", left)
        both >> end
        left >> end
        assert made(StateMachine("M", start=both), "Both")["Branches"][0]["StartAt"] == "Left"

    def test_a_branch_sees_what_was_made_before(self) -> None:
        first = pass_("First", {"who": order.who})
        inside = pass_("Inside", output={"x": view(Order, first.root).who})
        both = parallel("Both", inside >> end)
        first >> both >> end
        assert made(StateMachine("M", start=first), "First")["ResultPath"] == "$.first"

    def test_a_transition_into_a_branch_from_outside_is_an_error(self) -> None:
        inside = succeed("Inside")
        start = wait("Start", seconds=1)
        both = parallel("Both", inside)
        start >> both >> inside
        with pytest.raises(
            DefinitionError,
            match="no route from the start of that branch or map leads to it",
        ):
            StateMachine("M", start=start)

    def test_a_name_is_unique_over_all_branches(self) -> None:
        with pytest.raises(DefinitionError, match="another state has this name"):
            StateMachine("M", start=parallel("Both", says("Same"), says("Same")) >> end)


class TestMap:
    def test_what_runs_sees_the_item(self) -> None:
        each = map_("Each", pass_("One", output={"drink": line.drink}) >> end, items=order.lines)
        state = made(StateMachine("M", start=each >> end), "Each")
        assert state["ItemsPath"] == "$.lines"
        assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
        assert state["ItemProcessor"]["States"]["One"]["Parameters"] == {"drink.$": "$.drink"}

    def test_what_runs_does_not_see_results_from_outside(self) -> None:
        before = pass_("Before", {"x": 1})
        inside = pass_("Inside", output={"x": view(Line, before.root)})
        before >> map_("Each", inside >> end, items=order.lines) >> end
        with pytest.raises(DefinitionError, match=r"'Inside': it reads \$\.before, which may not be there"):
            StateMachine("M", start=before)

    def test_an_item_may_be_made_of_the_data_around(self) -> None:
        each = map_(
            "Each",
            pass_("One", output={"who": order.who}) >> end,
            items=order.lines,
            item={"who": order.who, "line": context.map_item.value},
        )
        state = made(StateMachine("M", start=each >> end), "Each")
        assert state["ItemSelector"] == {"who.$": "$.who", "line.$": "$$.Map.Item.Value"}

    def test_how_many_run_at_once_may_come_from_the_data(self) -> None:
        each = map_("Each", succeed("One"), items=order.lines, max_concurrency=order.at_once)
        assert made(StateMachine("M", start=each >> end), "Each")["MaxConcurrencyPath"] == "$.at_once"

    def test_its_states_are_part_of_the_machine(self) -> None:
        machine = StateMachine("M", start=map_("Each", succeed("One"), items=order.lines) >> end)
        assert [state.name for state in machine.states] == ["Each", "One"]


class TestDistributedMap:
    def test_items_from_a_bucket_are_read_batched_and_written(self) -> None:
        night = distributed_map(
            "Night",
            succeed("One"),
            execution_type="EXPRESS",
            reader=s3_objects("sales", "2026/"),
            batcher=ItemBatcher(max_items=10, batch_input={"who": order.who}),
            writer=ResultWriter("sales", "results"),
            label="Night",
            max_concurrency=100,
            tolerated_failure_percentage=5,
        )
        machine = StateMachine("M", start=night >> end)
        state = made(machine, "Night")
        assert state["ItemProcessor"]["ProcessorConfig"] == {
            "Mode": "DISTRIBUTED",
            "ExecutionType": "EXPRESS",
        }
        assert state["ItemReader"]["Parameters"] == {"Bucket": "sales", "Prefix": "2026/"}
        assert state["ItemBatcher"] == {"MaxItemsPerBatch": 10, "BatchInput": {"who.$": "$.who"}}
        assert state["ResultWriter"]["Parameters"] == {"Bucket": "sales", "Prefix": "results"}
        assert (state["Label"], state["MaxConcurrency"], state["ToleratedFailurePercentage"]) == (
            "Night",
            100,
            5,
        )

    def test_it_may_read_and_write_just_there(self) -> None:
        night = distributed_map(
            "Night", succeed("One"), reader=s3_objects("sales"), writer=ResultWriter("sales", "results")
        )
        statements = cast("list[dict[str, Any]]", StateMachine("M", start=night >> end).policy()["Statement"])
        allowed = {
            action: statement["Resource"] for statement in statements for action in statement["Action"]
        }
        assert allowed["s3:ListBucket"] == ["arn:aws:s3:::sales"]
        assert allowed["s3:PutObject"] == ["arn:aws:s3:::sales/results/*"]

    def test_a_csv_file_says_where_its_headers_are(self) -> None:
        reader = s3_file("sales", "all.csv", type="CSV", csv_headers="FIRST_ROW")
        assert reader.asl()["ReaderConfig"] == {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
        with pytest.raises(DefinitionError, match="a CSV file needs csv_headers="):
            s3_file("sales", "all.csv", type="CSV")

    @pytest.mark.parametrize("label", ["", "two words", "a*", "x" * 41])
    def test_a_label_that_aws_refuses_is_an_error(self, label: str) -> None:
        with pytest.raises(DefinitionError, match="the label"):
            distributed_map("Night", succeed("One"), label=label)

    def test_items_and_a_reader_exclude_each_other(self) -> None:
        with pytest.raises(DefinitionError, match="give either items= or reader="):
            distributed_map("Night", succeed("One"), items=order.lines, reader=s3_objects("sales"))


class TestVariables:
    def test_a_variable_is_assigned_and_read(self) -> None:
        first = wait("First", seconds=1).assign(who=order.who)
        first >> pass_("After", output={"who": variable(Str, "who")}) >> end
        machine = StateMachine("M", start=first)
        assert made(machine, "First")["Assign"] == {"who.$": "$.who"}
        assert made(machine, "After")["Parameters"] == {"who.$": "$who"}

    def test_a_task_counts_with_a_variable(self) -> None:
        count = variable(Integer, "count")
        begin = wait("Begin", seconds=1).assign(count=0)
        work = ask("Work", at=count).assign(count=math_add(count, 1))
        more = choice("More?", (count < 3, work), otherwise=succeed("Done"))
        begin >> more
        work >> more
        compiled: Any = StateMachine("M", begin).definition()["States"]
        assert compiled["Work"]["Assign"] == {"count.$": "States.MathAdd($count, 1)"}

    def test_a_variable_that_one_route_does_not_assign_is_an_error(self) -> None:
        start = wait("Start", seconds=1)
        start >> pass_("After", output={"who": variable(Str, "who")}) >> end
        with pytest.raises(
            DefinitionError, match=r"it reads \$who, which may not be there; no state writes it"
        ):
            StateMachine("M", start=start)

    def test_a_map_sees_the_variables_around_it(self) -> None:
        start = wait("Start", seconds=1).assign(who=order.who)
        inside = pass_("Inside", output={"who": variable(Str, "who")})
        start >> map_("Each", inside >> end, items=order.lines) >> end
        assert made(StateMachine("M", start=start), "Each")["Type"] == "Map"

    def test_a_result_is_assigned_from_itself(self) -> None:
        both = parallel("Both", says("Left"))
        both.assign(left=both.result[0])
        both >> pass_("After", output={"left": variable(Line, "left")}) >> end
        assert made(StateMachine("M", start=both), "Both")["Assign"] == {"left.$": "$[0]"}

    @pytest.mark.parametrize("name", ["states", "a-b", "1a", "", "x" * 81])
    def test_a_name_that_aws_refuses_is_an_error(self, name: str) -> None:
        with pytest.raises(DefinitionError, match="cannot name a variable"):
            variable(Str, name)


def test_what_each_run_is_said_to_hand_on_is_read_like_any_other_data() -> None:
    each = map_(
        "Each", pass_("One", {"drink": view(Line).drink}) >> end, items=view(Order).lines, answer=Line
    )
    read = {"first": required(each.result[0]).drink, "all": each.result.pick(lambda line: line.drink)}
    compiled: Any = StateMachine("M", each >> pass_("Read", read) >> end).definition()
    assert compiled["States"]["Read"]["Parameters"] == {
        "first.$": "$.each[0].drink",
        "all.$": "$.each[*].drink",
    }
    with pytest.raises(DefinitionError, match="has no field 'dring'"):
        each.result[0].dring  # type: ignore[attr-defined]  # noqa: B018


def test_the_output_of_a_branch_is_viewed_as_a_shape() -> None:
    both = parallel("Both", pass_("One", {"drink": "tea"}) >> end, pass_("Other", {"drink": "milk"}) >> end)
    milk = view(Line, both.result[1])
    compiled: Any = StateMachine("M", both >> pass_("Read", {"drink": milk.drink}) >> end).definition()
    assert compiled["States"]["Read"]["Parameters"] == {"drink.$": "$.both[1].drink"}
