"""What states make of their data: paths, templates, calls, expressions, comparisons, items."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from asl.execution import Engine, ReadRequest

if TYPE_CHECKING:
    from asl.execution import Execution

DATA = {
    "a": {"b": [1, 2, {"c": 3}]},
    "n": None,
    "list": [{"k": 1, "t": "x"}, {"k": 2, "t": "y"}],
    "odd name": 7,
}
WHERE = "An error occurred while executing the state 'S' (entered at the event id #2). "


def passed(data: object, **fields: Any) -> Execution:
    return Engine(seed=1).run(
        {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True, **fields}}}, data
    )


def filled(expression: str, data: object = DATA) -> Any:
    """Return what a path or a call gives in a template."""
    execution = passed(data, Parameters={"x.$": expression})
    assert execution.status == "SUCCEEDED", execution.cause
    return execution.output["x"]


def queried(expression: str, data: object = DATA) -> Any:
    """Return what a JSONata expression gives."""
    execution = passed(data, QueryLanguage="JSONata", Output={"x": f"{{% {expression} %}}"})
    assert execution.status == "SUCCEEDED", execution.cause
    return execution.output["x"]


def over(reader: dict[str, Any]) -> dict[str, Any]:
    """Return a machine that maps over what this ItemReader reads, and leaves each item as it is."""
    each = {
        "Type": "Map",
        "ItemReader": reader,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I",
            "States": {"I": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    return {"StartAt": "M", "States": {"M": each}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a.b[2].c", 3),
        ("$['odd name']", 7),
        ("$.a.b[-1].c", 3),
        ("$.a.b[*]", [1, 2, {"c": 3}]),
        ("$.list[*].k", [1, 2]),
        ("$.list[0,1].t", ["x", "y"]),
        ("$.a.b[:2]", [1, 2]),
        ("$..c", [3]),
        ("$.list[?(@.k > 1)].t", ["y"]),
        ("$.list[?(@.t == 'x' || @.k in [2])].k", [1, 2]),
        ("$.list[?(!(@.t =~ /X/i))].k", [2]),
        ("$.list[*].missing", []),
        ("$.a.b.length()", 3),
        ("$.list[*].k.sum()", 3.0),
        ("$.n", None),
        ("$.a.b[9]", None),
        ("$$.State.Name", "S"),
    ],
)
def test_a_path_gives_one_value_or_all_that_it_matches(path: str, value: object) -> None:
    assert filled(path) == value


THREW = "threw an error during evaluation."
BOUND = THREW[:-1] + ":"
NOT_FOUND = "could not be found in the input '{\"a\":1}'"


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"Parameters": {"x.$": "$.no"}}, f"The JSONPath '$.no' specified for the field 'x.$' {NOT_FOUND}"),
        ({"Parameters": {"x.$": "$no"}}, f"The JSONPath '$no' specified for the field 'x.$' {NOT_FOUND}"),
        ({"InputPath": "$.no"}, "Invalid path '$.no' : No results for path: $['no']"),
        ({"OutputPath": "$.no.more"}, "Invalid path '$.no.more' : Missing property in path $['no']"),
        (
            {"Parameters": {"x.$": "States.Format('{}', $.no)"}},
            "The function 'States.Format('{}', $.no)' had the following error: "
            f"The JsonPath argument for the field '$.no' {NOT_FOUND}",
        ),
    ],
)
def test_a_path_that_leads_nowhere_ends_the_execution(fields: dict[str, Any], cause: str) -> None:
    execution = passed({"a": 1}, **fields)
    assert (execution.error, execution.cause) == ("States.Runtime", WHERE + cause)


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("SecondsPath", None, "The SecondsPath parameter does not reference an input value: $.no"),
        ("SecondsPath", "x", "The SecondsPath parameter cannot be parsed as a long value: $.v == x"),
        ("SecondsPath", -5, "The SecondsPath parameter references a negative value: $.v == -5"),
        (
            "TimestampPath",
            "x",
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            "$.v == x",
        ),
        ("TimeoutSecondsPath", None, "Invalid path '$.no' : No results for path: $['no']"),
        ("HeartbeatSecondsPath", None, "Invalid path '$.no' : No results for path: $['no']"),
    ],
)
def test_a_time_that_is_none_ends_the_execution(field: str, value: object, cause: str) -> None:
    state: dict[str, Any] = {"Type": "Wait", "End": True, field: "$.no" if value is None else "$.v"}
    if field not in ("SecondsPath", "TimestampPath"):
        state |= {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}}
    execution = Engine(lambda _: None).run({"StartAt": "S", "States": {"S": state}}, {"v": value})
    assert (execution.error, execution.cause) == ("States.Runtime", WHERE + cause)


def test_no_path_is_read_from_null() -> None:
    execution = passed([None], InputPath="$[0]", Parameters={"x.$": "$.a"})
    assert str(execution.cause).endswith("Unable to apply Path transformation to null or empty input.")


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Array(1, 'x', $.n)", [1, "x", None]),
        ("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayContains($.a.b, 2)", True),
        ("States.ArrayContains($.a.b, true)", False),
        ("States.ArrayGetItem($.a.b, 1)", 2),
        ("States.ArrayUnique(States.Array(1, 1, true, '1'))", [1, True, "1"]),
        ("States.ArrayLength($.list)", 2),
        ("States.Base64Decode(States.Base64Encode('tea'))", "tea"),
        ("States.Hash('tea', 'MD5')", hashlib.md5(b"tea", usedforsecurity=False).hexdigest()),
        ("States.JsonMerge($.list[0], $.list[1], false)", {"k": 2, "t": "y"}),
        ("States.StringToJson('[1, {}]')", [1, {}]),
        ("States.JsonToString($.list[0])", '{"k":1,"t":"x"}'),
        ("States.MathAdd(1, 2)", 3),
        ("States.StringSplit('a.b+c', '.+')", ["a", "b", "c"]),
        (r"States.Format('{} isn\'t \{{}\}', $.list[0].t, 1.5)", "x isn't {1.5}"),
        ("States.Format('{}', $.a)", "{b=[1, 2, {c=3}]}"),
    ],
)
def test_a_call_gives_what_the_service_gives(call: str, value: object) -> None:
    assert filled(call) == value


@pytest.mark.parametrize(
    "call",
    [
        "States.ArrayGetItem($.a.b, 9)",
        "States.ArrayRange(1, 2000, 1)",
        "States.Base64Decode('!')",
        "States.Format('{} {}', 1)",
        "States.JsonMerge($.a, $.a, true)",
        "States.MathAdd('1', 2)",
        "States.StringToJson('{')",
    ],
)
def test_a_call_that_does_not_take_its_arguments_is_an_intrinsic_failure(call: str) -> None:
    execution = passed(DATA, Parameters={"x.$": call})
    assert execution.error == "States.IntrinsicFailure"
    assert str(execution.cause).startswith(
        f"{WHERE}The function '{call}' had the following error: Invalid arguments in"
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.n", None),
        ("$states.input.list.k", [1, 2]),
        ("$states.input.list[k=2].t", "y"),
        ("$range(1, 9, 9)", 1),
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$parse('null')", None),
        ("$hash('tea', 'MD5') = $hash('tea', 'MD5')", True),
        ("$random(7) = $random(7)", True),
        ("$states.context.State.Name", "S"),
        ("$now() & ''", "2026-01-01T00:00:00.000Z"),
    ],
)
def test_an_expression_sees_the_input_the_context_and_the_services_functions(
    expression: str, value: object
) -> None:
    assert queried(expression) == value


# What Step Functions was seen to give, where the library gives something else.
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 / 0", "Infinity"),
        ("$floor(-1 / 0)", "-Infinity"),
        ("0 / 0", "NaN"),
        ("1 / 0 > 5", True),
        ("1e308 * 10", "Infinity"),
        ("[1 / 0, {'k': 0 / 0}]", ["Infinity", {"k": "NaN"}]),
        ("7.5 % 2", 1.5),
        ("$random(42)", 0.7275636800328681),
        ("[1..873782] ~> $count()", 873_782),
        ("$string(1e20)", "100000000000000000000"),
        ("$string({'a': [1.0, null]})", '{"a":[1,null]}'),
        ("$formatBase(255)", "255"),
        ("$power(2, -1)", 0.5),
        ("+".join(["1"] * 90), 90),
        ("-7 % 3", -1),
        ("$states.input.large", 9_007_199_254_740_992),
        ("$parse($states.input.quoted)", {"it": 'it\'s "tea"'}),
        ("$partition([1, 2], 1.5)", [[1], [2]]),
        ("$base64decode('YWJ')", "ab"),
        ("$decodeUrlComponent('a+b%E6')", "a b\ufffd"),
        ("$distinct([true, 1, 1.0, true, {'a': 1}, {'a': 1}])", [True, 1, {"a": 1}]),
        ("$formatNumber(2.5, '0')", "2"),
        ("$formatNumber(0.125, '#0.00')", "0.12"),
        ("$formatNumber(0.125, '#0%')", "12%"),
        ("$lowercase('STRAẞE')", "straße"),
        ("$replace('tea', 'e', '$0')", "t$0a"),
        ("$replace('aaa', 'a', 'b', 2.5)", "bba"),
        ("$replace('\u00a0tea ', /^\\s+|\\s+$/, '')", "\u00a0tea"),
        ("$sort($states.input.list, function($one, $other) { $one.k > $other.k }).t", ["z", "x", "y"]),
        ("$sort(['\U0001f600', '\uff01'])", ["\U0001f600", "\uff01"]),
        ("('TEA').$lowercase()", "tea"),
        ("$toMillis('2020-01-01T00:00:00')", 1_577_836_800_000),
    ],
)
def test_an_expression_gives_what_the_service_gives(expression: str, value: object) -> None:
    data = {
        "large": 2**53 + 1,
        "list": [{"k": 2, "t": "x"}, {"k": 2, "t": "y"}, {"k": 1, "t": "z"}],
        "quoted": """{'it': 'it\\'s "tea"'}""",
    }
    assert queried(expression, data) == value


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0 + 1",
        "$number('1e400')",
        "$number('tea')",
        "$parse('NaN')",
        "$parse('1e400')",
        '$parse(\'{"a": 1, "a": 2}\')',
        "$partition([1], -1)",
        "$partition([1, 2], 0)",
        "$partition([], 2)",
        "$base64decode('a*b=')",
        "$decodeUrlComponent('%zz')",
        "$hash('tea', 'SHA-3')",
        "$sort([true, false])",
        "$sort([1, 'a'])",
        "$toMillis('2020-01-01 00:00:00')",
        "$toMillis('20200101T000000Z')",
        "$power(-8, 0.5)",
        "$power(10, 400)",
        "$formatBase(10, 99)",
        "$formatNumber(1, 'x')",
        "($count := 1; $count([1]))",
    ],
)
def test_an_expression_fails_where_the_services_does(
    expression: str, capsys: pytest.CaptureFixture[str]
) -> None:
    execution = passed(DATA, QueryLanguage="JSONata", Output=f"{{% {expression} %}}")
    assert execution.error == "States.QueryEvaluationError"
    assert "Proc not found" not in capsys.readouterr().out


def test_an_expression_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asl.execution.jsonata_library.LONGEST", 50)
    execution = passed({}, QueryLanguage="JSONata", Output="{% ($f := function($x) { $f($x) }; $f(2)) %}")
    assert execution.cause is not None
    assert execution.cause.endswith(f"{BOUND} Expression evaluation timeout: Check for infinite loop")


def test_shuffling_is_by_the_engines_chance() -> None:
    assert queried("$shuffle([1..20])") == queried("$shuffle([1..20])") != list(range(1, 21))


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("$states.input.missing", "returned nothing (undefined)."),
        ("$nobody(1)", f"{THREW} T1006: Attempted to invoke a non-function"),
        ("$eval('1')", f"{THREW} T1006: Attempted to invoke a non-function"),
        ("'a' + 1", f'{THREW} T2001: The left side of the "+" operator must evaluate to a number'),
        ("-'a'", f'{THREW} D1002: Cannot negate a non-numeric value: "a"'),
        ("$sum(['a'])", f'{THREW} T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("$abs('a')", f'{THREW} T0410: Argument 1 of function "abs" does not match function signature'),
        (
            "$replace(null, 'a', 'b')",
            f'{THREW} T0410: Argument 1 of function "replace" does not match function signature',
        ),
        (
            "$replace('a', '', 'b')",
            f"{THREW} D3010: Second argument of replace function cannot be an empty string",
        ),
        ("$sqrt(-1)", f"{THREW} D3060: The sqrt function cannot be applied to a negative number: -1"),
        ("$string(1 / 0)", f"{THREW} D3001: Attempting to invoke string function on Infinity or NaN"),
        (
            "[1..873783] ~> $count()",
            f"{BOUND} Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "+".join(["1"] * 200),
            f"{BOUND} Stack overflow error: Check for non-terminating recursive function. "
            "Consider rewriting as tail-recursive.",
        ),
    ],
)
def test_an_expression_that_gives_nothing_or_fails_is_told_with_its_place(expression: str, told: str) -> None:
    execution = passed(DATA, QueryLanguage="JSONata", Output={"x": f"{{% {expression} %}}"})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause == (
        f"{WHERE}The JSONata expression '{expression}' specified for the field 'Output/x' {told}"
    )
    failed = execution.history.events[-2]
    assert failed.type == "EvaluationFailed"
    assert failed.details is not None
    assert failed.details["location"] == "Output/x"


def test_variables_are_read_as_they_were_before_and_stay_in_their_scope() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Assign": {"mine.$": "$x"}, "End": True}}}
    states = {
        "S": {"Type": "Pass", "Assign": {"x": 1, "y.$": "$.n"}, "Next": "T"},
        "T": {"Type": "Pass", "Assign": {"x": 2, "old.$": "$x"}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [inner], "ResultPath": None, "Next": "U"},
        "U": {"Type": "Pass", "Parameters": {"x.$": "$x", "old.$": "$old", "y.$": "$y"}, "End": True},
    }
    execution = Engine().run({"StartAt": "S", "States": states}, {"n": 5})
    assert execution.output == {"x": 2, "old": 1, "y": 5}


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ({"StringEquals": "a"}, "a", True),
        ({"StringEquals": "1"}, 1, False),
        ({"StringLessThan": "b"}, "a", True),
        ({"StringMatches": r"a*\*"}, "abc*", True),
        ({"StringMatches": "a.c"}, "abc", False),
        ({"NumericGreaterThanEquals": 2}, 2.0, True),
        ({"NumericEquals": 1}, True, False),
        ({"BooleanEquals": True}, True, True),
        ({"BooleanEquals": True}, "true", False),
        ({"TimestampLessThan": "2026-01-01T00:00:00Z"}, "2026-01-01T00:30:00+01:00", True),
        ({"TimestampEquals": "2026-01-01T00:00:00Z"}, "2026-01-01", False),
        ({"IsTimestamp": True}, "2026-13-01T00:00:00Z", False),
        ({"IsNumeric": True}, True, False),
        ({"IsNull": True}, None, True),
        ({"StringEqualsPath": "$.other"}, "same", True),
        ({"NumericLessThanPath": "$.other"}, 1, False),
    ],
)
def test_a_comparison_holds_for_its_type_alone(rule: dict[str, Any], value: object, holds: bool) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.value", **rule, "Next": "Yes"}],
        "Default": "No",
    }
    states = {"C": choice, "Yes": {"Type": "Pass", "End": True}, "No": {"Type": "Fail"}}
    execution = Engine().run({"StartAt": "C", "States": states}, {"value": value, "other": "same"})
    assert (execution.status == "SUCCEEDED") is holds


@pytest.mark.parametrize(
    ("config", "text", "items"),
    [
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n3\n4,5,6\n",
         [{"a": "1", "b": "2"}, {"a": "3", "b": ""}, {"a": "4", "b": "5"}]),
        ({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "SEMICOLON"}, "1;2\n",
         [{"a": "1"}]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n[2]\n', [{"a": 1}, [2]]),
        ({"InputType": "JSON", "ItemsPointer": "/x/y"}, '{"x": {"y": [1]}}', [1]),
        ({"InputType": "JSON"}, '{"k": 1}', [{"Key": "k", "Value": 1}]),
        ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
    ],
)  # fmt: skip
def test_items_are_read_from_files(config: dict[str, Any], text: str, items: list[object]) -> None:
    seen: list[ReadRequest] = []

    def reader(request: ReadRequest) -> str:
        seen.append(request)
        return text

    asked = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "b", "Key.$": "$.key"},
    }
    execution = Engine(reader=reader).run(over(asked), {"key": "k"})
    assert execution.output == items
    assert seen[0].arguments == {"Bucket": "b", "Key": "k"}


FILES: dict[str, object] = {
    "manifest.json": json.dumps(
        {
            "sourceBucket": "menu",
            "destinationBucket": "arn:aws:s3:::lists",
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, Size",
            "files": [{"key": "one.csv.gz"}, {"key": "two.csv.gz"}],
        }
    ),
    "one.csv.gz": gzip.compress(b'"menu","tea.json","12"\n'),
    "two.csv.gz": gzip.compress(b'"menu","mate.json","7"\n'),
    "athena.csv": "s3://lists/rows/a.jsonl\ns3://lists/rows/b.jsonl\n",
    "rows/a.jsonl": b'{"n": 1}\n',
    "rows/b.jsonl": b'{"n": 2}\n{"n": 3}\n',
    "rows/": [  # as boto3 has it, and as S3 writes it
        {"ETag": '"1"', "Key": "rows/a.jsonl", "LastModified": datetime(2026, 1, 1, tzinfo=UTC), "Size": 9},
        {"ETag": '"2"', "Key": "rows/b.jsonl", "LastModified": "2026-01-01T00:00:01.000Z", "Size": "18"},
    ],
}


@pytest.mark.parametrize(
    ("reader", "items"),
    [
        (
            {
                "ReaderConfig": {"InputType": "MANIFEST"},
                "Parameters": {"Bucket": "lists", "Key": "manifest.json"},
            },
            [
                {"Bucket": "menu", "Key": "tea.json", "Size": "12"},
                {"Bucket": "menu", "Key": "mate.json", "Size": "7"},
            ],
        ),
        (
            {
                "ReaderConfig": {"InputType": "JSONL", "ManifestType": "ATHENA_DATA", "MaxItems": 2},
                "Parameters": {"Bucket": "lists", "Key": "athena.csv"},
            },
            [{"n": 1}, {"n": 2}],
        ),
        (
            {
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "ReaderConfig": {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"},
                "Parameters": {"Bucket": "lists", "Prefix": "rows/"},
            },
            [{"n": 1}, {"n": 2}, {"n": 3}],
        ),
        (
            {
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "Parameters": {"Bucket": "lists", "Prefix": "rows/"},
            },
            [
                {"Etag": '"1"', "Key": "rows/a.jsonl", "LastModified": 1_767_225_600, "Size": 9},
                {"Etag": '"2"', "Key": "rows/b.jsonl", "LastModified": 1_767_225_601, "Size": 18},
            ],
        ),
    ],
)
def test_items_are_read_from_the_files_that_a_list_names(reader: dict[str, Any], items: list[object]) -> None:
    def read(request: ReadRequest) -> object:
        assert request.arguments["Bucket"] == "lists"
        lists = request.resource.endswith("listObjectsV2")
        return FILES[request.arguments["Prefix" if lists else "Key"]]

    execution = Engine(reader=read).run(over({"Resource": "arn:aws:states:::s3:getObject", **reader}))
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.output == items


@pytest.mark.parametrize(
    ("arguments", "config", "sources"),
    [
        (None, None, ["STATE_DATA"]),
        ({"Bucket": "shop", "Key": "a.json"}, {"InputType": "JSON"}, ["S3://shop/a.json"]),
        ({"Bucket": "shop", "Prefix": "a"}, None, ["S3://shop"]),
        (
            {"Bucket": "shop", "Prefix": "a"},
            {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"},
            ["S3://shop/a.json"],
        ),
    ],
)
def test_an_item_says_where_it_comes_from(
    arguments: dict[str, str] | None, config: dict[str, str] | None, sources: list[str]
) -> None:
    def read(request: ReadRequest) -> object:
        return [{"Key": "a.json"}] if request.resource.endswith("listObjectsV2") else "[1]"

    machine = over({})
    each = machine["States"]["M"]
    del each["ItemReader"]
    each["ItemSelector"] = {"Source.$": "$$.Map.Item.Source"}
    if arguments is not None:
        action = "getObject" if "Key" in arguments else "listObjectsV2"
        each["ItemReader"] = {"Resource": f"arn:aws:states:::s3:{action}", "Parameters": arguments}
        each["ItemReader"] |= {} if config is None else {"ReaderConfig": config}
    execution = Engine(reader=read).run(machine, [1])
    assert execution.output == [{"Source": source} for source in sources], execution.cause


def test_the_states_of_an_iteration_do_not_see_its_item_in_the_context() -> None:
    inner = {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": True}
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": inner}}, "End": True}
    execution = Engine().run({"StartAt": "M", "States": {"M": each}}, [1])
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert "The JSONPath '$$.Map.Item.Index' specified for the field 'i.$' could not be found" in str(
        execution.cause
    )


@pytest.mark.parametrize(
    ("config", "found", "cause"),
    [
        ({"InputType": "PARQUET"}, b"PAR1", "files in Parquet are not read here: give the items as a list"),
        ({"InputType": "MANIFEST"}, '{"fileFormat": "ORC"}', "an inventory in ORC is not read here: CSV is"),
        (
            {"InputType": "JSON"},
            b"\x1f\x8bno gzip",
            "Compressed file ended before the end-of-stream marker was reached",
        ),
        ({"InputType": "JSON"}, "3", "Attempting to map over non-iterable node."),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_reader(
    config: dict[str, Any], found: object, cause: str
) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "b"},
    }
    execution = Engine(reader=lambda _: found).run(over(reader))
    assert (execution.error, execution.cause) == ("States.ItemReaderFailed", cause)
