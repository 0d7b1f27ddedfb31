"""`python -m dsl validate`: what it reads, what it prints, and how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from asl.reports.text_report import plain
from dsl.commands.line import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[..., tuple[int, list[str], str]]
    Run = Callable[..., list[str]]

ROOT = Path(__file__).parents[3]
SOUND = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}\n'
BROKEN = '{\n  "StartAt": "A",\n  "States": {"A": {"Type": "Pass", "Next": "B"}}\n}\n'
DOUBTFUL = (
    '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, '
    '"Next": "B"}]}, "B": {"Type": "Succeed"}}}\n'
)
NO_TARGET = "Missing 'Next' target: B. No state has that name."
NO_END = 'Workflow has no terminal state: none has "End": true, and none is Succeed or Fail.'


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty directory, as somebody who checks files of their own does."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """Run the command; answer with the exit status, the lines of the output and what was said besides."""

    def run(*arguments: str) -> tuple[int, list[str], str]:
        status = main(["validate", *arguments])
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err

    return run


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class TestExitStatus:
    @pytest.mark.parametrize(
        ("text", "flags", "status"),
        [
            (SOUND, [], 0),
            (SOUND, ["--strict"], 0),
            (DOUBTFUL, [], 0),
            (DOUBTFUL, ["--strict"], 1),
            (BROKEN, [], 1),
        ],
    )
    def test_errors_fail_and_warnings_only_if_asked(
        self, check: Check, text: str, flags: list[str], status: int
    ) -> None:
        write(a_json=text)
        for form in ("text", "json", "sarif"):
            assert check("a.json", "--format", form, *flags)[0] == status

    def test_a_file_that_cannot_be_read_is_told_and_the_others_are_checked(self, check: Check) -> None:
        write(a_json=BROKEN)
        status, lines, errors = check("nope.json", "a.json")
        assert (status, errors) == (2, "nope.json: No such file or directory\n")
        assert lines[-1] == "1 definition in 1 file: 2 errors."

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--format", "xml", "a"], ["--max-diagnostics", "0", "a"], ["--type", "express", "a"]],
    )
    def test_arguments_without_sense_are_a_matter_of_usage(self, check: Check, arguments: list[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            check(*arguments)
        assert ended.value.code == 2

    def test_a_directory_without_definitions_is_no_success(self, check: Check) -> None:
        write(package_json="{}", other__values_yaml="a: 1")
        assert check(".") == (2, [], "There is no definition in ..\n")


class TestWhatIsRead:
    def test_several_files_each_once(self, check: Check) -> None:
        write(a_json=SOUND, b_json=BROKEN)
        _, lines, _ = check("a.json", "b.json", "./a.json")
        assert lines[-1] == "2 definitions in 2 files: 2 errors in 1 file."

    def test_a_pattern_that_the_shell_left_alone(self, check: Check) -> None:
        write(x__a_json=SOUND, x__y__b_json=SOUND)
        assert check("x/**/*.json")[1] == ["2 definitions in 2 files: nothing to complain about."]
        assert check("y/*.json")[0] == 2

    def test_the_definitions_of_a_directory_and_nothing_else(self, check: Check) -> None:
        write(
            flows__a_asl_json=BROKEN,
            flows__b_json=SOUND,
            flows__deep__c_yaml=SOUND,
            flows__broken_asl_yaml="[",
            flows__package_json='{"name": "x"}',
            flows__other_json="{{{",
            **{"flows__.hidden__e_json": BROKEN},
        )
        Path("flows/node_modules").mkdir()
        Path("flows/node_modules/d.json").write_text(BROKEN)
        _, lines, _ = check("flows", "--format", "json")
        assert sorted(json.loads(line)["file"] for line in lines) == [
            "flows/a.asl.json",
            "flows/b.json",
            "flows/broken.asl.yaml",
            "flows/deep/c.yaml",
        ]

    def test_standard_input(self, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BROKEN.encode())))
        _, lines, _ = check("-")
        assert lines[-2] == f"<stdin>:3:36: ERROR MISSING_TRANSITION_TARGET {NO_TARGET}"

    def test_a_file_of_a_template_is_reported_as_the_template_uses_it(self, check: Check) -> None:
        write(
            template_yaml=(
                "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
                "      DefinitionUri: flow.asl.json\n      DefinitionSubstitutions: {X: 1}\n"
            ),
            flow_asl_json='{"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "${Y}"}}}',
        )
        for names in (["template.yaml", "flow.asl.json"], ["flow.asl.json", "template.yaml"], ["."]):
            _, lines, _ = check(*names)
            [line, summary] = lines
            assert line.startswith("flow.asl.json:1:54: WARNING UNKNOWN_SUBSTITUTION")
            assert summary == "1 definition in 2 files: 1 warning in 1 file."

    def test_a_type_is_held_to_unless_a_template_says_another(self, check: Check) -> None:
        start = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl.$": "$.url", "MessageBody": {"token.$": "$$.Task.Token"}},
            "TimeoutSeconds": 60,
            "End": True,
        }
        waits = {"StartAt": "A", "States": {"A": start}}
        write(flow_json=json.dumps(waits))
        for kind in ("STANDARD", "EXPRESS"):
            properties = {"Definition": waits, "StateMachineType": kind}
            machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
            write(**{f"{kind}_json": json.dumps({"Resources": {"M": machine}})})
        express = "SCHEMA_VALIDATION_FAILED"
        for arguments, expected in [
            (["flow.json"], []),
            (["--type", "STANDARD", "flow.json"], []),
            (["--type", "EXPRESS", "flow.json"], [express]),
            (["--type", "EXPRESS", "STANDARD.json"], []),
            (["--type", "STANDARD", "EXPRESS.json"], [express]),
        ]:
            _, lines, _ = check(*arguments)
            assert [line.split()[2] for line in lines[:-1]] == expected

    def test_a_machine_that_cannot_be_checked_is_named(self, check: Check) -> None:
        write(
            t_yaml="Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n"
            "    Properties: {DefinitionString: !Ref Text}\n"
        )
        assert check("t.yaml")[1] == [
            "t.yaml: M is not checked: what its definition is, only the deployment knows.",
            "0 definitions in 1 file: nothing to complain about.",
        ]

    def test_a_checker_that_breaks_down_is_no_success(
        self, check: Check, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(document: object, **options: object) -> None:
            raise RuntimeError("no beans")

        monkeypatch.setattr("asl.reports.findings.validate", breaks)
        write(a_json=SOUND)
        status, lines, _ = check("a.json")
        assert status == 2
        assert lines[0] == (
            "a.json:1:1: ERROR CHECKER_FAILED The checker broke down over this definition "
            "(RuntimeError: no beans). Please report it."
        )


@pytest.mark.parametrize("streams", ["1>&-", ">/dev/full", "1>&- 2>&-", ">/dev/full 2>/dev/full", "2>&-"])
@pytest.mark.parametrize("arguments", ["validate a.json", "validate --format sarif a.json"])
def test_a_stream_that_takes_nothing_ends_in_a_sentence(arguments: str, streams: str) -> None:
    write(a_json=BROKEN)
    program = f"{shlex.quote(sys.executable)} -m asl {arguments} {streams}"
    done = subprocess.run(
        ["sh", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == (1 if streams == "2>&-" else 2)
    if "2>" not in streams:
        assert done.stderr.startswith("The output cannot be written: ")
        assert done.stderr.count("\n") == 1


def test_a_closed_standard_input_is_told() -> None:
    program = f"{shlex.quote(sys.executable)} -m asl validate - 0<&-"
    done = subprocess.run(
        ["sh", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (2, "Standard input is closed, so there is nothing to read.\n")


class TestText:
    def test_a_line_a_fault_in_the_order_of_the_file_and_a_line_that_sums_up(self, check: Check) -> None:
        write(a_json=BROKEN)
        assert check("a.json")[1] == [
            f"a.json:1:1: ERROR MISSING_END_STATE {NO_END}",
            f"a.json:3:36: ERROR MISSING_TRANSITION_TARGET {NO_TARGET}",
            "1 definition in 1 file: 2 errors.",
        ]

    def test_an_unknown_field_is_pointed_at_itself(self, check: Check) -> None:
        write(a_json='{"StartAt": "A", "States": {"A": {"Type": "Succeed",\n"Commnt": ""}}}')
        assert check("a.json")[1][0].startswith("a.json:2:1: ERROR SCHEMA_VALIDATION_FAILED Field 'Commnt'")

    def test_signs_that_a_terminal_obeys_are_written_as_escapes(self, check: Check) -> None:
        write(a_json='{"StartAt": "\\u001b[31mA", "States": {}}')
        assert "\x1b" not in "\n".join(check("a.json")[1])
        assert plain("a\x1b[1m\u202eb\nc") == "a\\x1b[1m\\u202eb\nc"

    def test_errors_are_listed_rather_than_warnings_if_there_are_too_many(self, check: Check) -> None:
        write(a_json=BROKEN.replace('"B"', '"B", "Next": "C"'))
        status, lines, _ = check("a.json", "--max-diagnostics", "2")
        assert status == 1
        assert [line.split(" ")[2] for line in lines[:2]] == [
            "MISSING_END_STATE",
            "MISSING_TRANSITION_TARGET",
        ]
        assert lines[2] == "a.json: and 1 more; --max-diagnostics shows more of them."
        assert lines[3] == "1 definition in 1 file: 2 errors and 1 warning."


class TestTerminal:
    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
        """Run the command on a terminal; answer with the lines that it prints there."""

        def run(text: str, width: int = 80, **environment: str) -> list[str]:
            Path("a.json").write_text(text, encoding="utf-8")
            monkeypatch.delenv("NO_COLOR", raising=False)
            for name, value in {"TERM": "xterm", "COLUMNS": str(width), **environment}.items():
                monkeypatch.setenv(name, value)
            ours, theirs = pty.openpty()
            with os.fdopen(theirs, "w", encoding="utf-8") as terminal, monkeypatch.context() as inner:
                inner.setattr(sys, "stdout", terminal)
                assert main(["validate", "a.json"]) == 1
            data = b""
            with contextlib.suppress(OSError):  # the other side is closed
                while part := os.read(ours, 65536):
                    data += part
            os.close(ours)
            return data.decode().replace("\r\n", "\n").splitlines()

        return run

    def test_the_place_is_shown_and_underlined(self, run: Run) -> None:
        assert run(BROKEN, NO_COLOR="1") == [
            f"a.json:1:1: ERROR MISSING_END_STATE {NO_END}",
            "  1 | {",
            "    | ^",
            f"a.json:3:36: ERROR MISSING_TRANSITION_TARGET {NO_TARGET}",
            '  3 |   "States": {"A": {"Type": "Pass", "Next": "B"}}',
            "    | " + " " * 35 + "^" * 11,
            "1 definition in 1 file: 2 errors.",
        ]

    def test_there_are_colours_unless_they_are_not_wanted(self, run: Run) -> None:
        assert "\x1b[31mERROR\x1b[0m" in run(BROKEN)[0]
        assert "\x1b" not in "".join(run(BROKEN, TERM="dumb"))

    @pytest.mark.parametrize("before", [0, 40, 100_000])
    def test_of_a_long_line_the_part_around_the_place_is_shown(self, run: Run, before: int) -> None:
        text = json.dumps(
            {"Comment": "é水\t" * before, "StartAt": "B", "States": {"A": {"Type": "Succeed"}}},
            ensure_ascii=False,
        )
        lines = run(text, width=60, NO_COLOR="1")
        shown, marks = lines[1], lines[2]
        assert len(shown) <= 60
        columns = "".join(sign * (2 if sign == "水" else 1) for sign in shown)
        assert columns[marks.index("^") : marks.rindex("^") + 1] == '"StartAt": "B"'


class TestJson:
    def test_it_is_what_validate_state_machine_definition_answers_and_the_file(self, check: Check) -> None:
        write(a_json=BROKEN, b_json=DOUBTFUL)
        _, lines, _ = check("a.json", "b.json", "--format", "json")
        first, second = map(json.loads, lines)
        assert first == {
            "file": "a.json",
            "result": "FAIL",
            "diagnostics": [
                {"severity": "ERROR", "code": "MISSING_END_STATE", "message": NO_END},
                {
                    "severity": "ERROR",
                    "code": "MISSING_TRANSITION_TARGET",
                    "message": NO_TARGET,
                    "location": "/States/A/Next",
                },
            ],
            "truncated": False,
        }
        assert (second["file"], second["result"]) == ("b.json", "OK")

    def test_its_fields_are_those_of_the_service_model(self, check: Check) -> None:
        write(a_json=BROKEN)
        shapes = Loader().load_service_model("stepfunctions", "service-2")["shapes"]
        document = json.loads(check("a.json", "--format", "json")[1][0])
        output = shapes["ValidateStateMachineDefinitionOutput"]
        assert set(output["required"]) <= document.keys()
        assert document.keys() - output["members"].keys() == {"file"}
        diagnostic = shapes["ValidateStateMachineDefinitionDiagnostic"]
        for entry in document["diagnostics"]:
            assert set(diagnostic["required"]) <= entry.keys() <= diagnostic["members"].keys()
            assert entry["severity"] in shapes["ValidateStateMachineDefinitionSeverity"]["enum"]
        assert document["result"] in shapes["ValidateStateMachineDefinitionResultCode"]["enum"]

    def test_a_warning_makes_the_result_fail_if_warnings_fail(self, check: Check) -> None:
        write(a_json=DOUBTFUL)
        assert json.loads(check("a.json", "--format", "json", "--strict")[1][0])["result"] == "FAIL"

    def test_it_says_whether_diagnostics_are_left_out(self, check: Check) -> None:
        write(a_json=BROKEN)
        document = json.loads(check("a.json", "--format", "json", "--max-diagnostics", "1")[1][0])
        assert (len(document["diagnostics"]), document["truncated"]) == (1, True)

    def test_half_a_character_can_be_printed(self, check: Check) -> None:
        write(a_json='{"StartAt": "\\ud800", "States": {}}')
        assert "\\ud800" in check("a.json", "--format", "json")[1][0]
        assert check("a.json")[0] == 1


class TestSarif:
    def run(self, check: Check, *names: str) -> dict[str, Any]:
        """Return the one run that the log tells of."""
        log = json.loads("\n".join(check(*names, "--format", "sarif")[1]))
        assert log["version"] == "2.1.0"
        [run] = log["runs"]
        found: dict[str, Any] = run
        return found

    def test_each_result_has_its_rule_and_its_region(self, check: Check) -> None:
        write(flows__a_json=BROKEN)
        run = self.run(check, "flows/a.json")
        rules = run["tool"]["driver"]["rules"]
        result = run["results"][1]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "MISSING_TRANSITION_TARGET"
        assert rules[result["ruleIndex"]]["defaultConfiguration"] == {"level": "error"}
        assert rules[result["ruleIndex"]]["shortDescription"]["text"]
        assert (result["level"], result["message"]) == ("error", {"text": NO_TARGET})
        assert result["locations"] == [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "flows/a.json"},
                    "region": {"startLine": 3, "startColumn": 36, "endLine": 3, "endColumn": 47},
                },
                "logicalLocations": [{"fullyQualifiedName": "/States/A/Next"}],
            }
        ]

    def test_names_are_written_as_addresses(
        self, check: Check, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("else where") / "b.json"
        elsewhere.write_text(BROKEN)
        Path("a b#ü.json").write_text(BROKEN)
        run = self.run(check, "a b#ü.json", str(elsewhere))
        uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
        assert uris == {"a%20b%23%C3%BC.json", elsewhere.as_uri()}

    def test_a_file_that_cannot_be_read_is_part_of_the_log(self, check: Check) -> None:
        write(a_json=SOUND)
        run = self.run(check, "a.json", "nope.json")
        [invocation] = run["invocations"]
        assert invocation["executionSuccessful"] is False
        assert invocation["toolExecutionNotifications"] == [
            {"level": "error", "message": {"text": "nope.json: No such file or directory"}}
        ]
        assert run["results"] == []


def test_checking_json_loads_neither_yaml_nor_service_models_nor_the_reference_library() -> None:
    write(a_json=SOUND)
    program = (
        "import sys; from dsl.commands.line import main; main(['validate', 'a.json']); "
        "print(sorted({'yaml', 'botocore', 'boto3', 'jsonschema', 'asl.drawing'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_who_has_enough_is_no_trouble() -> None:
    write(a_json=json.dumps({"StartAt": "A", "States": {f"S{i}": {} for i in range(500)}}))
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m dsl validate --max-diagnostics 1000 a.json | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""
