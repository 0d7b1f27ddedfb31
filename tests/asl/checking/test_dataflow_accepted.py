"""Definitions in which every read is in order, or may be: the flow of data has nothing to say about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from asl.checking import validate
from tests.asl.checking.flows import (
    catch,
    choice,
    found,
    function,
    given,
    jsonata,
    machine,
    mapping,
    parallel,
    passing,
    task,
)

SUCCEED: dict[str, object] = {"Type": "Succeed"}
FAIL: dict[str, object] = {"Type": "Fail", "Error": "Broken"}
GET_ITEM = {"TableName": "menu", "Key": {"PK": {"S": "config"}}}


def test_the_input_of_a_machine_is_unknown_so_anything_may_be_in_it() -> None:
    assert not found(machine(Brew=passing(Parameters={"a.$": "$.order.items[0].name", "b.$": "$[3]"})))


@pytest.mark.parametrize("kind", ["OrderProcessorWorkflow", "OrderManagerStateMachine"])
def test_the_workflows_of_this_project(kind: str) -> None:
    folder = Path(__file__).parents[2] / "workflows" / "__snapshots__" / "test_snapshots"
    text = (folder / f"test_definition[{kind}].asl.json").read_text(encoding="utf-8")
    assert not found(json.loads(text))


class TestKeepingData:
    def test_a_result_beside_the_input_keeps_both(self) -> None:
        assert not found(
            machine(
                Start=given("orderId"),
                Shop=task("dynamodb:getItem", Parameters=GET_ITEM, ResultPath="$.shop"),
                Use=passing(Parameters={"id.$": "$.orderId", "open.$": "$.shop.Item.storeOpen.BOOL"}),
            )
        )

    def test_a_dropped_result_leaves_the_input(self) -> None:
        assert not found(
            machine(Start=given("a"), Work=function(ResultPath=None), Use=passing(InputPath="$.a"))
        )

    def test_a_reference_path_makes_the_objects_on_its_way(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={}),
                Work=function(ResultPath="$.order.drink.answer"),
                More=passing(Result=1, ResultPath="$.order.count"),
                Use=passing(Parameters={"a.$": "$.order.drink.answer.deep", "b.$": "$.order.count"}),
            )
        )

    def test_a_result_goes_into_the_raw_input_and_not_into_what_input_path_selects(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"lambda": {"who": "me"}, "data": {"x": 1}}),
                Work=function(InputPath="$.lambda", ResultPath="$.data.answer", OutputPath="$.data"),
                Use=passing(Parameters={"a.$": "$.answer", "b.$": "$.x"}),
            )
        )

    def test_input_path_null_gives_an_empty_object_only_inside(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"x": 1}),
                Work=function(InputPath=None, ResultPath="$.y"),
                Use=passing(InputPath="$.x"),
            )
        )

    def test_result_selector_reads_the_result(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={}),
                Send=task(
                    "sqs:sendMessage",
                    Parameters={"QueueUrl": "q", "MessageBody": "m"},
                    ResultSelector={"id.$": "$.MessageId", "raw.$": "$"},
                    ResultPath="$.sent",
                ),
                Use=passing(Parameters={"id.$": "$.sent.id", "all.$": "$.sent.raw.MessageId"}),
            )
        )

    def test_an_element_that_a_reference_path_replaces(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"list": [{"a": 1}, {"b": 2}]}),
                Work=function(ResultPath="$.list[1]"),
                Use=passing(Parameters={"a.$": "$.list[0].a", "b.$": "$.list[1].anything"}),
            )
        )


class TestResults:
    def test_what_a_function_returns_is_unknown(self) -> None:
        assert not found(
            machine(
                Plain=function(),
                Use=passing(Parameters={"a.$": "$.anything[0].below"}),
            )
        )
        assert not found(
            machine(
                Plain=task(
                    "lambda:invoke",
                    Parameters={"FunctionName": "f", "Payload.$": "$"},
                    OutputPath="$.Payload",
                ),
                Use=passing(Parameters={"a.$": "$.anything[0].below"}),
            )
        )

    def test_what_comes_back_with_a_token_is_unknown(self) -> None:
        assert not found(
            machine(
                Ask=task(
                    "sqs:sendMessage.waitForTaskToken",
                    Parameters={"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
                    TimeoutSeconds=60,
                ),
                Use=passing(InputPath="$.approved.by"),
            )
        )

    @pytest.mark.parametrize(
        ("call", "path"),
        [
            ("lambda:invoke", "$.r.StatusCode"),
            ("lambda:invoke", "$.r.SdkHttpMetadata.HttpStatusCode"),
            ("lambda:invoke", "$.r.ExecutedVersion"),
            ("dynamodb:getItem", "$.r.Item.name.S"),
            ("dynamodb:getItem", "$.r.Item.list.L[0].M.deep.N"),
            ("dynamodb:updateItem", "$.r.Attributes.count.N"),
            ("events:putEvents", "$.r.Entries[0].EventId"),
            ("events:putEvents", "$.r.FailedEntryCount"),
            ("sns:publish", "$.r.MessageId"),
            ("sqs:sendMessage", "$.r.MD5OfMessageBody"),
            ("states:startExecution", "$.r.ExecutionArn"),
            ("states:startExecution.sync", "$.r.Output"),
            ("states:startExecution.sync:2", "$.r.Output.deep.field"),
            ("states:startExecution.sync:2", "$.r.Status"),
            ("batch:submitJob", "$.r.JobId"),
            ("batch:submitJob.sync", "$.r.Container.LogStreamName"),
            ("ecs:runTask.sync", "$.r.Containers[0].ExitCode"),
            ("glue:startJobRun", "$.r.JobRunId"),
            ("glue:startJobRun.sync", "$.r.JobRunState"),
            ("athena:startQueryExecution.sync", "$.r.QueryExecution.QueryExecutionId"),
            ("athena:getQueryResults", "$.r.ResultSet.Rows[0].Data[0].VarCharValue"),
            ("bedrock:invokeModel", "$.r.Body.content[0].text"),
            ("http:invoke", "$.r.ResponseBody.items[0]"),
            ("apigateway:invoke", "$.r.StatusCode"),
            ("codebuild:startBuild.sync", "$.r.Build.BuildStatus"),
            ("aws-sdk:sfn:listExecutions", "$.r.Executions[20]"),
            ("aws-sdk:sfn:describeExecution", "$.r.Status"),
            ("aws-sdk:s3:listObjectsV2", "$.r.Contents[0].Key"),
            ("aws-sdk:s3:getObject", "$.r.Body"),
            ("aws-sdk:s3:headObject", "$.r.Metadata.anything"),
            ("aws-sdk:dynamodb:scan", "$.r.Items[0].PK.S"),
            ("aws-sdk:dynamodb:query", "$.r.LastEvaluatedKey.PK"),
            ("aws-sdk:rds:describeDBInstances", "$.r.DbInstances[0].DbInstanceStatus"),
            ("aws-sdk:ec2:describeInstances", "$.r.Reservations[0].Instances[0].State.Name"),
            ("aws-sdk:secretsmanager:getSecretValue", "$.r.SecretString"),
            ("aws-sdk:ssm:getParameter", "$.r.Parameter.Value"),
            ("aws-sdk:sts:getCallerIdentity", "$.r.Account"),
            ("aws-sdk:lambda:invoke", "$.r.Payload"),
            ("aws-sdk:eventbridge:putEvents", "$.r.Entries[0].ErrorCode"),
            ("aws-sdk:cloudwatch:getMetricData", "$.r.MetricDataResults[0].Values[0]"),
            ("aws-sdk:newservice:newAction", "$.r.Whatever"),
            ("newservice:newAction", "$.r.Whatever"),
        ],
    )
    def test_members_that_a_service_names_may_be_there(self, call: str, path: str) -> None:
        assert not found(
            machine(Start=passing(Result={}), Call=task(call, ResultPath="$.r"), Use=passing(InputPath=path))
        )

    def test_members_that_a_service_calls_optional_are_not_blamed_on_a_route(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={}),
                Read=task("dynamodb:getItem", Parameters=GET_ITEM, ResultPath="$.shop", Next="Open"),
                Open=choice(
                    {"Variable": "$.shop.Item.open.BOOL", "BooleanEquals": True, "Next": "Use"}, default="Use"
                ),
                Use=passing(InputPath="$.shop.Item.name.S"),
            )
        )

    def test_placeholders_may_stand_for_anything(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"a": "${Value}", "${Name}": 1}),
                Call={"Type": "Task", "Resource": "${Resource}", "ResultPath": "$.r"},
                Use=passing(
                    Parameters={"a.$": "$.a.deep", "b.$": "$.other", "c.$": "$.r.x", "d.$": "$.${Field}"}
                ),
            )
        )


class TestChoices:
    def test_a_field_that_was_tested_for_presence(self) -> None:
        assert not found(
            machine(
                Start=given("a"),
                First=choice({"Variable": "$.a", "BooleanEquals": True, "Next": "Add"}, default="Has it"),
                Add=function(ResultPath="$.b"),
                **{
                    "Has it": choice({"Variable": "$.b", "IsPresent": True, "Next": "Use"}, default="Done"),
                    "Use": passing(InputPath="$.b", Next="Done"),
                    "Done": SUCCEED,
                },
            )
        )

    def test_presence_tested_within_and_not_and_or(self) -> None:
        tests = [
            {"And": [{"Variable": "$.b", "IsPresent": True}, {"Variable": "$.b.c", "StringEquals": "x"}]},
            {"Or": [{"Variable": "$.b", "IsPresent": False}, {"Variable": "$.b.c", "StringEquals": "x"}]},
            {"And": [{"Not": {"Variable": "$.b", "IsPresent": False}}, {"Variable": "$.b", "IsNull": True}]},
        ]
        for test in tests:
            assert not found(
                machine(
                    Start=given("a"),
                    First=choice({"Variable": "$.a", "IsNull": True, "Next": "Add"}, default="Test"),
                    Add=function(ResultPath="$.b", Next="Test"),
                    Test=choice({**test, "Next": "Done"}, default="Done"),
                    Done=SUCCEED,
                )
            )

    def test_earlier_rules_accumulate(self) -> None:
        assert not found(
            machine(
                Start=given("a"),
                First=choice({"Variable": "$.a", "IsNull": True, "Next": "Add"}, default="Test"),
                Add=function(ResultPath="$.b", Next="Test"),
                Test=choice(
                    {"Variable": "$.b", "IsPresent": False, "Next": "Done"},
                    {"Variable": "$.b", "NumericGreaterThan": 3, "Next": "Use"},
                    default="Use",
                ),
                Use=passing(InputPath="$.b", Next="Done"),
                Done=SUCCEED,
            )
        )

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"StringEquals": "card"}, {"StringEquals": "card"}),
            ({"BooleanEquals": True}, {"BooleanEquals": True}),
            ({"NumericGreaterThan": 5}, {"NumericGreaterThan": 5}),
            ({"NumericGreaterThan": 5}, {"NumericGreaterThan": 7}),
            ({"NumericGreaterThanEquals": 5}, {"NumericEquals": 9}),
            ({"StringMatches": "a*"}, {"StringMatches": "a*"}),
            ({"IsString": True}, {"IsString": True}),
            ({"TimestampLessThanPath": "$.now"}, {"TimestampLessThanPath": "$.now"}),
            ({"StringEqualsPath": "$.now"}, {"StringEqualsPath": "$.now"}),
        ],
    )
    def test_two_choices_that_ask_the_same_answer_alike(
        self, first: dict[str, object], second: dict[str, object]
    ) -> None:
        assert not found(
            machine(
                Start=given("kind", "now"),
                Ask=choice({"Variable": "$.kind", **first, "Next": "Add"}, default="Go on"),
                Add=function(ResultPath="$.extra", Next="Go on"),
                **{
                    "Go on": function(ResultPath="$.more"),
                    "Ask again": choice({"Variable": "$.kind", **second, "Next": "Use"}, default="Done"),
                    "Use": passing(InputPath="$.extra", Next="Done"),
                    "Done": SUCCEED,
                },
            )
        )

    def test_the_same_question_about_a_value_that_was_moved(self) -> None:
        assert not found(
            machine(
                Start=given("kind"),
                Ask=choice({"Variable": "$.kind", "NumericLessThan": 5, "Next": "Small"}, default="Large"),
                Small=passing(Parameters={"k.$": "$.kind", "small": True}, Next="Again"),
                Large=passing(Parameters={"k.$": "$.kind"}, Next="Again"),
                Again=choice({"Variable": "$.k", "NumericLessThan": 5, "Next": "Use"}, default="Done"),
                Use=passing(InputPath="$.small", Next="Done"),
                Done=SUCCEED,
            )
        )

    def test_the_opposite_answer_of_a_boolean(self) -> None:
        assert not found(
            machine(
                Start=given("hot"),
                Ask=choice({"Variable": "$.hot", "BooleanEquals": True, "Next": "Heat"}, default="Go on"),
                Heat=function(ResultPath="$.heat", Next="Go on"),
                **{
                    "Go on": choice(
                        {"Variable": "$.hot", "BooleanEquals": False, "Next": "Done"}, default="Use"
                    ),
                    "Use": passing(InputPath="$.heat", Next="Done"),
                    "Done": SUCCEED,
                },
            )
        )

    def test_a_switch_that_is_off_hides_what_is_behind_it(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"debug": False}),
                Ask=choice({"Variable": "$.debug", "BooleanEquals": True, "Next": "Trace"}, default="Done"),
                Trace=passing(InputPath="$.trace", Next="Done"),
                Done=SUCCEED,
            )
        )

    def test_a_type_test_of_what_may_be_missing(self) -> None:
        assert not found(
            machine(
                Start=given("a"),
                Ask=choice({"Variable": "$.b", "IsNull": False, "Next": "Done"}, default="Done"),
                Done=SUCCEED,
            )
        )

    def test_a_careful_test_of_what_nobody_writes(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"items": []}),
                Ask=choice({"Variable": "$.items[0]", "IsPresent": True, "Next": "Done"}, default="Then"),
                Then=choice({"Variable": "$.error", "IsPresent": True, "Next": "Done"}, default="Done"),
                Done=SUCCEED,
            )
        )


class TestErrors:
    def test_a_catcher_keeps_the_input_and_adds_the_error(self) -> None:
        assert not found(
            machine(
                Start=given("id"),
                Work=function(Catch=catch("Report", ResultPath="$.error"), ResultPath="$.done", Next="Done"),
                Report=passing(
                    Parameters={"id.$": "$.id", "e.$": "$.error.Error", "c.$": "$.error.Cause"}, Next="Done"
                ),
                Done=SUCCEED,
            )
        )

    def test_a_caught_error_that_replaces_everything(self) -> None:
        assert not found(
            machine(
                Start=given("id"),
                Work=function(Catch=catch("Report"), Next="Done"),
                Report=passing(
                    Parameters={"e.$": "$.Error", "c.$": "States.StringToJson($.Cause)"}, ResultPath="$.r"
                ),
                Use=passing(InputPath="$.r.c.errorMessage", Next="Done"),
                Done=SUCCEED,
            )
        )

    def test_an_error_that_is_asked_for_before_the_result_is_used(self) -> None:
        assert not found(
            machine(
                Start=given("id"),
                Work=function(Catch=catch("Clean up", ResultPath="$.error"), ResultPath="$.done"),
                **{
                    "Clean up": function(ResultPath=None),
                    "Failed?": choice(
                        {"Variable": "$.error", "IsPresent": True, "Next": "Broken"}, default="Use"
                    ),
                    "Use": passing(InputPath="$.done", Next="Done"),
                    "Done": SUCCEED,
                },
                Broken={"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
            )
        )

    def test_a_failure_of_a_branch(self) -> None:
        assert not found(
            machine(
                Start=given("id"),
                Both=parallel(
                    machine(A=FAIL),
                    machine(B=passing()),
                    Catch=catch("Report", ResultPath="$.error"),
                    Next="Done",
                ),
                Report=passing(Parameters={"id.$": "$.id", "c.$": "$.error.Cause"}, Next="Done"),
                Done=SUCCEED,
            )
        )


class TestLoops:
    def test_a_poll_with_a_counter(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"n": 0}, ResultPath="$"),
                Submit=task("aws-sdk:glue:startJobRun", Parameters={"JobName": "j"}, ResultPath="$.job"),
                Pause={"Type": "Wait", "Seconds": 30},
                Look=task(
                    "aws-sdk:glue:getJobRun",
                    Parameters={"JobName": "j", "RunId.$": "$.job.JobRunId"},
                    ResultPath="$.run",
                ),
                Count=passing(Parameters={"v.$": "States.MathAdd($.n, 1)"}, ResultPath="$.c"),
                Keep=passing(InputPath="$.c.v", ResultPath="$.n"),
                Ask=choice(
                    {"Variable": "$.run.JobRun.JobRunState", "StringEquals": "SUCCEEDED", "Next": "Done"},
                    {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "Broken"},
                    default="Pause",
                ),
                Done=SUCCEED,
                Broken=FAIL,
            )
        )

    def test_pages_with_a_token_that_comes_with_the_first_answer(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={}),
                First=task(
                    "aws-sdk:dynamodb:scan", Parameters={"TableName": "t"}, ResultPath="$.page", Next="More?"
                ),
                **{
                    "More?": choice(
                        {"Variable": "$.page.LastEvaluatedKey", "IsPresent": True, "Next": "Next page"},
                        default="Done",
                    ),
                    "Next page": task(
                        "aws-sdk:dynamodb:scan",
                        Parameters={"TableName": "t", "ExclusiveStartKey.$": "$.page.LastEvaluatedKey"},
                        ResultPath="$.page",
                        Next="More?",
                    ),
                    "Done": SUCCEED,
                },
            )
        )

    def test_a_loop_that_wraps_its_data_deeper_and_deeper(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"inner": {}}),
                Wrap=passing(Parameters={"inner.$": "$"}),
                Ask=choice({"Variable": "$.inner", "IsPresent": True, "Next": "Wrap"}, default="Done"),
                Done=SUCCEED,
            )
        )


class TestScopes:
    def test_a_parallel_state_gives_the_outputs_of_its_branches_in_order(self) -> None:
        assert not found(
            machine(
                Start=given("id"),
                Both=parallel(
                    machine(A=passing(Parameters={"a.$": "$.id"})),
                    machine(B=passing(Result={"b": 1}, ResultPath="$.x")),
                    ResultPath="$.both",
                ),
                Use=passing(
                    Parameters={
                        "a.$": "$.both[0].a",
                        "b.$": "$.both[1].x.b",
                        "i.$": "$.both[1].id",
                        "all.$": "$.both[*].a",
                    }
                ),
            )
        )

    def test_a_result_selector_names_the_branches(self) -> None:
        assert not found(
            machine(
                Both=parallel(
                    machine(A=passing(Result={"a": 1})),
                    machine(B=function()),
                    ResultSelector={"a.$": "$[0].a", "b.$": "$[1].z"},
                ),
                Use=passing(Parameters={"a.$": "$.a", "b.$": "$.b"}),
            )
        )

    def test_a_map_gives_each_element_to_its_states(self) -> None:
        assert not found(
            machine(
                Start=passing(
                    Result={"shop": "s", "drinks": [{"name": "mocha", "size": 1}, {"name": "tea"}]}
                ),
                Each=mapping(
                    machine(Fill=passing(Parameters={"n.$": "$.drink.name", "s.$": "$.shop"})),
                    ItemsPath="$.drinks",
                    ItemSelector={
                        "drink.$": "$$.Map.Item.Value",
                        "shop.$": "$.shop",
                        "i.$": "$$.Map.Item.Index",
                    },
                    ResultPath="$.filled",
                ),
                Use=passing(
                    Parameters={"first.$": "$.filled[0].n", "all.$": "$.filled[*].s", "shop.$": "$.shop"}
                ),
            )
        )

    def test_a_map_over_the_result_of_a_service(self) -> None:
        assert not found(
            machine(
                List=task("aws-sdk:s3:listObjectsV2", Parameters={"Bucket": "b"}),
                Each=mapping(machine(Read=passing(InputPath="$.Key")), ItemsPath="$.Contents"),
                Use=passing(InputPath="$[0]"),
            )
        )

    def test_a_distributed_map_with_reader_batcher_and_writer(self) -> None:
        inner = machine(Handle=passing(Parameters={"f.$": "$.Items[0].anything", "b.$": "$.BatchInput.x"}))
        assert not found(
            machine(
                Start=given("bucket", "key"),
                Each=mapping(
                    {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, **inner},
                    ItemReader={
                        "Resource": "arn:aws:states:::s3:getObject",
                        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                        "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.key"},
                    },
                    ItemBatcher={"MaxItemsPerBatch": 10, "BatchInput": {"x.$": "$.bucket"}},
                    ResultWriter={
                        "Resource": "arn:aws:states:::s3:putObject",
                        "Parameters": {"Bucket.$": "$.bucket"},
                    },
                    ResultPath="$.map",
                ),
                Use=passing(Parameters={"m.$": "$.map.MapRunArn", "k.$": "$.map.ResultWriterDetails.Key"}),
            )
        )

    def test_a_map_that_tolerates_failures_answers_with_something_else(self) -> None:
        assert not found(
            machine(
                Each=mapping(
                    machine(A=passing(Result={"a": 1})), ItemsPath="$.all", ToleratedFailurePercentage=5
                ),
                Use=passing(InputPath="$[0].Error"),
            )
        )

    def test_a_map_over_a_map(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"rows": [[{"a": 1}], [{"a": 2}]]}),
                Rows=mapping(
                    machine(Cells=mapping(machine(Cell=passing(InputPath="$.a")))), ItemsPath="$.rows"
                ),
                Use=passing(InputPath="$[0][0]"),
            )
        )

    def test_the_old_spelling_of_a_map(self) -> None:
        old = {
            "Type": "Map",
            "Iterator": machine(A=passing(InputPath="$.v.name")),
            "Parameters": {"v.$": "$$.Map.Item.Value"},
        }
        assert not found(machine(Start=passing(Result=[{"name": 1}]), Each=old))

    def test_variables_of_the_scope_around_are_seen(self) -> None:
        assert not found(
            machine(
                Start=passing(Assign={"id": 1, "deep": {"a": 2}}),
                Both=parallel(
                    machine(A=passing(Parameters={"i.$": "$id", "d.$": "$deep.a"}, Assign={"mine": 1})),
                    Assign={"n": 1},
                ),
                Use=passing(Parameters={"i.$": "$id", "n.$": "$n"}),
            )
        )


class TestTemplates:
    def test_functions_know_what_they_return(self) -> None:
        template = {
            "text.$": "States.Format('{} {}', $.a, States.JsonToString($.a))",
            "list.$": "States.Array($.a, 'b', 3)",
            "parts.$": "States.ArrayPartition(States.ArrayRange(1, 9, 2), 2)",
            "one.$": "States.ArrayGetItem($.a, 0)",
            "json.$": "States.StringToJson($.a)",
            "split.$": "States.StringSplit($.a, ',')",
            "merged.$": "States.JsonMerge($.a, $.a, false)",
            "uuid.$": "States.UUID()",
        }
        assert not found(
            machine(
                Start=given("a"),
                Make=passing(Parameters=template),
                Use=passing(
                    Parameters={
                        "a.$": "$.list[2]",
                        "b.$": "$.parts[0][1]",
                        "c.$": "$.one.deep",
                        "d.$": "$.json.deep[2]",
                        "e.$": "$.split[4]",
                        "f.$": "$.merged.x",
                        "g.$": "States.Format('{}', $.uuid)",
                    }
                ),
            )
        )

    def test_merging_two_objects_keeps_the_fields_of_both(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"a": {"x": 1, "z": {}}, "b": {"y": 2, "z": {"q": 1}}}),
                Merge=passing(Parameters={"m.$": "States.JsonMerge($.a, $.b, false)"}),
                Use=passing(Parameters={"x.$": "$.m.x", "y.$": "$.m.y", "q.$": "$.m.z.q"}),
            )
        )

    def test_indefinite_paths_may_give_anything(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"list": [{"a": 1, "b": True}], "o": {"n": 1}}),
                Use=passing(
                    Parameters={
                        "a.$": "$.list[*].a",
                        "b.$": "$..a",
                        "c.$": "$.list[?(@.b==true)]",
                        "d.$": "$.list[0:1]",
                        "e.$": "$.list[-1].a",
                        "f.$": "$.o.*",
                        "g.$": "$.list.length()",
                        "h.$": "$['list'][0]['a']",
                    }
                ),
                Filtered=passing(Parameters={"first.$": "$.c[0].a", "n.$": "$.g", "e.$": "$.e"}),
            )
        )

    def test_the_context_object_is_not_checked_here(self) -> None:
        assert not found(
            machine(
                Use=passing(
                    Parameters={"i.$": "$$.Execution.Id", "x.$": "$$.Execution.Input.a.b", "all.$": "$$"}
                )
            )
        )

    def test_limits_may_come_from_either_input(self) -> None:
        assert not found(
            machine(
                Start=given("seconds"),
                Work=function(
                    TimeoutSecondsPath="$.limit", Parameters={"limit.$": "$.seconds"}, ResultPath="$.r"
                ),
                More=function(TimeoutSecondsPath="$.seconds", HeartbeatSecondsPath="$.seconds"),
            )
        )


class TestJsonata:
    def test_simple_paths_that_lead_somewhere(self) -> None:
        assert not found(
            jsonata(
                Start=passing(Output={"id": 1, "list": [{"a": 1}]}, Assign={"order": {"id": 2}}),
                Call=task(
                    "dynamodb:getItem",
                    Arguments={**GET_ITEM, "x": "{% $states.input.id %}"},
                    Output={
                        "item": "{% $states.result.Item %}",
                        "o": "{% $order.id %}",
                        "in": "{% $states.input %}",
                    },
                ),
                Use=passing(
                    Output={"a": "{% $states.input.item.name.S %}", "b": "{% $states.input.in.list.a %}"}
                ),
            )
        )

    def test_larger_expressions_are_not_followed(self) -> None:
        assert not found(
            jsonata(
                Start=passing(Output={"id": 1}),
                Ask={
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input.missing = 1 %}", "Next": "Done"}],
                    "Default": "Use",
                },
                Use=passing(Output="{% $states.input.missing ? 1 : $exists($states.input.gone) %}"),
                Done=SUCCEED,
            )
        )

    def test_a_caught_error_is_what_a_catcher_hands_on(self) -> None:
        assert not found(
            jsonata(
                Work=function(
                    Catch=catch("Report", Output={"e": "{% $states.errorOutput.Error %}"}), Next="Done"
                ),
                Report=passing(Output="{% $states.input.e %}", Next="Done"),
                Done=SUCCEED,
            )
        )

    def test_a_map_in_jsonata(self) -> None:
        assert not found(
            jsonata(
                Start=passing(Output={"rows": [{"a": 1}], "shop": "s"}),
                Each=mapping(
                    machine(A=passing(Output="{% $states.input.row.a %}")),
                    Items="{% $states.input.rows %}",
                    ItemSelector={
                        "row": "{% $states.context.Map.Item.Value %}",
                        "shop": "{% $states.input.shop %}",
                    },
                ),
                Use=passing(Output="{% $states.input[0] %}"),
            )
        )

    def test_a_state_of_the_other_language_in_the_middle(self) -> None:
        assert not found(
            machine(
                Start=passing(Result={"a": {"b": 1}}),
                Middle=passing(QueryLanguage="JSONata", Output={"c": "{% $states.input.a %}"}),
                Use=passing(InputPath="$.c.b"),
            )
        )


class TestDeclarations:
    SCHEMA: ClassVar[dict[str, object]] = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "note": {"type": "string"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
            "either": {"anyOf": [{"type": "string"}, {"type": "object"}]},
        },
        "required": ["id", "lines"],
        "additionalProperties": False,
        "$defs": {
            "line": {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "additionalProperties": False,
            }
        },
    }

    def test_what_the_input_is_declared_to_hold(self) -> None:
        assert not found(
            machine(
                Use=passing(
                    Parameters={"i.$": "$.id", "n.$": "$.note", "l.$": "$.lines[2].n", "e.$": "$.either.x"}
                )
            ),
            given=self.SCHEMA,
        )

    def test_an_open_schema_allows_more(self) -> None:
        schema = {"type": "object", "properties": {"detail": {"type": "object"}}, "required": ["detail"]}
        assert not found(
            machine(Use=passing(Parameters={"a.$": "$.time", "b.$": "$.detail.x"})), given=schema
        )

    def test_what_a_function_is_declared_to_return(self) -> None:
        answer = {
            "Ask": {
                "type": "object",
                "properties": {"ok": {"type": "boolean"}},
                "additionalProperties": False,
            }
        }
        assert not found(
            machine(
                Ask=task("lambda:invoke", Parameters={"FunctionName": "f"}),
                Use=passing(InputPath="$.Payload.ok"),
            ),
            answers=answer,
        )
        assert not found(machine(Ask=function(), Use=passing(InputPath="$.ok")), answers=answer)


@pytest.mark.parametrize("key", ['Test\\""Name"', 'Test\\\\""Name"', 'Test""Name"'])
def test_a_name_with_a_backslash_is_looked_up_by_aws(key: str) -> None:
    """Whether the field's name keeps the backslash is not known here, so nothing is said of it."""
    document = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Parameters": {"v.$": '$[\'Test\\\\""Name"\']'}, "End": True}},
    }
    schema = {"type": "object", "properties": {key: {}}, "required": [key], "additionalProperties": False}
    assert validate(document, input_schema=schema) == []
