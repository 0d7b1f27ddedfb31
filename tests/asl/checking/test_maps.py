"""Map states: readers, batches, labels, modes and what the children of a distributed map are."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from tests.asl.checking.machines import machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
READER = "/States/Here/ItemReader"
REQUEST = {"Bucket": "b", "Key": "k"}


def pour(mode: str | None = "DISTRIBUTED", kind: str = "STANDARD", **fields: object) -> dict[str, object]:
    config: dict[str, object] = {"Mode": mode}
    if mode == "DISTRIBUTED":
        config["ExecutionType"] = kind
    processor: dict[str, object] = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
    if mode is not None:
        processor["ProcessorConfig"] = config
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def reading(resource: str = "s3:getObject", request: object = REQUEST, **config: object) -> list[Diagnostic]:
    if resource == "s3:listObjectsV2" and request is REQUEST:
        request = {"Bucket": "b", "Prefix": "cups/"}
    reader = {"Resource": f"arn:aws:states:::{resource}", "Parameters": request}
    if config:
        reader["ReaderConfig"] = config
    return validate(machine(pour(ItemReader=reader)))


class TestReaders:
    @pytest.mark.parametrize(
        ("resource", "config"),
        [
            ("s3:getObject", {}),
            ("s3:getObject", {"InputType": "JSON", "ItemsPointer": "/cups", "MaxItems": 5}),
            ("s3:getObject", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}),
            ("s3:getObject", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"]}),
            ("s3:getObject", {"InputType": "JSONL"}),
            ("s3:getObject", {"InputType": "PARQUET"}),
            ("s3:getObject", {"InputType": "MANIFEST"}),
            ("s3:getObject", {"ManifestType": "S3_INVENTORY"}),
            ("s3:getObject", {"ManifestType": "ATHENA_DATA", "InputType": "PARQUET"}),
            ("s3:getObject", {"InputType": "${Type}"}),
            ("s3:listObjectsV2", {}),
            ("s3:listObjectsV2", {"Transformation": "LOAD_AND_FLATTEN", "InputType": "JSON"}),
            ("s3:listObjectsV2", {"MaxItems": 5}),
        ],
    )
    def test_what_fits_together_is_accepted(self, resource: str, config: dict[str, object]) -> None:
        assert reading(resource, **config) == []

    @pytest.mark.parametrize(
        ("resource", "hint"),
        [
            ("s3:getobject", "did you mean s3:getObject?"),
            ("dynamodb:query", "a reader takes s3:getObject or s3:listObjectsV2."),
        ],
    )
    def test_any_other_resource_is_an_error(self, resource: str, hint: str) -> None:
        assert reading(resource) == [
            Diagnostic(
                ERROR,
                "SCHEMA_VALIDATION_FAILED",
                "The field 'Resource' does not match any of the allowed values: the string "
                f'"arn:aws:states:::{resource}"; {hint}',
                f"{READER}/Resource",
            )
        ]

    @pytest.mark.parametrize(
        ("resource", "config", "message", "place"),
        [
            (
                "s3:getObject",
                {"MaxItems": 5},
                "A reader that gets an object needs an InputType in its ReaderConfig, such as JSON or CSV.",
                "/ReaderConfig",
            ),
            (
                "s3:listObjectsV2",
                {"InputType": "JSON"},
                "A list of objects has no InputType, unless Transformation is LOAD_AND_FLATTEN.",
                "/ReaderConfig",
            ),
            (
                "s3:listObjectsV2",
                {"Transformation": "LOAD_AND_FLATTEN"},
                "With LOAD_AND_FLATTEN the reader needs an InputType, to know what the objects hold.",
                "/ReaderConfig",
            ),
            (
                "s3:getObject",
                {"Transformation": "LOAD_AND_FLATTEN", "InputType": "JSON"},
                "LOAD_AND_FLATTEN is for readers that list objects with s3:listObjectsV2.",
                "/ReaderConfig",
            ),
            (
                "s3:getObject",
                {"ManifestType": "S3_INVENTORY", "InputType": "JSONL"},
                "An S3_INVENTORY has no InputType: its files are always CSV.",
                "/ReaderConfig",
            ),
            (
                "s3:getObject",
                {"InputType": "JSONL", "CSVHeaderLocation": "FIRST_ROW"},
                "A JSONL file has no header: leave CSVHeaderLocation out.",
                "/ReaderConfig",
            ),
            (
                "s3:getObject",
                {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVHeaders": ["a"]},
                "CSVHeaders are only read if CSVHeaderLocation is GIVEN.",
                "/ReaderConfig",
            ),
            (
                "s3:getObject",
                {"InputType": "JSONL", "ItemsPointer": "/a"},
                "ItemsPointer looks into a JSON file, and the InputType is JSONL.",
                "/ReaderConfig",
            ),
        ],
    )
    def test_what_does_not_fit_is_a_warning(
        self, resource: str, config: dict[str, object], message: str, place: str
    ) -> None:
        assert reading(resource, **config) == [Diagnostic(WARNING, "ITEM_READER", message, READER + place)]

    def test_a_parquet_file_has_no_version(self) -> None:
        versioned = REQUEST | {"VersionId": "1"}
        assert reading("s3:getObject", versioned, InputType="JSON") == []
        [only] = reading("s3:getObject", versioned, InputType="PARQUET")
        assert only.message == "A PARQUET file is read without a VersionId."


class TestModes:
    @pytest.mark.parametrize("mode", ["INLINE", None])
    def test_an_inline_map_does_nothing_with_the_fields_of_a_distributed_one(self, mode: str | None) -> None:
        def map_state(of: str | None) -> dict[str, object]:
            return pour(of, ToleratedFailureCount=3, ItemBatcher={"MaxItemsPerBatch": 5})

        assert validate(machine(map_state("DISTRIBUTED"))) == []
        assert validate(machine(map_state(mode))) == [
            Diagnostic(
                WARNING,
                "NOT_DISTRIBUTED",
                "'ItemBatcher' and 'ToleratedFailureCount' do nothing in an INLINE map: "
                'set the Mode of its ProcessorConfig to "DISTRIBUTED".',
                "/States/Here/ItemBatcher",
            )
        ]

    def test_a_placeholder_may_make_it_distributed(self) -> None:
        assert validate(machine(pour("${Mode}", ToleratedFailureCount=3))) == []

    @pytest.mark.parametrize(("kind", "count"), [("STANDARD", 0), ("EXPRESS", 1)])
    def test_an_express_child_starts_no_distributed_map(self, kind: str, count: int) -> None:
        branch = {"StartAt": "Deep", "States": {"Deep": pour(kind="EXPRESS")}}
        inner = {"Type": "Parallel", "Branches": [branch], "End": True}
        outer = pour(kind=kind)
        outer["ItemProcessor"] = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": "Split",
            "States": {"Split": inner},
        }
        found = validate(machine(outer))
        assert [d.code for d in found] == ["EXPRESS_CANNOT_WAIT"] * count


class TestBatches:
    @pytest.mark.parametrize(
        "batcher",
        [
            {"MaxItemsPerBatch": 1},
            {"MaxInputBytesPerBatch": 262_144, "BatchInput": {"a.$": "$.b"}},
            {"MaxItemsPerBatchPath": "$.n"},
            {"MaxItemsPerBatch": "${Size}"},
        ],
    )
    def test_a_batch_with_a_limit_is_fine(self, batcher: dict[str, object]) -> None:
        assert validate(machine(pour(ItemBatcher=batcher))) == []

    @pytest.mark.parametrize(
        ("batcher", "message", "place"),
        [
            (
                {"BatchInput": {}},
                "A batch needs a limit: set MaxItemsPerBatch, MaxInputBytesPerBatch or both.",
                "",
            ),
            (
                {"MaxInputBytesPerBatch": 262_145},
                "'MaxInputBytesPerBatch' is at most 262144, not 262145.",
                "/MaxInputBytesPerBatch",
            ),
            (
                {"MaxItemsPerBatch": 0},
                "'MaxItemsPerBatch' has to be 1 or more: nothing fits into a batch of 0.",
                "/MaxItemsPerBatch",
            ),
        ],
    )
    def test_one_without_or_beyond_it_is_a_warning(
        self, batcher: dict[str, object], message: str, place: str
    ) -> None:
        assert validate(machine(pour(ItemBatcher=batcher))) == [
            Diagnostic(WARNING, "ITEM_BATCHER", message, f"/States/Here/ItemBatcher{place}")
        ]


class TestLabels:
    @pytest.mark.parametrize("label", ["cups", "all-cups_2", "größe", "${Label}"])
    def test_plain_characters_are_fine(self, label: str) -> None:
        assert validate(machine(pour(Label=label))) == []

    @pytest.mark.parametrize(
        ("label", "what"),
        [
            ("all cups", "a blank"),
            ("cups{1}", "{"),
            ("cups*", "*"),
            ("a/b:c", ":"),
            ("a\x7f", "a control character"),
        ],
    )
    def test_others_are_an_error(self, label: str, what: str) -> None:
        assert validate(machine(pour(Label=label))) == [
            Diagnostic(
                ERROR,
                "INVALID_LABEL_NAME",
                f"Label '{label}' contains {what}, which a label cannot have.",
                "/States/Here/Label",
            )
        ]

    def test_an_empty_one_is_an_error(self) -> None:
        [only] = validate(machine(pour(Label="")))
        assert only.message == "Label name cannot be empty: leave 'Label' out, and a name is made up."


class TestRequests:
    """What is read from S3, and where results are written."""

    @pytest.mark.parametrize(
        ("reader", "message", "place"),
        [
            (
                {"Resource": "s3:listObjectsV2", "Parameters": {"Prefix": "cups/"}},
                "The field 'Bucket' is required but was missing: s3:listObjectsV2 needs it.",
                "/Parameters",
            ),
            (
                {"Resource": "s3:getObject", "Parameters": {"Bucket": "b", "key": "k"}},
                "The field 'Key' is required but was missing: it is spelt \"key\" here.",
                "/Parameters/key",
            ),
            (
                {"Resource": "s3:listObjectsV2", "Parameters": {"Bucket": "b", "Prefx": "cups/"}},
                's3:listObjectsV2 takes no parameter "Prefx"; did you mean "Prefix"?',
                "/Parameters/Prefx",
            ),
            ({"Resource": "s3:getObject"}, "'ItemReader' needs Parameters that say where: s3:getObject.", ""),
        ],
    )
    def test_a_reader_says_what_it_reads(self, reader: dict[str, object], message: str, place: str) -> None:
        reader = reader | {"Resource": f"arn:aws:states:::{reader['Resource']}"}
        found = validate(machine(pour(ItemReader=reader)))
        assert found == [Diagnostic(WARNING, "MAP_REQUEST", message, READER + place)]

    @pytest.mark.parametrize(
        ("writer", "code", "message", "place"),
        [
            (
                {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b"}},
                "RESULT_WRITER",
                "A result writer has the resource arn:aws:states:::s3:putObject.",
                "/Resource",
            ),
            (
                {"Parameters": {"Bucket": "b"}},
                "RESULT_WRITER",
                "'ResultWriter' has no Resource, so nothing is written: add arn:aws:states:::s3:putObject.",
                "",
            ),
            (
                {"WriterConfig": {"OutputType": "json"}},
                "RESULT_WRITER",
                '\'OutputType\' is one of JSON and JSONL, not the string "json"; write "JSON".',
                "/WriterConfig/OutputType",
            ),
            (
                {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Prefix": "p"}},
                "MAP_REQUEST",
                "The field 'Bucket' is required but was missing: s3:putObject needs it.",
                "/Parameters",
            ),
        ],
    )
    def test_a_writer_says_where_it_writes(
        self, writer: dict[str, object], code: str, message: str, place: str
    ) -> None:
        found = validate(machine(pour(ResultWriter=writer)))
        assert found == [Diagnostic(WARNING, code, message, f"/States/Here/ResultWriter{place}")]

    @pytest.mark.parametrize(
        "writer",
        [
            {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix.$": "$.p"}},
            {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}},
            {"WriterConfig": {"OutputType": "${Type}"}},
        ],
    )
    def test_a_whole_writer_is_fine(self, writer: dict[str, object]) -> None:
        assert validate(machine(pour(ResultWriter=writer))) == []


class TestFields:
    @pytest.mark.parametrize(
        ("fields", "message", "place"),
        [
            (
                {"ItemBatcher": {"MaxItemPerBatch": 5}},
                "'ItemBatcher' has no field 'MaxItemPerBatch'; did you mean 'MaxItemsPerBatch'?",
                "ItemBatcher/MaxItemPerBatch",
            ),
            (
                {"ResultWriter": {"WriterConfig": {"Format": "JSON"}}},
                "'WriterConfig' has no field 'Format'; it has Transformation and OutputType.",
                "ResultWriter/WriterConfig/Format",
            ),
        ],
    )
    def test_what_is_left_open_by_the_schema_has_known_fields(
        self, fields: dict[str, object], message: str, place: str
    ) -> None:
        found = validate(machine(pour() | fields))
        assert found == [Diagnostic(WARNING, "UNKNOWN_MAP_FIELD", message, f"/States/Here/{place}")]

    def test_a_misspelt_configuration_of_a_reader_is_told(self) -> None:
        found = reading(InputType="JSON", MaxItem=5)
        place = f"{READER}/ReaderConfig/MaxItem"
        message = "'ReaderConfig' has no field 'MaxItem'; did you mean 'MaxItems'?"
        assert found == [Diagnostic(WARNING, "UNKNOWN_MAP_FIELD", message, place)]

    def test_items_are_selected_under_one_name(self) -> None:
        assert validate(machine(pour("INLINE", ItemSelector={"a": 1}))) == []
        assert validate(machine(pour("INLINE", Parameters={"a": 1}))) == []
        assert validate(machine(pour("INLINE", Parameters={"a": 1}, ItemSelector={"a": 1}))) == [
            Diagnostic(
                WARNING,
                "NOT_BOTH",
                "'Parameters' is the former name of 'ItemSelector', and both are here: keep ItemSelector.",
                "/States/Here/Parameters",
            )
        ]

    def test_a_label_is_for_distributed_maps(self) -> None:
        assert validate(machine(pour(Label="cups"))) == []
        assert [d.code for d in validate(machine(pour("INLINE", Label="cups")))] == ["NOT_DISTRIBUTED"]
