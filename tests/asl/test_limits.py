"""No input stops the checker: time grows with what is written, and what stands for too much is refused."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from asl.checking import validate
from asl.checking.dataflow.conditions import MOST_TOLD_APART
from asl.commands.line import main
from asl.expressions.jsonpath import PathFault, read_path
from asl.limits import LARGEST
from asl.reading import read
from asl.reading.texts import token
from asl.reading.yaml_text import MOST_DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asl.reading import Source


def machine(**states: object) -> dict[str, object]:
    return {"StartAt": next(iter(states)), "States": states}


def choice(rules: list[object]) -> dict[str, object]:
    there = {"Type": "Pass", "InputPath": "$.a7", "End": True}
    return machine(Which={"Type": "Choice", "Choices": rules, "Default": "There"}, There=there)


def comparisons(count: int, variable: str) -> list[object]:
    return [{"Variable": variable.format(i), "NumericEquals": i} for i in range(count)]


def presences(count: int) -> list[object]:
    return [{"Variable": f"$.a{i}", "IsPresent": True} for i in range(count)]


def leading(rules: list[object]) -> list[object]:
    return [{**rule, "Next": "There"} for rule in rules if isinstance(rule, dict)]


def mesh(count: int) -> dict[str, object]:
    """States each of which may lead to every other one."""
    return machine(
        **{
            f"S{i}": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": f"$.x{i}.y{j}", "IsPresent": True, "Next": f"S{j}"} for j in range(count)
                ],
                "Default": "S0",
            }
            for i in range(count)
        }
    )


def seconds(work: Callable[[], object], *, times: int) -> float:
    """Return what the work takes of the processor, the least of so many times."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(lambda n: choice(leading(comparisons(n, "$.a"))), id="rules-about-one-number"),
        pytest.param(lambda n: choice(leading(comparisons(n, "$.a{}"))), id="rules-about-many-numbers"),
        pytest.param(lambda n: choice(leading(presences(n))), id="rules-about-what-is-there"),
        pytest.param(lambda n: choice([{"And": presences(n), "Next": "There"}]), id="and"),
        pytest.param(lambda n: choice([{"Or": comparisons(n, "$.a{}"), "Next": "There"}]), id="or"),
        pytest.param(lambda n: choice([{"Not": {"And": presences(n)}, "Next": "There"}]), id="not-and"),
        pytest.param(lambda n: mesh(round(n**0.5)), id="every-state-leads-to-every-other"),
        pytest.param(
            lambda n: machine(A={"Type": "Pass", "End": True, **{f"Unknown {i}": 1 for i in range(n)}}),
            id="unknown-fields",
        ),
    ],
)
def test_a_definition_of_twice_the_size_takes_about_twice_the_time(
    document: Callable[[int], dict[str, object]],
) -> None:
    small, large = document(500), document(2_000)
    validate(small)
    ratio = 0.0
    for _ in range(3):  # whoever else is at work here may disturb one of them
        ratio = seconds(lambda: validate(large), times=1) / seconds(lambda: validate(small), times=3)
        if ratio < 8:
            return
    pytest.fail(f"four times the size takes {ratio:.1f} times as long")


@pytest.mark.parametrize(
    "path",
    [
        "$.a[" + " " * 100_000 + ":",
        "$.a[" + "1 " * 50_000 + "]",
        "$['" + "\\\\" * 50_000,
        "$[" + "'a'," * 30_000 + "]",
    ],
    ids=["spaces", "numbers", "escapes", "names"],
)
def test_a_path_of_any_length_is_told_to_be_none_at_once(path: str) -> None:
    before = time.process_time()
    assert isinstance(read_path(path), PathFault)
    assert time.process_time() - before < 2


@pytest.mark.parametrize("text", ["word" + " " * 200_000 + "x", '"' + "\\x" * 100_000, "a " * 100_000])
def test_the_end_of_a_token_is_found_at_once(text: str) -> None:
    before = time.process_time()
    token(text, 0)
    assert time.process_time() - before < 2


@pytest.mark.parametrize("count", [10, MOST_TOLD_APART * 2])
def test_what_the_first_rules_find_out_is_known_after_many(count: int) -> None:
    """Where no rule holds, none of what they ask for is there; of the later ones that is not remembered."""
    [found] = validate(choice(leading(presences(count))))
    assert found.code == "PATH_MISSING_ON_ROUTE"


def faults(name: str, text: str) -> list[tuple[str, str]]:
    return [
        (fault.kind.code, fault.message) for source in read(name, text.encode()) for fault in source.faults
    ]


def test_of_a_million_documents_only_the_first_are_read() -> None:
    before = time.process_time()
    [*_, (code, message)] = faults("a.yaml", "--- {}\n" * 500_000)
    assert (code, message) == (
        "INVALID_YAML",
        f"This is the start of more than {MOST_DOCUMENTS} documents in one file.",
    )
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    "text", ["[" + "{}," * (LARGEST // 3) + "1]", "[" + f'"{"x" * 100}",' * (LARGEST // 100) + "1]"]
)
@pytest.mark.parametrize("name", ["a.asl.json", "a.asl.yaml"])
def test_what_is_larger_than_aws_takes_is_said_to_be(name: str, text: str) -> None:
    [(code, _)] = faults(name, text)
    assert code == "DEFINITION_TOO_LARGE"


def test_a_time_of_any_length_is_a_text() -> None:
    [source] = read("a.yaml", f"Resources: {{}}\nx: 1{':1' * 200_000}\n".encode())
    assert source.faults == []


LARGE = "x" * 100_000


def template(kind: str, definition: str) -> str:
    return f"Resources:\n  Order:\n    Type: {kind}\n    Properties:\n{definition}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            template(
                "AWS::Serverless::StateMachine",
                f"      DefinitionSubstitutions: {{B: {LARGE}}}\n      Definition:\n        StartAt: A\n        X:\n"
                + "          - ${B}\n" * 40_000,
            ),
            id="substitutions",
        ),
        pytest.param(
            template(
                "AWS::StepFunctions::StateMachine",
                f"      DefinitionString:\n        Fn::Sub: ['{'${B}' * 40_000}', {{B: {LARGE}}}]\n",
            ),
            id="sub",
        ),
        pytest.param(
            template(
                "AWS::StepFunctions::StateMachine",
                f"      DefinitionString:\n        Fn::Join: [{LARGE}, [{'a, ' * 40_000}a]]\n",
            ),
            id="join",
        ),
    ],
)
def test_what_a_template_makes_gigabytes_of_is_refused_and_not_made(text: str) -> None:
    [source] = read("template.yaml", text.encode())
    [fault] = source.faults
    assert (fault.kind.code, fault.location) == ("DEFINITION_TOO_LARGE", "/Resources/Order")
    assert source.definitions == []


def test_keys_that_are_written_twice_far_inside_are_told_briefly() -> None:
    twice = "{" + ",".join('"k":1' for _ in range(200)) + "}"
    text = ('{"' + "k" * 2000 + '":') * 190 + twice + "}" * 190
    [source] = read("a.asl.json", text.encode())
    assert len(source.faults) == 100
    assert all(len(fault.location or "") <= 1000 for fault in source.faults)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["validate", *arguments])
    out, err = capsys.readouterr()
    return status, out + err


def sources(path: Path, root: Path | None = None) -> list[Source]:
    return read(str(path), path.read_bytes(), path=path, root=root)


SOUND = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'


class TestFiles:
    def test_a_fifo_is_passed_over_in_a_folder_and_refused_by_name(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        os.mkfifo(tmp_path / "pipe.asl.json")
        (tmp_path / "sound.asl.json").write_text(SOUND)
        assert said(capsys, str(tmp_path)) == (0, "1 definition in 1 file: nothing to complain about.\n")
        assert said(capsys, f"{tmp_path}/*.json")[0] == 0
        status, text = said(capsys, str(tmp_path / "pipe.asl.json"))
        assert (status, "it is a device or a FIFO, not a file" in text) == (2, True)

    @pytest.mark.parametrize("pattern", ["**/*.json", "*/*/*/*/*/*/*/*/*/*/*/*.json", "**/*/**/*/*.json"])
    def test_links_that_lead_back_end_nowhere(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], pattern: str
    ) -> None:
        for name in "abcdefgh":
            (tmp_path / name).symlink_to(".")
        (tmp_path / "inner").mkdir()
        (tmp_path / "inner" / "up").symlink_to("..")
        (tmp_path / "inner" / "sound.asl.json").write_text(SOUND)
        before = time.process_time()
        status, _ = said(capsys, f"{tmp_path}/{pattern}")
        assert status in (0, 2)
        assert time.process_time() - before < 5

    def test_a_pattern_finds_what_is_below(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for place in ("a.json", "b/c.json", "b/d/e.json", ".hidden/f.json", "b/g.txt"):
            (tmp_path / place).parent.mkdir(exist_ok=True)
            (tmp_path / place).write_text(SOUND)
        for pattern, count in (("**/*.json", 3), ("*/*.json", 1), ("b/**", 2), ("[ab]*", 1), (".h*/*", 1)):
            found = said(capsys, "--format", "json", f"{tmp_path}/{pattern}")[1].splitlines()
            assert len(found) >= count, pattern
            assert all(json.loads(line)["result"] for line in found)

    def test_a_template_names_files_of_its_own_folder_only(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "secret.json").write_text('{"StartAt": "Mocha 1234"}')
        inner = tmp_path / "inner"
        inner.mkdir()
        (inner / "link.json").symlink_to("../secret.json")
        for named in ("../secret.json", "link.json", str(tmp_path / "secret.json")):
            text = template("AWS::Serverless::StateMachine", f"      DefinitionUri: {named}\n")
            (inner / "template.yaml").write_text(text)
            [source] = sources(inner / "template.yaml")
            [fault] = source.faults
            assert fault.kind.code == "DEFINITION_NOT_FOUND"
            assert fault.message.startswith(f"The file {named} is not read: it lies outside of the folder ")
            status, shown = said(capsys, str(inner / "template.yaml"))
            assert (status, "Mocha" in shown) == (1, False)
            for allowed in (("--root", str(tmp_path), str(inner / "template.yaml")), (str(tmp_path),)):
                assert "A state machine needs it" in said(capsys, "--format", "json", *allowed)[1]
                assert "outside" not in said(capsys, *allowed)[1]
